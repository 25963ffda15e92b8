// tusk: auth/sha256.hpp — SHA-256 (FIPS 180-4), in plain C++ and with the SHA instructions of x86.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One compression function in two forms with one signature; the processor chooses once per process, everything above
// passes the choice along, so that tests can run either. The x86 form uses the compilers' builtins: <immintrin.h> would
// cost every translation unit more than the rest of this file. Wipes its state. Knows no key and no message format.
#pragma once

#include <tusk/auth/secret.hpp>
#include <tusk/wire/bytes.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tusk::auth {

using sha256_digest = std::array<std::byte, 32>;
/// The chaining value between blocks.
using sha256_state = std::array<std::uint32_t, 8>;
/// Works `count` blocks of 64 bytes into the state.
using sha256_compress = void(sha256_state& state, std::byte const* blocks, std::size_t count) noexcept;

/// FIPS 180-4 section 5.3.3.
inline constexpr sha256_state sha256_initial{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
/// FIPS 180-4 section 4.2.2.
alignas(64) inline constexpr std::uint32_t sha256_constants[64]{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/// Round `t` (FIPS 180-4 section 6.2.2). `w` is the message schedule as a ring: w[t % 16] takes the place of w[t - 16].
/// Only d and h change; the caller rotates the names, since moving eight variables in each round costs a fifth.
[[gnu::always_inline]] inline void sha256_round(std::uint32_t (&w)[16], std::size_t t, std::uint32_t a, std::uint32_t b,
                                                std::uint32_t c, std::uint32_t& d, std::uint32_t e, std::uint32_t f,
                                                std::uint32_t g, std::uint32_t& h) noexcept {
  auto& word = w[t % 16];
  if (t >= 16) {
    auto const w15 = w[(t + 1) % 16], w2 = w[(t + 14) % 16];
    word += w[(t + 9) % 16] + (std::rotr(w15, 7) ^ std::rotr(w15, 18) ^ w15 >> 3) +
            (std::rotr(w2, 17) ^ std::rotr(w2, 19) ^ w2 >> 10);
  }
  auto const t1 =
      h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + (g ^ (e & (f ^ g))) + sha256_constants[t] + word;
  d += t1;
  h = t1 + (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) | (c & (a | b)));
}

/// The compression function in plain C++.
inline void sha256_portable(sha256_state& state, std::byte const* blocks, std::size_t count) noexcept {
  for (; count != 0; --count, blocks += 64) {
    std::uint32_t w[16];
    for (std::size_t i = 0; i != 16; ++i) w[i] = wire::load<std::uint32_t>(blocks + 4 * i);
    auto [a, b, c, d, e, f, g, h] = state;
    for (std::size_t t = 0; t != 64; t += 8) {
      sha256_round(w, t, a, b, c, d, e, f, g, h);
      sha256_round(w, t + 1, h, a, b, c, d, e, f, g);
      sha256_round(w, t + 2, g, h, a, b, c, d, e, f);
      sha256_round(w, t + 3, f, g, h, a, b, c, d, e);
      sha256_round(w, t + 4, e, f, g, h, a, b, c, d);
      sha256_round(w, t + 5, d, e, f, g, h, a, b, c);
      sha256_round(w, t + 6, c, d, e, f, g, h, a, b);
      sha256_round(w, t + 7, b, c, d, e, f, g, h, a);
    }
    std::uint32_t const worked[8]{a, b, c, d, e, f, g, h};
    for (std::size_t i = 0; i != 8; ++i) state[i] += worked[i];
  }
}

#if defined(__x86_64__)
/// Four words, signed because the builtins want them so.
using sha256_lanes [[gnu::vector_size(16)]] = int;

/// Sums modulo 2^32; of signed words they would overflow.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline sha256_lanes sha256_x86_add(sha256_lanes a,
                                                                                     sha256_lanes b) noexcept {
  using words [[gnu::vector_size(16)]] = std::uint32_t;
  return std::bit_cast<sha256_lanes>(std::bit_cast<words>(a) + std::bit_cast<words>(b));
}

/// Four rounds with the message words `w`; the halves of the state change places as they go.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void
sha256_x86_rounds(sha256_lanes& abef, sha256_lanes& cdgh, sha256_lanes w, std::uint32_t const* constants) noexcept {
  sha256_lanes k;
  std::memcpy(&k, constants, sizeof k);
  auto const wk = sha256_x86_add(w, k);
  cdgh = __builtin_ia32_sha256rnds2(cdgh, abef, wk);
  abef = __builtin_ia32_sha256rnds2(abef, cdgh, __builtin_shufflevector(wk, wk, 2, 3, 2, 3));
}

/// The message words t+16 .. t+19 from the sixteen words before them.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline sha256_lanes
sha256_x86_schedule(sha256_lanes m0, sha256_lanes m1, sha256_lanes m2, sha256_lanes m3) noexcept {
  auto const w9 = __builtin_shufflevector(m2, m3, 1, 2, 3, 4);
  return __builtin_ia32_sha256msg2(sha256_x86_add(__builtin_ia32_sha256msg1(m0, m1), w9), m3);
}

