// tusk: types/bytea.hpp — bytea as std::vector<std::byte> and std::span<std::byte const>.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Binary on the wire, so any byte passes and nothing is escaped, whatever bytea_output says. std::string is no bytea:
// text and bytes are not to be confused by accident.
// Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tusk {

template <> struct codec<std::vector<std::byte>> {
  static constexpr std::array oids{oid::bytea};
  static constexpr oid array = oid::bytea_array;
  static constexpr std::string_view name = "std::vector<std::byte>";

  static void decode(reader& in, std::vector<std::byte>& out) {
    auto const bytes = in.rest();
    out.assign(bytes.begin(), bytes.end());
  }
  static void encode(std::vector<std::byte> const& value, writer& to) { to.put(wire::byte_view(value)); }
};

/// Any span of bytes is a parameter. std::span<std::byte const> is also a result, which borrows: the bytes are those of
/// the row and live as long.
template <class Byte, std::size_t N>
  requires std::same_as<std::remove_const_t<Byte>, std::byte>
struct codec<std::span<Byte, N>> {
  static constexpr std::array oids{oid::bytea};
  static constexpr oid array = oid::bytea_array;
  static constexpr bool borrows = true;
  static constexpr std::string_view name = "std::span<std::byte const>";

  static void decode(reader& in, wire::byte_view& out) noexcept
    requires std::same_as<std::span<Byte, N>, wire::byte_view>
  {
    out = in.rest();
  }
  static void encode(wire::byte_view value, writer& to) { to.put(value); }
};

} // namespace tusk
