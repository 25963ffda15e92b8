// tusk: net/misfit.hpp — a request whose columns are known not to fit, and which is therefore not sent.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What is known may be out of date: a table may have been altered since the server described the statement. It is
// described anew, without being run, so that the next attempt is judged by what is there now. This one has failed.
#pragma once

#include <tusk/error.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/protocol/sink.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <exception>
#include <utility>
#include <vector>

namespace tusk::net {

template <class Mode> class pump;

/// For what is asked of the server on the driver's own account.
class unheard final : public protocol::sink {
 public:
  using result = void;
  void on_row(std::byte const*, std::byte const*) override {}
  void take() const noexcept {}
};

/// Throws `misfit`, which the columns of `r` have raised.
template <class Mode>
typename Mode::template task<void> refuse_misfit(protocol::ref<pump<Mode>> p, protocol::request const& r,
                                                 std::exception_ptr misfit) {
  std::vector<protocol::ref<protocol::statement>> doubted;
  r.for_each_subject([&](auto const& s) {
    s->forget();
    doubted.push_back(s);
  });
  for (auto const& s : doubted) {
    if (p->session().has(*s)) continue; // it came twice
    auto again = p->borrow();
    again.subject = s;
    again.generation = s->generation();
    again.scope = r.scope;
    wire::sync(again.bytes);
    try {
      co_await pump<Mode>::template perform<unheard>(p, std::move(again));
    } catch (error const&) { // whatever is in the way: nothing has been sent of what was asked for
    }
  }
  std::rethrow_exception(misfit);
}

} // namespace tusk::net
