// tusk: tests/mapping/field.cpp — one field of a dynamic row.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/field.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <optional>
#include <string>
#include <vector>

using support::column;
using support::outcome_of;
using support::row_bytes;
using tusk::errc;
using tusk::oid;

namespace {

template <class M> M first(row_bytes const& row, tusk::wire::column const& c, std::uint64_t number = 3) {
  auto const bytes = row.exact();
  return tusk::mapping::field_as<M>(bytes.begin() + 2, bytes.end(), number, 0, c);
}
template <class M>
support::outcome refused(row_bytes const& row, tusk::wire::column const& c, std::uint64_t number = 3) {
  return outcome_of([&] { first<M>(row, c, number); });
}

} // namespace

TEST_CASE("field: the column's type is looked at") {
  CHECK(first<std::int64_t>(row_bytes::of(std::int32_t{7}), column("n", oid::int4)) == 7);
  CHECK(first<std::optional<int>>(row_bytes().add_null(), column("n", oid::int4)) == std::nullopt);
  CHECK(first<std::string>(row_bytes::of(tusk::jsonb("{}")), column("doc", oid::jsonb)) == "{}");
  CHECK(first<std::vector<int>>(row_bytes::of(std::vector{1, 2}), column("a", oid::int4_array)) == std::vector{1, 2});
}

TEST_CASE("field: from text, by the type that is at home in the column") {
  row_bytes text;
  text.add_bytes("12");
  CHECK(first<std::int64_t>(text, column("n", oid::int8, 0)) == 12);
  CHECK(first<std::string>(text, column("n", oid::int8, 0)) == "12");
  CHECK(first<std::optional<int>>(row_bytes().add_null(), column("n", oid::int4, 0)) == std::nullopt);
  CHECK(first<std::int64_t>(text, column("n", oid::int4, 0)) == 12); // as in binary
  CHECK(refused<std::int32_t>(text, column("n", oid::int8, 0)).code == errc::column_mismatch);
  CHECK(first<double>(row_bytes().add_bytes("0.1"), column("f", oid::float4, 0)) == double{0.1F});
  CHECK(first<double>(row_bytes().add_bytes("0.1"), column("f", oid::float8, 0)) == 0.1);
  CHECK(refused<float>(text, column("f", oid::float8, 0)).code == errc::column_mismatch);
  CHECK(refused<tusk::uuid>(text, column("n", oid::uuid, 0)).code == errc::invalid_value);
  CHECK(refused<int>(row_bytes().add_null(), column("n", oid::int4, 0)).text ==
        "row 3, column \"n\" (int4): NULL does not fit std::int32_t, std::optional<std::int32_t> does");
  auto const bytes = text.exact();
  CHECK(outcome_of([&] {
          tusk::mapping::field_as<int>(bytes.begin() + 2, bytes.end() - 1, 1, 0, column("n", oid::int4, 0));
        }).code == errc::protocol_violation);
}

TEST_CASE("field: what can be wrong") {
  auto const seven = row_bytes::of(std::int64_t{7});
  CHECK(refused<int>(seven, column("n", oid::int8)) ==
        support::outcome{errc::column_mismatch,
                         "row 3, column \"n\" (int8): does not fit std::int32_t, which reads int4 or int2"});
  CHECK(refused<int>(seven, column("n", oid::int8, 0)).text ==
        "row 3, column \"n\" (int8): comes as text, which does not fit std::int32_t; std::string does");
  CHECK(refused<int>(row_bytes().add_null(), column("n", oid::int4)) ==
        support::outcome{errc::unexpected_null, "row 3, column \"n\" (int4): NULL does not fit std::int32_t, "
                                                "std::optional<std::int32_t> does"});
  CHECK(refused<bool>(row_bytes().add_bytes("\x02"), column("b", oid::bool_), 0) ==
        support::outcome{errc::invalid_value,
                         "the row, column \"b\" (bool): bad value for bool: it is neither 0 nor 1 (1 byte)"});
  CHECK(
      refused<std::vector<int>>(row_bytes::of(std::vector<std::optional<int>>{1, {}}), column("a", oid::int4_array)) ==
      support::outcome{errc::unexpected_null, "row 3, column \"a\" (int4[]): element 2 is NULL: use std::optional"});
  auto const bytes = seven.exact();
  CHECK(outcome_of([&] {
          tusk::mapping::field_as<std::int64_t>(bytes.begin() + 2, bytes.end() - 1, 1, 0, column("n", oid::int8));
        }) == support::outcome{errc::protocol_violation, "malformed row from the server: row 1, column \"n\" (int8): a "
                                                         "field reaches beyond its end, with 11 bytes left"});
}
