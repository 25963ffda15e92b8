// tusk: types/xid.hpp — tusk::xid, tusk::xid8 and tusk::cid: the numbers of transactions and of commands in them.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Strong types: none of them is a number to count with, and an xid is no xid8, of which it is the lower half. The
// system columns xmin and xmax are xid, cmin and cmax are cid, pg_current_xact_id() gives an xid8. Must not know other
// types.
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

/// Reads a number as servers write it. They also read hexadecimal and octal, so that 010 is 8 there: it is refused
/// here.
template <class T> constexpr T parse_id(std::string_view text, std::string_view wanted) {
  scanner from(text, wanted);
  if (from.peek() == '0' && text.size() > 1) from.refuse();
  auto const value = from.number<T>();
  from.end();
  return value;
}

/// The number of a transaction, of 32 bits. It has no order, and none on servers: the numbers wrap around, so that each
/// has two thousand million before it and as many behind it, and which of two is the older one depends on when one
/// asks.
class xid {
 public:
  constexpr xid() noexcept = default;
  constexpr explicit xid(std::uint32_t value) noexcept : value_(value) {}
  /// Reads decimal digits without zeros before them. Throws error (errc::invalid_value) on anything else.
  static constexpr xid parse(std::string_view text) {
    return xid(parse_id<std::uint32_t>(text, "xid: write a number from 0 to 4294967295"));
  }

  constexpr std::uint32_t value() const noexcept { return value_; }

  friend constexpr bool operator==(xid, xid) noexcept = default;

 private:
  std::uint32_t value_ = 0; // 0 is no transaction
};

/// The number of a transaction, of 64 bits: it never wraps around, so that the smaller one is the older one.
class xid8 {
 public:
  constexpr xid8() noexcept = default;
  constexpr explicit xid8(std::uint64_t value) noexcept : value_(value) {}
  /// Reads decimal digits without zeros before them. Throws error (errc::invalid_value) on anything else.
  static constexpr xid8 parse(std::string_view text) {
    return xid8(parse_id<std::uint64_t>(text, "xid8: write a number from 0 to 18446744073709551615"));
  }

  constexpr std::uint64_t value() const noexcept { return value_; }

  friend constexpr bool operator==(xid8, xid8) noexcept = default;
  friend constexpr auto operator<=>(xid8, xid8) noexcept = default;

 private:
  std::uint64_t value_ = 0; // 0 is no transaction
};

/// The number of a command in its transaction, from 0. Servers have no order for it, thus it has none here.
class cid {
 public:
  constexpr cid() noexcept = default;
  constexpr explicit cid(std::uint32_t value) noexcept : value_(value) {}
  /// Reads decimal digits without zeros before them. Throws error (errc::invalid_value) on anything else.
  static constexpr cid parse(std::string_view text) {
    return cid(parse_id<std::uint32_t>(text, "cid: write a number from 0 to 4294967295"));
  }

  constexpr std::uint32_t value() const noexcept { return value_; }

  friend constexpr bool operator==(cid, cid) noexcept = default;

 private:
  std::uint32_t value_ = 0;
};

/// As PostgreSQL writes them: in decimal digits.
inline std::string to_string(xid id) { return std::to_string(id.value()); }
inline std::string to_string(xid8 id) { return std::to_string(id.value()); }
inline std::string to_string(cid id) { return std::to_string(id.value()); }

template <> struct codec<xid> {
  static constexpr std::array oids{oid::xid};
  static constexpr oid array = oid::xid_array;
  static constexpr std::size_t width = 4;
  static constexpr std::string_view name = "tusk::xid";

  static void decode(reader& in, xid& out) noexcept { out = xid(in.get<std::uint32_t>()); }
  static void encode(xid value, writer& to) { to.put(value.value()); }
};

template <> struct codec<xid8> {
  static constexpr std::array oids{oid::xid8};
  static constexpr oid array = oid::xid8_array;
  static constexpr std::size_t width = 8;
  static constexpr std::string_view name = "tusk::xid8";

  static void decode(reader& in, xid8& out) noexcept { out = xid8(in.get<std::uint64_t>()); }
  static void encode(xid8 value, writer& to) { to.put(value.value()); }
};

template <> struct codec<cid> {
  static constexpr std::array oids{oid::cid};
  static constexpr oid array = oid::cid_array;
  static constexpr std::size_t width = 4;
  static constexpr std::string_view name = "tusk::cid";

  static void decode(reader& in, cid& out) noexcept { out = cid(in.get<std::uint32_t>()); }
  static void encode(cid value, writer& to) { to.put(value.value()); }
};

} // namespace tusk

template <> struct std::hash<tusk::xid> {
  std::size_t operator()(tusk::xid id) const noexcept { return std::hash<std::uint32_t>()(id.value()); }
};
template <> struct std::hash<tusk::xid8> {
  std::size_t operator()(tusk::xid8 id) const noexcept { return std::hash<std::uint64_t>()(id.value()); }
};
template <> struct std::hash<tusk::cid> {
  std::size_t operator()(tusk::cid id) const noexcept { return std::hash<std::uint32_t>()(id.value()); }
};
