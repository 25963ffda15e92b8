// tusk: tests/types/hstore.cpp — tusk::hstore.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/hstore.hpp>

#include "types/check.hpp"

#include <optional>
#include <string>

using namespace codec_test;
using tusk::hstore;

static_assert(tusk::reads<hstore>(oid(16384)) && !tusk::reads<hstore>(oid::text));
static_assert(tusk::sent_as_text<hstore>() && tusk::sendable<hstore>);

TEST_CASE("hstore: bytes and text both ways") {
  struct known {
    char const* sent;
    char const* text;
  };
  known const all[] = {
      {"00000000", ""},
      {"00000003000000016100000001310000000162ffffffff0000000163000000044e554c4c",
       "\"a\"=>\"1\", \"b\"=>NULL, \"c\"=>\"NULL\""},
      {"0000000300000001610000000133000000016200000001310000000261610000000132",
       "\"a\"=>\"3\", \"b\"=>\"1\", \"aa\"=>\"2\""},
  };
  for (auto const& [sent, text] : all) {
    INFO(text);
    auto const h = decode<hstore>(unhex(sent), oid::none);
    CHECK(to_string(h) == text);
    CHECK(hstore::parse(text) == h);
    CHECK(encode(h) == sent);
    storm<hstore>(unhex(sent), oid::none);
  }
}

TEST_CASE("hstore: pairs by their keys, in the server's order") {
  hstore h{{"b", "1"}, {"aa", "2"}, {"a", std::nullopt}, {"b", "3"}};
  CHECK(to_string(h) == "\"a\"=>NULL, \"b\"=>\"3\", \"aa\"=>\"2\"");
  CHECK(h.size() == 3);
  CHECK(h.find("b")->second == "3");
  CHECK(!h.find("a")->second);
  CHECK(h.find("c") == nullptr);
  CHECK(!h.contains(""));
  h.set("", "x");
  h.set("aa", std::nullopt);
  CHECK(to_string(h) == "\"\"=>\"x\", \"a\"=>NULL, \"b\"=>\"3\", \"aa\"=>NULL");
  CHECK(h == hstore{{"aa", std::nullopt}, {"b", "3"}, {"a", std::nullopt}, {"", "x"}});
  CHECK(!h.empty());
  for (int i = 0; i < 200; ++i) h.set(std::to_string(i * 37 % 200), std::to_string(i));
  for (int i = 0; i < 200; ++i) CHECK(h.find(std::to_string(i * 37 % 200))->second == std::to_string(i));
}

TEST_CASE("hstore: text as people write it") {
  CHECK(hstore::parse("a=>1,b=>NULL,c=>\"NULL\"") == hstore{{"a", "1"}, {"b", std::nullopt}, {"c", "NULL"}});
  CHECK(hstore::parse("  \"a b\" => \"c\\\"d\\\\\" , e\\,f => null ") ==
        hstore{{"a b", "c\"d\\"}, {"e,f", std::nullopt}});
  CHECK(hstore::parse("a=>1,a=>2") == hstore{{"a", "1"}});
  CHECK(hstore::parse("\"\"=>\"\"") == hstore{{"", ""}});
  CHECK(hstore::parse(" ").empty());
  for (auto const& h : {hstore{{"a\"b", "\\"}, {"", "=>"}, {"NULL", "NULL"}, {",", std::nullopt}}})
    CHECK(hstore::parse(to_string(h)) == h);
  check_unreadable<hstore>(
      {"a", "a=", "a=>", "=>b", "a=>b,", ",", "a=>b c=>d", "\"a", "a=>\"b", "a>b", "a=>b\\", "a b=>c"},
      "hstore: write such as \"a\"=>\"1\", \"b\"=>NULL");
}

TEST_CASE("hstore: bytes that are none") {
  CHECK(refused<hstore>("", oid::none) == "it ends too early");
  CHECK(refused<hstore>("ffffffff", oid::none) == "it ends too early"); // nothing is allocated for those
  CHECK(refused<hstore>("0000000100000001610000000231", oid::none) == "it ends too early");
  CHECK(refused<hstore>("00000001ffffffff00000000", oid::none) == "it ends too early");
  CHECK(refused<hstore>("000000020000000162000000013100000001610000000131", oid::none) == "its keys are not in order");
  CHECK(refused<hstore>("000000020000000161000000013100000001610000000131", oid::none) == "its keys are not in order");
  CHECK(refused<hstore>("0000000000", oid::none) == "bytes are left over");
  CHECK(unsendable(hstore{{"a", std::string(1, '\0')}}) != "");
}
