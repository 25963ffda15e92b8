// tusk: auth/scram_key_cache.hpp — keys that were derived before, so that a pool derives once.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A fixed number of places in one object, no allocation. What identifies an entry is an HMAC of password, salt and
// iterations under a random key of this process: the password is not kept, and a stolen copy of the cache does not make
// it cheap to guess. May be used from several threads. Knows no message.
#pragma once

#include <tusk/auth/hmac.hpp>
#include <tusk/auth/random.hpp>
#include <tusk/auth/scram_keys.hpp>
#include <tusk/auth/secret.hpp>
#include <tusk/wire/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>

namespace tusk::auth {

class scram_key_cache {
 public:
  /// How many passwords (with their salts) are remembered. The one not used for longest makes room.
  static constexpr std::size_t capacity = 64;
  using identity = sha256_digest;

  /// Throws when the system has no random bytes.
  scram_key_cache() : key_(random_key()) {}
  scram_key_cache(scram_key_cache const&) = delete;
  scram_key_cache& operator=(scram_key_cache const&) = delete;
  /// Leaves an empty cache behind in its memory.
  ~scram_key_cache() { clear(); }

  /// The process's cache.
  static scram_key_cache& shared() {
    static scram_key_cache the;
    return the;
  }

  identity identify(std::string_view password, wire::byte_view salt, std::uint32_t iterations) const noexcept {
    // The numbers come first and have fixed widths, so that no two triples make the same message.
    std::byte head[12];
    wire::store(head, iterations);
    wire::store(head + 4, static_cast<std::uint64_t>(salt.size()));
    hmac mac(key_);
    mac.update(head);
    mac.update(salt);
    mac.update(password);
    return mac.finish();
  }

  /// Copies the keys to `to`; false when they are not here.
  bool find(identity const& id, scram_keys& to) noexcept {
    std::lock_guard const lock(mutex_);
    auto& place = place_of(id);
    if (place.used == 0 || place.id != id) return false;
    place.used = ++clock_;
    to = place.keys;
    return true;
  }
  void insert(identity const& id, scram_keys const& keys) noexcept {
    std::lock_guard const lock(mutex_);
    auto& place = place_of(id);
    place.id = id;
    place.keys = keys; // over those of the entry that makes room
    place.used = ++clock_;
  }
  /// Wipes every entry.
  void clear() noexcept {
    std::lock_guard const lock(mutex_);
    for (auto& place : places_) {
      wipe(&place.used, sizeof place.used);
      wipe(&place.id, sizeof place.id);
      place.keys.wipe();
    }
  }

 private:
  struct entry {
    std::uint64_t used = 0; // when; 0: never
    identity id{};
    scram_keys keys;
  };

  static hmac_key random_key() {
    std::array<std::byte, 32> bytes;
    wipe_at_exit const clean(bytes);
    random_bytes(bytes);
    return hmac_key(bytes);
  }
  /// Where `id` is, or else the place that it should take.
  entry& place_of(identity const& id) noexcept {
    auto* oldest = &places_[0];
    for (auto& place : places_) {
      if (place.used != 0 && place.id == id) return place;
      if (place.used < oldest->used) oldest = &place;
    }
    return *oldest;
  }

  hmac_key const key_;
  std::mutex mutex_;
  std::uint64_t clock_ = 0;
  std::array<entry, capacity> places_;
};

} // namespace tusk::auth
