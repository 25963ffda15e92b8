// tusk: tests/types/boolean.cpp — bool.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/boolean.hpp>

#include "types/check.hpp"

using namespace codec_test;

TEST_CASE("bool: two values, one byte each") {
  CHECK(decode<bool>("01") == true);
  CHECK(decode<bool>("00") == false);
  CHECK(encode(true) == "01");
  CHECK(encode(false) == "00");
  CHECK(tusk::parameter_type<bool>() == oid::bool_);
}

TEST_CASE("bool: nothing else is taken for true") {
  for (int byte = 2; byte < 256; ++byte) {
    bool out = false;
    CHECK(decode_into({std::byte(byte)}, out).why == "it is neither 0 nor 1");
  }
  CHECK(refused<bool>("") == "it ends too early");
  CHECK(refused<bool>("0100") == "bytes are left over");
}
