// tusk: tests/mapping/decode_corpus.cpp — what servers sent, put together to rows: straight line and table agree.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Values of tests/data/types_expected.tsv, NULLs among them, fill rows of a struct with a member for each type. Each
// row is read in a straight line, by a table, and with its columns in other orders; all must come to the bytes that
// they came from. Then rows are damaged, and both ways must come to the same value or the same error.
#include <tusk/mapping/decode.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tusk::mapping;
using support::outcome_of;
using support::row_bytes;
using tusk::oid;
using columns = std::vector<tusk::wire::column>;

namespace corpus_test {

using std::chrono::local_time;
using std::chrono::microseconds;
using std::chrono::sys_time;

struct everything {
  std::optional<bool> truth;
  std::optional<std::int16_t> small;
  std::optional<std::int32_t> medium;
  std::optional<std::int64_t> large;
  std::optional<float> single;
  std::optional<double> twice;
  std::optional<std::string> text;
  std::optional<std::vector<std::byte>> bytes;
  std::optional<tusk::uuid> id;
  std::optional<std::chrono::sys_days> day;
  std::optional<local_time<microseconds>> wall;
  std::optional<sys_time<microseconds>> moment;
  std::optional<tusk::json> document;
  std::optional<tusk::jsonb> parsed;
};
constexpr std::array types_of_members{oid::bool_,     oid::int2,        oid::int4,  oid::int8, oid::float4,
                                      oid::float8,    oid::text,        oid::bytea, oid::uuid, oid::date,
                                      oid::timestamp, oid::timestamptz, oid::json,  oid::jsonb};
constexpr std::size_t members = types_of_members.size();

/// The values that servers sent for each member.
std::array<std::vector<std::string>, members> const& samples() {
  static auto const all = [] {
    std::array<std::vector<std::string>, members> out;
    support::table const table("types_expected.tsv");
    for (auto const& row : table)
      for (std::size_t m = 0; m < members; ++m)
        if (std::to_string(static_cast<std::uint32_t>(types_of_members[m])) == row["oid"] && row["text_json"] != "null")
          out[m].push_back(support::from_hex(row["bin_hex"]));
    return out;
  }();
  return all;
}

columns described() {
  columns out;
  for (std::size_t m = 0; m < members; ++m)
    out.push_back(support::column(std::string(shape_of<everything>().names[m]), types_of_members[m]));
  return out;
}

/// The object as a row.
row_bytes row_of(everything const& e) {
  return row_bytes::of(e.truth, e.small, e.medium, e.large, e.single, e.twice, e.text, e.bytes, e.id, e.day, e.wall,
                       e.moment, e.document, e.parsed);
}

/// Chooses a value, or NULL, for each member, and an order of the columns.
class dice {
 public:
  std::size_t below(std::size_t n) { return n < 2 ? 0 : static_cast<std::size_t>(engine_()) % n; }
  std::vector<std::optional<std::string>> values() {
    std::vector<std::optional<std::string>> out(members);
    for (std::size_t m = 0; m < members; ++m)
      if (auto const& from = samples()[m]; below(5) != 0) out[m] = from[below(from.size())];
    return out;
  }
  std::vector<std::size_t> order() {
    std::vector<std::size_t> out;
    for (std::size_t m = 0; m < members; ++m) out.push_back(m);
    for (std::size_t m = members; m > 1; --m) std::swap(out[m - 1], out[below(m)]);
    return out;
  }

