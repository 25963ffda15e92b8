// tusk: net/misfit.hpp — a request that is not sent, because its columns are known not to fit.
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

[[gnu::cold]] inline bool is_misfit(std::exception_ptr const& refused) {
  try {
    std::rethrow_exception(refused);
  } catch (error const& e) {
    return e.code() == errc::column_mismatch;
  } catch (...) {
    return false;
  }
}

/// Throws what `r` was refused for, once its statements are described anew if that is about their columns.
template <class Result, class Mode>
typename Mode::template task<Result> refuse(protocol::ref<pump<Mode>> p, protocol::request r) {
  std::vector<protocol::ref<protocol::statement>> doubted;
  if (is_misfit(r.refused))
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
  std::rethrow_exception(r.refused);
}

} // namespace tusk::net
