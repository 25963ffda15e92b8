// tusk: tests/types/json.cpp — tusk::json and tusk::jsonb.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/json.hpp>

#include "types/check.hpp"

#include <string>
#include <type_traits>
#include <utility>

using namespace codec_test;
using tusk::json;
using tusk::jsonb;

static_assert(!std::is_convertible_v<json, jsonb> && !std::is_constructible_v<jsonb, json>);
static_assert(!std::is_convertible_v<std::string, json> && std::is_constructible_v<json, char const*>);
static_assert(!std::is_aggregate_v<json>, "GCC 12 mishandles temporary aggregates in co_await expressions");
static_assert(tusk::parameter_type<json>() == oid::json && tusk::parameter_type<jsonb>() == oid::jsonb);
static_assert(!tusk::reads<json>(oid::jsonb) && !tusk::reads<jsonb>(oid::json) && !tusk::reads<json>(oid::text));
static_assert(tusk::codec<json>::array == oid::json_array && tusk::codec<jsonb>::array == oid::jsonb_array);
static_assert(tusk::cpp_name<json>() == "tusk::json" && tusk::cpp_name<jsonb>() == "tusk::jsonb");

TEST_CASE("json: the text as it is") {
  CHECK(decode<json>("207b7d20").text() == " {} ");
  CHECK(encode(json(" {} ")) == "207b7d20");
}

TEST_CASE("jsonb: the text behind its version") {
  CHECK(decode<jsonb>("017b7d").text() == "{}");
  CHECK(encode(jsonb("{}")) == "017b7d");
  CHECK(refused<jsonb>("007b7d") == "its jsonb version is not 1");
  CHECK(refused<jsonb>("027b7d") == "its jsonb version is not 1");
  CHECK(refused<jsonb>("7b7d") == "its jsonb version is not 1");
  CHECK(refused<jsonb>("") == "it ends too early");
}

TEST_CASE("json: NUL is refused") {
  CHECK(unsendable(json(std::string("[\0]", 3))).starts_with("byte 2 of its 3 is NUL"));
  CHECK(unsendable(jsonb(std::string("[\0]", 3))).starts_with("byte 2 of its 3 is NUL"));
}

TEST_CASE("json: compared as text, moved out of") {
  CHECK(json("1") == json("1"));
  CHECK(json("[1]") != json("[ 1]"));
  CHECK(json("1") < json("2"));
  jsonb document("[1, 2]");
  CHECK(std::move(document).text() == "[1, 2]");
}

TEST_CASE("json: an earlier value is overwritten and its memory kept") {
  jsonb out(std::string(1000, ' '));
  auto const* memory = out.text().data();
  CHECK(decode_into(unhex("015b5d"), out).why == "");
  CHECK(out.text() == "[]");
  CHECK(out.text().data() == memory);
}

TEST_CASE("json: text both ways, as it is") {
  CHECK(to_string(json::parse("{\"a\":  1}")) == "{\"a\":  1}");
  CHECK(to_string(jsonb::parse("no document")) == "no document"); // the server will say so
}