/// Four message words at `p`, big-endian.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline sha256_lanes sha256_x86_load(std::byte const* p) noexcept {
  using bytes [[gnu::vector_size(16)]] = char;
  bytes b;
  std::memcpy(&b, p, sizeof b);
  return std::bit_cast<sha256_lanes>(
      __builtin_shufflevector(b, b, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
}

/// The compression function with the SHA extensions: only where `sha256_has_instructions()`.
[[gnu::target("sha,sse4.1")]] inline void sha256_x86(sha256_state& state, std::byte const* blocks,
                                                     std::size_t count) noexcept {
  sha256_lanes abcd, efgh;
  std::memcpy(&abcd, &state[0], sizeof abcd);
  std::memcpy(&efgh, &state[4], sizeof efgh);
  // The instructions want {f, e, b, a} and {h, g, d, c}, lowest lane first.
  auto abef = __builtin_shufflevector(abcd, efgh, 5, 4, 1, 0);
  auto cdgh = __builtin_shufflevector(abcd, efgh, 7, 6, 3, 2);
  for (; count != 0; --count, blocks += 64) {
    auto const abef_before = abef, cdgh_before = cdgh;
    auto m0 = sha256_x86_load(blocks), m1 = sha256_x86_load(blocks + 16);
    auto m2 = sha256_x86_load(blocks + 32), m3 = sha256_x86_load(blocks + 48);
    auto const* k = sha256_constants;
    for (; k != sha256_constants + 48; k += 16) {
      sha256_x86_rounds(abef, cdgh, m0, k);
      m0 = sha256_x86_schedule(m0, m1, m2, m3);
      sha256_x86_rounds(abef, cdgh, m1, k + 4);
      m1 = sha256_x86_schedule(m1, m2, m3, m0);
      sha256_x86_rounds(abef, cdgh, m2, k + 8);
      m2 = sha256_x86_schedule(m2, m3, m0, m1);
      sha256_x86_rounds(abef, cdgh, m3, k + 12);
      m3 = sha256_x86_schedule(m3, m0, m1, m2);
    }
    sha256_x86_rounds(abef, cdgh, m0, k);
    sha256_x86_rounds(abef, cdgh, m1, k + 4);
    sha256_x86_rounds(abef, cdgh, m2, k + 8);
    sha256_x86_rounds(abef, cdgh, m3, k + 12);
    abef = sha256_x86_add(abef, abef_before);
    cdgh = sha256_x86_add(cdgh, cdgh_before);
  }
  abcd = __builtin_shufflevector(abef, cdgh, 3, 2, 7, 6);
  efgh = __builtin_shufflevector(abef, cdgh, 1, 0, 5, 4);
  std::memcpy(&state[0], &abcd, sizeof abcd);
  std::memcpy(&state[4], &efgh, sizeof efgh);
}

/// Whether this processor has the SHA extensions and what goes with them (CPUID leaf 1: SSSE3 and SSE4.1; leaf 7: SHA).
inline bool sha256_has_instructions() noexcept {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned sse = 1u << 9 | 1u << 19;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & sse) != sse) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & 1u << 29) != 0;
}
#endif

/// The fastest form for this processor.
inline sha256_compress* sha256_fastest() noexcept {
#if defined(__x86_64__)
  static sha256_compress* const chosen = sha256_has_instructions() ? sha256_x86 : sha256_portable;
  return chosen;
#else
  return sha256_portable;
#endif
}

/// The eight words as the digest's bytes.
inline void sha256_write(sha256_state const& state, std::byte* to) noexcept {
  for (std::size_t i = 0; i != 8; ++i) wire::store(to + 4 * i, state[i]);
}

/// Hashes bytes as they come.
class sha256 {
 public:
  explicit sha256(sha256_compress* compress = sha256_fastest()) noexcept : compress_(compress) {}
  /// Continues after `length` bytes, a multiple of 64, that left the chaining value `state`.
  sha256(sha256_state const& state, std::uint64_t length, sha256_compress* compress) noexcept
      : state_(state), length_(length), compress_(compress) {}
  ~sha256() {
    wipe(&state_, sizeof state_);
    wipe(block_, sizeof block_);
  }
  sha256(sha256 const&) = default;
  sha256& operator=(sha256 const&) = default;

  void update(wire::byte_view bytes) noexcept {
    if (bytes.empty()) return;
    auto const filled = static_cast<std::size_t>(length_ % 64);
    length_ += bytes.size();
    if (filled != 0) {
      auto const n = bytes.size() < 64 - filled ? bytes.size() : 64 - filled;
      std::memcpy(block_ + filled, bytes.data(), n);
      if (filled + n != 64) return;
      compress_(state_, block_, 1);
      bytes = bytes.subspan(n);
    }
    auto const whole = bytes.size() / 64;
    if (whole != 0) compress_(state_, bytes.data(), whole);
    auto const rest = bytes.subspan(whole * 64);
    if (!rest.empty()) std::memcpy(block_, rest.data(), rest.size());
  }
  void update(std::string_view text) noexcept { update(wire::as_bytes(text)); }

  /// The digest of everything. The object is used up.
  sha256_digest finish() noexcept {
    auto filled = static_cast<std::size_t>(length_ % 64);
    block_[filled++] = std::byte{0x80};
    if (filled > 56) {
      std::memset(block_ + filled, 0, 64 - filled);
      compress_(state_, block_, 1);
      filled = 0;
    }
    std::memset(block_ + filled, 0, 56 - filled);
    wire::store(block_ + 56, length_ * 8);
    compress_(state_, block_, 1);
    sha256_digest digest;
    sha256_write(state_, digest.data());
    return digest;
  }

  static sha256_digest of(wire::byte_view bytes, sha256_compress* compress = sha256_fastest()) noexcept {
    sha256 hash(compress);
    hash.update(bytes);
    return hash.finish();
  }

 private:
  sha256_state state_ = sha256_initial;
  std::uint64_t length_ = 0;
  sha256_compress* compress_;
  std::byte block_[64];
};

} // namespace tusk::auth
