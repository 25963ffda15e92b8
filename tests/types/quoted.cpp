// tusk: tests/types/quoted.cpp — values inside arrays, ranges and composites.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/quoted.hpp>

#include "support/catch.hpp"

#include <string>

using tusk::quoting;

namespace {

std::string put(std::string_view value, quoting const& how) {
  std::string out;
  tusk::put_quoted(value, how, out);
  return out;
}

} // namespace

TEST_CASE("quoted: each form has its own dangers") {
  constexpr auto arrays = quoting::in_arrays("{},");
  CHECK(put("a", arrays) == "a");
  CHECK(put("(a)", arrays) == "(a)");
  CHECK(put("(a)", quoting::in_composites) == "\"(a)\"");
  CHECK(put("[a]", quoting::in_composites) == "[a]");
  CHECK(put("[a]", quoting::in_ranges) == "\"[a]\"");
  CHECK(put("{a}", arrays) == "\"{a}\"");
  CHECK(put("{a}", quoting::in_ranges) == "{a}");
  CHECK(put("NULL", arrays) == "\"NULL\"");
  CHECK(put("NULL", quoting::in_composites) == "NULL");
  for (auto const& how : {arrays, quoting::in_composites, quoting::in_ranges}) {
    CHECK(put("", how) == "\"\"");
    for (char const* blank : {" ", "\t", "\n", "\v", "\f", "\r"})
      CHECK(put(blank, how) == '"' + std::string(blank) + '"');
  }
  CHECK(put("a\"b\\c", arrays) == "\"a\\\"b\\\\c\"");
  CHECK(put("a\"b\\c", quoting::in_ranges) == "\"a\"\"b\\\\c\"");
}

TEST_CASE("quoted: whatever is put is read") {
  constexpr auto arrays = quoting::in_arrays("{};");
  for (auto const& how : {arrays, quoting::in_composites, quoting::in_ranges})
    for (std::string const value :
         {"", "a", "NULL", "a\"b", "\\", "\\\"", "a b", "(),", "{};", "[x]", "\"\"", "\"x\""}) {
      auto const text = put(value, how) + how.ends.front();
      tusk::scanner in(text, "value");
      CHECK(tusk::scan_quoted(in, how) == value);
      CHECK(in.rest() == how.ends.substr(0, 1));
    }
}

TEST_CASE("quoted: quotes may stand anywhere, and must end") {
  auto const read = [](std::string_view text) {
    tusk::scanner in(text, "value");
    bool quoted = false;
    auto value = tusk::scan_quoted(in, quoting::in_composites, &quoted);
    return value + (quoted ? "!" : "");
  };
  CHECK(read("a") == "a");
  CHECK(read("a\"b,\"c,d") == "ab,c!");
  CHECK(read("\\,a") == ",a!");
  CHECK(read("\"\"") == "!");
  CHECK(read("\"a\"\"b\"") == "a\"b!");
  CHECK_THROWS_AS(read("\"a"), tusk::error);
  CHECK_THROWS_AS(read("a\\"), tusk::error);
}
