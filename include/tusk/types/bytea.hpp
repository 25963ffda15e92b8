// tusk: types/bytea.hpp — bytea as std::vector<std::byte> and std::span<std::byte const>.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Binary on the wire, so any byte passes and nothing is escaped, whatever bytea_output says. std::string is no bytea:
// text and bytes are not to be confused by accident.
// Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tusk {

/// Appends bytes as a server does (bytea_output hex): \x0aff.
inline void put_hex(wire::byte_view bytes, std::string& out) {
  constexpr char digits[] = "0123456789abcdef";
  out.reserve(out.size() + 2 + 2 * bytes.size());
  out += "\\x";
  for (auto const byte : bytes) {
    out += digits[std::to_integer<unsigned>(byte) >> 4];
    out += digits[std::to_integer<unsigned>(byte) & 15];
  }
}

template <> struct codec<std::vector<std::byte>> {
  static constexpr std::array oids{oid::bytea};
  static constexpr oid array = oid::bytea_array;
  static constexpr std::string_view name = "std::vector<std::byte>";

  static void decode(reader& in, std::vector<std::byte>& out) {
    auto const bytes = in.rest();
    out.assign(bytes.begin(), bytes.end());
  }
  static void encode(std::vector<std::byte> const& value, writer& to) { to.put(wire::byte_view(value)); }
  static void put_text(std::vector<std::byte> const& value, std::string& out) { put_hex(value, out); }
  static std::vector<std::byte> parse(std::string_view text) {
    scanner in(text, "bytea: write \\x and two hexadecimal digits for each byte");
    if (!in.eat('\\') || !in.eat('x')) in.refuse();
    std::vector<std::byte> bytes(in.rest().size() / 2);
    for (auto& byte : bytes) {
      auto const two = in.take(2);
      auto const high = scanner::hex_digit(two[0]), low = scanner::hex_digit(two[1]);
      if (high < 0 || low < 0) in.refuse();
      byte = static_cast<std::byte>(high << 4 | low);
    }
    in.end();
    return bytes;
  }
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
  static void put_text(wire::byte_view value, std::string& out) { put_hex(value, out); }
};

} // namespace tusk
