// tusk: tests/types/tsquery.cpp — tusk::tsquery.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/tsquery.hpp>

#include "types/check.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace codec_test;
using tusk::lexeme_weight;
using tusk::tsquery;
using kind = tsquery::kind;
using nodes = std::vector<tsquery::node>;

namespace {

/// Why nodes make none.
std::string refusal(nodes const& all) {
  try {
    tsquery{all};
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::invalid_value);
    return e.what();
  }
  return "";
}

std::string repeated(std::size_t times, std::string_view what) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += what;
  return all;
}

} // namespace

static_assert(tsquery::bit(lexeme_weight::a) == 8 && tsquery::bit(lexeme_weight::d) == 1);
static_assert(tusk::parameter_type<tsquery>() == oid::tsquery);
static_assert(tusk::cpp_name<tsquery>() == "tusk::tsquery");

TEST_CASE("tsquery: bytes and text, both ways") {
  struct known {
    char const* sent;
    char const* text;
  };
  known const queries[] = {
      {"00000000", ""},
      {"00000006020202030201010000630001000062000100006100", "'a' & ( 'b' | !'c' )"},
      {"000000030204000301000062000100006100", "'a' <3> 'b'"},
      {"000000010100006974277300", "'it''s'"},
      {"000000060202020400020201010801630001000062000100006100", "'a' & 'b' <2> !'c':*A"},
      {"00000001010f015c00", "'\\\\':*ABCD"},
  };
  for (auto const& [sent, text] : queries) {
    INFO(text);
    auto const value = decode<tsquery>(sent);
    CHECK(to_string(value) == text);
    CHECK(encode(value) == sent);
    CHECK(tsquery::parse(text) == value);
    CHECK(tsquery(value.nodes()) == value);
    CHECK(storm<tsquery>(unhex(sent)).refused != 0);
  }
}

TEST_CASE("tsquery: its nodes, the right operand first") {
  auto const value = tsquery::parse("a <2> b:*c");
  CHECK(value.nodes() ==
        nodes{{kind::phrase, "", false, 0, 2}, {kind::word, "b", true, 2, 0}, {kind::word, "a", false, 0, 0}});
  CHECK(value != tsquery::parse("a <3> b:*c"));
  CHECK(value != tsquery::parse("a <2> b:*"));
  CHECK(tsquery().nodes().empty());
}

TEST_CASE("tsquery: what PostgreSQL reads is read, and written as it does") {
  struct known {
    char const* written;
    char const* text;
  };
  known const texts[] = {
      {"  ", ""},
      {"a", "'a'"},
      {"a&b|c", "'a' & 'b' | 'c'"},
      {"a|b&c", "'a' | 'b' & 'c'"},
      {"(a|b)&c", "( 'a' | 'b' ) & 'c'"},
      {"a & (b & c)", "'a' & 'b' & 'c'"},
      {"(((a)))", "'a'"},
      {"!(a&b)", "!( 'a' & 'b' )"},
      {"!!a", "!!'a'"},
      {"!a & !(!b)", "!'a' & !!'b'"},
      {"! (a <-> b) <-> !c", "!( 'a' <-> 'b' ) <-> !'c'"},
      {"a <-> (b <-> c)", "'a' <-> ( 'b' <-> 'c' )"},
      {"(a <-> b) <-> c", "'a' <-> 'b' <-> 'c'"},
      {"a<->b <0> c<16384>d", "'a' <-> 'b' <0> 'c' <16384> 'd'"},
      {"a | b & c <-> ! d", "'a' | 'b' & 'c' <-> !'d'"},
      {"(a | b) <2> (c & d)", "( 'a' | 'b' ) <2> ( 'c' & 'd' )"},
      {"a:*AB & b:ba* | c:dD | d:", "'a':*AB & 'b':*AB | 'c':D | 'd'"},
      {"'a''b'&'x y':*|z", "'a''b' & 'x y':* | 'z'"},
      {"a\\ b & \\! & \\\\ & \\: & '<'", "'a b' & '!' & '\\\\' & ':' & '<'"},
      {"a'b", "'a''b'"},
      {"\xc3\xa9 & \xe6\x97\xa5", "'\xc3\xa9' & '\xe6\x97\xa5'"},
  };
  for (auto const& [written, text] : texts) {
    INFO(written);
    auto const value = tsquery::parse(written);
    CHECK(to_string(value) == text);
    CHECK(to_string(tsquery::parse(text)) == text);
    CHECK(decode<tsquery>(encode(value)) == value);
  }
}

