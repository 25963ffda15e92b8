// tusk: tests/fuzz/pgoutput.hpp — any bytes as the messages of a replication stream.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The first byte of an input chooses the version, and whether the first message already stands in a streamed
// transaction. Then come messages, each behind 16 bits with its length; the last one may be shorter than it says.
#pragma once

#include "fuzz/properties.hpp"

#include <tusk/change.hpp>
#include <tusk/row_text.hpp>
#include <tusk/types/all.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fuzz {

/// What may be allocated for a message, all allocations added up. The most that a byte needs are 40: ten bytes are a
/// column of a relation, which is described in both formats, and once more if it is part of the replica identity.
constexpr std::size_t message_limit(std::size_t bytes) { return 64 * bytes + 8192; }

template <class T> void try_field(tusk::changed_field const& field) {
  survives([&] { (void)field.as<std::optional<T>>(); },
           {tusk::errc::column_mismatch, tusk::errc::invalid_value, tusk::errc::unexpected_null,
            tusk::errc::unchanged_value},
           reading_limit(field.bytes().size()) + 4096, "a typed value");
}

inline void try_row(tusk::changed_row const& row) {
  struct two {
    std::int64_t id = 0;
    std::optional<std::string> name;
  };
  for (std::size_t i = 0; i < row.size(); ++i) {
    auto const field = row[i];
    require(!(field.is_null() && field.is_unchanged()), "a value that was not sent is not NULL");
    require(row[row.columns()[i].name].description().name == row.columns()[i].name, "it is found by its name");
    try_field<std::int64_t>(field);
    try_field<double>(field);
    try_field<std::string>(field);
    try_field<std::string_view>(field);
    try_field<std::vector<std::byte>>(field);
    try_field<std::vector<std::optional<std::int32_t>>>(field);
    try_field<std::chrono::sys_time<std::chrono::microseconds>>(field);
    try_field<mood>(field);
    survives([&] { (void)field.text(); },
             {tusk::errc::column_mismatch, tusk::errc::invalid_value, tusk::errc::unexpected_null,
              tusk::errc::unchanged_value},
             unlimited, "a value's text");
  }
  // The words of a refusal name all columns, up to a hundred.
  survives([&] { (void)row.as<two>(); },
           {tusk::errc::column_mismatch, tusk::errc::invalid_value, tusk::errc::unexpected_null,
            tusk::errc::unchanged_value},
           unlimited, "a row as a struct");
}

inline void try_rows(tusk::change const& event) {
  if (auto const* e = std::get_if<tusk::row_inserted>(&event)) try_row(e->row);
  if (auto const* e = std::get_if<tusk::row_deleted>(&event)) try_row(e->old);
  if (auto const* e = std::get_if<tusk::row_updated>(&event)) {
    try_row(e->row);
    if (e->old) try_row(*e->old);
  }
}

inline outcome try_pgoutput(byte_view input) {
  if (input.empty()) return outcome::refused;
  auto const choice = std::to_integer<int>(input.front());
  input = input.subspan(1);
  tusk::change_decoder stream(1 + (choice & 3));
  static constexpr std::byte start[]{std::byte{'S'}, std::byte{0}, std::byte{0},
                                     std::byte{0},   std::byte{7}, std::byte{1}};
  if ((choice & 4) != 0 && stream.version() > 1) (void)stream.decode(start);
  std::vector<tusk::change> kept; // a row outlives the message, and its description those that follow
  bool good = false;
  while (input.size() >= 2) {
    auto size = std::size_t{tusk::wire::load<std::uint16_t>(input.data())};
    if (size > input.size() - 2) size = input.size() - 2;
    std::vector<std::byte> const exact(input.begin() + 2, input.begin() + 2 + static_cast<std::ptrdiff_t>(size));
    input = input.subspan(2 + size);
    bool const before = stream.in_stream();
    std::optional<tusk::change> event;
    good = survives([&] { event = stream.decode(exact); }, {tusk::errc::protocol_violation}, message_limit(size),
                    "decoding a message");
    if (!good) {
      require(stream.in_stream() == before, "a message that is none changes nothing");
      break;
    }
    kept.push_back(std::move(*event));
    try_rows(kept.back());
  }
  for (auto const& event : kept) try_rows(event);
  return good ? outcome::accepted : outcome::refused;
}

} // namespace fuzz
