// tusk: tests/command.cpp — queries with their arguments as values: encoded at once, refused later.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/command.hpp>

#include "support/login.hpp"
#include "support/memory_mode.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

using namespace std::string_literals;
using mode = memory::memory_mode;
using pump = tusk::net::pump<mode>;
using tusk::errc;
using tusk::oid;

namespace {

struct user {
  std::int64_t id;
  std::string name;
};

template <class C> using result_of = typename std::decay_t<C>::result;
static_assert(std::is_same_v<result_of<decltype(tusk::query<user>(""))>, std::vector<user>>);
static_assert(std::is_same_v<result_of<decltype(tusk::query_one<user>(""))>, user>);
static_assert(std::is_same_v<result_of<decltype(tusk::query_maybe<user>(""))>, std::optional<user>>);
static_assert(std::is_same_v<result_of<decltype(tusk::execute(""))>, tusk::command_tag>);
// Those of one kind go into one std::vector, whatever their arguments are.
static_assert(std::is_same_v<decltype(tusk::query<int>("select $1", 1)), decltype(tusk::query<int>("select $1", "a"))>);
static_assert(std::is_move_constructible_v<decltype(tusk::execute(""))>);
static_assert(std::is_move_assignable_v<decltype(tusk::execute(""))>);

template <class C> std::string arguments(tusk::command<C> const& c) {
  return std::string(tusk::wire::as_text(c.arguments.view()));
}
/// What is wrong with it; no code when nothing is.
template <class C> support::outcome refusal(tusk::command<C> const& c) {
  return support::outcome_of([&] {
    if (c.refused) std::rethrow_exception(c.refused);
  });
}
/// Nothing that is refused here has been sent.
template <class C> bool safe_to_retry(tusk::command<C> const& c) {
  try {
    std::rethrow_exception(c.refused);
  } catch (tusk::error const& e) {
    return e.safe_to_retry();
  }
}

/// A connection without a server, and a statement of it.
struct connected {
  tusk::basic_statement<mode, std::int64_t> prepare(std::string const& sql) {
    std::vector<oid> const types{oid::int8};
    tusk::protocol::ref<tusk::protocol::statement> s(new tusk::protocol::statement("s1", sql, types));
    subject = s.get();
    return {p, std::move(s)};
  }
  memory::network net;
  tusk::protocol::ref<pump> p{new pump({&net}, login::settings())};
  tusk::protocol::statement* subject = nullptr;
};

// The middle of a Bind for one parameter in binary, and its value.
std::string const one_int4 = "\0\1\0\1\0\1\0\0\0\4\0\0\0\x2a"s;
std::string const one_int8 = "\0\1\0\1\0\1\0\0\0\x08\0\0\0\0\0\0\0\x2a"s;

} // namespace

TEST_CASE("command: it holds the text, the types and the arguments, as Bind has them") {
  auto const c = tusk::query<int>("select $1", 42);
  CHECK(c.sql == "select $1");
  REQUIRE(c.types.size() == 1);
  CHECK(c.types[0] == oid::int4);
  CHECK(arguments(c) == one_int4);
  CHECK(!c.refused);
  CHECK(!c.prepared);
  CHECK(c.of == nullptr);
}

TEST_CASE("command: all four kinds are put together in the same way") {
  CHECK(arguments(tusk::query<int>("select $1", 42)) == one_int4);
  CHECK(arguments(tusk::query_one<int>("select $1", 42)) == one_int4);
  CHECK(arguments(tusk::query_maybe<int>("select $1", 42)) == one_int4);
  CHECK(arguments(tusk::execute("select $1", 42)) == one_int4);
  CHECK(tusk::query_one<int>("select 1").sql == "select 1");
  CHECK(tusk::query_maybe<int>("select 1").sql == "select 1");
  CHECK(tusk::execute("select 1").sql == "select 1");
}

TEST_CASE("command: without parameters there are no types and no values") {
  auto const c = tusk::execute("select 1");
  CHECK(c.types.empty());
  CHECK(arguments(c) == "\0\0\0\0"s);
}

