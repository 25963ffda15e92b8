// tusk: tests/command_tag.cpp — tags of all kinds of commands, and of none.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/command_tag.hpp>

#include "support/catch.hpp"

using tusk::command_tag;

namespace {
std::uint64_t rows(char const* tag) { return command_tag(tag).rows_affected(); }
} // namespace

TEST_CASE("command tag: the number of rows is its last word") {
  CHECK(rows("INSERT 0 5") == 5);
  CHECK(rows("INSERT 16385 1") == 1); // with an OID, from servers before 12
  CHECK(rows("INSERT 0 0") == 0);
  CHECK(rows("UPDATE 17") == 17);
  CHECK(rows("DELETE 0") == 0);
  CHECK(rows("MERGE 2") == 2);
  CHECK(rows("SELECT 10") == 10); // also of CREATE TABLE AS
  CHECK(rows("MOVE 4") == 4);
  CHECK(rows("FETCH 1") == 1);
  CHECK(rows("COPY 3") == 3);
}

TEST_CASE("command tag: other commands affect no rows") {
  for (auto const* tag : {"CREATE TABLE", "BEGIN", "ROLLBACK", "DROP MATERIALIZED VIEW", "LISTEN", "COPY", "SET"})
    CHECK(rows(tag) == 0);
}

TEST_CASE("command tag: what no server says is no number either") {
  for (auto const* tag : {"", " ", "SELECT ", "SELECT -1", "SELECT 1x", "SELECT x1", "SELECT 0x10", "SELECT 1.5",
                          "SELECT +1", "SELECT 1\n", "SELECT \xd9\xa1"})
    CHECK(rows(tag) == 0);
  CHECK(rows("SELECT  7") == 7);
}

TEST_CASE("command tag: up to 64 bits and not around") {
  CHECK(rows("SELECT 18446744073709551615") == UINT64_MAX);
  CHECK(rows("SELECT 18446744073709551614") == UINT64_MAX - 1);
  CHECK(rows("SELECT 18446744073709551616") == 0);
  CHECK(rows("SELECT 18446744073709551621") == 0); // not 5
  CHECK(rows("SELECT 184467440737095516150") == 0);
  CHECK(rows("SELECT 99999999999999999999999999999999999999999") == 0);
  CHECK(rows("SELECT 0000000000000000000000000000000000000000007") == 7);
}

TEST_CASE("command tag: the text is as it was sent") {
  CHECK(command_tag("INSERT 0 5").text() == "INSERT 0 5");
  CHECK(command_tag().text().empty()); // an empty query
  CHECK(command_tag().rows_affected() == 0);
  CHECK(command_tag("SELECT 1") == command_tag("SELECT 1"));
  CHECK(command_tag("SELECT 1") != command_tag("SELECT 01"));
}
