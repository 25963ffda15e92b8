// tusk: auth/hmac.hpp — HMAC-SHA-256 (RFC 2104, FIPS 198-1) with the key worked in once.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A key is kept as the two chaining values after its padded blocks, so that each further message costs two compressions
// less; PBKDF2 lives on that. Knows only SHA-256.
#pragma once

#include <tusk/auth/secret.hpp>
#include <tusk/auth/sha256.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <cstring>
#include <string_view>

namespace tusk::auth {

/// A key made ready. Wiped when destroyed.
class hmac_key {
 public:
  explicit hmac_key(wire::byte_view key, sha256_compress* with = sha256_fastest()) noexcept : compress_(with) {
    std::byte block[64]{};
    wipe_at_exit const clean(block);
    if (key.size() > sizeof block) {
      auto digest = sha256::of(key, with);
      std::memcpy(block, digest.data(), digest.size());
      wipe(&digest, sizeof digest);
    } else if (!key.empty()) {
      std::memcpy(block, key.data(), key.size());
    }
    for (auto& b : block) b ^= std::byte{0x36};
    with(inner_, block, 1);
    for (auto& b : block) b ^= std::byte{0x36 ^ 0x5c};
    with(outer_, block, 1);
  }
  hmac_key(hmac_key const&) = default;
  hmac_key& operator=(hmac_key const&) = default;
  ~hmac_key() {
    wipe(&inner_, sizeof inner_);
    wipe(&outer_, sizeof outer_);
  }

  /// The chaining values after one block each.
  sha256_state const& inner() const noexcept { return inner_; }
  sha256_state const& outer() const noexcept { return outer_; }
  sha256_compress* compress() const noexcept { return compress_; }

 private:
  sha256_state inner_ = sha256_initial;
  sha256_state outer_ = sha256_initial;
  sha256_compress* compress_;
};

/// Authenticates bytes as they come. `key` is borrowed.
class hmac {
 public:
  explicit hmac(hmac_key const& key) noexcept : key_(&key), inner_(key.inner(), 64, key.compress()) {}

  void update(wire::byte_view bytes) noexcept { inner_.update(bytes); }
  void update(std::string_view text) noexcept { inner_.update(text); }
  /// The code of everything. The object is used up.
  sha256_digest finish() noexcept {
    auto const digest = inner_.finish();
    sha256 outer(key_->outer(), 64, key_->compress());
    outer.update(digest);
    return outer.finish();
  }

  static sha256_digest of(wire::byte_view key, wire::byte_view message) noexcept {
    hmac_key const ready(key);
    hmac mac(ready);
    mac.update(message);
    return mac.finish();
  }

 private:
  hmac_key const* key_;
  sha256 inner_;
};

} // namespace tusk::auth
