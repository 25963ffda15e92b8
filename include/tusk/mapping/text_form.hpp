// tusk: mapping/text_form.hpp — values as text, whose type is known at run time only.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For dynamic rows. Each built-in type whose binary form says all that its text does has a C++ type that is at home in
// it, and that type's text form; arrays and ranges are made of these. Everything else is left to the server: types of
// users, those that are names in its catalogues, and money, which the database's locale writes. Knows no row.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/decode.hpp>
#include <tusk/mapping/text_columns.hpp>
#include <tusk/mapping/words.hpp>
#include <tusk/types/all.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/column.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace tusk::mapping {

/// Calls `f` with a std::type_identity of the C++ type at home in a type that is no array. False: there is none.
template <class F> constexpr bool with_home_type(oid type, F f) {
  using std::chrono::local_time, std::chrono::microseconds, std::chrono::sys_days, std::chrono::sys_time;
  using timestamp = local_time<microseconds>;
  using timestamptz = sys_time<microseconds>;
  using std::type_identity;
  switch (type) {
  case oid::bool_: f(type_identity<bool>{}); break;
  case oid::int2: f(type_identity<std::int16_t>{}); break;
  case oid::int4: f(type_identity<std::int32_t>{}); break;
  case oid::int8: f(type_identity<std::int64_t>{}); break;
  case oid::float4: f(type_identity<float>{}); break;
  case oid::float8: f(type_identity<double>{}); break;
  case oid::numeric: f(type_identity<numeric>{}); break;
  case oid::oid: f(type_identity<oid>{}); break;
  case oid::xid: f(type_identity<xid>{}); break;
  case oid::xid8: f(type_identity<xid8>{}); break;
  case oid::cid: f(type_identity<cid>{}); break;
  case oid::tid: f(type_identity<tid>{}); break;
  case oid::pg_lsn: f(type_identity<pg_lsn>{}); break;
  case oid::text:
  case oid::varchar:
  case oid::bpchar:
  case oid::name:
  case oid::xml: f(type_identity<std::string>{}); break;
  case oid::json: f(type_identity<json>{}); break;
  case oid::jsonb: f(type_identity<jsonb>{}); break;
  case oid::jsonpath: f(type_identity<jsonpath>{}); break;
  case oid::char_: f(type_identity<char>{}); break;
  case oid::bytea: f(type_identity<std::vector<std::byte>>{}); break;
  case oid::uuid: f(type_identity<uuid>{}); break;
  case oid::date: f(type_identity<sys_days>{}); break;
  case oid::timestamp: f(type_identity<timestamp>{}); break;
  case oid::timestamptz: f(type_identity<timestamptz>{}); break;
  case oid::time: f(type_identity<time_of_day>{}); break;
  case oid::timetz: f(type_identity<time_of_day_tz>{}); break;
  case oid::interval: f(type_identity<interval>{}); break;
  case oid::bit:
  case oid::varbit: f(type_identity<bit_string>{}); break;
  case oid::inet: f(type_identity<inet>{}); break;
  case oid::cidr: f(type_identity<cidr>{}); break;
  case oid::macaddr: f(type_identity<macaddr>{}); break;
  case oid::macaddr8: f(type_identity<macaddr8>{}); break;
  case oid::point: f(type_identity<point>{}); break;
  case oid::line: f(type_identity<line>{}); break;
  case oid::lseg: f(type_identity<lseg>{}); break;
  case oid::box: f(type_identity<box>{}); break;
  case oid::path: f(type_identity<path>{}); break;
  case oid::polygon: f(type_identity<polygon>{}); break;
  case oid::circle: f(type_identity<circle>{}); break;
  case oid::tsvector: f(type_identity<tsvector>{}); break;
  case oid::tsquery: f(type_identity<tsquery>{}); break;
  case oid::int4range: f(type_identity<range<std::int32_t>>{}); break;
  case oid::int8range: f(type_identity<range<std::int64_t>>{}); break;
  case oid::numrange: f(type_identity<range<numeric>>{}); break;
  case oid::daterange: f(type_identity<range<sys_days>>{}); break;
  case oid::tsrange: f(type_identity<range<timestamp>>{}); break;
  case oid::tstzrange: f(type_identity<range<timestamptz>>{}); break;
  case oid::int4multirange: f(type_identity<multirange<std::int32_t>>{}); break;
  case oid::int8multirange: f(type_identity<multirange<std::int64_t>>{}); break;
  case oid::nummultirange: f(type_identity<multirange<numeric>>{}); break;
  case oid::datemultirange: f(type_identity<multirange<sys_days>>{}); break;
  case oid::tsmultirange: f(type_identity<multirange<timestamp>>{}); break;
  case oid::tstzmultirange: f(type_identity<multirange<timestamptz>>{}); break;
  default: return false;
  }
  return true;
}

