// tusk: mapping/text_columns.hpp — which column types the driver can write as text, and which the server must.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For dynamic rows: their columns come in binary where the binary form says all that the text does, else as text. That
// is left to the server for types of users, those that are names in its catalogues, and money, which the database's
// locale writes. How the others are written stands in text_form.hpp; must not know any C++ type.
#pragma once

#include <tusk/wire/oid.hpp>

namespace tusk::mapping {

using wire::oid;

/// An array of old, written as its elements with blanks between them.
constexpr bool is_vector(oid type) noexcept { return type == oid::int2vector || type == oid::oidvector; }

/// Whether a C++ type is at home in this one, which is no array.
constexpr bool has_home_type(oid type) noexcept {
  switch (type) {
  case oid::bool_:
  case oid::int2:
  case oid::int4:
  case oid::int8:
  case oid::float4:
  case oid::float8:
  case oid::numeric:
  case oid::oid:
  case oid::xid:
  case oid::xid8:
  case oid::cid:
  case oid::tid:
  case oid::pg_lsn:
  case oid::text:
  case oid::varchar:
  case oid::bpchar:
  case oid::name:
  case oid::xml:
  case oid::json:
  case oid::jsonb:
  case oid::jsonpath:
  case oid::char_:
  case oid::bytea:
  case oid::uuid:
  case oid::date:
  case oid::timestamp:
  case oid::timestamptz:
  case oid::time:
  case oid::timetz:
  case oid::interval:
  case oid::bit:
  case oid::varbit:
  case oid::inet:
  case oid::cidr:
  case oid::macaddr:
  case oid::macaddr8:
  case oid::point:
  case oid::line:
  case oid::lseg:
  case oid::box:
  case oid::path:
  case oid::polygon:
  case oid::circle:
  case oid::tsvector:
  case oid::tsquery:
  case oid::int4range:
  case oid::int8range:
  case oid::numrange:
  case oid::daterange:
  case oid::tsrange:
  case oid::tstzrange:
  case oid::int4multirange:
  case oid::int8multirange:
  case oid::nummultirange:
  case oid::datemultirange:
  case oid::tsmultirange:
  case oid::tstzmultirange: return true;
  default: return false;
  }
}

/// Whether the driver writes values of this type as the server does.
constexpr bool has_text_form(oid type) noexcept {
  return has_home_type(type) || has_home_type(wire::element_of(type)) || is_vector(type);
}

} // namespace tusk::mapping
