// tusk: net/entry.hpp — how a request gets among those that wait on a connection, and what is made of its replies.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A verb is a collector: it has a sink for the replies, or several, and a result. Its entry is in the verb's coroutine
// frame for as long as that waits. A collector may bring an entry of its own, as one does that waits for a row of a
// stream that was entered before. Moves no bytes.
#pragma once

#include <tusk/protocol/request.hpp>
#include <tusk/protocol/sink.hpp>

namespace tusk::net {

/// Enters a request, and says until when it waits.
template <class Pump> class request_entry {
 public:
  template <class Collector>
  request_entry(Pump& p, protocol::request& r, Collector& c) : me(p.crew()), pump_(p), request_(r), to_(attach(c, r)) {
    p.enter(me, r, to_);
    p.crew().limit(me);
  }
  request_entry(request_entry const&) = delete;
  request_entry& operator=(request_entry const&) = delete;
  ~request_entry() { pump_.exit(me); }
  bool waits() { return me.unfinished() || pump_.once_more(me, request_, to_); }
  typename Pump::place me;

 private:
  /// One collector is one sink; that of a pipeline has one for each part.
  template <class Collector> static protocol::sink* attach(Collector& c, protocol::request& r) {
    if constexpr (requires { c.attach(r); })
      return c.attach(r);
    else
      return &c;
  }

  Pump& pump_;
  protocol::request& request_;
  protocol::sink* to_;
};

template <class Pump, class Collector> struct entry_of {
  using type = request_entry<Pump>;
};
template <class Pump, class Collector>
  requires requires { typename Collector::entry; }
struct entry_of<Pump, Collector> {
  using type = typename Collector::entry;
};

} // namespace tusk::net
