// tusk: tests/types/enumeration.cpp — enums by their labels.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/array.hpp>
#include <tusk/types/enumeration.hpp>
#include <tusk/types/text.hpp>

#include "types/check.hpp"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace codec_test;

namespace {

enum class mood { sad, ok, happy };
enum class state : char { on = '+', off = '-' };
enum class plain { one, two };

} // namespace

template <> struct tusk::enum_labels<mood> {
  static constexpr auto value = std::array{"sad", "ok", "it's \"fine\""};
};
template <> struct tusk::enum_labels<state> {
  static constexpr auto value = std::array{std::pair{state::on, "on"}, std::pair{state::off, "off"}};
};

static_assert(!tusk::decodable<plain> && !tusk::sendable<plain>, "without labels there is no codec");
static_assert(tusk::reads<mood>(oid(16384)) && !tusk::reads<mood>(oid::text) && !tusk::reads<mood>(oid::int4));
static_assert(tusk::parameter_type<mood>() == oid::none && tusk::sent_as_text<mood>(), "the server infers its type");
static_assert(tusk::reads<std::vector<mood>>(oid(20000)) && !tusk::reads<std::vector<mood>>(oid::text_array));
static_assert(tusk::sent_as_text<std::vector<std::optional<mood>>>());

TEST_CASE("enumeration: labels both ways") {
  CHECK(decode<mood>(unhex("736164"), oid(16384)) == mood::sad);
  CHECK(decode<mood>(unhex("6f6b"), oid(16384)) == mood::ok);
  CHECK(decode<mood>(unhex("69742773202266696e6522"), oid(16384)) == mood::happy);
  CHECK(encode(mood::ok) == "6f6b");
  CHECK(decode<state>(unhex("6f6666"), oid(16384)) == state::off);
  CHECK(encode(state::on) == "6f6e");
  CHECK(tusk::from_text<state>("off") == state::off);
}

TEST_CASE("enumeration: what has no label is refused") {
  CHECK(refused<mood>("", oid(16384)) == "it is none of the labels in enum_labels");
  CHECK(refused<mood>("53414400", oid(16384)) == "it is none of the labels in enum_labels");
  CHECK(refused<mood>("6f6b00", oid(16384)) == "it is none of the labels in enum_labels");
  CHECK(unsendable(static_cast<mood>(7)).ends_with("mood(7) has no label in enum_labels"));
  CHECK(unsendable(static_cast<state>('x')).ends_with("state(120) has no label in enum_labels"));
  CHECK_THROWS_AS(tusk::from_text<mood>("SAD"), tusk::error);
}

TEST_CASE("enumeration: in arrays") {
  // An array of three as a server sends it, of a type with the number 18000.
  auto const sent = "000000010000000100004650000000030000000100000003736164000000026f6bffffffff";
  auto const expected = std::vector<std::optional<mood>>{mood::sad, mood::ok, std::nullopt};
  CHECK(decode<std::vector<std::optional<mood>>>(unhex(sent), oid(18001)) == expected);
  std::string text;
  tusk::put_text(std::vector{mood::sad, mood::happy}, text);
  CHECK(text == "{sad,\"it's \\\"fine\\\"\"}");
  CHECK(tusk::from_text<std::vector<mood>>(text) == std::vector{mood::sad, mood::happy});
  CHECK(refused<std::vector<mood>>("00000001000000000000465000000001000000010000000378616400", oid(18001)) != "");
  // Of a built-in type they are not.
  CHECK(refused<std::vector<mood>>("000000010000000000000019000000010000000100000003736164", oid(18001)) ==
        "its elements are of another type than expected");
}
