// tusk: tests/types/tid.cpp — tusk::tid.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/tid.hpp>

#include "types/check.hpp"

#include <string>
#include <unordered_set>

using namespace codec_test;
using tusk::tid;

static_assert(tusk::parameter_type<tid>() == oid::tid && tusk::codec<tid>::array == oid::tid_array);
static_assert(tusk::codec<tid>::width == 6 && tusk::cpp_name<tid>() == "tusk::tid");
static_assert(tid::parse("(7,3)") == tid{7, 3} && tid{} == tid{0, 0});
static_assert(tid{1, 65535} < tid{2, 0} && tid{1, 2} < tid{1, 3} && tid{0x7fffffff, 0} < tid{0x80000000, 0});

TEST_CASE("tid: bytes and text, both ways") {
  struct known {
    char const* sent;
    char const* text;
  };
  for (auto const& [sent, text] : {known{"000000000000", "(0,0)"},
                                   {"000000000001", "(0,1)"},
                                   {"ffffffffffff", "(4294967295,65535)"},
                                   {"000100020003", "(65538,3)"}}) {
    INFO(text);
    CHECK(to_string(decode<tid>(sent)) == text);
    CHECK(encode(tid::parse(text)) == sent);
  }
}

TEST_CASE("tid: anything else is refused, and shown") {
  for (auto text : {"",
                    "(",
                    "()",
                    "(,)",
                    "(1)",
                    "(1,)",
                    "(,1)",
                    "1,1",
                    "(1,1",
                    "1,1)",
                    "(1,1) ",
                    " (1,1)",
                    "(1, 1)",
                    "(1;1)",
                    "(-1,1)",
                    "(1,-1)",
                    "(4294967296,1)",
                    "(1,65536)",
                    "(0x1,1)",
                    "(1,1))"}) {
    INFO(text);
    CHECK(unreadable<tid>(text) == '"' + std::string(text) + "\" is no tid: write a block and an offset such as (0,1)");
  }
}

TEST_CASE("tid: six bytes") {
  CHECK(refused<tid>("") == "it ends too early");
  CHECK(refused<tid>("0000000000") == "it ends too early");
  CHECK(refused<tid>("00000000000000") == "bytes are left over");
  CHECK(storm<tid>(unhex("000100020003")).refused == 10);
}

TEST_CASE("tid: hashed") { CHECK(std::unordered_set<tid>{tid{1, 2}, tid{2, 1}, tid{1, 2}}.size() == 2); }
