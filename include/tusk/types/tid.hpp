// tusk: types/tid.hpp — tusk::tid: where a version of a row lies in its table.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The type of the system column ctid. It is the place of one version: an UPDATE or a VACUUM FULL moves the row away
// from it, so it is no key to keep beyond a transaction. Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tusk {

/// The place of a version of a row. Ordered as PostgreSQL orders them: by block, then by offset.
struct tid {
  std::uint32_t block = 0;  ///< the page of the table, from 0
  std::uint16_t offset = 0; ///< the entry in the page, from 1; 0 is none

  /// Reads "(block,offset)" in decimal digits, as PostgreSQL writes it. Throws error (errc::invalid_value) on anything
  /// else.
  static constexpr tid parse(std::string_view text) {
    scanner from(text, "tid: write a block and an offset such as (0,1)");
    tid place;
    from.need('(');
    place.block = from.number<std::uint32_t>();
    from.need(',');
    place.offset = from.number<std::uint16_t>();
    from.need(')');
    from.end();
    return place;
  }

  friend constexpr auto operator<=>(tid const&, tid const&) = default;
};

/// As PostgreSQL writes it: (0,1).
inline std::string to_string(tid const& place) {
  return '(' + std::to_string(place.block) + ',' + std::to_string(place.offset) + ')';
}

template <> struct codec<tid> {
  static constexpr std::array oids{oid::tid};
  static constexpr oid array = oid::tid_array;
  static constexpr std::size_t width = 6;
  static constexpr std::string_view name = "tusk::tid";

  static void decode(reader& in, tid& out) noexcept {
    out.block = in.get<std::uint32_t>();
    out.offset = in.get<std::uint16_t>();
  }
  static void encode(tid const& value, writer& to) {
    to.put(value.block);
    to.put(value.offset);
  }
};

} // namespace tusk

template <> struct std::hash<tusk::tid> {
  std::size_t operator()(tusk::tid const& place) const noexcept {
    return std::hash<std::uint64_t>()(std::uint64_t{place.block} << 16 | place.offset);
  }
};
