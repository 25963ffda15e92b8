// tusk: tests/types/floating.cpp — float4 and float8.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/floating.hpp>

#include "types/check.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

using namespace codec_test;

static_assert(tusk::reads<double>(oid::float4) && !tusk::reads<float>(oid::float8) && !tusk::reads<double>(oid::int4));
static_assert(!tusk::decodable<long double> && !tusk::encodable<long double>);

TEST_CASE("floating: known bits") {
  CHECK(encode(1.0f) == "3f800000");
  CHECK(encode(-0.0f) == "80000000");
  CHECK(encode(-2.5) == "c004000000000000");
  CHECK(decode<float>("3dcccccd") == 0.1f);
  CHECK(decode<double>("3fb999999999999a") == 0.1);
  CHECK(decode<double>("7ff0000000000000") == std::numeric_limits<double>::infinity());
  CHECK(decode<float>("ff800000") == -std::numeric_limits<float>::infinity());
  CHECK(decode<double>("0000000000000001") == std::numeric_limits<double>::denorm_min());
  CHECK(std::signbit(decode<double>("8000000000000000")));
}

TEST_CASE("floating: a NaN keeps its bits") {
  CHECK(encode(decode<double>("7ff8000000000123")) == "7ff8000000000123");
  CHECK(encode(decode<float>("ffc00045")) == "ffc00045");
}

TEST_CASE("floating: widening is exact") {
  CHECK(decode<double>("3dcccccd", oid::float4) == static_cast<double>(0.1f));
  CHECK(decode<double>("00000001", oid::float4) == static_cast<double>(std::numeric_limits<float>::denorm_min()));
  CHECK(std::isnan(decode<double>("7fc00000", oid::float4)));
  CHECK(decode<double>("ff800000", oid::float4) == -std::numeric_limits<double>::infinity());
}

TEST_CASE("floating: no other length is one") {
  for (auto sent : {"", "00", "0000", "000000", "0000000000", "00000000000000", "000000000000000000"}) {
    CHECK(refused<double>(sent) == "it has not the length of a floating-point number");
    CHECK(refused<float>(sent) != "");
  }
  CHECK(refused<float>("3ff0000000000000") == "bytes are left over");
}

TEST_CASE("floating: text both ways") {
  CHECK(text_of(0.1) == "0.1");
  CHECK(text_of(0.1f) == "0.1");
  CHECK(text_of(1e23) == "9.999999999999999e+22");
  CHECK(tusk::from_text<double>("-1.5e-07") == -1.5e-07);
  CHECK(tusk::from_text<float>("Infinity") > 3e38f);
  CHECK(unreadable<float>("1e39").starts_with("\"1e39\" is no float4"));
  CHECK(unreadable<double>("one").starts_with("\"one\" is no float8"));
}
