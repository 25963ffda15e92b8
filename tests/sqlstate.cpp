// tusk: tests/sqlstate.cpp — the server's five-character codes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/sqlstate.hpp>

#include "support/catch.hpp"

#include <string>

using tusk::sqlstate;
using namespace tusk::literals;

// Codes of the documentation's appendix, one of each kind.
static_assert(sqlstate::successful_completion == sqlstate("00000"));
static_assert(sqlstate::unique_violation == "23505"_sqlstate && sqlstate::syntax_error == "42601"_sqlstate);
static_assert(sqlstate::serialization_failure == "40001"_sqlstate && sqlstate::deadlock_detected == "40P01"_sqlstate);
static_assert(sqlstate::query_canceled == "57014"_sqlstate && sqlstate::admin_shutdown == "57P01"_sqlstate);
static_assert(sqlstate::invalid_password == "28P01"_sqlstate && sqlstate::undefined_table == "42P01"_sqlstate);
static_assert(sqlstate::not_null_violation == "23502"_sqlstate && sqlstate::index_corrupted == "XX002"_sqlstate);
static_assert(sqlstate::fdw_no_schemas == "HV00P"_sqlstate && sqlstate::protocol_violation == "08P01"_sqlstate);
static_assert(sqlstate::from("23505") == sqlstate::unique_violation);
static_assert(sqlstate("23505").category() == "23" && sqlstate("ZZZZZ").number() == 60466175);
static_assert(sqlstate().empty() && sqlstate().number() == 0 && sqlstate().view().empty());

TEST_CASE("sqlstate: what a server sends is a code or none") {
  CHECK(sqlstate::from("40P01").view() == "40P01");
  CHECK(sqlstate::from("00000").view() == "00000");
  CHECK_FALSE(sqlstate::from("00000").empty());
  for (std::string_view text :
       {"", "2350", "235055", "2350a", "23 05", "2350\xc3", "-2350", "2350/", "2350:", "2350@"}) {
    INFO(text);
    CHECK(sqlstate::from(text).empty());
    CHECK(sqlstate::from(text) == sqlstate());
    CHECK(sqlstate::from(text).category().empty());
  }
  CHECK(sqlstate::from(std::string_view("2350\0", 5)).empty());
  CHECK(sqlstate::from(std::string_view("\0\0\0\0\0", 5)).empty());
  CHECK(sqlstate::from(std::string(5'000'000, '2')).empty());
}

TEST_CASE("sqlstate: every character of every place") {
  constexpr std::string_view legal = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (std::size_t place = 0; place < 5; ++place)
    for (int c = 0; c < 256; ++c) {
      std::string text = "AAAAA";
      text[place] = static_cast<char>(c);
      auto const is_legal = legal.find(static_cast<char>(c)) != legal.npos;
      CHECK(sqlstate::from(text).view() == (is_legal ? std::string_view(text) : std::string_view()));
    }
}

TEST_CASE("sqlstate: as a number and back") {
  for (std::string_view text : {"00001", "0000Z", "01000", "23505", "40P01", "XX002", "ZZZZZ"}) {
    auto const code = sqlstate::from(text);
    CHECK(sqlstate::from_number(code.number()) == code);
  }
  int wrong = 0;
  for (int n = 1; n <= 60466175; n += 7919) wrong += sqlstate::from_number(n).number() != n;
  CHECK(wrong == 0);
  CHECK(sqlstate::from_number(60466175).view() == "ZZZZZ");
  for (int n : {0, -1, -60466175, 60466176, 2147483647, -2147483647 - 1}) CHECK(sqlstate::from_number(n).empty());
}

TEST_CASE("sqlstate: compares") {
  CHECK(sqlstate::from("23505") == sqlstate::unique_violation);
  CHECK(sqlstate::from("23505") != sqlstate::not_null_violation);
  CHECK((sqlstate::from("23505") == "23505"));
}
