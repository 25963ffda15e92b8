// tusk tests: auth/scram_key_cache.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/scram_key_cache.hpp>

#include "support/catch.hpp"

#include <new>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace tusk;

namespace {

auth::scram_key_cache::identity identify(auth::scram_key_cache const& cache, std::string_view password,
                                         std::string_view salt, std::uint32_t iterations) {
  return cache.identify(password, wire::as_bytes(salt), iterations);
}

auth::scram_keys keys_of(int n) {
  auth::scram_keys keys;
  keys.client_key.fill(static_cast<std::byte>(n));
  keys.server_key.fill(static_cast<std::byte>(n + 100));
  return keys;
}

bool holds(auth::scram_key_cache& cache, int n) {
  auth::scram_keys found;
  if (!cache.find(identify(cache, "p" + std::to_string(n), "salt", 4096), found)) return false;
  CHECK(found.client_key == keys_of(n).client_key);
  CHECK(found.server_key == keys_of(n).server_key);
  return true;
}

void insert(auth::scram_key_cache& cache, int n) {
  cache.insert(identify(cache, "p" + std::to_string(n), "salt", 4096), keys_of(n));
}

} // namespace

TEST_CASE("the cache finds what was put in, and nothing else") {
  auth::scram_key_cache cache;
  CHECK_FALSE(holds(cache, 1));
  insert(cache, 1);
  CHECK(holds(cache, 1));
  CHECK_FALSE(holds(cache, 2));
  // An identity of zeros is not that of an unused place.
  auth::scram_keys found;
  CHECK_FALSE(cache.find({}, found));
  cache.clear();
  CHECK_FALSE(holds(cache, 1));
}

TEST_CASE("every part of password, salt and iterations counts, and where it ends") {
  auth::scram_key_cache const cache, other;
  std::set<auth::scram_key_cache::identity> seen;
  auto const add = [&](auto const& id) { CHECK(seen.insert(id).second); };
  add(identify(cache, "password", "salt", 4096));
  add(identify(cache, "password", "salt", 4097));
  add(identify(cache, "password", "salz", 4096));
  add(identify(cache, "Password", "salt", 4096));
  add(identify(cache, "tpassword", "sal", 4096));
  add(identify(cache, "", "saltpassword", 4096));
  add(identify(cache, "saltpassword", "", 4096));
  add(identify(other, "password", "salt", 4096)); // the key is random
  CHECK(identify(cache, "password", "salt", 4096) == identify(cache, "password", "salt", 4096));
}

TEST_CASE("a full cache forgets what was not used for longest") {
  auth::scram_key_cache cache;
  constexpr int n = auth::scram_key_cache::capacity;
  for (int i = 0; i != n; ++i) insert(cache, i);
  for (int i = 0; i != n; ++i) CHECK(holds(cache, i));
  CHECK(holds(cache, 0)); // used again: now 1 is the oldest
  insert(cache, n);
  CHECK(holds(cache, 0));
  CHECK_FALSE(holds(cache, 1));
  for (int i = 2; i <= n; ++i) CHECK(holds(cache, i));
  insert(cache, 0); // replaces, takes no second place
  for (int i = 2; i <= n; ++i) CHECK(holds(cache, i));
}

TEST_CASE("the cache wipes what it forgets") {
  using auth::scram_key_cache;
  std::vector<std::max_align_t> memory((sizeof(scram_key_cache) + sizeof(std::max_align_t) - 1) /
                                       sizeof(std::max_align_t));
  auto const seen = [&](std::string_view what) {
    return std::string_view(reinterpret_cast<char const*>(memory.data()), sizeof(scram_key_cache)).find(what) !=
           std::string_view::npos;
  };
  std::string const first(32, '\x01'), second(32, '\x02');
  auto* cache = new (memory.data()) scram_key_cache;
  insert(*cache, 1);
  CHECK(seen(first));
  CHECK_FALSE(seen("p1"));
  for (int i = 2; i != 2 + int(scram_key_cache::capacity); ++i) insert(*cache, i);
  CHECK_FALSE(seen(first));
  CHECK(seen(second));
  cache->~scram_key_cache();
  CHECK_FALSE(seen(second));
}

TEST_CASE("the shared cache is one") { CHECK(&auth::scram_key_cache::shared() == &auth::scram_key_cache::shared()); }

TEST_CASE("the cache may be used from several threads") {
  auth::scram_key_cache cache;
  std::vector<std::thread> threads;
  std::vector<int> torn(4);
  for (auto& bad : torn)
    threads.emplace_back([&cache, &bad] {
      for (int i = 0; i != 500; ++i) {
        auto const n = i % 80;
        auto const id = identify(cache, std::to_string(n), "", 1);
        cache.insert(id, keys_of(n));
        auth::scram_keys found;
        if (cache.find(id, found)) bad += found.client_key == keys_of(n).client_key ? 0 : 1;
      }
    });
  for (auto& t : threads) t.join();
  CHECK(torn == std::vector<int>(4));
}