/// Appends a value in PostgreSQL's text form, as the server writes it under its standard settings and in UTC. `in`
/// holds exactly its bytes; it fails, or error is thrown, where they are none of `type`. A template so that only
/// programs that use it have to compile it.
template <class String> void put_text_form(reader& in, oid type, String& out);

/// An element of an array. `Of` is its type only where the array's text depends on it.
template <oid Of> struct served_element {
  oid type = Of;
  wire::byte_view bytes;
};

} // namespace tusk::mapping

namespace tusk {

template <oid Of> struct codec<mapping::served_element<Of>> {
  static constexpr char delimiter = Of == oid::box ? ';' : ',';
  static void put_text(mapping::served_element<Of> const& value, std::string& out) {
    reader in(value.bytes);
    mapping::put_text_form(in, value.type, out);
    if (!in.ok()) throw error(errc::invalid_value, in.why());
  }
};

} // namespace tusk

namespace tusk::mapping {

// ---- implementation -------------------------------------------------------------------------------------------------

/// The elements of an array behind its head; an empty one is NULL.
template <oid Of>
std::vector<std::optional<served_element<Of>>> served_elements(reader& in, oid type, std::size_t count) {
  std::vector<std::optional<served_element<Of>>> all;
  all.reserve(count);
  while (in.ok() && all.size() < count) {
    auto const size = in.get<std::int32_t>();
    all.emplace_back();
    if (size == -1) continue;
    auto const bytes = in.take(static_cast<std::size_t>(static_cast<std::uint32_t>(size)));
    if (in.ok()) all.back() = served_element<Of>{type, bytes};
  }
  return all;
}

template <oid Of, class String> void put_elements(reader& in, oid type, String& out) {
  std::array<array_dimension, most_dimensions> dimensions;
  auto const head = read_array_head(in, dimensions);
  if (!in.ok()) return;
  auto const element = is_vector(type) ? (type == oid::int2vector ? oid::int2 : oid::oid) : wire::element_of(type);
  if (head.element != element) return in.fail("its elements are of another type");
  auto const elements = served_elements<Of>(in, element, head.size);
  if (!in.ok()) return;
  using one = served_element<Of>;
  if (!is_vector(type)) return put_array_text<one>(std::span(dimensions).first(head.dimensions), elements, out);
  for (auto const& e : elements) {
    if (!e) return in.fail("it has a NULL");
    if (&e != &elements.front()) out += ' ';
    put_text<one>(*e, out);
  }
}

template <class String> void put_text_form(reader& in, oid type, String& out) {
  bool const scalar = with_home_type(type, [&]<class T>(std::type_identity<T>) {
    T value{};
    decode_as(in, value, type);
    if (in.ok() && in.left() == 0) put_text(value, out);
  });
  if (!scalar && type == oid::box_array)
    put_elements<oid::box>(in, type, out);
  else if (!scalar)
    put_elements<oid::none>(in, type, out);
  if (in.ok() && in.left() != 0) in.fail("it is too long");
}

/// The text form of the field at `at`, its Int32 length first, for which has_text_form holds. Row and column are as in
/// `field_as`, and so is what is thrown.
template <class String>
void put_field(std::byte const* at, std::byte const* end, std::uint64_t row_number, std::size_t index,
               wire::column const& column, String& out) {
  auto const where = [&] { return field_words(row_number, index, &column); };
  reader in(at + 4, end);
  try {
    put_text_form(in, column.type, out);
  } catch (error const& thrown) {
    throw thrown.in(where());
  }
  if (!in.ok()) throw error(errc::invalid_value, words({where(), ": bad value: ", in.why()}));
}

} // namespace tusk::mapping
