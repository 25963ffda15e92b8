// tusk: mapping/field.hpp — one field of a row into a C++ type that is chosen at run time.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For dynamic rows, whose columns are asked for one by one: here the column's type is compared with the C++ type at
// each access, since there is no plan that has done it. Knows no message and no row.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/decode.hpp>
#include <tusk/mapping/plan.hpp>
#include <tusk/mapping/shape.hpp>
#include <tusk/wire/column.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace tusk::mapping {

/// Reads the field at `at`, its Int32 length first, into `out`, an object of the type that `as` describes.
inline void read_field(member_type const& as, std::byte const* at, std::byte const* end, std::uint64_t row_number,
                       std::size_t index, wire::column const& column, void* out) {
  auto const where = [&] { return field_words(row_number, index, &column); };
  bool const text = column.format == 0; // every type has a text form: that is a text, whatever it tells of
  auto const read = as.reader_of(text ? oid::text : column.type);
  if (read == nullptr && text)
    throw error(errc::column_mismatch,
                words({where(), ": comes as text, which does not fit ", as.spelling(), "; std::string does"}));
  if (read == nullptr)
    throw error(errc::column_mismatch,
                words({where(), ": does not fit ", as.spelling(), ", which reads ", readable(as)}));
  fault f;
  try {
    if (read(at, end, out, f) != nullptr) return;
  } catch (error const& thrown) {
    throw thrown.in(where());
  }
  throw_fault(f, end, where(), as);
}

/// The field at `at`, its Int32 length first, as an M, which may be a std::optional. The row is numbered from 1, or 0
/// when it has no number; the column from 0. Throws error: errc::column_mismatch when the column has another type,
/// errc::unexpected_null, errc::invalid_value, and errc::protocol_violation when the field reaches beyond `end`.
template <column_value M>
M field_as(std::byte const* at, std::byte const* end, std::uint64_t row_number, std::size_t index,
           wire::column const& column) {
  M out{};
  read_field(member_type_of<M>, at, end, row_number, index, column, &out);
  return out;
}

} // namespace tusk::mapping
