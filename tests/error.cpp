// tusk: tests/error.cpp — what errors carry, what they say, and that they can always be asked.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/error.hpp>

#include "support/catch.hpp"

#include <memory>
#include <set>
#include <type_traits>

using tusk::errc;
using tusk::error;
using tusk::notice;
using tusk::printable;
using tusk::sqlstate;

// An exception is copied while it is thrown and held in several places.
static_assert(std::is_nothrow_copy_constructible_v<error> && std::is_nothrow_copy_assignable_v<error>);
static_assert(std::is_error_code_enum_v<errc> && std::is_base_of_v<std::system_error, error>);

namespace {

notice said(sqlstate code, std::string message) {
  notice n;
  n.severity = "ERROR";
  n.code = code;
  n.message = std::move(message);
  return n;
}

} // namespace

TEST_CASE("error: every reason has words of its own") {
  std::set<std::string> words;
  int count = 0;
  for (int value = 1; value <= static_cast<int>(errc::listener_closed); ++value) {
    std::error_code const code = static_cast<errc>(value);
    CHECK(code.value() == value);
    CHECK(&code.category() == &tusk::error_category());
    CHECK(code.message() != "unknown error");
    words.insert(code.message());
    ++count;
  }
  CHECK(words.size() == static_cast<std::size_t>(count));
  CHECK(std::string(tusk::error_category().name()) == "tusk");
  CHECK(tusk::error_category().message(0) == "unknown error");
  CHECK(tusk::error_category().message(-5) == "unknown error");
  CHECK(tusk::error_category().message(static_cast<int>(errc::listener_closed) + 1) == "unknown error");
}

TEST_CASE("error: SQLSTATEs are error codes") {
  auto const code = make_error_code(sqlstate::unique_violation);
  CHECK(code.message() == "23505");
  CHECK(std::string(code.category().name()) == "sqlstate");
  CHECK(code == make_error_code(sqlstate::from("23505")));
  CHECK(code != make_error_code(sqlstate::not_null_violation));
  CHECK(tusk::sqlstate_category().message(-1).empty());
  CHECK(tusk::sqlstate_category().message(0).empty());
  CHECK(tusk::sqlstate_category().message(2147483647).empty());
}

TEST_CASE("error: a reason of ours") {
  error const e(errc::timeout, "no answer within 2 s");
  CHECK(e.code() == errc::timeout);
  CHECK(std::string(e.what()) == "no answer within 2 s");
  CHECK(e.server() == nullptr);
  CHECK(e.sqlstate().empty());
  CHECK_FALSE(e.retryable());
  CHECK_FALSE(e.safe_to_retry());
}

TEST_CASE("error: a reason of the system") {
  error const e(std::make_error_code(std::errc::connection_refused), "port 5432: refused");
  CHECK(e.code() == std::errc::connection_refused);
  CHECK(std::string(e.what()) == "port 5432: refused");
}

TEST_CASE("error: what the server said, in full and in one line") {
  auto n = said(sqlstate::syntax_error, "syntax error at or near \"form\"");
  n.position = 10;
  n.detail = "a detail";
  n.hint = "a hint";
  n.routine = "scanner_yyerror";
  error const e(n);
  CHECK(e.code() == make_error_code(sqlstate::syntax_error));
  CHECK(e.sqlstate() == sqlstate::syntax_error);
  REQUIRE(e.server() != nullptr);
  CHECK(e.server()->routine == "scanner_yyerror");
  CHECK(e.server()->severity == "ERROR");
  CHECK(std::string(e.what()) ==
        "syntax error at or near \"form\" (42601, position 10); detail: a detail; hint: a hint");
  CHECK(std::string(error(said(sqlstate::syntax_error, "no"), "preparing").what()) == "preparing: no (42601)");

  n.detail = "Process 1 waits.\nProcess 2 waits.\t\x1b[31m\x7f";
  n.hint = "";
  CHECK(std::string(error(n).what()) == "syntax error at or near \"form\" (42601, position 10); detail: "
                                        "Process 1 waits. Process 2 waits.  [31m ");
  CHECK(error(n).server()->detail == n.detail);
}

TEST_CASE("error: of a server that does not say much") {
  error const silent{notice{}};
  CHECK(std::string(silent.what()) == "the server reported an error without a message (no SQLSTATE)");
  CHECK(silent.sqlstate().empty());
  CHECK(silent.server() != nullptr);
  // An error code that converts to false would pass for success.
  CHECK(silent.code() == errc::protocol_violation);
  error const successful(said(sqlstate::successful_completion, "odd"));
  CHECK(successful.code() == errc::protocol_violation);
  CHECK(successful.sqlstate() == sqlstate::successful_completion);
  CHECK(std::string(successful.what()) == "odd (00000)");
}

