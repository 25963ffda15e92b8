// tusk: tests/types/tsvector.cpp — tusk::tsvector.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/tsvector.hpp>

#include "types/check.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace codec_test;
using tusk::lexeme_weight;
using tusk::tsvector;
using lexemes = std::vector<tsvector::lexeme>;

namespace {

/// Why lexemes make none.
std::string refusal(lexemes const& all) {
  try {
    tsvector{all};
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::invalid_value);
    return e.what();
  }
  return "";
}

/// A lexeme with the positions from 1 to `n`.
tsvector::lexeme with_positions(std::string text, unsigned n) {
  tsvector::lexeme one{std::move(text), {}};
  for (unsigned i = 1; i <= n; ++i) one.positions.push_back({static_cast<std::uint16_t>(i), lexeme_weight::d});
  return one;
}

} // namespace

static_assert(lexeme_weight::a > lexeme_weight::b && lexeme_weight::c > lexeme_weight::d);
static_assert(tusk::parameter_type<tsvector>() == oid::tsvector);
static_assert(tusk::cpp_name<tsvector>() == "tusk::tsvector");

TEST_CASE("tsvector: bytes and text, both ways") {
  struct known {
    char const* sent;
    char const* text;
  };
  known const vectors[] = {
      {"00000000", ""},
      {"00000003610000006200000063000000", "'a' 'b' 'c'"},
      {"000000025c7800000069742773000000", "'\\\\x' 'it''s'"},
      {"00000002610000013fff620000013fff", "'a':16383 'b':16383"},
      {"00000002610000020001c002620000028003400a", "'a':1,2A 'b':3B,10C"},
  };
  for (auto const& [sent, text] : vectors) {
    INFO(text);
    auto const value = decode<tsvector>(sent);
    CHECK(to_string(value) == text);
    CHECK(encode(value) == sent);
    CHECK(tsvector::parse(text) == value);
    CHECK(tsvector(value.lexemes()) == value);
    CHECK(storm<tsvector>(unhex(sent)).refused != 0);
  }
}

TEST_CASE("tsvector: its parts") {
  auto const value = tsvector::parse("'fat':2A,5 'rat'");
  CHECK(value.lexemes() == lexemes{{"fat", {{2, lexeme_weight::a}, {5, lexeme_weight::d}}}, {"rat", {}}});
  CHECK(value != tsvector::parse("'fat':2,5 'rat'"));
  CHECK(value != tsvector::parse("'fat' 'rat'"));
  CHECK(tsvector().lexemes().empty());
}

TEST_CASE("tsvector: what PostgreSQL reads is read") {
  struct known {
    char const* written;
    char const* text;
  };
  known const texts[] = {
      {"  ", ""},
      {"b a\tc\n", "'a' 'b' 'c'"},
      {"a:3,1,2", "'a':1,2,3"},
      {"a:1a,2B,3c,4d,5D", "'a':1A,2B,3C,4,5"},
      {"a:1,1B,1A,1C a:2 a", "'a':1A,2"},
      {"'a''b'", "'a''b'"},
      {"a'b \\' b\\:c \\\\", "'''' '\\\\' 'a''b' 'b:c'"},
      {"'x y' ' ' x\\ y:1", "' ' 'x y':1"},
      {"'a'b 'c''d'", "'a' 'b' 'c''d'"},
      {":a b", "':a' 'b'"},
      {"a:1 ,2", "',2' 'a':1"},
      {"\xc3\xa9t\xc3\xa9 e z", "'e' 'z' '\xc3\xa9t\xc3\xa9'"},
  };
  for (auto const& [written, text] : texts) {
    INFO(written);
    CHECK(to_string(tsvector::parse(written)) == text);
  }
}

TEST_CASE("tsvector: what is none is refused, and shown") {
  for (auto text : {"''", "'a", "'", "a:", "a:x", "a:0", "a:16384", "a:99999999999", "a:1,", "a:1AB", "a:1A2", "a:1*",
                    "'a':1'b'", "a:1:2", "a: 1", "a\\"})
    CHECK(unreadable<tsvector>(text) ==
          '"' + std::string(text) + "\" is no tsvector: write 'fat':2A,5 'rat', with positions from 1 to 16383");
}

