// tusk: types/macaddr.hpp — tusk::macaddr and tusk::macaddr8: hardware addresses of 48 and 64 bits.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// EUI-48 and EUI-64, as network cards have them. Two types that do not turn into each other: of a macaddr8 that was
// made from 48 bits only its middle, ff:fe, tells so. Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tusk {

/// An address of 48 bits. Ordered as PostgreSQL orders them: byte by byte.
struct macaddr {
  std::array<std::byte, 6> bytes{}; ///< in the order in which they are written; all zero by default

  /// Reads what PostgreSQL's manual lists, and no blanks:
  ///
  ///     macaddr = byte 5( ":" byte )  |  byte 5( "-" byte )      ; one or two hexadecimal digits of either case
  ///             | six ":" six  |  six "-" six                    ; as many digits
  ///             | four "." four "." four  |  four "-" four "-" four
  ///             | twelve
  ///
  /// Throws error (errc::invalid_value) on anything else.
  static constexpr macaddr parse(std::string_view text);

  friend constexpr auto operator<=>(macaddr const&, macaddr const&) = default;
};

/// An address of 64 bits. Ordered as PostgreSQL orders them: byte by byte.
struct macaddr8 {
  std::array<std::byte, 8> bytes{}; ///< in the order in which they are written; all zero by default

  /// Reads what PostgreSQL's manual lists, and no blanks:
  ///
  ///     macaddr8 = pair 7( [separator] pair )
  ///              | pair 5( [separator] pair )      ; 48 bits, between whose halves ff:fe is put
  ///     pair     = two hexadecimal digits of either case
  ///
  /// where all separators are the same: ":", "-" or ".". Throws error (errc::invalid_value) on anything else.
  static constexpr macaddr8 parse(std::string_view text);

  friend constexpr auto operator<=>(macaddr8 const&, macaddr8 const&) = default;
};

/// The text form of both.
template <std::size_t N> std::string macaddr_text(std::array<std::byte, N> const& bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(N * 3);
  for (auto const one : bytes) {
    if (!text.empty()) text += ':';
    auto const byte = std::to_integer<unsigned>(one);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}
/// As PostgreSQL writes it: 08:00:2b:01:02:03.
inline std::string to_string(macaddr const& address) { return macaddr_text(address.bytes); }
/// As PostgreSQL writes it: 08:00:2b:01:02:03:04:05.
inline std::string to_string(macaddr8 const& address) { return macaddr_text(address.bytes); }

constexpr macaddr macaddr::parse(std::string_view text) {
  scanner from(text, "macaddr: write six bytes such as 08:00:2b:01:02:03");
  std::uint64_t sum = 0;
  std::size_t groups = 1; // that it is written in, as the first one says
  char separator = '\0';
  for (std::size_t group = 0; group < groups; ++group) {
    if (group > 0) from.need(separator);
    std::uint64_t value = 0;
    std::size_t n = 0;
    for (int digit = 0; (digit = scanner::hex_digit(from.peek())) >= 0; ++n, from.take(1))
      if (n < 12) value = value << 4 | static_cast<unsigned>(digit);
    if (group == 0) {
      groups = n == 12 ? 1 : n == 6 ? 2 : n == 4 ? 3 : n == 1 || n == 2 ? 6 : 0;
      separator = groups == 1 || from.peek() == '-' ? '-' : groups == 3 ? '.' : ':';
    }
    if (groups == 0 || (groups == 6 ? n < 1 || n > 2 : n != 12 / groups)) from.refuse();
    sum = sum << 48 / groups | value;
  }
  from.end();
  macaddr address;
  for (std::size_t i = 6; i-- != 0; sum >>= 8) address.bytes[i] = static_cast<std::byte>(sum & 0xff);
  return address;
}

constexpr macaddr8 macaddr8::parse(std::string_view text) {
  scanner from(text, "macaddr8: write eight bytes such as 08:00:2b:01:02:03:04:05");
  macaddr8 address;
  auto& bytes = address.bytes;
  char separator = '\0'; // none yet
  std::size_t n = 0;
  while (true) {
    auto const high = scanner::hex_digit(from.take(1).front());
    auto const low = scanner::hex_digit(from.take(1).front());
    if (high < 0 || low < 0 || n == 8) from.refuse();
    bytes[n++] = static_cast<std::byte>(high << 4 | low);
    if (from.done()) break;
    auto const next = from.peek();
    if (separator == '\0' && (next == ':' || next == '-' || next == '.')) separator = next;
    if (separator != '\0' && next == separator) from.take(1);
  }
  if (n == 6) {
    bytes = {bytes[0], bytes[1], bytes[2], std::byte{0xff}, std::byte{0xfe}, bytes[3], bytes[4], bytes[5]};
    n = 8;
  }
  if (n != 8) from.refuse();
  return address;
}

template <> struct codec<macaddr> {
  static constexpr std::array oids{oid::macaddr};
  static constexpr oid array = oid::macaddr_array;
  static constexpr std::size_t width = 6;
  static constexpr std::string_view name = "tusk::macaddr";

  static void decode(reader& in, macaddr& out) noexcept {
    if (auto const bytes = in.take(6); in.ok()) std::memcpy(out.bytes.data(), bytes.data(), 6);
  }
  static void encode(macaddr const& value, writer& to) { to.put(wire::byte_view(value.bytes)); }
};

template <> struct codec<macaddr8> {
  static constexpr std::array oids{oid::macaddr8};
  static constexpr oid array = oid::macaddr8_array;
  static constexpr std::size_t width = 8;
  static constexpr std::string_view name = "tusk::macaddr8";

  static void decode(reader& in, macaddr8& out) noexcept {
    if (auto const bytes = in.take(8); in.ok()) std::memcpy(out.bytes.data(), bytes.data(), 8);
  }
  static void encode(macaddr8 const& value, writer& to) { to.put(wire::byte_view(value.bytes)); }
};

} // namespace tusk

template <> struct std::hash<tusk::macaddr> {
  std::size_t operator()(tusk::macaddr const& address) const noexcept {
    return std::hash<std::string_view>()(tusk::wire::as_text(address.bytes));
  }
};
template <> struct std::hash<tusk::macaddr8> {
  std::size_t operator()(tusk::macaddr8 const& address) const noexcept {
    return std::hash<std::string_view>()(tusk::wire::as_text(address.bytes));
  }
};