TEST_CASE("error: a reason of ours with what the server said") {
  error const e(errc::connection_closed, "the server closed the connection",
                said(sqlstate::admin_shutdown, "terminating"));
  CHECK(e.code() == errc::connection_closed);
  CHECK(e.sqlstate() == sqlstate::admin_shutdown);
  REQUIRE(e.server() != nullptr);
  CHECK(e.server()->message == "terminating");
  CHECK(std::string(e.what()) == "the server closed the connection");
}

TEST_CASE("error: what can be tried again") {
  CHECK(error(said(sqlstate::serialization_failure, "")).retryable());
  CHECK(error(said(sqlstate::deadlock_detected, "")).retryable());
  CHECK_FALSE(error(said(sqlstate::unique_violation, "")).retryable());
  CHECK_FALSE(error(said(sqlstate::transaction_rollback, "")).retryable());
  CHECK_FALSE(error(notice{}).retryable());

  auto const unsent = error(errc::connection_closed, "gone").unsent();
  CHECK(unsent.safe_to_retry());
  CHECK(error(unsent).safe_to_retry());
  CHECK(unsent.in("querying").safe_to_retry());
  CHECK_FALSE(error(errc::connection_closed, "gone").safe_to_retry());
}

TEST_CASE("error: context goes before the words, the rest stays") {
  error const e(said(sqlstate::unique_violation, "duplicate"));
  auto const more = e.in("row 3").in("copying");
  CHECK(std::string(more.what()) == "copying: row 3: duplicate (23505)");
  CHECK(more.code() == e.code());
  CHECK(more.sqlstate() == e.sqlstate());
  CHECK(more.server()->message == "duplicate");
  CHECK(std::string(e.what()) == "duplicate (23505)");
}

TEST_CASE("error: copies share what was said, and one that was moved from still has it") {
  auto first = std::make_unique<error>(said(sqlstate::unique_violation, "duplicate"));
  auto const copy = *first;
  CHECK(copy.server() == first->server());
  first.reset();
  CHECK(copy.server()->message == "duplicate");

  error e(errc::timeout, "late");
  error const moved(std::move(e));
  CHECK(std::string(moved.what()) == "late");
  CHECK(std::string(e.what()) == "late"); // NOLINT: what an error promises
  e = error(errc::no_rows, "none");
  CHECK(std::string(e.what()) == "none");
}

TEST_CASE("error: is caught as what it is") {
  try {
    throw error(errc::no_rows, "none");
  } catch (std::system_error const& e) {
    CHECK(e.code() == errc::no_rows);
    CHECK(std::string(e.what()) == "none");
  }
  try {
    throw error(errc::no_rows, "none");
  } catch (std::exception const& e) {
    CHECK(std::string(e.what()) == "none");
  }
}

TEST_CASE("printable: control characters are shown as numbers") {
  CHECK(printable("plain text") == "plain text");
  CHECK(printable("") == "");
  CHECK(printable(std::string_view("\0\x01\x1f\x20\x7e\x7f", 6)) == R"(\x00\x01\x1f ~\x7f)");
  CHECK(printable("a\r\nb") == R"(a\x0d\x0ab)");
  CHECK(printable("Größe €") == "Größe €");
}

TEST_CASE("printable: long texts are cut, between characters") {
  CHECK(printable(std::string(200, 'a')) == std::string(200, 'a'));
  CHECK(printable(std::string(201, 'a')) == std::string(200, 'a') + "...");
  CHECK(printable("abcdef", 3) == "abc...");
  CHECK(printable("abc", 3) == "abc");
  CHECK(printable("abc", 0) == "...");
  CHECK(printable("", 0) == "");
  for (std::size_t limit : {2u, 3u, 4u}) CHECK(printable("a€bc", limit) == (limit == 4 ? "a€..." : "a..."));
  CHECK(printable("\xf0\x9f\x98\x80!", 3) == "...");
  CHECK(printable("\xf0\x9f\x98\x80!", 4) == "\xf0\x9f\x98\x80...");
  // Not UTF-8 at all: cut at the limit or up to three bytes before.
  CHECK(printable(std::string(10, '\x80'), 8) == std::string(5, '\x80') + "...");
  CHECK(printable(std::string(1'000'000, '\x01'), 2) == R"(\x01\x01...)");
}
