// tusk: connect.hpp — opening connections, in both modes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The names that users start with: `tusk::connect` in a coroutine, `tusk::blocking::connect` anywhere. The options are
// completed from the environment and checked before anything is opened.
#pragma once

#include <tusk/connection.hpp>
#include <tusk/net/async_mode.hpp>
#include <tusk/net/blocking_mode.hpp>
#include <tusk/options.hpp>

#include <utility>

namespace tusk {

using connection = basic_connection<net::async_mode<>>;
template <class... P> using statement = basic_statement<net::async_mode<>, P...>;
using transaction = basic_transaction<net::async_mode<>>;
template <class T> using cursor = basic_cursor<net::async_mode<>, T>;
using listener = basic_listener<net::async_mode<>>;

/// Completes and checks `o`. Throws errc::invalid_option.
inline conninfo::settings settings_of(options const& o) {
  auto s = conninfo::resolve(o);
  s.oauth_token = o.token_source();
  return s;
}

/// Connects and logs in, on the executor of the coroutine that awaits it. Throws errc::invalid_option before anything
/// is opened; the failure of the one address tried, or errc::connect_failed with the words of all.
///
/// (A template so that only those who use this mode pay for compiling it; so is the one below.)
template <class Executor = asio::any_io_executor>
asio::awaitable<basic_connection<net::async_mode<Executor>>, Executor>
connect(options o = options::from_environment()) {
  using mode = net::async_mode<Executor>;
  auto executor = co_await asio::this_coro::executor;
  auto settings = settings_of(o);
  auto const timeout = settings.operation_timeout;
  auto pump = co_await net::dial<mode>(std::move(executor), std::move(settings));
  basic_connection<mode> db(std::move(pump));
  db.timeout(timeout);
  co_return db;
}

namespace blocking {

using connection = basic_connection<net::blocking_mode>;
template <class... P> using statement = basic_statement<net::blocking_mode, P...>;
using transaction = basic_transaction<net::blocking_mode>;
template <class T> using cursor = basic_cursor<net::blocking_mode, T>;
using listener = basic_listener<net::blocking_mode>;

/// Connects and logs in, and returns when that is done.
template <class Mode = net::blocking_mode>
basic_connection<Mode> connect(options const& o = options::from_environment()) {
  auto settings = settings_of(o);
  auto const timeout = settings.operation_timeout;
  basic_connection<Mode> db(net::dial<Mode>({}, std::move(settings)).get());
  db.timeout(timeout);
  return db;
}

} // namespace blocking
} // namespace tusk
