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

TEST_CASE("boolean: text both ways") {
  CHECK(text_of(true) == "t");
  CHECK(text_of(false) == "f");
  for (auto is : {"t", "true", "TRUE", "T"}) CHECK(tusk::from_text<bool>(is));
  for (auto is_not : {"f", "false", "False"}) CHECK(!tusk::from_text<bool>(is_not));
  for (auto wrong : {"", "tr", "truee", "fals", "1", "yes", " t"})
    CHECK(unreadable<bool>(wrong) == '"' + std::string(wrong) + "\" is no bool: write t, f, true or false");
}
