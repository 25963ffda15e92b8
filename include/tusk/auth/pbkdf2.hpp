// tusk: auth/pbkdf2.hpp — PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2), a slice at a time.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The one slow computation of the driver, slow on purpose: a server may ask for millions of iterations, so it can be
// stopped and continued between any two. An iteration is two compressions of one block each on ready HMAC states.
// Derives one block of 32 bytes, which is all that SCRAM-SHA-256 takes. Knows no clock.
#pragma once

#include <tusk/auth/hmac.hpp>
#include <tusk/auth/secret.hpp>
#include <tusk/auth/sha256.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <cstdint>

namespace tusk::auth {

/// Block `block` (counted from 1) of the key derived from `password` and `salt`. Nothing is borrowed; wiped when
/// destroyed.
class pbkdf2 {
 public:
  /// `iterations` must be at least 1.
  pbkdf2(wire::byte_view password, wire::byte_view salt, std::uint32_t iterations, std::uint32_t block = 1,
         sha256_compress* compress = sha256_fastest()) noexcept
      : key_(password, compress), left_(iterations - 1) {
    hmac first(key_);
    first.update(salt);
    std::byte number[4];
    wire::store(number, block);
    first.update(number);
    derived_ = first.finish();
    last_ = derived_;
  }
  pbkdf2(pbkdf2 const&) = delete;
  pbkdf2& operator=(pbkdf2 const&) = delete;
  ~pbkdf2() {
    wipe(&derived_, sizeof derived_);
    wipe(&last_, sizeof last_);
  }

  /// Does at most `iterations` more; true when the key is complete. A slice of 4096 takes about half a millisecond with
  /// the processor's SHA instructions, three without.
  bool step(std::uint32_t iterations) noexcept {
    auto n = iterations < left_ ? iterations : left_;
    left_ -= n;
    // Every message is one digest long, after one block of key: the padding never changes.
    alignas(16) std::byte message[64]{};
    wipe_at_exit const clean(message);
    std::memcpy(message, last_.data(), last_.size());
    message[32] = std::byte{0x80};
    wire::store(message + 56, std::uint64_t{(64 + 32) * 8});
    auto* const compress = key_.compress();
    sha256_state state;
    wipe_at_exit const clean_state(state);
    for (; n != 0; --n) {
      state = key_.inner();
      compress(state, message, 1);
      sha256_write(state, message);
      state = key_.outer();
      compress(state, message, 1);
      sha256_write(state, message);
      for (std::size_t i = 0; i != derived_.size(); ++i) derived_[i] ^= message[i];
    }
    std::memcpy(last_.data(), message, last_.size());
    return left_ == 0;
  }

  /// The derived bytes, once `step` returned true.
  sha256_digest const& result() const noexcept { return derived_; }

 private:
  hmac_key key_;
  sha256_digest derived_;
  sha256_digest last_;
  std::uint32_t left_;
};

} // namespace tusk::auth
