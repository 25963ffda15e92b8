// tusk: auth/base64.hpp — Base64 (RFC 4648 section 4), strictly.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One text for each sequence of bytes and nothing else is accepted: padding is required, line breaks and bits after the
// end are refused. Knows nothing of what it carries.
#pragma once

#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tusk::auth {

inline constexpr char base64_alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

inline std::string base64_encode(wire::byte_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (; !bytes.empty(); bytes = bytes.subspan(bytes.size() < 3 ? bytes.size() : 3)) {
    std::uint32_t group = 0;
    for (std::size_t i = 0; i != 3; ++i)
      group = group << 8 | (i < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i]) : 0);
    for (std::size_t i = 0; i != 4; ++i) out += i <= bytes.size() ? base64_alphabet[group >> (18 - 6 * i) & 63] : '=';
  }
  return out;
}

/// The digit's value, or -1. Computed, not looked up: keys pass through here, and a table in the cache would tell which
/// of its lines was read.
inline int base64_digit(char c) noexcept {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/// Appends the bytes to `out`, a container of std::byte; false when `text` is not exactly what base64_encode writes,
/// and then `out` holds whatever came before the fault.
template <class Bytes> [[nodiscard]] bool base64_decode(std::string_view text, Bytes& out) {
  if (text.size() % 4 != 0) return false;
  for (; !text.empty(); text.remove_prefix(4)) {
    // Padding can only be the end of the last group.
    std::size_t const padding = text.size() != 4 || text[3] != '=' ? 0 : text[2] == '=' ? 2 : 1;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i != 4; ++i) {
      auto const digit = i < 4 - padding ? base64_digit(text[i]) : 0;
      if (digit < 0) return false;
      group = group << 6 | static_cast<std::uint32_t>(digit);
    }
    if ((group & ((1u << 8 * padding) - 1)) != 0) return false;
    for (std::size_t i = 0; i != 3 - padding; ++i) out.push_back(static_cast<std::byte>(group >> (16 - 8 * i) & 0xff));
  }
  return true;
}

} // namespace tusk::auth
