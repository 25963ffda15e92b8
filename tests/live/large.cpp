// tusk: tests/live/large.cpp — large results, large values, and much in flight both ways at once.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace {

using live::in_both_modes;

/// Bytes that differ from place to place.
std::string noise(std::size_t n, unsigned seed) {
  std::string out(n, '\0');
  for (auto& c : out) {
    seed = seed * 1664525 + 1013904223;
    c = static_cast<char>('!' + (seed >> 24) % 90);
  }
  return out;
}

asio::awaitable<void> echo(tusk::connection& db, unsigned seed, int& good) {
  auto const text = noise(400'000, seed);
  auto const back = co_await db.query_one<std::string>("select $1::text", text);
  if (back == text) ++good;
}

} // namespace

TEST_CASE("large: 100 000 rows") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const rows = db.query<std::tuple<int, std::string, std::optional<double>>>(
        "select g, 'row ' || g, case when g % 3 = 0 then g / 2.0::float8 end from generate_series(1, 100000) as g");
    REQUIRE(rows.size() == 100'000);
    std::int64_t sum = 0;
    bool good = true;
    for (auto const& [n, text, half] : rows) {
      sum += n;
      good = good && text == "row " + std::to_string(n) && half.has_value() == (n % 3 == 0);
    }
    CHECK(good);
    CHECK(sum == 5'000'050'000);
    live::check_usable(db);
  });
}

TEST_CASE("large: 20 MB of text and of bytes", "[slow]") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const text = db.query_one<std::string>("select repeat('0123456789', 2000000)");
    REQUIRE(text.size() == 20'000'000);
    CHECK(text.substr(19'999'990) == "0123456789");
    auto const bytes = db.query_one<std::vector<std::byte>>("select convert_to(repeat('ab', 10000000), 'UTF8')");
    CHECK(bytes.size() == 20'000'000);
    CHECK(bytes.back() == std::byte{'b'});
    live::check_usable(db);
  });
}

TEST_CASE("large: 20 MB there and back", "[slow]") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const text = noise(20'000'000, 7);
    CHECK((db.query_one<std::string>("select $1::text", text) == text));
    auto const s = db.prepare<std::string>("select $1::text || 'x'");
    CHECK(db.query_one<std::string>(s, text).size() == 20'000'001);
    CHECK(db.query_one<int>("select length($1) + octet_length($2)", text, text) == 40'000'000);
    live::check_usable(db);
  });
}

TEST_CASE("large: a long statement", "[slow]") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::string const sql = "select length('" + std::string(5'000'000, 'x') + "')";
    CHECK(db.query_one<int>(sql) == 5'000'000);
    CHECK(db.script(sql + ";" + sql).size() == 2);
  });
}

TEST_CASE("large: both directions are full and nobody blocks") {
  tusk::executor loop;
  std::optional<tusk::connection> db;
  auto const open = [&]() -> asio::awaitable<void> { db.emplace(co_await tusk::connect(live::options())); };
  loop.spawn(open());
  loop.run();
  int good = 0;
  for (unsigned i = 0; i < 40; ++i) loop.spawn(echo(*db, i, good));
  loop.run();
  CHECK(good == 40);
  CHECK(db->is_open());
}

TEST_CASE("large: by turns with small ones") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    for (int i = 0; i < 3; ++i) {
      CHECK(db.query_one<std::string>("select repeat('x', 10000000)").size() == 10'000'000);
      for (int k = 0; k < 10; ++k) live::check_usable(db);
    }
  });
}
