// tusk: tests/types/vector.cpp — tusk::vector, tusk::halfvec and tusk::sparsevec.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The bytes are put together by hand from the sources of pgvector 0.8 (vector_send, halfvec_send, sparsevec_send),
// which Debian 12 has no package of.
#include <tusk/types/vector.hpp>

#include "types/check.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace codec_test;
using tusk::halfvec;
using tusk::sparsevec;

static_assert(tusk::reads<tusk::vector>(oid(16384)) && !tusk::reads<tusk::vector>(oid::float4_array));
static_assert(tusk::sent_as_text<tusk::vector>() && tusk::sendable<halfvec> && tusk::sendable<sparsevec>);

TEST_CASE("vector: bytes and text both ways") {
  auto const sent = "000300003f80000040200000c0400000";
  tusk::vector const v{{1, 2.5f, -3}};
  CHECK(decode<tusk::vector>(unhex(sent), oid::none) == v);
  CHECK(encode(v) == sent);
  CHECK(to_string(v) == "[1,2.5,-3]");
  CHECK(tusk::vector::parse("[1,2.5,-3]") == v);
  CHECK(tusk::vector::parse(" [ 1 , 2.5 , -3e0 ] ") == v);
  CHECK(to_string(tusk::vector{{1e-5f, 16777216.f}}) == "[1e-05,1.6777216e+07]");
  storm<tusk::vector>(unhex(sent), oid::none);
  check_unreadable<tusk::vector>({"", "[]", "[1", "1]", "[1,]", "[1 2]", "[a]", "[1]x", "{1}"},
                                 "vector: write such as [1,2.5,-3]");
}

TEST_CASE("vector: what the extension does not take is refused") {
  CHECK(refused<tusk::vector>("00000000", oid::none) == "it does not have 1 to 16000 dimensions");
  CHECK(refused<tusk::vector>("3e810000", oid::none) == "it does not have 1 to 16000 dimensions");
  CHECK(refused<tusk::vector>("000100013f800000", oid::none) == "its unused field is used");
  CHECK(refused<tusk::vector>("000200003f800000", oid::none) == "it has not as many numbers as it says");
  CHECK(refused<tusk::vector>("000100007fc00000", oid::none) == "one of its numbers is not finite");
  CHECK(refused<tusk::vector>("000100007f800000", oid::none) == "one of its numbers is not finite");
  CHECK(unsendable(tusk::vector{}) == "it has 0 dimensions, the extension takes 1 to 16000");
  CHECK(unsendable(tusk::vector{std::vector<float>(16001)}) != "");
  CHECK(unsendable(tusk::vector{{std::nanf("")}}) == "NaN and infinities are not taken by the extension");
}

TEST_CASE("halfvec: every half is a float, and back") {
  for (unsigned half = 0; half < 0x10000; ++half) {
    auto const bits = static_cast<std::uint16_t>(half);
    auto const value = tusk::float_of_half(bits);
    int const exponent = half >> 10 & 31;
    if (exponent == 31) {
      if (std::isfinite(value)) FAIL_CHECK(half);
      continue;
    }
    auto const expected = std::ldexp(static_cast<float>(half & 0x3ff) + (exponent == 0 ? 0.f : 1024.f),
                                     (exponent == 0 ? 1 : exponent) - 25);
    if (std::fabs(value) != expected || std::signbit(value) != (half >= 0x8000) || tusk::half_of_float(value) != bits)
      FAIL_CHECK(half);
  }
  halfvec const v{{1, -0.5f, 65504}};
  CHECK(encode(v) == "000300003c00b8007bff");
  CHECK(decode<halfvec>(unhex("000300003c00b8007bff"), oid::none) == v);
  CHECK(to_string(v) == "[1,-0.5,65504]");
  CHECK(halfvec::parse("[1,-0.5,65504]") == v);
  CHECK(unsendable(halfvec{{0.1f}}) == "0.1 is no number of half precision");
  CHECK(unsendable(halfvec{{65536}}) == "65536 is no number of half precision");
  CHECK(unsendable(halfvec{{1e-8f}}) == "1e-08 is no number of half precision");
  CHECK(refused<halfvec>("000100007c00", oid::none) == "one of its numbers is not finite");
  storm<halfvec>(unhex("000300003c00b8007bff"), oid::none);
}

TEST_CASE("sparsevec: bytes and text both ways") {
  auto const sent = "000000050000000200000000"
                    "00000000"
                    "00000002"
                    "3fc00000"
                    "40000000";
  sparsevec const v{5, {{0, 1.5f}, {2, 2}}};
  CHECK(decode<sparsevec>(unhex(sent), oid::none) == v);
  CHECK(encode(v) == sent);
  CHECK(to_string(v) == "{1:1.5,3:2}/5");
  CHECK(sparsevec::parse("{1:1.5,3:2}/5") == v);
  CHECK(sparsevec::parse(" { 1 : 1.5 , 3 : 2 } / 5 ") == v);
  CHECK(sparsevec::parse("{}/5") == sparsevec{5, {}});
  storm<sparsevec>(unhex(sent), oid::none);
  check_unreadable<sparsevec>({"", "{}", "{1}/5", "{1:}/5", "{1:2}/", "{1:2,}/5", "{-1:2}/5", "{1:2}/5x"},
                              "sparsevec: write such as {1:1.5,3:2}/5");
  CHECK(refused<sparsevec>("000000000000000000000000", oid::none) == "its dimensions are impossible");
  CHECK(refused<sparsevec>("000000010000000200000000", oid::none) == "its dimensions are impossible");
  CHECK(refused<sparsevec>("7fffffff7fffffff00000000", oid::none) == "it has not as many numbers as it says");
  CHECK(refused<sparsevec>("000000050000000100000000000000053fc00000", oid::none) == "its indexes are not in order");
  CHECK(refused<sparsevec>("0000000500000001000000000000000000000000", oid::none) ==
        "one of its numbers is zero or not finite");
}

TEST_CASE("vector: what is no number of a vector is not read as one") {
  for (auto const text : {"[NaN,1]", "[-Infinity]", "[inf]"}) {
    CHECK_THROWS_AS(tusk::vector::parse(text), tusk::error);
    CHECK_THROWS_AS(tusk::halfvec::parse(text), tusk::error);
  }
  for (auto const text : {"{0:1}/1", "{2:1}/1", "{1:NaN}/1", "{}/0"})
    CHECK_THROWS_AS(tusk::sparsevec::parse(text), tusk::error);
}
