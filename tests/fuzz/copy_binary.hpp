// tusk: tests/fuzz/copy_binary.hpp — any bytes as the data of a binary COPY, divided in two ways.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The first byte of an input is the size of the pieces, less one. However the data are divided, the same rows are read,
// or the same is wrong with them.
#pragma once

#include "fuzz/properties.hpp"

#include <tusk/mapping/decode.hpp>
#include <tusk/mapping/plan.hpp>
#include <tusk/types/all.hpp>
#include <tusk/wire/copy_binary.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace fuzz {

constexpr std::size_t most_in_a_row = 1 << 20;

struct copied {
  std::vector<std::string> rows;
  bool refused = false;
  bool ended = false;
  friend bool operator==(copied const&, copied const&) = default;
};

inline void try_copied_row(byte_view row) {
  using two = std::tuple<std::optional<std::int32_t>, std::optional<std::string>>;
  static auto const columns = [] {
    std::vector<tusk::wire::column> c(2);
    c[0].type = tusk::oid::int4;
    c[1].type = tusk::oid::text;
    c[0].format = c[1].format = 1;
    return c;
  }();
  static auto const plan = [] {
    tusk::mapping::plan p;
    tusk::mapping::match(columns, tusk::mapping::shape_of<two>(), p);
    return p;
  }();
  survives(
      [&] {
        two t;
        tusk::mapping::decode_row(plan, row.data(), row.data() + row.size(), 1, columns, t);
      },
      {tusk::errc::protocol_violation, tusk::errc::invalid_value}, reading_limit(row.size()) + 4096, "a row");
}

/// Each piece in memory of exactly its size.
inline copied read_copied(byte_view data, std::size_t piece) {
  copied c;
  tusk::wire::copy_rows rows(most_in_a_row);
  c.refused = !survives(
      [&] {
        while (!data.empty()) {
          auto const n = std::min(piece, data.size());
          auto const exact = std::make_unique<std::byte[]>(n);
          std::memcpy(exact.get(), data.data(), n);
          data = data.subspan(n);
          rows.add({exact.get(), n});
          for (auto row = rows.next(); !row.empty(); row = rows.next()) {
            try_copied_row(row);
            c.rows.emplace_back(tusk::wire::as_text(row));
          }
        }
      },
      {tusk::errc::protocol_violation}, unlimited, "reading a COPY");
  c.ended = rows.ended();
  return c;
}

inline outcome try_copy_binary(byte_view input) {
  if (input.empty()) return outcome::refused;
  auto const data = input.subspan(1);
  auto const whole = read_copied(data, data.size());
  auto const divided = read_copied(data, std::to_integer<std::size_t>(input[0]) + 1);
  require(whole == divided, "however the data are divided, the same is read");
  return whole.refused || !whole.ended ? outcome::refused : outcome::accepted;
}

} // namespace fuzz
