// tusk: tests/fuzz/targets.hpp — the table of targets: each type's bytes, each type's text, and a stream's messages.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A target takes any input and says whether it is a value; it throws fuzz::broken where a property does not hold. The
// corpus of a target is corpus/<its name>.hex.
#pragma once

#include "fuzz/copy_binary.hpp"
#include "fuzz/pgoutput.hpp"
#include "fuzz/properties.hpp"

#include <tusk/mapping/text_form.hpp>
#include <tusk/mapping/tuple.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace fuzz {

struct target {
  std::string name;
  outcome (*run)(byte_view);
  std::string_view never_refuses; ///< why, if so
};

/// Adds the bytes of T as `name` and its text as `name`_text.
template <class T, class Promise = usual> void add(std::vector<target>& to, std::string name) {
  to.push_back({name, try_bytes<T, Promise>, Promise::all_bytes});
  if constexpr (Promise::no_text.empty()) {
    static_assert(tusk::reads_text<T>);
    to.push_back({name + "_text", try_text<T, Promise>, Promise::all_texts});
  }
}

/// A value of a type that is known at run time only, as a dynamic row writes it. The first two bytes choose the type.
/// What is written may be long: a numeric of 8 bytes has up to 16383 zeros.
inline outcome try_text_form(byte_view input) {
  if (input.size() < 2) return outcome::refused;
  auto const type = oid(std::to_integer<std::uint32_t>(input[0]) << 8 | std::to_integer<std::uint32_t>(input[1]));
  if (!tusk::mapping::has_text_form(type)) return outcome::refused;
  std::vector<std::byte> const exact(input.begin() + 2, input.end());
  tusk::reader in{byte_view(exact)};
  std::string text;
  bool const done = survives([&] { tusk::mapping::put_text_form(in, type, text); }, {tusk::errc::invalid_value},
                             unlimited, "writing a value as text");
  require(!done || !in.ok() || in.left() == 0, "all of it is read");
  return done && in.ok() ? outcome::accepted : outcome::refused;
}

inline std::vector<target> all_targets() {
  using std::optional, std::string, std::string_view, std::vector, std::chrono::microseconds;
  std::vector<target> t;

  add<bool>(t, "bool");
  add<char>(t, "char");
  add<std::int16_t>(t, "int16");
  add<std::int32_t>(t, "int32");
  add<std::int64_t>(t, "int64");
  add<oid>(t, "oid");
  add<float, with_nans>(t, "float");
  add<double, with_nans>(t, "double");
  add<string, raw_text>(t, "string");
  add<string_view, raw_text>(t, "string_view");
  add<vector<std::byte>, raw_bytes>(t, "bytea");
  add<byte_view, bytes_view>(t, "bytea_view");
  add<tusk::numeric>(t, "numeric");
  add<tusk::money>(t, "money");
  add<tusk::uuid>(t, "uuid");
  add<tusk::json, raw>(t, "json");
  add<tusk::jsonb, raw_text>(t, "jsonb");
  add<tusk::jsonpath, raw_text>(t, "jsonpath");

  add<std::chrono::sys_days>(t, "sys_days");
  add<std::chrono::year_month_day>(t, "year_month_day");
  add<std::chrono::local_time<microseconds>>(t, "local_time");
  add<std::chrono::sys_time<microseconds>>(t, "sys_time");
  add<tusk::time_of_day>(t, "time_of_day");
  add<tusk::time_of_day_tz>(t, "time_of_day_tz");
  add<tusk::interval>(t, "interval");

  add<tusk::inet>(t, "inet");
  add<tusk::cidr>(t, "cidr");
  add<tusk::macaddr>(t, "macaddr");
  add<tusk::macaddr8>(t, "macaddr8");
  add<tusk::pg_lsn>(t, "pg_lsn");
  add<tusk::tid>(t, "tid");
  add<tusk::xid>(t, "xid");
  add<tusk::xid8>(t, "xid8");
  add<tusk::cid>(t, "cid");
  add<tusk::bit_string>(t, "bit_string");

  add<tusk::point, with_nans>(t, "point");
  add<tusk::line, with_nans>(t, "line");
  add<tusk::lseg, with_nans>(t, "lseg");
  add<tusk::box, with_corners>(t, "box");
  add<tusk::path, with_nans>(t, "path");
  add<tusk::polygon, with_nans>(t, "polygon");
  add<tusk::circle, with_nans>(t, "circle");

  add<tusk::tsvector, old_tsvector>(t, "tsvector");
  add<tusk::tsquery, old_tsquery>(t, "tsquery");
  add<tusk::hstore>(t, "hstore");
  add<tusk::ltree, unjudged_text>(t, "ltree");
  add<tusk::lquery, unjudged_text>(t, "lquery");
  add<tusk::ltxtquery, unjudged_text>(t, "ltxtquery");
  add<tusk::vector>(t, "vector");
  add<tusk::halfvec, rounded>(t, "halfvec");
  add<tusk::sparsevec, unordered>(t, "sparsevec");
  add<mood>(t, "enum");
  add<pt, as_text>(t, "composite");
  add<nested, as_text>(t, "composite_nested");

  add<vector<std::int32_t>>(t, "vector_int32");
  add<vector<bool>>(t, "vector_bool");
  add<vector<char>, characters>(t, "vector_char");
  add<vector<optional<string>>>(t, "vector_optional_string");
  add<vector<string_view>, views>(t, "vector_string_view");
  add<vector<tusk::box>, with_corners>(t, "vector_box");
  add<vector<optional<nested>>, as_text>(t, "vector_optional_composite");
  add<vector<mood>, as_text>(t, "vector_enum");
  add<vector<tusk::hstore>, as_text>(t, "vector_hstore");
  add<std::array<double, 3>, with_nans>(t, "array_double");
  add<tusk::array<optional<std::int32_t>>>(t, "multi_optional_int32");
  add<tusk::array<tusk::numeric>>(t, "multi_numeric");

  add<tusk::range<std::int32_t>>(t, "range_int32");
  add<tusk::range<tusk::numeric>>(t, "range_numeric");
  add<tusk::range<std::chrono::sys_time<microseconds>>>(t, "range_sys_time");
  add<tusk::range<string>>(t, "range_string");
  add<tusk::range<double>, with_nans>(t, "range_double");
  add<tusk::multirange<std::int32_t>>(t, "multirange_int32");
  add<tusk::multirange<tusk::numeric>>(t, "multirange_numeric");
  add<vector<tusk::range<std::int32_t>>>(t, "vector_range_int32");
  add<vector<tusk::range<tusk::numeric>>>(t, "vector_range_numeric");
  using both = std::tuple<optional<int>, optional<string>>;
  add<both, as_text>(t, "tuple");
  t.push_back({"text_form", try_text_form, ""});
  t.push_back({"copy_binary", try_copy_binary, ""});
  t.push_back({"pgoutput", try_pgoutput, ""});
  return t;
}

} // namespace fuzz
