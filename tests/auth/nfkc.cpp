// tusk tests: auth/nfkc.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/nfkc.hpp>

#include <tusk/auth/saslprep.hpp>

#include "support/catch.hpp"
#include "support/table.hpp"

#include <string>

using namespace tusk;
using support::from_hex;
using support::to_hex;

namespace {

std::string normalized(std::string_view utf8) {
  auth::wiping_vector<char32_t> text;
  while (!utf8.empty()) text.push_back(auth::take_code_point(utf8));
  auth::nfkc::instance().normalize(text);
  std::string out;
  for (char32_t c : text) auth::append_utf8(out, c);
  return out;
}

} // namespace

TEST_CASE("packed_numbers reads digits of base 32, the least first") {
  auth::packed_numbers in("0OP0P1oooooo3");
  CHECK(in.next() == 0);
  CHECK(in.next() == 31);
  CHECK(in.next() == 0);
  CHECK(in.next() == 32);
  CHECK(in.next() == 0xffffffff);
  CHECK(in.empty());
}

TEST_CASE("nfkc agrees with Python on mixtures of marks, jamo, composites and compatibility forms") {
  for (auto const& row : support::table("nfkc_cases.tsv")) {
    INFO("row " << row["id"]);
    CHECK(to_hex(normalized(from_hex(row["input_hex"]))) == row["nfkc_hex"]);
  }
}

TEST_CASE("nfkc leaves what is normal alone") {
  for (auto const& row : support::table("nfkc_cases.tsv")) {
    auto const text = from_hex(row["nfkc_hex"]);
    CHECK(to_hex(normalized(text)) == to_hex(text));
  }
  CHECK(normalized("") == "");
}

TEST_CASE("nfkc composes Hangul by rule") {
  CHECK(normalized("\u1100\u1161") == "\uac00");
  CHECK(normalized("\u1100\u1161\u11a8") == "\uac01");
  CHECK(normalized("\uac00\u11c2") == "\uac1b");
  CHECK(normalized("\u1112\u1175\u11c2") == "\ud7a3");
  CHECK(normalized("\uac01\u11a8") == "\uac01\u11a8"); // the syllable has its trailing consonant
  CHECK(normalized("\uac00\u11a7") == "\uac00\u11a7"); // one before the first trailing consonant
  CHECK(normalized("\uac00\u1161") == "\uac00\u1161");
  CHECK(normalized("\u1113\u1161") == "\u1113\u1161"); // an old lead
}

TEST_CASE("nfkc takes marks in a long row without end") {
  // 2000 marks after one letter, in the worst order for sorting by exchange.
  std::string text = "a", expected = "\u1ea1"; // a with dot below
  for (int i = 0; i != 1000; ++i) text += "\u0301";
  for (int i = 0; i != 1000; ++i) text += "\u0323";
  for (int i = 0; i != 999; ++i) expected += "\u0323";
  for (int i = 0; i != 1000; ++i) expected += "\u0301";
  CHECK(normalized(text) == expected);
}
