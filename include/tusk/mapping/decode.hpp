// tusk: mapping/decode.hpp — the bytes of one row into one object.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Layout of a row: Int16 number of fields, then the fields (DataRow in "Message Formats"; a tuple of binary COPY is the
// same). The good case does not look at columns or names at all; everything that can go wrong ends in one cold function
// that walks the row again to find words for it. Knows no message and no socket.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/plan.hpp>
#include <tusk/mapping/value.hpp>
#include <tusk/mapping/words.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>

namespace tusk::mapping {

/// Throws what is wrong with the row from `begin` to `end`, given what `value` said.
[[noreturn, gnu::cold]] void diagnose(plan const& p, std::byte const* begin, std::byte const* end,
                                      std::uint64_t row_number, std::span<wire::column const> columns, fault const& f);

/// Throws `thrown`, which a codec has thrown, with row and column before its words.
[[noreturn, gnu::cold]] void diagnose(plan const& p, std::byte const* begin, std::byte const* end,
                                      std::uint64_t row_number, std::span<wire::column const> columns,
                                      error const& thrown, void* row);

/// Reads the fields from `at` on by the steps of `p`. Returns where the row should end, or nullptr.
[[gnu::noinline]] inline std::byte const* read_steps(plan const& p, std::byte const* at, std::byte const* end,
                                                     void* row, fault& f) {
  for (auto const& s : p.steps()) {
    at = s.read(at, end, static_cast<std::byte*>(row) + s.offset, f);
    if (at == nullptr) [[unlikely]]
      break;
  }
  return at;
}

/// Decodes one row, `begin` at its number of fields, into `out`, which may hold an earlier row and keeps its memory.
/// `p` must be a plan for T and for `columns`; `row_number` counts from 1. Throws error: errc::unexpected_null and
/// errc::invalid_value name row and column, errc::protocol_violation means that this is no row of these columns; `out`
/// is then unspecified.
template <class T>
[[gnu::always_inline]] inline void decode_row(plan const& p, std::byte const* begin, std::byte const* end,
                                              std::uint64_t row_number, std::span<wire::column const> columns, T& out) {
  fault f;
  try {
    if (end - begin >= 2 && wire::load<std::uint16_t>(begin) == p.size()) [[likely]] {
      auto const* at = begin + 2;
      if (row_size<T> <= max_straight && p.straight()) [[likely]] {
        // Without always_inline here, on each() and on value() a row of six costs half as much again.
        if constexpr (row_size<T> <= max_straight)
          row_type<T>::each(out, [&](auto&... m) __attribute__((always_inline)) {
            (void)(((at = value(at, end, m, f)) != nullptr) && ...);
          });
      } else
        at = read_steps(p, at, end, std::addressof(out), f);
      if (at == end) [[likely]]
        return;
    }
  } catch (error const& thrown) {
    diagnose(p, begin, end, row_number, columns, thrown, std::addressof(out));
  }
  diagnose(p, begin, end, row_number, columns, f);
}

// ---- implementation -------------------------------------------------------------------------------------------------

/// "row 3", or "the row" where rows are not numbered.
[[gnu::cold]] inline std::string row_words(std::uint64_t row_number) {
  return row_number == 0 ? std::string("the row") : words({"row ", row_number});
}
[[gnu::cold]] inline std::string field_words(std::uint64_t row_number, std::size_t index, wire::column const* column) {
  auto const row = row_words(row_number);
  if (column == nullptr) return words({row, ", column ", index + 1});
  return words({row, ", column \"", printable(column->name), "\" (", wire::type_name(column->type), ")"});
}
[[noreturn, gnu::cold]] inline void throw_malformed(std::initializer_list<word> parts) {
  throw error(errc::protocol_violation, "malformed row from the server: " + words(parts));
}

/// Throws what is wrong with a field. `where` is its field_words, `end` the end of the row.
[[noreturn, gnu::cold]] inline void throw_fault(fault const& f, std::byte const* end, std::string const& where,
                                                member_type const& member) {
  if (f.what == fault::reason::null)
    throw error(errc::unexpected_null,
                words({where, ": NULL does not fit ", member.name, ", std::optional<", member.name, "> does"}));
  if (f.what == fault::reason::value) {
    // The length has been checked before the value was looked at.
    auto const size = counted(wire::load<std::uint32_t>(f.at), "byte");
    throw error(errc::invalid_value,
                words({where, ": bad value for ", member.spelling(), ": ", f.why, " (", size, ")"}));
  }
  throw_malformed({where, ": ", f.why, ", with ", counted(static_cast<std::size_t>(end - f.at), "byte"), " left"});
}

inline void diagnose(plan const& p, std::byte const* begin, std::byte const* end, std::uint64_t row_number,
                     std::span<wire::column const> columns, fault const& f) {
  auto const row = row_words(row_number);
  if (end - begin < 2) throw_malformed({row, " ends before its number of fields"});
  auto const fields = wire::load<std::uint16_t>(begin);
  if (fields != p.size()) throw_malformed({row, " has ", counted(fields, "field"), ", its description ", p.size()});
  // All fields before the one at fault have been read: their lengths are good.
  std::size_t index = 0;
  auto const* at = begin + 2;
  while (index < p.size() && at != f.at) {
    auto const length = wire::load<std::int32_t>(at);
    at += 4 + (length > 0 ? length : 0);
    ++index;
  }
  if (f.what == fault::reason::none)
    throw_malformed({row, " has ", counted(static_cast<std::size_t>(end - at), "byte"), " behind its last field"});
  throw_fault(f, end, field_words(row_number, index, index < columns.size() ? &columns[index] : nullptr),
              *p.row().members[p.member_of(index)]);
}

inline void diagnose(plan const& p, std::byte const* begin, std::byte const* end, std::uint64_t row_number,
                     std::span<wire::column const> columns, error const& thrown, void* row) {
  // Nobody kept which field it was: the same field throws the same again.
  auto const* at = begin + 2;
  for (std::size_t index = 0; index < p.size(); ++index) {
    auto const* column = index < columns.size() ? &columns[index] : nullptr;
    auto const m = p.member_of(index);
    auto const read = p.straight() ? p.row().members[m]->read : p.steps()[index].read;
    fault f;
    try {
      at = read(at, end, static_cast<std::byte*>(row) + p.row().offsets[m], f);
    } catch (error const& again) {
      throw again.in(field_words(row_number, index, column));
    }
    if (at == nullptr) break;
  }
  throw thrown.in(row_words(row_number));
}

} // namespace tusk::mapping
