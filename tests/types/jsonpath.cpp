// tusk: tests/types/jsonpath.cpp — tusk::jsonpath.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/jsonpath.hpp>

#include "types/check.hpp"

#include <string>
#include <type_traits>

using namespace codec_test;
using tusk::jsonpath;

static_assert(!std::is_convertible_v<jsonpath, tusk::json> && !std::is_constructible_v<jsonpath, tusk::jsonb>);
static_assert(!std::is_convertible_v<std::string, jsonpath> && std::is_constructible_v<jsonpath, char const*>);
static_assert(tusk::parameter_type<jsonpath>() == oid::jsonpath && tusk::codec<jsonpath>::array == oid::jsonpath_array);
static_assert(!tusk::reads<jsonpath>(oid::jsonb) && !tusk::reads<tusk::jsonb>(oid::jsonpath));
static_assert(tusk::cpp_name<jsonpath>() == "tusk::jsonpath" && tusk::cpp_name<tusk::jsonb>() == "tusk::jsonb");

TEST_CASE("jsonpath: the text behind its version") {
  auto const sent = "01242e2261225b2a5d3f2840203e203129";
  CHECK(decode<jsonpath>(sent).text() == "$.\"a\"[*]?(@ > 1)");
  CHECK(encode(jsonpath("$.\"a\"[*]?(@ > 1)")) == sent);
  storm<jsonpath>(unhex(sent));
}

TEST_CASE("jsonpath: another version is refused") {
  CHECK(refused<jsonpath>("0024") == "its jsonpath version is not 1");
  CHECK(refused<jsonpath>("0224") == "its jsonpath version is not 1");
  CHECK(refused<jsonpath>("24") == "its jsonpath version is not 1");
  CHECK(refused<jsonpath>("") == "it ends too early");
}

TEST_CASE("jsonpath: its text form is the text") {
  std::string out;
  tusk::put_text(jsonpath("$.a"), out);
  CHECK(out == "$.a");
  CHECK(tusk::from_text<jsonpath>("$.a") == jsonpath("$.a"));
}

TEST_CASE("jsonpath: NUL is refused") {
  CHECK(unsendable(jsonpath(std::string("$\0", 2))).starts_with("byte 2 of its 2 is NUL"));
}

TEST_CASE("jsonpath: an earlier value is overwritten and its memory kept") {
  jsonpath out(std::string(1000, ' '));
  auto const* memory = out.text().data();
  CHECK(decode_into(unhex("0124"), out).why == "");
  CHECK(out.text() == "$");
  CHECK(out.text().data() == memory);
}