TEST_CASE("tsquery: what is none is refused, and shown") {
  for (auto text : {"()",      "''",     "'a",      "a b",    "a'b' 'c'", "'a'b",     "a &",         "& a",
                    "a & & b", "a | ",   "!",       "a !",    "a ! b",    "(a",       "a)",          "(a))",
                    "a & (b",  "a:1",    "a:*x",    ":a",     "a & :b",   "a <-2> b", "a <16385> b", "a <1 > b",
                    "a <> b",  "a <- b", "a <x> b", "a <-> ", "<b",       "a\\",      "a & <-> b",   "(a) b"})
    CHECK(unreadable<tsquery>(text) ==
          '"' + std::string(text) + "\" is no tsquery: write 'fat' & ( 'rat':*AB | !'cat' ), or 'fat' <-> 'cat'");
  CHECK(unreadable<tsquery>(std::string_view("a\0b", 3)) == "the lexeme \"a\\x00b\" has a NUL in it");
  CHECK(unreadable<tsquery>(std::string(2048, 'a')) ==
        "the lexeme \"" + std::string(60, 'a') + "...\" has 2048 bytes, PostgreSQL takes 2047 at most");
}

TEST_CASE("tsquery: put together") {
  auto const a = tsquery::word("a"), b = tsquery::word("b c", true), c = tsquery::word("it's", false, 9);
  CHECK(((a & b) | !c) == tsquery::parse("a & 'b c':* | !'it''s':AD"));
  CHECK((a & (b | c)) == tsquery::parse("a & ('b c':* | 'it''s':AD)"));
  CHECK(tsquery::phrase(a, b) == tsquery::parse("a <-> 'b c':*"));
  CHECK(tsquery::phrase(a, tsquery::phrase(a, a, 3), 2) == tsquery::parse("a <2> (a <3> a)"));
  // An empty query is left out.
  tsquery const none;
  CHECK((a & none) == a);
  CHECK((none | a) == a);
  CHECK((!none) == none);
  CHECK(tsquery::phrase(none, none) == none);
}

TEST_CASE("tsquery: made of nodes") {
  tsquery::node const a{kind::word, "a", false, 0, 0}, both{kind::and_, "", false, 0, 0};
  CHECK(refusal(nodes{}) == "");
  CHECK(refusal(nodes{both, a, a}) == "");
  CHECK(refusal(nodes{both, a}) == "no tsquery: an operator lacks an operand");
  CHECK(refusal(nodes{both}) == "no tsquery: an operator lacks an operand");
  CHECK(refusal(nodes{a, a}) == "no tsquery: it has words that no operator joins");
  CHECK(refusal(nodes{{kind::word, "", false, 0, 0}}) == "a lexeme is empty");
  CHECK(refusal(nodes{{kind::word, "a", false, 16, 0}}) == "no tsquery: there are only four weights");
  CHECK(refusal(nodes{{kind::phrase, "", false, 0, 16385}, a, a}) ==
        "no tsquery: the distance 16385 is out of range, 0 to 16384");
  CHECK(refusal(nodes{{kind::phrase, "", false, 0, -1}, a, a}) != "");
  // What does not belong to a kind is dropped, so that equal queries are equal.
  CHECK(tsquery(nodes{{kind::not_, "x", true, 3, 4}, {kind::word, "a", false, 0, 5}}) == tsquery::parse("!a"));
}

