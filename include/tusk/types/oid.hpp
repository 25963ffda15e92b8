// tusk: types/oid.hpp — oid and the reg* types as tusk::oid.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A strong type, since a bare integer would lie: oids are unsigned and not for counting. The reg* types are oids that
// PostgreSQL prints as names; their binary form is the number. xid and cid count transactions and commands, and are no
// oids. Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tusk {

template <> struct codec<oid> {
  static constexpr std::array oids{oid::oid,      oid::regproc,      oid::regprocedure,  oid::regoper,
                                   oid::regclass, oid::regtype,      oid::regoperator,   oid::regconfig,
                                   oid::regrole,  oid::regnamespace, oid::regdictionary, oid::regcollation};
  static constexpr oid array = oid::oid_array;
  static constexpr std::size_t width = 4;
  static constexpr std::string_view name = "tusk::oid";

  static void decode(reader& in, oid& out) noexcept { out = static_cast<oid>(in.get<std::uint32_t>()); }
  static void encode(oid value, writer& to) { to.put(static_cast<std::uint32_t>(value)); }
  /// As a number, also of the reg* types: their names are in the server's catalogue.
  static void put_text(oid value, std::string& out) { out += std::to_string(static_cast<std::uint32_t>(value)); }
  static oid parse(std::string_view text) {
    scanner in(text, "oid: write a number up to 4294967295");
    auto const number = in.number<std::uint32_t>();
    in.end();
    return static_cast<oid>(number);
  }
};

} // namespace tusk
