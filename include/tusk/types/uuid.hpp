// tusk: types/uuid.hpp — tusk::uuid, and the model for a type of your own.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A type that the driver did not know, in three parts: the value, a plain C++ type that knows nothing of PostgreSQL;
// its text form, for people; and its codec, which is all that the driver asks for. Copy the shape: one header, your
// type, `template <> struct tusk::codec<your_type>`. Must not know other types.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace tusk {

/// A universally unique identifier (RFC 9562). Ordered as PostgreSQL orders them: byte by byte.
struct uuid {
  std::array<std::byte, 16> bytes{}; ///< in the order in which they are written; all zero by default

  /// Reads what PostgreSQL reads:
  ///
  ///     uuid  = group *7( ["-"] group )  |  the same in "{" "}"
  ///     group = four hexadecimal digits of either case
  ///
  /// Throws error (errc::invalid_value) on anything else; at compile time it does not compile.
  static constexpr uuid parse(std::string_view text);

  friend constexpr auto operator<=>(uuid const&, uuid const&) = default;
};

/// As PostgreSQL writes it: a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11.
inline std::string to_string(uuid const& id) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    auto const byte = std::to_integer<unsigned>(id.bytes[i]);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

constexpr uuid uuid::parse(std::string_view text) {
  auto const refuse = [text] {
    throw error(errc::invalid_value, '"' + printable(text, 60) +
                                         "\" is no uuid: write 32 hexadecimal digits, such as "
                                         "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
  };
  auto const value_of = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };

  auto rest = text;
  if (rest.starts_with('{')) {
    if (!rest.ends_with('}')) refuse();
    rest = rest.substr(1, rest.size() - 2);
  }
  uuid id;
  std::size_t digits = 0;
  bool after_group = false;
  for (char c : rest) {
    if (c == '-' && after_group) {
      after_group = false; // only one
      continue;
    }
    auto const value = value_of(c);
    if (value < 0 || digits == 32) refuse();
    auto& byte = id.bytes[digits / 2];
    byte = byte << 4 | static_cast<std::byte>(value);
    ++digits;
    after_group = digits % 4 == 0 && digits < 32;
  }
  if (digits != 32) refuse();
  return id;
}

template <> struct codec<uuid> {
  static constexpr std::array oids{oid::uuid};
  static constexpr oid array = oid::uuid_array;
  static constexpr std::size_t width = 16;
  static constexpr std::string_view name = "tusk::uuid";

  static void decode(reader& in, uuid& out) noexcept {
    if (auto const bytes = in.take(16); in.ok()) std::memcpy(out.bytes.data(), bytes.data(), 16);
  }
  static void encode(uuid const& value, writer& to) { to.put(wire::byte_view(value.bytes)); }
};

} // namespace tusk

template <> struct std::hash<tusk::uuid> {
  std::size_t operator()(tusk::uuid const& id) const noexcept {
    return std::hash<std::string_view>()(tusk::wire::as_text(id.bytes));
  }
};
