// tusk: tests/row.cpp — dynamic rows: fields by name and position, and rows that are none.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/row.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <optional>
#include <string_view>
#include <type_traits>

using support::column;
using support::exact_bytes;
using support::from_hex;
using support::outcome_of;
using support::row_bytes;
using tusk::errc;
using tusk::oid;
using tusk::row;

// It goes into vectors.
static_assert(std::is_nothrow_move_constructible_v<row> && std::is_copy_constructible_v<row>);

namespace {

row::description described(std::vector<tusk::column> columns) {
  return std::make_shared<std::vector<tusk::column> const>(std::move(columns));
}
row::description users() {
  return described({column("id", oid::int8), column("name", oid::text), column("balance", oid::float8)});
}
row made(row::description columns, tusk::wire::byte_view bytes, std::uint64_t number = 1) {
  exact_bytes const exact(bytes); // and gone when the row is used
  return row(std::move(columns), exact.begin(), exact.end(), number);
}
row ada() {
  return made(users(), row_bytes::of(std::int64_t{7}, std::string("Ada"), std::optional<double>()).view(), 3);
}
support::outcome refusal(row::description const& columns, std::string const& bytes) {
  return outcome_of([&] { made(columns, tusk::wire::as_bytes(bytes), 3); });
}

} // namespace

TEST_CASE("row: fields by position and by name") {
  auto const r = ada();
  CHECK(r.size() == 3);
  CHECK(r.columns().size() == 3);
  CHECK(r.columns()[1].name == "name");
  CHECK(r[0].as<std::int64_t>() == 7);
  CHECK(r["id"].as<std::int64_t>() == 7);
  CHECK(r[std::size_t{1}].as<std::string>() == "Ada");
  CHECK(r[std::string("name")].as<std::string>() == "Ada");
  CHECK(r[std::string_view("name")].as<std::optional<std::string>>() == "Ada");
  CHECK(r["name"].description().type == oid::text);
  CHECK(tusk::wire::as_text(r["name"].bytes()) == "Ada");
  CHECK(support::to_hex(r["id"].bytes()) == "0000000000000007");
}

TEST_CASE("row: NULL") {
  auto const r = ada();
  CHECK(r["balance"].is_null());
  CHECK_FALSE(r["id"].is_null());
  CHECK(r["balance"].bytes().empty());
  CHECK(r["balance"].as<std::optional<double>>() == std::nullopt);
  auto const refused = outcome_of([&] { (void)r["balance"].as<double>(); });
  CHECK(refused.code == errc::unexpected_null);
  CHECK(refused.text == "row 3, column \"balance\" (float8): NULL does not fit double, std::optional<double> does");
}

TEST_CASE("row: an empty value is not NULL") {
  auto const r = made(described({column("note", oid::text)}), row_bytes::of(std::string()).view());
  CHECK_FALSE(r[0].is_null());
  CHECK(r[0].bytes().empty());
  CHECK(r[0].as<std::string>().empty());
  CHECK(r[0].as<std::optional<std::string>>() == "");
}

TEST_CASE("row: another type than the column's is refused, and both are named") {
  auto const r = ada();
  auto const refused = outcome_of([&] { (void)r["id"].as<std::string>(); });
  CHECK(refused.code == errc::column_mismatch);
  CHECK_THAT(refused.text, ContainsSubstring("row 3, column \"id\" (int8): does not fit "));
  CHECK_THAT(refused.text, ContainsSubstring("which reads text"));
  // int8 never into int, whatever the value.
  CHECK(outcome_of([&] { (void)r["id"].as<std::int32_t>(); }).code == errc::column_mismatch);
  // Also for NULL the type must fit.
  CHECK(outcome_of([&] { (void)r["balance"].as<std::optional<bool>>(); }).code == errc::column_mismatch);
}

TEST_CASE("row: a column in text format is a text, whatever it tells of") {
  auto const r = made(described({column("n", oid::int4, 0)}), row_bytes::of("12").view());
  auto const refused = outcome_of([&] { (void)r["n"].as<std::int16_t>(); });
  CHECK(refused.code == errc::column_mismatch);
  CHECK(refused.text == "row 1, column \"n\" (int4): comes as text, which does not fit std::int16_t; std::string does");
  CHECK(r["n"].as<std::int32_t>() == 12); // which is at home in the column
  CHECK(r["n"].as<std::int64_t>() == 12);
  CHECK(r["n"].as<std::string>() == "12");
  CHECK(r["n"].as<std::optional<std::string>>() == "12");
}

TEST_CASE("row: bytes that are no value of the type") {
  auto const r = made(described({column("n", oid::int4)}), row_bytes::of("123").view());
  auto const refused = outcome_of([&] { (void)r["n"].as<std::int32_t>(); });
  CHECK(refused.code == errc::invalid_value);
  CHECK_THAT(refused.text, ContainsSubstring("row 1, column \"n\" (int4): bad value for "));
  CHECK_THAT(refused.text, ContainsSubstring("(3 bytes)"));
}

TEST_CASE("row: what is not there is told with what is") {
  auto const r = ada();
  auto const by_name = outcome_of([&] { (void)r["nmae"]; });
  CHECK(by_name.code == errc::column_mismatch);
  CHECK(by_name.text == "there is no column \"nmae\", the row has id, name, balance");
  CHECK(outcome_of([&] { (void)r["ID"]; }).code == errc::column_mismatch);
  CHECK(outcome_of([&] { (void)r[""]; }).code == errc::column_mismatch);
  auto const by_position = outcome_of([&] { (void)r[3]; });
  CHECK(by_position.code == errc::column_mismatch);
  CHECK(by_position.text == "there is no column 3, the row has 3");
  CHECK(outcome_of([&] { (void)r[SIZE_MAX]; }).code == errc::column_mismatch);
  CHECK(outcome_of([&] { (void)r[-1]; }).text == "there is no column -1, they count from 0");
}

