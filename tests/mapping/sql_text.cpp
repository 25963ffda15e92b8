// tusk: tests/mapping/sql_text.cpp — SQL of every kind as the first argument of a query.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// That wrong literals do not compile is tests/build/must_not_compile.
#include <tusk/mapping/sql_text.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

using tusk::mapping::sql_text;

namespace {

template <class... A> std::string query(sql_text<std::type_identity_t<A>...> sql, A const&...) {
  return std::string(sql.view());
}

struct own_string {
  operator std::string_view() const { return "select own"; }
};

} // namespace

static_assert(!std::constructible_from<sql_text<>, std::nullptr_t>);
static_assert(!std::constructible_from<sql_text<>, int> && !std::constructible_from<sql_text<>, char>);
static_assert(std::convertible_to<std::string, sql_text<int>> && std::convertible_to<char const*, sql_text<int>>);

TEST_CASE("sql text: literals with as many placeholders as arguments") {
  CHECK(query("select 1") == "select 1");
  CHECK(query("") == "");
  CHECK(query("select $1", 5) == "select $1");
  CHECK(query("select $2, $1, '$3'", 5, "text") == "select $2, $1, '$3'");
  CHECK(query("select $1 -- and $3, which leaves out $2\n + $3", 1, 2, 3) ==
        "select $1 -- and $3, which leaves out $2\n + $3");
  static constexpr char with_end[] = {'a', 'b', '\0'}, without_end[] = {'a', 'b'};
  CHECK(query(with_end) == "ab");
  CHECK(query(without_end) == "ab");
}

TEST_CASE("sql text: what is known at run time only is left to the server") {
  std::string text = "select $1 where '";
  std::string const constant = text;
  char array[32] = "select $9";
  char full[2] = {'a', 'b'};
  char const* pointer = array;
  CHECK(query(text) == text);
  CHECK(query(constant, 1, 2) == text);
  CHECK(query(std::string_view(text)) == text);
  CHECK(query(std::string("select $7")) == "select $7");
  CHECK(query(array) == "select $9");
  CHECK(query(full) == "ab");
  CHECK(query(pointer, 1) == "select $9");
  CHECK(query(static_cast<char*>(array)) == "select $9");
  CHECK(query(own_string()) == "select own");
}

TEST_CASE("sql text: a null pointer") {
  char const* nothing = nullptr;
  CHECK(support::outcome_of([&] { query(nothing); }) ==
        support::outcome{tusk::errc::invalid_parameter, "the SQL is a null pointer"});
}
