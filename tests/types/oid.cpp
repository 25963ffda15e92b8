// tusk: tests/types/oid.cpp — tusk::oid.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/oid.hpp>

#include "types/check.hpp"

using namespace codec_test;

static_assert(tusk::parameter_type<oid>() == oid::oid);
static_assert(tusk::reads<oid>(oid::regclass) && tusk::reads<oid>(oid::regproc) && tusk::reads<oid>(oid::regrole));
// Numbers that are no oids.
static_assert(!tusk::reads<oid>(oid::xid) && !tusk::reads<oid>(oid::cid) && !tusk::reads<oid>(oid::int4));

TEST_CASE("oid: unsigned, both ways") {
  CHECK(decode<oid>("00000017") == oid::int4);
  CHECK(decode<oid>("ffffffff") == oid(4294967295));
  CHECK(encode(oid(4294967295)) == "ffffffff");
  CHECK(encode(oid::none) == "00000000");
  CHECK(refused<oid>("0017") == "it ends too early");
  CHECK(refused<oid>("0000000000000017") == "bytes are left over");
}

TEST_CASE("oid: text both ways, as a number") {
  CHECK(text_of(oid(4294967295)) == "4294967295");
  CHECK(tusk::from_text<oid>("4294967295") == oid(4294967295));
  for (auto wrong : {"", "-1", "4294967296", "pg_class"})
    CHECK(unreadable<oid>(wrong) == '"' + std::string(wrong) + "\" is no oid: write a number up to 4294967295");
}