TEST_CASE("row: names are whatever a server sends") {
  auto const r = made(described({column("a\nb", oid::int4), column("", oid::int4), column("x", oid::int4),
                                 column("x", oid::int4), column("?column?", oid::int4)}),
                      row_bytes::of(1, 2, 3, 4, 5).view());
  CHECK(r["a\nb"].as<std::int32_t>() == 1);
  CHECK(r[""].as<std::int32_t>() == 2);
  CHECK(r["x"].as<std::int32_t>() == 3); // the first of the two
  CHECK(r["?column?"].as<std::int32_t>() == 5);
  CHECK_THAT(outcome_of([&] { (void)r["y"]; }).text, ContainsSubstring(R"(the row has a\x0ab, , x, x, ?column?)"));
}

TEST_CASE("row: very many columns are not all told") {
  row_bytes bytes;
  std::vector<tusk::column> columns;
  for (int i = 0; i < 1600; ++i) {
    bytes.add(i);
    columns.push_back(column("c" + std::to_string(i), oid::int4));
  }
  auto const r = made(described(std::move(columns)), bytes.view());
  CHECK(r["c1599"].as<std::int32_t>() == 1599);
  auto const refused = outcome_of([&] { (void)r["d"]; });
  CHECK_THAT(refused.text, ContainsSubstring("c99, ..."));
  CHECK(refused.text.size() < 1000);
}

TEST_CASE("row: owns its bytes, copies share them") {
  std::optional<row> first = ada();
  auto const text = (*first)["name"].as<std::string_view>();
  auto const copy = *first;
  first.reset();
  CHECK(text == "Ada");
  CHECK(copy["name"].as<std::string_view>().data() == text.data());
  CHECK(copy["id"].as<std::int64_t>() == 7);
  auto const span = copy["name"].bytes();
  CHECK(span.size() == 3);
}

TEST_CASE("row: one that was moved from, or never filled, is empty") {
  auto a = ada();
  auto const b = std::move(a);
  CHECK(b["name"].as<std::string>() == "Ada");
  for (row const& empty : {a, row()}) { // NOLINT: what a row promises
    CHECK(empty.size() == 0);
    CHECK(empty.columns().empty());
    CHECK(outcome_of([&] { (void)empty["id"]; }).text == "there is no column \"id\", the row has none");
    CHECK(outcome_of([&] { (void)empty[0]; }).text == "there is no column 0, the row has 0");
  }
}

TEST_CASE("row: without columns") {
  auto const r = made(described({}), row_bytes().view());
  CHECK(r.size() == 0);
  CHECK(made(nullptr, row_bytes().view()).size() == 0);
  CHECK(outcome_of([] { made(nullptr, row_bytes::of(1).view()); }).code == errc::protocol_violation);
}

TEST_CASE("row: bytes that are no such row") {
  auto const columns = described({column("a", oid::int4), column("b", oid::int4)});
  auto const is_refused = [&](std::string_view hex, std::string_view why) {
    auto const refused = refusal(columns, from_hex(hex));
    CHECK(refused.code == errc::protocol_violation);
    CHECK(refused.text == "malformed row from the server: row 3 " + std::string(why));
  };
  is_refused("", "has not as many fields as its description");
  is_refused("00", "has not as many fields as its description");
  is_refused("0001 ffffffff", "has not as many fields as its description");
  is_refused("0003 ffffffff ffffffff ffffffff", "has not as many fields as its description");
  is_refused("ffff ffffffff ffffffff", "has not as many fields as its description");
  is_refused("0002", "ends within a field");
  is_refused("0002 ffffffff ffffff", "ends within a field");
  is_refused("0002 ffffffff 00000001", "ends within a field");
  is_refused("0002 7fffffff 01 ffffffff", "ends within a field");
  is_refused("0002 ffffffff fffffffe", "has a field of negative length");
  is_refused("0002 80000000 ffffffff", "has a field of negative length");
  is_refused("0002 ffffffff ffffffff 00", "has bytes behind its last field");
  CHECK(refusal(columns, from_hex("0002 ffffffff ffffffff")).text.empty());
}

TEST_CASE("row: cut anywhere it is a violation of the protocol") {
  auto const whole = row_bytes::of(std::int64_t{7}, std::string("Ada"), 2.5);
  std::string const bytes(tusk::wire::as_text(whole.view()));
  CHECK(refusal(users(), bytes).text.empty());
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK(refusal(users(), bytes.substr(0, n)).code == errc::protocol_violation);
  CHECK(refusal(users(), bytes + '\0').code == errc::protocol_violation);
}

TEST_CASE("row: with any byte damaged it is a violation, or all its fields are inside") {
  auto const whole = row_bytes::of(std::int64_t{7}, std::string("Ada"), std::optional<double>());
  std::string const bytes(tusk::wire::as_text(whole.view()));
  auto const columns = users();
  int refused = 0;
  int wrong = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (int xored = 1; xored < 256; ++xored) {
      auto damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ xored);
      try {
        auto const r = made(columns, tusk::wire::as_bytes(damaged));
        std::size_t sum = 2;
        for (std::size_t i = 0; i < r.size(); ++i) sum += 4 + r[i].bytes().size();
        wrong += sum != damaged.size();
      } catch (tusk::error const& e) {
        ++refused;
        wrong += e.code() != errc::protocol_violation;
      }
    }
  CHECK(wrong == 0);
  CHECK(refused > 14 * 200); // 14 bytes are lengths and the number of fields
}
