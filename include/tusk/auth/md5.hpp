// tusk: auth/md5.hpp — MD5 (RFC 1321) and PostgreSQL's md5 password response.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For servers whose stored passwords are md5 hashes (deprecated since PostgreSQL 18); proves nothing about the server.
// Wipes what it computes on the way. Knows no message.
#pragma once

#include <tusk/auth/secret.hpp>
#include <tusk/wire/bytes.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tusk::auth {

using md5_digest = std::array<std::byte, 16>;

/// RFC 1321 section 3.4: floor(2^32 * |sin(i + 1)|).
inline constexpr std::uint32_t md5_constants[64]{
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

/// Hashes bytes as they come.
class md5 {
 public:
  md5() = default;
  md5(md5 const&) = delete;
  md5& operator=(md5 const&) = delete;
  ~md5() {
    wipe(state_, sizeof state_);
    wipe(block_, sizeof block_);
  }

  void update(wire::byte_view bytes) noexcept {
    for (auto b : bytes) {
      block_[length_++ % 64] = b;
      if (length_ % 64 == 0) compress();
    }
  }
  void update(std::string_view text) noexcept { update(wire::as_bytes(text)); }

  /// The digest of everything. The object is used up.
  md5_digest finish() noexcept {
    auto const bits = little_endian(length_ * 8);
    std::byte pad[1]{std::byte{0x80}};
    update(pad);
    pad[0] = std::byte{0};
    while (length_ % 64 != 56) update(pad);
    update(std::as_bytes(std::span(&bits, 1)));
    md5_digest digest;
    for (std::size_t i = 0; i != 4; ++i) {
      auto const word = little_endian(state_[i]);
      std::memcpy(digest.data() + 4 * i, &word, 4);
    }
    return digest;
  }

 private:
  template <class U> static U little_endian(U v) noexcept {
    if constexpr (std::endian::native == std::endian::little)
      return v;
    else if constexpr (sizeof(U) == 4)
      return U(__builtin_bswap32(v));
    else
      return U(__builtin_bswap64(v));
  }

  void compress() noexcept {
    constexpr int shifts[4][4]{{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    std::uint32_t w[16];
    std::memcpy(w, block_, sizeof w);
    auto a = state_[0], b = state_[1], c = state_[2], d = state_[3];
    for (std::uint32_t i = 0; i != 64; ++i) {
      std::uint32_t f = 0, k = 0;
      switch (i / 16) {
      case 0: f = (b & c) | (~b & d), k = i; break;
      case 1: f = (b & d) | (c & ~d), k = 5 * i + 1; break;
      case 2: f = b ^ c ^ d, k = 3 * i + 5; break;
      default: f = c ^ (b | ~d), k = 7 * i; break;
      }
      auto const turned = std::rotl(a + f + md5_constants[i] + little_endian(w[k % 16]), shifts[i / 16][i % 4]);
      a = d;
      d = c;
      c = b;
      b += turned;
    }
    state_[0] += a;
    state_[1] += b;
    state_[2] += c;
    state_[3] += d;
    wipe(w, sizeof w);
  }

  std::uint32_t state_[4]{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  std::uint64_t length_ = 0;
  std::byte block_[64];
};

/// The 32 hexadecimal digits of a digest, lower case.
inline std::array<char, 32> md5_hex(md5_digest const& digest) noexcept {
  constexpr char digits[] = "0123456789abcdef";
  std::array<char, 32> hex;
  for (std::size_t i = 0; i != digest.size(); ++i) {
    hex[2 * i] = digits[std::to_integer<unsigned>(digest[i] >> 4)];
    hex[2 * i + 1] = digits[std::to_integer<unsigned>(digest[i] & std::byte{15})];
  }
  return hex;
}

/// The answer to AuthenticationMD5Password (protocol chapter, "Message Flow"): "md5" and hex(md5(hex(md5(password,
/// user)), salt)). `salt` is the message's four bytes. The text lets nobody log in again but is worth guessing at: keep
/// it out of messages.
inline std::string md5_password(std::string_view user, std::string_view password, wire::byte_view salt) {
  md5 stored;
  stored.update(password);
  stored.update(user);
  auto inner = md5_hex(stored.finish());
  wipe_at_exit const clean(inner);
  md5 salted;
  salted.update(std::string_view(inner.data(), inner.size()));
  salted.update(salt);
  auto const outer = md5_hex(salted.finish());
  return std::string("md5").append(outer.data(), outer.size());
}

} // namespace tusk::auth
