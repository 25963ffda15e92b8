// tusk: tests/types/ltree.cpp — tusk::ltree, tusk::lquery and tusk::ltxtquery.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/ltree.hpp>

#include "types/check.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using namespace codec_test;
using tusk::lquery;
using tusk::ltree;
using tusk::ltxtquery;

static_assert(!std::is_convertible_v<std::string, ltree> && !std::is_convertible_v<ltree, lquery>);
static_assert(tusk::reads<ltree>(oid(16384)) && !tusk::reads<ltree>(oid::text) && tusk::sent_as_text<ltree>());

TEST_CASE("ltree: bytes and text both ways") {
  CHECK(decode<lquery>(unhex("012a2e417374726f6e6f6d792e2a7b312c327d"), oid::none) == lquery("*.Astronomy.*{1,2}"));
  CHECK(decode<ltree>(unhex("01"), oid::none) == ltree(""));
  CHECK(decode<ltxtquery>(unhex("0161202620622a"), oid::none).text() == "a & b*");
  CHECK(encode(ltree("Top.Science")) == "01546f702e536369656e6365");
  CHECK(to_string(ltree::parse("Top.Science")) == "Top.Science");
  storm<ltree>(unhex("01546f702e536369656e6365"), oid::none);
}

TEST_CASE("ltree: labels of a path") {
  using labels = std::vector<std::string_view>;
  CHECK(ltree("Top.Science.Astronomy").labels() == labels{"Top", "Science", "Astronomy"});
  CHECK(ltree("Top").labels() == labels{"Top"});
  CHECK(ltree().labels().empty());
}

TEST_CASE("ltree: bytes that are none") {
  CHECK(refused<ltree>("", oid::none) == "it ends too early");
  CHECK(refused<ltree>("02546f70", oid::none) == "its version is not 1");
  CHECK(refused<ltree>("01540070", oid::none) == "it is no text");
  CHECK(refused<ltree>("01ff", oid::none) == "it is no text");
  CHECK(unsendable(ltree(std::string("a\0b", 3))) != "");
}
