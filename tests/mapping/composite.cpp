// tusk: tests/mapping/composite.cpp — aggregates as composites.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/composite.hpp>
#include <tusk/mapping/row_type.hpp>
#include <tusk/types/all.hpp>

#include "types/check.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace codec_test;

namespace {

struct pt {
  int a = 0;
  std::optional<std::string> b;
  friend bool operator==(pt const&, pt const&) = default;
};
struct nested {
  std::int64_t id = 0;
  std::optional<pt> inner;
  std::vector<std::optional<std::string>> texts;
  std::string mood;
  friend bool operator==(nested const&, nested const&) = default;
};
struct row {
  int a;
};
struct borrowing {
  std::optional<std::string_view> text;
};
struct tree {
  int value = 0;
  std::vector<tree> branches;
};

/// Bytes of attributes: type, length, value.
std::string attribute(std::string const& type, std::string const& value) {
  constexpr char digits[] = "0123456789abcdef";
  auto const size = value.size() / 2;
  return type + "0000" +
         std::string{digits[size >> 12 & 15], digits[size >> 8 & 15], digits[size >> 4 & 15], digits[size & 15]} +
         value;
}

} // namespace

template <> struct tusk::codec<pt> : tusk::composite<pt> {};
template <> struct tusk::codec<nested> : tusk::composite<nested> {};
template <> struct tusk::codec<borrowing> : tusk::composite<borrowing> {};
template <> struct tusk::codec<tree> : tusk::composite<tree> {};

// One line of the user's says whether a struct is a row or a value.
static_assert(tusk::mapping::row_type<pt>::kind == tusk::mapping::row_kind::scalar);
static_assert(tusk::mapping::row_type<row>::kind == tusk::mapping::row_kind::aggregate);
static_assert(tusk::reads<pt>(oid(16384)) && tusk::reads<pt>(oid::record) && !tusk::reads<pt>(oid::text));
static_assert(tusk::sendable<pt> && tusk::sent_as_text<pt>() && tusk::parameter_type<pt>() == oid::none);
static_assert(tusk::reads<std::vector<pt>>(oid(16384)) && tusk::reads<std::vector<pt>>(oid::record_array));
static_assert(tusk::borrows_v<borrowing> && tusk::borrows_v<std::vector<borrowing>> && !tusk::borrows_v<nested>);
static_assert(!tusk::borrows_v<tree> && !tusk::borrows_v<std::vector<tree>>);

TEST_CASE("composite: bytes and text both ways") {
  // Bytes from a server.
  auto const sent = "000000020000001700000004ffffffff000000190000000b6122625c632c6428652920";
  pt const value{-1, "a\"b\\c,d(e) "};
  CHECK(decode<pt>(unhex(sent), oid::record) == value);
  std::string text;
  tusk::put_text(value, text);
  CHECK(text == "(-1,\"a\"\"b\\\\c,d(e) \")");
  CHECK(tusk::from_text<pt>(text) == value);
  storm<pt>(unhex(sent), oid::record);

  text.clear();
  tusk::put_text(pt{5, std::nullopt}, text);
  CHECK(text == "(5,)");
  CHECK(tusk::from_text<pt>("(5,)") == pt{5, std::nullopt});
  CHECK(tusk::from_text<pt>(" (5,\"\") ") == pt{5, ""});
}

TEST_CASE("composite: in composites and in arrays") {
  nested const value{1, pt{2, "x,\"y"}, {"a b", std::nullopt, ""}, "happy"};
  std::string text;
  tusk::put_text(value, text);
  CHECK(text == "(1,\"(2,\"\"x,\"\"\"\"y\"\")\",\"{\"\"a b\"\",NULL,\"\"\"\"}\",happy)"); // as a server writes it
  CHECK(tusk::from_text<nested>(text) == value);

  text.clear();
  tusk::put_text(std::vector<std::optional<pt>>{pt{1, "a"}, pt{2, std::nullopt}, std::nullopt}, text);
  CHECK(text == "{\"(1,a)\",\"(2,)\",NULL}");

  auto const one = "00000002" + attribute("00000017", "00000002") + attribute("00000019", "78");
  auto const sent = "00000004" + attribute("00000014", "0000000000000001") + attribute("0000465e", one) +
                    attribute("000003f1", "000000000000000000000019") + attribute("0000463e", "6f6b");
  CHECK(decode<nested>(unhex(sent), oid(20000)) == nested{1, pt{2, "x"}, {}, "ok"});
  storm<nested>(unhex(sent), oid(20000));

  auto const array = "00000001000000000000465e0000000100000001" + attribute("", one).substr(0, 8) + one;
  CHECK(decode<std::vector<pt>>(unhex(array), oid(20001)) == std::vector{pt{2, "x"}});
}

TEST_CASE("composite: arrays of itself") {
  tree const value{1, {{2, {}}, {3, {{4, {}}}}}};
  auto const text = text_of(value);
  CHECK(text_of(tusk::from_text<tree>(text)) == text);
  auto const leaf = "00000002" + attribute("00000017", "00000002") + attribute("000008ef", "0000000000000000000008c9");
  auto const array = "0000000100000000000008c90000000100000001" + attribute("", leaf).substr(0, 8) + leaf;
  auto const read =
      decode<tree>(unhex("00000002" + attribute("00000017", "00000001") + attribute("000008ef", array)), oid::record);
  REQUIRE(read.branches.size() == 1);
  CHECK(read.branches[0].value == 2);
}

TEST_CASE("composite: attributes that do not fit are named") {
  auto const why = [](std::string const& sent) { return refused<pt>(sent, oid::record); };
  auto const b = attribute("00000019", "61");
  CHECK(why("") == "it ends too early");
  CHECK(why("00000001" + attribute("00000017", "00000001")) == "it has 1 attributes, not 2");
  CHECK(why("00000003") == "it has 3 attributes, not 2");
  CHECK(why("00000002" + attribute("00000014", "0000000000000001") + b) ==
        "attribute 1: int8 does not fit std::int32_t");
  CHECK(why("0000000200000017ffffffff" + b) == "attribute 1: NULL, use std::optional");
  CHECK(why("00000002" + attribute("00000017", "000001") + b) ==
        "attribute 1: it has not the length of an integer that fits");
  CHECK(why("00000002" + attribute("00000015", "0001") + b) == ""); // widened, as columns are
  CHECK(why("00000002" + attribute("00000017", "00000001") + "00000019000000ff61") == "it ends too early");
  CHECK(why("00000002" + attribute("00000017", "00000001") + b + "00") == "bytes are left over");
  CHECK(refused<nested>("00000004" + attribute("00000014", "0000000000000001") +
                            attribute("0000465e", "00000002" + attribute("00000019", "61") + b),
                        oid(20000)) == "attribute 2: attribute 1: text does not fit std::int32_t");
}

TEST_CASE("composite: text that is none") {
  for (auto text : {"", "(", "(1", "(1)", "(1,a", "1,a", "(1,a,b)", "(,a)", "(1,\"a)", "(1,a)x"}) {
    INFO(text);
    CHECK_THROWS_AS(tusk::from_text<pt>(text), tusk::error);
  }
}
