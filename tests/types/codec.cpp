// tusk: tests/types/codec.cpp — the contract, with types that only this file knows.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/codec.hpp>

#include "types/check.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

using namespace codec_test;

namespace codec_test {

struct unknown {};
struct celsius { // has all that is asked for, and nothing more
  std::int32_t degrees = 0;
};
struct label { // borrows, goes out as text, reads a type that has to be known
  std::string_view text;
};
struct receipt { // can only be sent
  int number = 0;
};

} // namespace codec_test

template <> struct tusk::codec<celsius> {
  static constexpr std::array oids{oid::int4, oid::money};
  static constexpr oid array = oid::none;
  static void decode(reader& in, celsius& out) { out.degrees = in.get<std::int32_t>(); }
  static void encode(celsius const& value, writer& to) {
    if (value.degrees < -273) to.fail(std::to_string(value.degrees) + " is too cold");
    to.put(value.degrees);
  }
};

template <> struct tusk::codec<label> {
  static constexpr std::array oids{oid::text};
  static constexpr std::array also{oid::jsonpath};
  static constexpr oid array = oid::text_array;
  static constexpr bool borrows = true;
  static constexpr bool as_text = true;
  static constexpr std::string_view name = "a label";
  static void decode(reader& in, label& out) { out.text = wire::as_text(in.rest()); }
  static void decode(reader& in, label& out, oid type) {
    if (type == oid::jsonpath) in.take(1);
    decode(in, out);
  }
  static void encode(label const& value, writer& to) { to.put(value.text); }
};

template <> struct tusk::codec<receipt> {
  static constexpr std::array oids{oid::int4};
  static constexpr oid array = oid::none;
  static constexpr std::size_t width = 4;
  static void encode(receipt value, writer& to) { to.put(value.number); }
};

TEST_CASE("codec: what a specialisation makes of a type") {
  STATIC_REQUIRE(!tusk::decodable<unknown>);
  STATIC_REQUIRE(!tusk::encodable<unknown>);
  STATIC_REQUIRE(tusk::decodable<celsius>);
  STATIC_REQUIRE(tusk::encodable<celsius>);
  STATIC_REQUIRE(!tusk::decodable<receipt>);
  STATIC_REQUIRE(tusk::encodable<receipt>);
  STATIC_REQUIRE(tusk::fixed_width<receipt>);
  STATIC_REQUIRE(!tusk::fixed_width<celsius>);
  STATIC_REQUIRE(tusk::reads_also<label>);
  STATIC_REQUIRE(!tusk::reads_also<celsius>);
}

TEST_CASE("codec: NULL is not a codec's affair") {
  STATIC_REQUIRE(!tusk::decodable<std::optional<celsius>>);
  STATIC_REQUIRE(!tusk::encodable<std::optional<celsius>>);
}

TEST_CASE("codec: borrowing shows through std::optional") {
  STATIC_REQUIRE(tusk::borrows_v<label>);
  STATIC_REQUIRE(tusk::borrows_v<std::optional<label>>);
  STATIC_REQUIRE(!tusk::borrows_v<celsius>);
  STATIC_REQUIRE(!tusk::borrows_v<std::optional<celsius>>);
  STATIC_REQUIRE(!tusk::borrows_v<unknown>);
}

TEST_CASE("codec: what a parameter is declared as") {
  STATIC_REQUIRE(tusk::parameter_type<celsius>() == oid::int4);
  STATIC_REQUIRE(!tusk::sent_as_text<celsius>());
  STATIC_REQUIRE(tusk::sent_as_text<label>());
  STATIC_REQUIRE(tusk::parameter_type<label>() == oid::none);
}

TEST_CASE("codec: which columns are read") {
  CHECK(tusk::reads<celsius>(oid::int4));
  CHECK(tusk::reads<celsius>(oid::money));
  CHECK_FALSE(tusk::reads<celsius>(oid::int8));
  CHECK_FALSE(tusk::reads<celsius>(oid::none));
  CHECK(tusk::reads<label>(oid::text));
  CHECK(tusk::reads<label>(oid::jsonpath));
  CHECK_FALSE(tusk::reads<label>(oid::json));
}

TEST_CASE("codec: a column's type is told to those who ask for it") {
  auto const sent = unhex("012e61");
  auto const read = [&sent](oid type) {
    tusk::reader in{tusk::wire::byte_view(sent)};
    label out;
    tusk::decode_as(in, out, type);
    return std::string(out.text);
  };
  CHECK(read(oid::jsonpath) == ".a");
  CHECK(read(oid::text) == "\x01.a");
  CHECK(decode<celsius>("00000015", oid::money).degrees == 21);
}

TEST_CASE("codec: a refusal to encode is an invalid parameter") {
  CHECK(encode(celsius{21}) == "00000015");
  CHECK(unsendable(celsius{-300}) == "-300 is too cold");
}

TEST_CASE("codec: the name of a type") {
  CHECK(tusk::cpp_name<label>() == "a label");
  CHECK(std::string(tusk::cpp_name<celsius>()).ends_with("celsius"));
  CHECK(tusk::spelling<int>() == "int");
  CHECK(tusk::spelling<unsigned char>() == "unsigned char");
}