 private:
  std::minstd_rand engine_{20240607};
};

row_bytes row_of(std::vector<std::optional<std::string>> const& values,
                 std::vector<std::size_t> const* order = nullptr) {
  row_bytes out;
  for (std::size_t c = 0; c < values.size(); ++c)
    if (auto const& v = values[order != nullptr ? (*order)[c] : c])
      out.add_bytes(*v);
    else
      out.add_null();
  return out;
}

bool same(row_bytes const& a, row_bytes const& b) {
  return tusk::wire::as_text(a.view()) == tusk::wire::as_text(b.view());
}

/// As numbers of bits: a NaN is the same as itself.
template <class To, class From> std::optional<To> bits(std::optional<From> const& v) {
  return v ? std::optional(std::bit_cast<To>(*v)) : std::nullopt;
}
bool same(everything const& a, everything const& b) {
  return a.truth == b.truth && a.small == b.small && a.medium == b.medium && a.large == b.large && a.text == b.text &&
         bits<std::uint32_t>(a.single) == bits<std::uint32_t>(b.single) && a.bytes == b.bytes && a.id == b.id &&
         bits<std::uint64_t>(a.twice) == bits<std::uint64_t>(b.twice) && a.day == b.day && a.wall == b.wall &&
         a.moment == b.moment && a.document == b.document && a.parsed == b.parsed;
}

} // namespace corpus_test

using namespace corpus_test;

TEST_CASE("corpus: straight line and table read the same from every row") {
  for (auto const& of_member : samples()) REQUIRE(!of_member.empty());
  auto const in_order = described();
  plan straight, table, permuted;
  match(in_order, shape_of<everything>(), straight);
  match(in_order, shape_of<everything>(), table, true);
  REQUIRE(straight.straight());
  REQUIRE(!table.straight());

  dice d;
  everything by_line, by_table, by_order; // each holds the row before: nothing of it may stay
  for (int n = 0; n < 2000; ++n) {
    auto const values = d.values();
    auto const row = row_of(values);
    auto const bytes = row.exact();
    decode_row(straight, bytes.begin(), bytes.end(), 1, in_order, by_line);
    decode_row(table, bytes.begin(), bytes.end(), 1, in_order, by_table);

    auto const order = d.order();
    columns other;
    for (auto m : order) other.push_back(in_order[m]);
    match(other, shape_of<everything>(), permuted);
    auto const moved = row_of(values, &order).exact();
    decode_row(permuted, moved.begin(), moved.end(), 1, other, by_order);

    if (!same(row_of(by_line), row) || !same(row_of(by_table), row) || !same(row_of(by_order), row)) {
      CAPTURE(support::to_hex(row.view()));
      CHECK(support::to_hex(row_of(by_line).view()) == support::to_hex(row.view()));
      CHECK(support::to_hex(row_of(by_table).view()) == support::to_hex(row.view()));
      CHECK(support::to_hex(row_of(by_order).view()) == support::to_hex(row.view()));
      return;
    }
  }
}

TEST_CASE("corpus: damaged rows come to the same value or the same error, never to a crash") {
  auto const in_order = described();
  plan straight, table;
  match(in_order, shape_of<everything>(), straight);
  match(in_order, shape_of<everything>(), table, true);
  dice d;
  everything by_line, by_table;
  int refused = 0;
  constexpr int rounds = 10000;
  for (int n = 0; n < rounds; ++n) {
    auto const row = row_of(d.values());
    auto text = std::string(tusk::wire::as_text(row.view()));
    for (auto harm = 1 + d.below(3); harm != 0 && !text.empty(); --harm) {
      auto const at = d.below(text.size());
      switch (d.below(4)) {
      case 0: text[at] = static_cast<char>(text[at] ^ (1 << d.below(8))); break;
      case 1: text.resize(at); break;
      case 2: text.insert(at, 1, static_cast<char>(d.below(256))); break;
      default: text.erase(at, 1); break;
      }
    }
    auto const bytes = support::exact_bytes(tusk::wire::as_bytes(text));
    auto const one = outcome_of([&] { decode_row(straight, bytes.begin(), bytes.end(), 1, in_order, by_line); });
    auto const other = outcome_of([&] { decode_row(table, bytes.begin(), bytes.end(), 1, in_order, by_table); });
    if (one != other) {
      CAPTURE(support::to_hex(text));
      CHECK(one.text == other.text);
      return;
    }
    if (one.code)
      ++refused;
    else if (!same(by_line, by_table))
      FAIL("different values: " << support::to_hex(text));
  }
  CHECK(refused > rounds / 2);
  CHECK(refused < rounds);
}
