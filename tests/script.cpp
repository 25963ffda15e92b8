// tusk: tests/script.cpp — what the statements of a script come to: rows as text, tags, and errors that say which.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/script.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <string>
#include <vector>

using namespace tusk;
using support::outcome_of;
using support::row_bytes;

namespace {

/// Gives a row to a sink as the session does, out of memory that is gone afterwards.
void give(every_result& to, row_bytes const& bytes) {
  auto const exact = bytes.exact();
  to.on_row(exact.begin(), exact.end());
}
/// The simple protocol has its values as text.
std::vector<column> const two{support::column("id", oid::int4, 0), support::column("name", oid::text, 0)};

error said(std::string_view code, std::string_view message) {
  notice n;
  n.severity = "ERROR";
  n.code = sqlstate::from(code);
  n.message = message;
  return error(std::move(n));
}

} // namespace

TEST_CASE("script: each statement has a result, with its rows if it returned any") {
  every_result all;
  all.on_complete("CREATE TABLE");
  all.on_columns(two);
  give(all, row_bytes().add("1").add("Ada"));
  give(all, row_bytes().add("-2").add_null());
  all.on_complete("SELECT 2");
  all.on_complete("INSERT 0 5");
  auto const results = all.take();
  REQUIRE(results.size() == 3);
  CHECK(results[0].text() == "CREATE TABLE");
  CHECK(results[0].rows().empty());
  CHECK(results[0].columns().empty());
  CHECK(results[1].text() == "SELECT 2");
  CHECK(results[1].rows_affected() == 2);
  REQUIRE(results[1].columns().size() == 2);
  CHECK(results[1].columns()[0].name == "id");
  CHECK(results[1].columns()[0].type == oid::int4);
  REQUIRE(results[1].rows().size() == 2);
  CHECK(results[2].rows_affected() == 5);
  CHECK(results[2].rows().empty());
  CHECK(results[2].columns().empty()); // not those of the statement before
}

TEST_CASE("script: values come as text, whatever type they have") {
  every_result all;
  all.on_columns(two);
  give(all, row_bytes().add("1").add("Ada"));
  give(all, row_bytes().add("-2").add_null());
  all.on_complete("SELECT 2");
  auto const results = all.take();
  auto const& rows = results.at(0).rows();
  CHECK(rows[0]["id"].as<std::string>() == "1");
  CHECK(rows[0][1].as<std::string_view>() == "Ada");
  CHECK(rows[1]["id"].as<std::string>() == "-2");
  CHECK(rows[1]["name"].is_null());
  CHECK(rows[1]["name"].as<std::optional<std::string>>() == std::nullopt);
  auto const missing = outcome_of([&] { (void)rows[1]["name"].as<std::string>(); });
  CHECK(missing.code == errc::unexpected_null);
  CHECK_THAT(missing.text, ContainsSubstring("row 2, "));
  // The bytes are not those that a number has in binary.
  auto const number = outcome_of([&] { (void)rows[0]["id"].as<double>(); });
  CHECK(number.code == errc::column_mismatch);
}

TEST_CASE("script: a statement may return no rows and have columns") {
  every_result all;
  all.on_columns(two);
  all.on_complete("SELECT 0");
  auto const results = all.take();
  CHECK(results.at(0).rows().empty());
  CHECK(results.at(0).columns().size() == 2);
}

TEST_CASE("script: a query without columns has rows without fields") {
  every_result all;
  all.on_columns({});
  give(all, row_bytes());
  all.on_complete("SELECT 1");
  auto const results = all.take();
  REQUIRE(results.at(0).rows().size() == 1);
  CHECK(results[0].rows()[0].size() == 0);
}

TEST_CASE("script: rows are numbered anew in each statement") {
  every_result all;
  for (int i = 0; i < 2; ++i) {
    all.on_columns(two);
    give(all, row_bytes().add("1").add_null());
    all.on_complete("SELECT 1");
  }
  auto const results = all.take();
  auto const missing = outcome_of([&] { (void)results.at(1).rows().at(0)["name"].as<std::string>(); });
  CHECK_THAT(missing.text, ContainsSubstring("row 1, "));
}

TEST_CASE("script: nothing at all is a result without a tag, and no script has no results") {
  every_result all;
  all.on_complete("");
  auto const results = all.take();
  REQUIRE(results.size() == 1);
  CHECK(results[0].text().empty());
  every_result none;
  CHECK(none.take().empty());
  CHECK(script_result().rows().empty());
  CHECK(script_result().columns().empty());
}

TEST_CASE("script: results outlive what they were read from") {
  std::vector<script_result> results;
  {
    every_result all;
    std::vector<column> const gone(two);
    all.on_columns(gone);
    give(all, row_bytes().add("1").add("a name that is longer than any small string"));
    all.on_complete(std::string("SELECT 1"));
    results = all.take();
  }
  CHECK(results.at(0).rows().at(0)["name"].as<std::string>() == "a name that is longer than any small string");
  CHECK(results[0].text() == "SELECT 1");
}

TEST_CASE("script: rows that do not fit their description are a server's that does not speak the protocol") {
  every_result all;
  all.on_columns(two);
  CHECK(outcome_of([&] { give(all, row_bytes().add("1")); }).code == errc::protocol_violation);
}

TEST_CASE("script: an error says which statement it is about, counted from 1") {
  every_result all;
  auto e = all.explain(said("22012", "division by zero"));
  CHECK(std::string(e.what()) == "statement 1: division by zero (22012)");
  CHECK(e.sqlstate() == sqlstate::division_by_zero);
  all.on_complete("SET");
  all.on_columns(two);
  give(all, row_bytes().add("1").add("Ada"));
  all.on_complete("SELECT 1");
  all.on_columns(two);
  give(all, row_bytes().add("1").add("Ada"));
  e = all.explain(said("22012", "division by zero"));
  CHECK(std::string(e.what()) == "statement 3: division by zero (22012)");
}

TEST_CASE("script: one that cannot be parsed is refused as a whole") {
  every_result all;
  auto const e = all.explain(said("42601", "syntax error at or near \"selec\""));
  CHECK(std::string(e.what()) == "syntax error at or near \"selec\" (42601)");
  CHECK(e.server() != nullptr);
}

TEST_CASE("script: one that is run once more has the results of that run only") {
  every_result all;
  all.on_complete("SET");
  all.on_columns(two);
  give(all, row_bytes().add("1").add("Ada"));
  all.on_restart();
  CHECK(std::string(all.explain(said("22012", "x")).what()) == "statement 1: x (22012)");
  all.on_columns(two);
  give(all, row_bytes().add("2").add("Bob"));
  all.on_complete("SELECT 1");
  auto const results = all.take();
  REQUIRE(results.size() == 1);
  REQUIRE(results[0].rows().size() == 1);
  CHECK(results[0].rows()[0]["name"].as<std::string>() == "Bob");
}
