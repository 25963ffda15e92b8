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
#include <tusk/mapping/value.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/floating.hpp>
#include <tusk/types/integer.hpp>
#include <tusk/types/text.hpp>
#include <tusk/wire/column.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tusk::mapping {

/// Reads the field at `at`, its Int32 length first, into `out`, an object of the type that `as` describes; what comes
/// as text is a text here, whatever it tells of.
inline void read_field(member_type const& as, std::byte const* at, std::byte const* end, std::uint64_t row_number,
                       std::size_t index, wire::column const& column, void* out) {
  auto const where = [&] { return field_words(row_number, index, &column); };
  bool const text = column.format == 0;
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

/// Whether a T's text form is that of columns of `type`: of all that it reads, it is at home in one, and a number in
/// the narrower ones too.
template <class T> constexpr bool has_text_of(oid type) noexcept {
  if (is_of_users(type)) return reads_of_users<T>();
  if constexpr (integer<T> || std::same_as<T, double>)
    return reads<T>(type);
  else if constexpr (codec<T>::oids.size() != 0)
    return type == codec<T>::oids[0];
  else
    return false;
}

/// `field_as` for what comes as text, a text form of M's.
template <class M>
M field_from_text(std::byte const* at, std::byte const* end, std::uint64_t row_number, std::size_t index,
                  wire::column const& column) {
  auto const where = [&] { return field_words(row_number, index, &column); };
  std::optional<std::string_view> text;
  fault f;
  if (value(at, end, text, f) == nullptr) throw_fault(f, end, where(), member_type_of<M>);
  if constexpr (is_nullable<M>)
    if (!text) return std::nullopt;
  if (!text) throw_fault({fault::reason::null, nullptr, at}, end, where(), member_type_of<M>);
  try {
    if constexpr (std::same_as<value_type_t<M>, double>) // the nearest float, as it comes in binary
      if (column.type == oid::float4) return from_text<float>(*text);
    return from_text<value_type_t<M>>(*text);
  } catch (error const& thrown) {
    throw thrown.in(where());
  }
}

/// The field at `at`, its Int32 length first, as an M, which may be a std::optional. The row is numbered from 1, or 0
/// when it has no number; the column from 0. Throws error: errc::column_mismatch when the column has another type,
/// errc::unexpected_null, errc::invalid_value, and errc::protocol_violation when the field reaches beyond `end`.
template <column_value M>
M field_as(std::byte const* at, std::byte const* end, std::uint64_t row_number, std::size_t index,
           wire::column const& column) {
  using T = value_type_t<M>;
  if constexpr (reads_text<T> && !reads<T>(oid::text)) // which is a text itself
    if (column.format == 0 && has_text_of<T>(column.type))
      return field_from_text<M>(at, end, row_number, index, column);
  M out{};
  read_field(member_type_of<M>, at, end, row_number, index, column, &out);
  return out;
}

} // namespace tusk::mapping
