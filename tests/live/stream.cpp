// tusk: tests/live/stream.cpp — rows one after the other: in bounded memory, to the end or not.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"
#include "support/long_streams.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <malloc.h>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace stream_test {

struct borrowed {
  std::int64_t id;
  std::string_view name;
};

} // namespace stream_test

using namespace live;

namespace {

using std::chrono::steady_clock;
using stream_test::borrowed;
using namespace std::chrono_literals;

/// How far the memory of this process has grown at most since this was made, in MiB. What was used before and is free
/// now is given back first, or it would hide the growth.
class memory_growth {
 public:
  memory_growth() {
    ::malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << 5; // the peak begins anew (Linux, proc_pid_clear_refs(5))
    before_ = peak();
  }
  std::int64_t mebibytes() const { return (peak() - before_) / 1024; }

 private:
  static std::int64_t peak() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmHWM:")) return std::atoll(line.c_str() + 6);
    throw std::runtime_error("/proc/self/status has no VmHWM");
  }
  std::int64_t before_;
};

} // namespace

TEST_CASE("stream: rows that borrow") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto rows = wait(db.template stream<borrowed>(
        "select 'name of ' || g as name, g::int8 as id from generate_series(1, $1) as g", 5000));
    std::int64_t n = 0;
    bool good = true;
    while (borrowed const* const row = wait(rows.next()))
      good = good && row->id == ++n && row->name == "name of " + std::to_string(n);
    CHECK(good);
    CHECK(n == 5000);
    CHECK(wait(rows.next()) == nullptr);
    CHECK(wait(rows.next()) == nullptr);
    check_alive(wait, db); // while the cursor is still there
  });
}

TEST_CASE("stream: a million rows do not take more memory than one", "[slow]") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    std::string const sql = "select generate_series(1, $1), repeat('x', 100)";
    std::int64_t sum = 0;
    std::size_t bytes = 0;
    {
      memory_growth const growth;
      auto rows = wait(db.template stream<wide>(sql, 1'000'000));
      wait([&] {
        return rows.for_each([&](wide const& row) {
          sum += std::get<0>(row);
          bytes += std::get<1>(row).size();
        });
      });
      CHECK(growth.mebibytes() <= 8);
    }
    CHECK(sum == 500'000'500'000);
    CHECK(bytes == 100'000'000);
    memory_growth const growth; // would it have been seen?
    CHECK(wait(db.template query<tusk::row>(sql, 100'000)).size() == 100'000);
    CHECK(growth.mebibytes() > 8);
  });
}

TEST_CASE("stream: nothing is read while nobody asks, so that the server waits") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    onlooker other;
    memory_growth const growth;
    auto rows = wait(db.template stream<wide>(endless));
    for (int i = 1; i <= 3; ++i) {
      wide const* const row = wait(rows.next());
      REQUIRE(row != nullptr);
      CHECK(std::get<0>(*row) == i);
      if constexpr (wait.asynchronous)
        for (int k = 0; k < 100; ++k) wait.loop().poll();
      CHECK(other.sees(db.backend_pid(), "ClientWrite"));
    }
    CHECK(growth.mebibytes() <= 8);
  });
}

TEST_CASE("stream: destroyed early it leaves the connection usable, and does not wait for the rest") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const before = steady_clock::now();
    for (int taken : {0, 1, 5000}) {
      {
        auto rows = wait(db.template stream<wide>(endless));
        for (int i = 0; i < taken; ++i) REQUIRE(wait(rows.next()) != nullptr);
      }
      check_alive(wait, db);
      check_alive(wait, db);
    }
    {
      auto const s = wait(db.template prepare<int>("select generate_series(1, $1), repeat('x', 100)"));
      auto rows = wait(db.template stream<wide>(s, 1'000'000'000));
      CHECK(wait(rows.next()) != nullptr);
    }
    check_alive(wait, db);
    CHECK(steady_clock::now() - before < 20s); // all of the rows would take minutes
  });
}

TEST_CASE("stream: destroyed early after all of it has come, nothing is cancelled") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    onlooker other;
    {
      auto rows = wait(db.template stream<int>("select generate_series(1, 100)"));
      CHECK(*wait(rows.next()) == 1);
      CHECK(other.sees_idle(db.backend_pid()));
    }
    check_alive(wait, db);
    CHECK(between.connections() <= 2); // the end may have been on its way still
  });
}

TEST_CASE("stream: it is one round trip, like any query") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    between.sent();
    auto const segments = between.segments();
    for (unsigned i = 1; i <= 3; ++i) {
      auto rows = wait(db.template stream<int>("select generate_series(1, $1)", 3));
      int sum = 0;
      wait([&] { return rows.for_each([&](int n) { sum += n; }); });
      CHECK(sum == 6);
      CHECK(between.sent() == (i == 1 ? "PDBES" : "BES"));
      CHECK(between.segments() == segments + i);
    }
    CHECK(between.connections() == 1);
  });
}

TEST_CASE("stream: no rows, and statements that have none") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto none = wait(db.template stream<int>("select 1 where false"));
    CHECK(wait(none.next()) == nullptr);
    auto created = wait(db.template stream<tusk::row>("create temp table t(x int)"));
    CHECK(wait(created.next()) == nullptr);
    auto inserted = wait(db.template stream<int>("insert into t values (1), (2) returning x"));
    int sum = 0;
    while (auto const* const x = wait(inserted.next())) sum += *x;
    CHECK(sum == 3);
    check_alive(wait, db);
  });
}

