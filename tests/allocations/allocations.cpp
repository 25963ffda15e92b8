// tusk: tests/allocations/allocations.cpp — a query in steady state allocates nothing, in either mode.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The allocator of this program counts. Rows are of types that need no memory of their own.
#include "support/live.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace {

std::size_t allocations = 0;

void* counted(std::size_t n) {
  ++allocations;
  if (void* const p = std::malloc(n)) return p;
  throw std::bad_alloc();
}

} // namespace

void* operator new(std::size_t n) { return counted(n); }
void* operator new[](std::size_t n) { return counted(n); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
// Asio allocates its handlers by this one, and nobody else in here does.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t n) noexcept {
  ++allocations;
  void* p = nullptr;
  return ::posix_memalign(&p, alignment < sizeof(void*) ? sizeof(void*) : alignment, n) == 0 ? p : nullptr;
}

namespace {

struct point {
  std::int64_t id;
  double x;
  std::optional<std::int32_t> weight;
};
constexpr int warm_up = 20;
constexpr int measured = 200;

/// How many there are while `ask` runs `measured` times, after it has run a few times.
template <class F> std::size_t while_asking(F ask) {
  for (int i = 0; i < warm_up; ++i) ask(i);
  auto const before = allocations;
  for (int i = 0; i < measured; ++i) ask(i);
  return allocations - before;
}

} // namespace

TEST_CASE("allocations: the counter counts") {
  auto const before = allocations;
  auto const text = std::make_unique<std::string>(100, 'x');
  CHECK(allocations == before + 2);
  std::free(aligned_alloc(64, 64));
  CHECK(allocations == before + 3);
}

TEST_CASE("allocations: none per query, blocking") {
  auto db = tusk::blocking::connect(live::options());
  std::int64_t sum = 0;
  CHECK(while_asking([&](int i) {
          sum += db.query_one<point>("select $1::int8 as id, 0.5::float8 as x, null::int4 as weight", i).id;
        }) == 0);
  auto const prepared = db.prepare<std::int64_t>("select $1 as id, 0.5::float8 as x, null::int4 as weight");
  CHECK(while_asking([&](int i) { sum += db.query_one<point>(prepared, i).id; }) == 0);
  db.timeout(std::chrono::hours(1));
  CHECK(while_asking([&](int i) { sum += db.query_one<point>(prepared, i).id; }) == 0);
  CHECK(sum == 3 * (measured * (measured - 1) / 2 + warm_up * (warm_up - 1) / 2));
}

TEST_CASE("allocations: none per row of a stream, blocking") {
  auto db = tusk::blocking::connect(live::options());
  auto rows = db.stream<point>("select g::int8 as id, 0.5::float8 as x, null::int4 as weight "
                               "from generate_series(1, 100000) g");
  std::int64_t n = 0;
  for (; n < 50'000; ++n) REQUIRE(rows.next() != nullptr);
  auto const before = allocations;
  while (rows.next() != nullptr) ++n;
  CHECK(allocations == before);
  CHECK(n == 100'000);
}

TEST_CASE("allocations: none per query, asynchronous") {
  std::size_t cached = 1;
  std::size_t prepared = 1;
  std::size_t without_cache = 1;
  auto const count = [](tusk::connection& db, std::size_t& to) -> asio::awaitable<void> {
    for (int i = 0; i < warm_up + measured; ++i) {
      if (i == warm_up) to = allocations;
      auto const p = co_await db.query_one<point>("select $1::int8 as id, 0.5::float8 as x, null::int4 as weight", i);
      if (p.id != i) throw std::runtime_error("wrong answer");
    }
    to = allocations - to;
  };
  auto const all = [&]() -> asio::awaitable<void> {
    auto db = co_await live::connect_asynchronously(live::options());
    co_await count(db, cached);
    auto const s = co_await db.prepare<std::int64_t>("select $1 as id, 0.5::float8 as x, null::int4 as weight");
    for (int i = 0; i < warm_up + measured; ++i) {
      if (i == warm_up) prepared = allocations;
      co_await db.query_one<point>(s, i);
    }
    prepared = allocations - prepared;
    auto plain = co_await live::connect_asynchronously(live::options().set("statement_cache_size", "0"));
    co_await count(plain, without_cache);
  };
  tusk::run(all());
  CHECK(cached == 0);
  CHECK(prepared == 0);
  CHECK(without_cache == 0);
}