TEST_CASE("command: NULL and many arguments") {
  std::optional<int> const nothing;
  auto const c = tusk::execute("insert into t values ($1, $2, $3)", 42, nothing, tusk::null);
  REQUIRE(c.types.size() == 3);
  CHECK(c.types[1] == oid::int4);
  CHECK(c.types[2] == oid::none);
  CHECK(arguments(c).ends_with("\0\3\0\0\0\4\0\0\0\x2a\xff\xff\xff\xff\xff\xff\xff\xff"s));
}

TEST_CASE("command: text and arguments are its own, they may go as soon as it is made") {
  std::string sql = "select $1::text";
  std::string argument = "a value that is longer than any small string";
  auto const c = tusk::query<std::string>(sql, argument);
  auto const before = arguments(c);
  sql.assign(sql.size(), 'x');
  argument.assign(argument.size(), 'x');
  CHECK(c.sql == "select $1::text");
  CHECK(arguments(c) == before);
  CHECK(before.ends_with("a value that is longer than any small string"));
}

TEST_CASE("command: it moves with all it has") {
  auto c = tusk::query<int>("select $1", 42);
  auto moved = std::move(c);
  CHECK(arguments(moved) == one_int4);
  CHECK(moved.sql == "select $1");
  std::vector<tusk::command<tusk::every_row<int>>> many;
  for (int i = 0; i < 10; ++i) many.push_back(tusk::query<int>("select $1", 42));
  for (auto const& one : many) CHECK(arguments(one) == one_int4);
}

TEST_CASE("command: an argument that cannot be sent is told when the command is used, not when it is made") {
  auto const c = tusk::execute("insert into t values ($1, $2)", 1, "a\0b"s);
  REQUIRE(c.refused);
  CHECK(refusal(c).code == errc::invalid_parameter);
  CHECK_THAT(refusal(c).text, ContainsSubstring("parameter $2"));
  CHECK(safe_to_retry(c));
  char const* const pointer = nullptr;
  CHECK(refusal(tusk::execute("select $1::text", pointer)).code == errc::invalid_parameter);
}

TEST_CASE("command: arguments that a text of run time does not mention are refused") {
  std::string const sql = "select $1";
  auto const c = tusk::query<int>(sql, 1, 2);
  CHECK(refusal(c).code == errc::parameter_mismatch);
  CHECK(safe_to_retry(c));
  CHECK(refusal(tusk::query<int>(sql, 1)).code == std::error_code());
}

TEST_CASE("command: of a prepared statement it knows whose it is, and sends what the statement declares") {
  connected c;
  auto const s = c.prepare("select $1");
  auto const q = tusk::query<int>(s, 42);
  CHECK(!q.refused);
  CHECK(q.of == c.p.get());
  CHECK(q.prepared.get() == c.subject);
  CHECK(q.sql.empty());
  CHECK(arguments(q) == one_int8); // an int for a std::int64_t
  CHECK(arguments(tusk::query_one<int>(s, 42)) == one_int8);
  CHECK(arguments(tusk::query_maybe<int>(s, 42)) == one_int8);
  CHECK(arguments(tusk::execute(s, 42)) == one_int8);
}

TEST_CASE("command: a statement that was moved from is refused") {
  connected c;
  auto s = c.prepare("select $1");
  auto const moved = std::move(s);
  auto const q = tusk::execute(s, 42); // NOLINT(bugprone-use-after-move): that is the point
  CHECK(refusal(q).code == errc::statement_closed);
  CHECK(safe_to_retry(q));
  CHECK(!tusk::execute(moved, 42).refused);
}

TEST_CASE("command: what it runs lives as long as it does") {
  connected c;
  std::optional q(tusk::query<int>(c.prepare("select $1"), 42)); // the statement is gone
  CHECK(q->prepared->sql() == "select $1");
  c.p = {};
  CHECK(q->prepared->sql() == "select $1");
  q.reset();
}
