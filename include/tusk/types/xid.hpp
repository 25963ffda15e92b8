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
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tusk {

/// A number that a server gives, of the column type Type.
template <oid Type, std::unsigned_integral Number> class server_number {
 public:
  constexpr server_number() noexcept = default;
  constexpr explicit server_number(Number value) noexcept : value_(value) {}
  /// Reads decimal digits. Zeros before them are refused: servers also read hexadecimal and octal, so that 010 is 8
  /// there. Throws error (errc::invalid_value) on anything else.
  static constexpr server_number parse(std::string_view text) {
    scanner from(text, Type == oid::xid    ? "xid: write a number from 0 to 4294967295"
                       : Type == oid::xid8 ? "xid8: write a number from 0 to 18446744073709551615"
                                           : "cid: write a number from 0 to 4294967295");
    if (from.peek() == '0' && text.size() > 1) from.refuse();
    auto const value = from.number<Number>();
    from.end();
    return server_number(value);
  }

  constexpr Number value() const noexcept { return value_; }

  friend constexpr bool operator==(server_number, server_number) noexcept = default;
  /// Of xid8 only: the others have no order on servers.
  friend constexpr auto operator<=>(server_number, server_number) noexcept
    requires(Type == oid::xid8)
  = default;

 private:
  Number value_ = 0;
};

/// The number of a transaction, of 32 bits; 0 is none. It has no order, and none on servers: the numbers wrap around,
/// so that each has two thousand million before it and as many behind it, and which of two is the older one depends on
/// when one asks.
using xid = server_number<oid::xid, std::uint32_t>;
/// The number of a transaction, of 64 bits; 0 is none. It never wraps around, so that the smaller one is the older one.
using xid8 = server_number<oid::xid8, std::uint64_t>;
/// The number of a command in its transaction, from 0.
using cid = server_number<oid::cid, std::uint32_t>;

/// As PostgreSQL writes it: in decimal digits.
template <oid Type, class Number> std::string to_string(server_number<Type, Number> id) {
  return std::to_string(id.value());
}

template <oid Type, class Number> struct codec<server_number<Type, Number>> {
  static constexpr std::array oids{Type};
  static constexpr oid array = wire::array_of(Type);
  static constexpr std::size_t width = sizeof(Number);
  static constexpr std::string_view name = Type == oid::xid    ? "tusk::xid"
                                           : Type == oid::xid8 ? "tusk::xid8"
                                                               : "tusk::cid";

  static void decode(reader& in, server_number<Type, Number>& out) noexcept {
    out = server_number<Type, Number>(in.get<Number>());
  }
  static void encode(server_number<Type, Number> value, writer& to) { to.put(value.value()); }
};

} // namespace tusk

template <tusk::oid Type, class Number> struct std::hash<tusk::server_number<Type, Number>> {
  std::size_t operator()(tusk::server_number<Type, Number> id) const noexcept {
    return std::hash<Number>()(id.value());
  }
};