TEST_CASE("tsvector: made of lexemes, in any order") {
  lexemes many;
  for (unsigned i = 0; i < 1000; ++i) many.push_back({std::to_string(i * 7919 % 1000), {}});
  tsvector const value(many);
  REQUIRE(value.lexemes().size() == 1000);
  for (std::size_t i = 1; i < 1000; ++i) CHECK(value.lexemes()[i - 1].text < value.lexemes()[i].text);
  CHECK(tsvector(lexemes{{"b", {}}, {"a", {{2, lexeme_weight::b}}}, {"b", {{7, lexeme_weight::d}}}}) ==
        tsvector::parse("a:2B b:7"));
  CHECK(tsvector(lexemes{{"ab", {}}, {"a", {}}, {"\xc3\xa9", {}}, {"z", {}}}) == tsvector::parse("a ab z \xc3\xa9"));
}

TEST_CASE("tsvector: limits") {
  CHECK(refusal(lexemes{{"", {}}}) == "a lexeme is empty");
  CHECK(refusal(lexemes{{std::string("a\0b", 3), {}}}) == "the lexeme \"a\\x00b\" has a NUL in it");
  CHECK(refusal(lexemes{{std::string(2048, 'a'), {}}}) ==
        "the lexeme \"" + std::string(60, 'a') + "...\" has 2048 bytes, PostgreSQL takes 2047 at most");
  CHECK(refusal(lexemes{{std::string(2047, 'a'), {}}}) == "");
  CHECK(refusal(lexemes{{"a", {{0, lexeme_weight::d}}}}) ==
        "position 0 of the lexeme \"a\" is out of range, 1 to 16383");
  CHECK(refusal(lexemes{{"a", {{16384, lexeme_weight::d}}}}) ==
        "position 16384 of the lexeme \"a\" is out of range, 1 to 16383");
  CHECK(refusal(lexemes{with_positions("a", 256), with_positions("a", 256)}) == "");
  CHECK(refusal(lexemes{with_positions("a", 257)}) == "the lexeme \"a\" has more than 256 positions");
}

TEST_CASE("tsvector: more than a server takes is not sent") {
  lexemes many; // each takes 4 + 2 + 512 bytes of the 1048575 in which the last may begin
  for (unsigned i = 0; i < 2026; ++i) many.push_back(with_positions(std::to_string(i + 1000), 256));
  CHECK(unsendable(tsvector(many)) == "its lexemes have more than 1048575 bytes, which PostgreSQL does not take");
  many.pop_back();
  CHECK(unsendable(tsvector(many)) == "");
}

TEST_CASE("tsvector: damaged bytes") {
  CHECK(refused<tsvector>("") == "it ends too early");
  CHECK(refused<tsvector>("ffffffff") == "it has not as many lexemes as it says");
  CHECK(refused<tsvector>("7fffffff610000") == "it has not as many lexemes as it says");
  CHECK(refused<tsvector>("00000002610000") == "it has not as many lexemes as it says");
  CHECK(refused<tsvector>("00000001616161") == "a text without its terminating zero");
  CHECK(refused<tsvector>("0000000161000001") == "it ends too early");
  CHECK(refused<tsvector>("0000000161000101") == "a lexeme has more than 256 positions");
  CHECK(refused<tsvector>("0000000262000000"
                          "61000000") == "its lexemes are out of order");
  CHECK(refused<tsvector>("00000001610000020002"
                          "0001") == "its positions are out of order");
  CHECK(refused<tsvector>("00000001610000020001"
                          "c001") == "its positions are out of order");
  CHECK(refused<tsvector>("0000000161000000"
                          "00") == "bytes are left over");
  std::string longest;
  for (int i = 0; i < 2047; ++i) longest += "61";
  CHECK(refused<tsvector>("00000001" + longest + "000000") == "");
  CHECK(refused<tsvector>("00000001" + longest + "61000000") == "a lexeme has more than 2047 bytes");
}

TEST_CASE("tsvector: what servers hold though they no longer take it is read") {
  CHECK(to_string(decode<tsvector>("0000000200000061000000")) == "'' 'a'");
  CHECK(to_string(decode<tsvector>("00000002610000010001610000010002")) == "'a':1 'a':2");
  CHECK(to_string(decode<tsvector>("00000001610000010000")) == "'a':0");
  for (auto sent : {"0000000200000061000000", "00000002610000010001610000010002", "00000001610000010000"})
    CHECK(encode(decode<tsvector>(sent)) == sent);
}