TEST_CASE("stream: an error of the server in the middle comes behind the rows before it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    for (int failing : {2, 500, 90'000}) {
      auto rows = wait(db.template stream<int>("select 1 / ($1 - g) from generate_series(1, 100000) as g", failing));
      int n = 0;
      auto const e = error_of([&] {
        while (wait(rows.next()) != nullptr) ++n;
      });
      CHECK(n == failing - 1);
      CHECK(e.sqlstate() == sqlstate::division_by_zero);
      CHECK(wait(rows.next()) == nullptr);
      check_alive(wait, db);
    }
    // With the first row there is no stream.
    CHECK(error_of([&] { wait(db.template stream<int>("select 1 / $1", 0)); }).sqlstate() ==
          sqlstate::division_by_zero);
    CHECK(error_of([&] { wait(db.template stream<int>("select nosuch")); }).sqlstate() == sqlstate::undefined_column);
    check_alive(wait, db);
  });
}

TEST_CASE("stream: an error of ours ends it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto rows = wait(db.template stream<std::tuple<int, int>>(
        "select g, nullif(g, 700) as gap from generate_series(1, 1000000) as g"));
    for (int i = 1; i < 700; ++i) REQUIRE(wait(rows.next()) != nullptr);
    auto const null = error_of([&] { wait(rows.next()); });
    CHECK(null.code() == errc::unexpected_null);
    CHECK_THAT(null.what(), ContainsSubstring("row 700") && ContainsSubstring("gap"));
    CHECK(wait(rows.next()) == nullptr);
    check_alive(wait, db);
    for (int i = 0; i < 2; ++i) {
      CHECK(error_of([&] { wait(db.template stream<int>("select 'text'")); }).code() == errc::column_mismatch);
      check_alive(wait, db);
    }
    auto fitting = wait(db.template stream<std::tuple<int, std::optional<int>>>("select 1, null::int"));
    auto const* const row = wait(fitting.next());
    REQUIRE(row != nullptr);
    CHECK_FALSE(std::get<1>(*row).has_value());
  });
}

TEST_CASE("stream: what cannot be sent opens none") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    between.sent();
    check_refused([&] { wait(db.template stream<std::string>("select $1::text", std::string(1, '\0'))); },
                  errc::invalid_parameter);
    CHECK(between.sent().empty());
    check_alive(wait, db);
  });
}

TEST_CASE("stream: it has the connection to itself") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto const s = wait(db.template prepare<int>("select $1"));
    auto rows = wait(db.template stream<wide>(endless));
    between.sent();
    check_busy(wait, db, s, "a stream is open on this connection");
    CHECK(between.sent().empty());
    CHECK(std::get<0>(*wait(rows.next())) == 1); // which has not been disturbed
    CHECK(std::get<0>(*wait(rows.next())) == 2);
    auto const ended = std::move(rows);
  });
}

TEST_CASE("stream: cursors move") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto other = open();
    auto one = wait(db.template stream<borrowed>("select g::int8 as id, 'n' as name from generate_series(1, 3) as g"));
    CHECK(wait(one.next())->id == 1);
    auto moved = std::move(one);
    CHECK(wait(moved.next())->id == 2);
    moved = wait(other.template stream<borrowed>("select 9::int8 as id, 'm' as name"));
    check_alive(wait, db); // the first one has gone with the assignment
    CHECK(wait(moved.next())->name == "m");
    CHECK(wait(moved.next()) == nullptr);
    auto elsewhere = std::move(db);
    check_alive(wait, elsewhere);
    auto last = wait(elsewhere.template stream<int>("select generate_series(1, 3)"));
    auto third = std::move(elsewhere);
    int sum = 0;
    wait([&] { return last.for_each([&](int n) { sum += n; }); });
    CHECK(sum == 6);
    check_alive(wait, third);
  });
}

TEST_CASE("stream: for_each takes what is left, and what its function throws ends it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto rows = wait(db.template stream<int>("select generate_series(1, 1000)"));
    for (int i = 0; i < 990; ++i) wait(rows.next());
    int sum = 0;
    wait([&] { return rows.for_each([&](int n) { sum += n; }); });
    CHECK(sum == 9955);
    {
      auto more = wait(db.template stream<int>("select generate_series(1, 100000000)"));
      CHECK_THROWS_AS(wait([&] {
                        return more.for_each([&](int n) {
                          if (n == 5000) throw std::out_of_range("enough");
                        });
                      }),
                      std::out_of_range);
    }
    check_alive(wait, db);
  });
}

TEST_CASE("stream: dynamic rows may be kept") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    std::vector<tusk::row> kept;
    {
      auto rows =
          wait(db.template stream<tusk::row>("select g as id, 'n' || g as name from generate_series(1, 500) as g"));
      while (auto const* const row = wait(rows.next())) kept.push_back(*row);
    }
    wait(db.execute("select repeat('x', 100000)"));
    REQUIRE(kept.size() == 500);
    CHECK(kept[0]["id"].template as<int>() == 1);
    CHECK(kept[499]["name"].template as<std::string>() == "n500");
    CHECK(kept[7].columns()[1].name == "name");
  });
}

TEST_CASE("stream: rows of megabytes among small ones") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto rows = wait(db.template stream<std::string_view>(
        "select repeat('x', case when g % 100 = 0 then 5000000 else g end) from generate_series(1, 500) as g"));
    std::size_t n = 0;
    bool good = true;
    while (auto const* const row = wait(rows.next())) {
      ++n;
      good = good && row->size() == (n % 100 == 0 ? 5'000'000 : n) && row->back() == 'x';
    }
    CHECK(good);
    CHECK(n == 500);
    check_alive(wait, db);
  });
}
