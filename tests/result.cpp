// tusk: tests/result.cpp — errors as values, and what stays an exception.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/executor.hpp>
#include <tusk/result.hpp>

#include "support/catch.hpp"

#include <asio/cancellation_signal.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

using tusk::as_result;
using tusk::errc;
using tusk::error;
using tusk::result;

namespace {

using strings = std::vector<std::string>;

asio::awaitable<strings> words() { co_return strings{"a word that is longer than any small string", "b"}; }
asio::awaitable<strings> refused() {
  throw error(errc::no_rows, "none");
  co_return strings();
}
asio::awaitable<std::unique_ptr<int>> moving() { co_return std::make_unique<int>(7); }
asio::awaitable<void> nothing() { co_return; }
asio::awaitable<void> nothing_refused() {
  throw error(errc::timeout, "late");
  co_return;
}
template <class E> asio::awaitable<int> throwing(E e) {
  throw e;
  co_return 1;
}
asio::awaitable<int> waiting() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::hours(1));
  co_await timer.async_wait(asio::use_awaitable);
  co_return 1;
}
/// What Asio's cancelling looks like where the driver has put words to it.
asio::awaitable<int> aborted() {
  std::error_code const code = asio::error::operation_aborted;
  return throwing(error(code, "cancelled"));
}
asio::awaitable<void> wait_as_result(bool& answered) {
  (void)co_await as_result(waiting());
  answered = true;
}

} // namespace

TEST_CASE("result: a value") {
  result<strings> r(strings{"a", "b"});
  CHECK(r.has_value());
  CHECK(static_cast<bool>(r));
  CHECK(r.value().size() == 2);
  CHECK((*r)[1] == "b");
  CHECK(r->size() == 2);
  r->push_back("c");
  (*r)[0] = "changed";
  auto const& constant = r;
  CHECK(constant.value()[0] == "changed");
  CHECK((*constant).size() == 3);
  CHECK(constant->size() == 3);
  CHECK(constant.value_or(strings()).size() == 3);
  CHECK_THROWS_AS(constant.error(), std::bad_variant_access);
  auto const taken = *std::move(r);
  CHECK(taken.size() == 3);
}

TEST_CASE("result: an error") {
  result<int> r(error(errc::no_rows, "none"));
  CHECK_FALSE(r.has_value());
  CHECK_FALSE(static_cast<bool>(r));
  CHECK(r.error().code() == errc::no_rows);
  CHECK(std::string(r.error().what()) == "none");
  CHECK(r.value_or(5) == 5);
  auto const& constant = r;
  CHECK_THROWS_AS(r.value(), error);
  CHECK_THROWS_AS(*r, error);
  CHECK_THROWS_AS(constant.value(), error);
  CHECK_THROWS_AS(*constant, error);
  CHECK_THROWS_AS(std::move(r).value(), error);
  CHECK(constant.error().code() == errc::no_rows); // throwing has not used it up
  result<strings> const other(error(errc::no_rows, "none"));
  CHECK_THROWS_AS(other->size(), error);
}

TEST_CASE("result: of nothing") {
  result<void> const good;
  CHECK(good.has_value());
  CHECK(static_cast<bool>(good));
  CHECK_NOTHROW(good.value());
  CHECK_THROWS_AS(good.error(), std::bad_variant_access);
  result<void> const bad(error(errc::timeout, "late"));
  CHECK_FALSE(bad.has_value());
  CHECK_THROWS_AS(bad.value(), error);
  CHECK(bad.error().code() == errc::timeout);
}

TEST_CASE("result: of what can only be moved") {
  result<std::unique_ptr<int>> r(std::make_unique<int>(7));
  auto moved = std::move(r);
  CHECK(**moved == 7);
  auto const taken = std::move(moved).value();
  CHECK(*taken == 7);
}

TEST_CASE("as_result: of a coroutine") {
  auto const r = tusk::run(as_result(words()));
  REQUIRE(r.has_value());
  CHECK(r->at(0) == "a word that is longer than any small string");
  CHECK(**tusk::run(as_result(moving())) == 7);
  CHECK(tusk::run(as_result(nothing())).has_value());

  auto const none = tusk::run(as_result(refused()));
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code() == errc::no_rows);
  auto const late = tusk::run(as_result(nothing_refused()));
  REQUIRE_FALSE(late.has_value());
  CHECK(std::string(late.error().what()) == "late");
}

TEST_CASE("as_result: of a coroutine, an error with all that the server said") {
  tusk::notice n;
  n.code = tusk::sqlstate::unique_violation;
  n.constraint = "users_pkey";
  auto const r = tusk::run(as_result(throwing(error(n))));
  REQUIRE_FALSE(r.has_value());
  CHECK(r.error().sqlstate() == tusk::sqlstate::unique_violation);
  REQUIRE(r.error().server() != nullptr);
  CHECK(r.error().server()->constraint == "users_pkey");
}

TEST_CASE("as_result: what is no answer stays an exception") {
  CHECK_THROWS_AS(tusk::run(as_result(throwing(std::bad_alloc()))), std::bad_alloc);
  CHECK_THROWS_AS(tusk::run(as_result(throwing(std::logic_error("wrong")))), std::logic_error);
  CHECK_THROWS_AS(tusk::run(as_result(throwing(1))), int);
  std::error_code const refused_code = asio::error::connection_refused;
  CHECK_THROWS_AS(tusk::run(as_result(throwing(std::system_error(refused_code)))), std::system_error);
  // The driver's own error, when it says that it was cancelled.
  CHECK_THROWS_AS(tusk::run(as_result(aborted())), error);
}

TEST_CASE("as_result: being cancelled passes through") {
  tusk::executor ex;
  asio::cancellation_signal signal;
  bool answered = false;
  std::exception_ptr thrown;
  asio::co_spawn(ex.context(), wait_as_result(answered),
                 asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) { thrown = e; }));
  ex.poll();
  CHECK_FALSE(thrown);
  signal.emit(asio::cancellation_type::terminal);
  ex.poll();
  CHECK_FALSE(answered);
  REQUIRE(thrown);
  try {
    std::rethrow_exception(thrown);
  } catch (std::system_error const& e) {
    CHECK(e.code() == asio::error::operation_aborted);
  }
}

TEST_CASE("as_result: of a function") {
  auto const r = as_result([] { return strings{"a", "b"}; });
  static_assert(std::is_same_v<decltype(r), result<strings> const>);
  REQUIRE(r.has_value());
  CHECK(r->size() == 2);
  CHECK(**as_result([] { return std::make_unique<int>(7); }) == 7);

  int calls = 0;
  auto const done = as_result([&] { ++calls; });
  static_assert(std::is_same_v<decltype(done), result<void> const>);
  CHECK(done.has_value());
  CHECK(calls == 1);

  auto const none = as_result([]() -> int { throw error(errc::no_rows, "none"); });
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code() == errc::no_rows);
  auto const late = as_result([] { throw error(errc::timeout, "late"); });
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code() == errc::timeout);
}

TEST_CASE("as_result: of a function that returns a reference, a copy") {
  std::string text = "before";
  auto const r = as_result([&]() -> std::string const& { return text; });
  static_assert(std::is_same_v<decltype(r), result<std::string> const>);
  text = "after";
  CHECK(*r == "before");
}

TEST_CASE("as_result: of a function, what is no answer stays an exception") {
  CHECK_THROWS_AS(as_result([]() -> int { throw std::bad_alloc(); }), std::bad_alloc);
  CHECK_THROWS_AS(as_result([] { throw std::logic_error("wrong"); }), std::logic_error);
}