TEST_CASE("tsquery: damaged bytes") {
  CHECK(refused<tsquery>("") == "it ends too early");
  CHECK(refused<tsquery>("ffffffff") == "it has not as many nodes as it says");
  CHECK(refused<tsquery>("7fffffff0100006100") == "it has not as many nodes as it says");
  CHECK(refused<tsquery>("000000010300006100") == "a node is neither a word nor an operator");
  CHECK(refused<tsquery>("000000010110006100") == "a word has a weight that does not exist");
  CHECK(refused<tsquery>("000000010100026100") == "a word neither is a prefix nor is it none");
  CHECK(refused<tsquery>("0000000101000061") == "a text without its terminating zero");
  CHECK(refused<tsquery>("0000000202050100006100") == "an operator does not exist");
  CHECK(refused<tsquery>("0000000202000100006100") == "an operator does not exist");
  CHECK(refused<tsquery>("0000000202020100006100") == "an operator lacks an operand");
  CHECK(refused<tsquery>("0000000201000061000100006200") == "it has words that no operator joins");
  CHECK(refused<tsquery>("00000001010000610000") == "bytes are left over");
  CHECK(refused<tsquery>("00000001010000" + repeated(2047, "61") + "00") == "");
  CHECK(refused<tsquery>("00000001010000" + repeated(2048, "61") + "00") == "a word has more than 2047 bytes");
  tsquery out = tsquery::parse("a & b");
  CHECK(decode_into(unhex("0000000202020100006100"), out).why != "");
  CHECK(to_string(out) == ""); // never a broken one
}

TEST_CASE("tsquery: what servers hold though they no longer take it is read") {
  // to_tsquery('english', 'foo <16384> the <16384> bar')
  constexpr auto overflown = "000000030204800001000062617200010000666f6f00";
  CHECK(to_string(decode<tsquery>(overflown)) == "'foo' <-32768> 'bar'");
  CHECK(encode(decode<tsquery>(overflown)) == overflown);
  CHECK(to_string(decode<tsquery>("0000000101000000")) == "''");
}

TEST_CASE("tsquery: more than a server takes is not sent") {
  auto const word = std::string(1023, 'x');
  nodes all(1024, tsquery::node{kind::or_, "", false, 0, 0});
  all.resize(2049, tsquery::node{kind::word, word, false, 0, 0});
  CHECK(unsendable(tsquery(all)) == "its lexemes have more than 1048575 bytes, which PostgreSQL does not take");
  all.erase(all.begin());
  all.pop_back();
  CHECK(unsendable(tsquery(all)) == "");
}

TEST_CASE("tsquery: depth costs neither stack nor time") {
  constexpr std::size_t depth = 1'000'000;
  auto const sent = unhex("000f4241" + repeated(depth, "0201") + "0100006100"); // a million times not
  auto const deep = decode<tsquery>(sent);
  CHECK(to_string(deep) == std::string(depth, '!') + "'a'");
  CHECK(encode_bytes(deep) == sent);

  // Nested to the left and to the right, with and without parentheses.
  auto const word = std::string("0100006100");
  auto const left = decode<tsquery>("00030d41" + repeated(100'000, "0202" + word) + word);
  CHECK(to_string(left) == "'a'" + repeated(100'000, " & 'a'"));
  auto const phrases = decode<tsquery>("00030d41" + repeated(100'000, "02040001") + repeated(100'001, word));
  CHECK(to_string(phrases) == repeated(100'000, "'a' <-> ( ").erase(100'000 * 10 - 2) + "'a'" + repeated(99'999, " )"));
}

TEST_CASE("tsquery: nested text is read to a limit") {
  CHECK(tsquery::parse(repeated(50'000, "!(") + "a" + repeated(50'000, ")")).nodes().size() == 50'001);
  CHECK(unreadable<tsquery>(std::string(100'001, '(')) == "a tsquery is nested more than 100000 times");
  CHECK(unreadable<tsquery>(std::string(100'001, '!')) == "a tsquery is nested more than 100000 times");
  CHECK(tsquery::parse("a" + repeated(200'000, "&a")).nodes().size() == 400'001);
}
