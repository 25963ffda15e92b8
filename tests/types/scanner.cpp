// tusk: tests/types/scanner.cpp — reading text from front to back.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/scanner.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <string>
#include <string_view>

using tusk::scanner;

namespace {

template <class F> std::string refusal(std::string_view text, F f) {
  scanner in(text, "thing: write another");
  try {
    f(in);
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::invalid_value);
    return e.what();
  }
  return "";
}

} // namespace

static_assert([] {
  scanner in("  12:ff NaNx", "");
  in.skip_blanks();
  bool ok = in.number<unsigned>() == 12 && in.eat(':') && in.hexadecimal<std::uint8_t>() == 255;
  in.skip_blanks();
  return ok && in.eat_word("nan") && in.peek() == 'x' && in.take(1) == "x" && in.done() && in.peek() == '\0';
}());

TEST_CASE("scanner: numbers have digits, and fit") {
  scanner most("18446744073709551615", "");
  CHECK(most.number<std::uint64_t>() == UINT64_MAX);
  scanner zeros("00000000000000000000000000255", "");
  CHECK(zeros.number<std::uint8_t>() == 255);
  for (auto text : {"", "x", "-1", "+1", "256", "1000", "99999999999999999999999"})
    CHECK(refusal(text, [](scanner& in) { in.number<std::uint8_t>(); }) ==
          '"' + std::string(text) + "\" is no thing: write another");
  CHECK(refusal("60", [](scanner& in) { in.number<std::uint8_t>(59); }) != "");
  for (auto text : {"", "g", "100", "0ff"})
    CHECK(refusal(text, [](scanner& in) { in.hexadecimal<std::uint8_t>(); }) != "");
}

TEST_CASE("scanner: the whole text is told, as far as it can be printed") {
  CHECK(refusal("ab\n", [](scanner& in) { in.take(1), in.refuse(); }) == "\"ab\\x0a\" is no thing: write another");
  CHECK(refusal(std::string(100, 'a'), [](scanner& in) { in.end(); }) ==
        '"' + std::string(60, 'a') + "...\" is no thing: write another");
  CHECK(refusal("a", [](scanner& in) { in.take(2); }) != "");
  CHECK(refusal("a", [](scanner& in) { in.need('b'); }) != "");
}

TEST_CASE("scanner: words in any case, whole or not at all") {
  scanner in("INFinity", "");
  CHECK(!in.eat_word("infinityx"));
  CHECK(in.eat_word("inf"));
  CHECK(in.rest() == "inity");
  CHECK(scanner::is_word("nULl", "null"));
  for (auto other : {"", "nul", "nulls", " null"}) CHECK(!scanner::is_word(other, "null"));
  CHECK(scanner::is_blank('\v'));
  CHECK(!scanner::is_blank('\0'));
  CHECK(scanner::hex_digit('F') == 15);
  CHECK(scanner::hex_digit('g') == -1);
  CHECK(scanner::hex_digit('@') == -1);
}

TEST_CASE("scanner: a sign, if there is one") {
  for (auto text : {"-1", "+1", "1"}) {
    scanner in(text, "");
    CHECK(in.eat_sign() == (text[0] == '-'));
    CHECK(in.rest() == "1");
  }
}
