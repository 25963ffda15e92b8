// tusk: tests/row_text.cpp — fields of a dynamic row as text.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/row_text.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

using support::column;
using support::outcome_of;
using support::row_bytes;
using tusk::errc;
using tusk::oid;
using tusk::row;

namespace {

enum class mood { sad, ok, happy };
oid const of_user = oid(16500);

row made(std::vector<tusk::column> columns, row_bytes const& bytes) {
  auto const exact = bytes.exact();
  return row(std::make_shared<std::vector<tusk::column> const>(std::move(columns)), exact.begin(), exact.end(), 3);
}
/// A row of one field that comes as text.
row text_row(oid type, std::optional<std::string> const& text) {
  return made({column("x", type, 0)}, text ? row_bytes().add_bytes(*text) : row_bytes().add_null());
}

} // namespace

template <> struct tusk::enum_labels<mood> {
  static constexpr auto value = std::array{"sad", "ok", "happy"};
};

TEST_CASE("row text: what came in binary is written as the server writes it") {
  auto const r = made({column("n", oid::int8), column("f", oid::float8), column("a", oid::numeric_array)},
                      row_bytes::of(std::int64_t{-7}, 0.1, std::vector{tusk::numeric::parse("1.50")}));
  CHECK(r[0].text() == "-7");
  CHECK(r["f"].text() == "0.1");
  CHECK(r["a"].text() == "{1.50}");
}

TEST_CASE("row text: what came as text is as it came") {
  CHECK(text_row(oid::regclass, "pg_class")[0].text() == "pg_class");
  CHECK(text_row(of_user, "")[0].text().empty());
  CHECK(text_row(oid::int4, "no number")[0].text() == "no number");
}

TEST_CASE("row text: NULL has none, and of some binary values only the server knows it") {
  CHECK(outcome_of([] { text_row(oid::int4, std::nullopt)[0].text(); }) ==
        support::outcome{errc::unexpected_null, "row 3, column \"x\" (int4): NULL has no text, ask is_null() first"});
  auto const r = made({column("x", of_user)}, row_bytes().add_bytes("ok"));
  CHECK(outcome_of([&] { r[0].text(); }) ==
        support::outcome{errc::column_mismatch, "row 3, column \"x\" (type 16500): has come in binary, its text form "
                                                "only the server knows: cast it to text in the query"});
  auto const bad = made({column("x", oid::uuid)}, row_bytes().add_bytes("short"));
  CHECK(outcome_of([&] { bad[0].text(); }).code == errc::invalid_value);
}

TEST_CASE("row text: values are read from text by the type that is at home in the column") {
  CHECK(text_row(oid::int4, "7")[0].as<int>() == 7);
  CHECK(text_row(oid::numeric, "1.50")[0].as<std::optional<tusk::numeric>>() == tusk::numeric::parse("1.50"));
  CHECK(text_row(oid::money, "$12.34")[0].as<tusk::money>() == tusk::money(1234));
  CHECK(text_row(oid::int4_array, "{1,2}")[0].as<std::vector<int>>() == std::vector{1, 2});
  CHECK(text_row(of_user, "ok")[0].as<mood>() == mood::ok);
  CHECK(text_row(of_user, "{ok,NULL}")[0].as<std::vector<std::optional<mood>>>() ==
        std::vector<std::optional<mood>>{mood::ok, std::nullopt});
  CHECK(text_row(of_user, "a=>1")[0].as<tusk::hstore>() == tusk::hstore::parse("a=>1"));
  CHECK(text_row(of_user, "ok")[0].as<std::string_view>() == "ok");
  CHECK(text_row(of_user, std::nullopt)[0].as<std::optional<mood>>() == std::nullopt);
}

TEST_CASE("row text: wider numbers, as in binary") {
  CHECK(text_row(oid::int2, "-7")[0].as<int>() == -7);
  CHECK(text_row(oid::int4, "7")[0].as<std::int64_t>() == 7);
  CHECK(outcome_of([] { text_row(oid::int2, "32768")[0].as<short>(); }).code == errc::invalid_value);
  CHECK(text_row(oid::float4, "0.1")[0].as<double>() == double{0.1F}); // a float4 of 0.1 is another double
}

TEST_CASE("row text: what does not fit is refused as it is in binary") {
  CHECK(outcome_of([] { text_row(of_user, std::nullopt)[0].as<mood>(); }).code == errc::unexpected_null);
  auto const wrong = outcome_of([] { text_row(of_user, "bored")[0].as<mood>(); });
  CHECK(wrong.code == errc::invalid_value);
  CHECK(wrong.text.starts_with("row 3, column \"x\" (type 16500): "));
  CHECK(outcome_of([] { text_row(oid::int8, "7")[0].as<int>(); }).code == errc::column_mismatch);
  CHECK(outcome_of([] { text_row(oid::float8, "7")[0].as<float>(); }).code == errc::column_mismatch);
  CHECK(outcome_of([] { text_row(oid::regclass, "pg_class")[0].as<oid>(); }) ==
        support::outcome{errc::column_mismatch,
                         "row 3, column \"x\" (regclass): comes as text, which does not fit tusk::oid; std::string "
                         "does"});
  CHECK(outcome_of([] {
          text_row(oid::timestamp, "22/11/2026 10:00:00")[0].as<std::chrono::local_time<std::chrono::microseconds>>();
        }).code == errc::invalid_value); // another DateStyle
}
