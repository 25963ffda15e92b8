// tusk: tests/live/large_object_endings.cpp — large objects that are closed, moved, or outlive what they were opened
// in. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"
#include "support/large_objects.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

using namespace live;

namespace {

using namespace std::chrono_literals;

template <class Wait, class Tx> void check_open(Wait const& wait, Tx& tx) {
  CHECK(wait(tx.template query_one<int>("select $1 + 1", 1)) == 2);
}

} // namespace

TEST_CASE("large_object_endings: closed, it refuses, and the transaction goes on") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto tx = wait(db.begin());
    auto lo = open_new(wait, tx);
    wait([&] { return lo.close(); });
    between.sent();
    std::vector<std::byte> room(10);
    std::vector<std::byte> const much(tusk::large_object_chunk + 1);
    auto const refused = [&](auto verb) { check_refused([&] { wait(verb); }, errc::connection_busy, "is closed"); };
    refused([&] { return lo.read(room); });
    refused([&] { return lo.write(room); });
    refused([&] { return lo.write(much); });
    refused([&] { return lo.seek(0); });
    refused([&] { return lo.seek(-1); });
    refused([&] { return lo.tell(); });
    refused([&] { return lo.size(); });
    refused([&] { return lo.truncate(0); });
    refused([&] { return lo.close(); });
    CHECK(between.sent().empty());
    check_open(wait, tx);
  });
}

TEST_CASE("large_object_endings: after its transaction it is refused, whatever became of that") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    std::vector<std::byte> room(10);
    auto const check_over = [&](auto& lo) {
      CHECK_FALSE(lo.is_open());
      between.sent();
      check_refused([&] { wait(lo.read(room)); }, errc::connection_busy, "has ended");
      check_refused([&] { wait([&] { return lo.write(room); }); }, errc::connection_busy, "has ended");
      check_refused([&] { wait([&] { return lo.close(); }); }, errc::connection_busy, "has ended");
      CHECK(between.sent().empty());
    };
    {
      auto tx = wait(db.begin());
      auto lo = open_new(wait, tx);
      wait([&] { return tx.commit(); });
      check_over(lo);
    }
    check_alive(wait, db);
    {
      auto tx = wait(db.begin());
      auto lo = open_new(wait, tx);
      wait([&] { return tx.rollback(); });
      auto other = wait(db.begin()); // is not its
      check_over(lo);
      check_open(wait, other);
    }
    check_alive(wait, db);
    auto tx = std::make_optional(wait(db.begin()));
    auto lo = open_new(wait, *tx);
    tx.reset();
    check_over(lo);
    check_alive(wait, db);
  });
}

TEST_CASE("large_object_endings: verbs of a transaction that has ended are refused") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    wait([&] { return tx.commit(); });
    auto const refused = [&](auto verb) { check_refused([&] { wait(verb); }, errc::connection_busy, "has ended"); };
    refused([&] { return tusk::create_large_object(tx); });
    refused([&] { return tusk::open_large_object(tx, tusk::oid::none); });
    refused([&] { return tusk::unlink_large_object(tx, tusk::oid::none); });
    check_alive(wait, db);
  });
}

TEST_CASE("large_object_endings: destroyed it is closed with the next request, without a wait") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto tx = wait(db.begin());
    auto const id = wait(tusk::create_large_object(tx));
    CHECK(next_descriptor(wait, tx, id) == 0);
    {
      auto const one = wait(tusk::open_large_object(tx, id));
      auto const two = wait(tusk::open_large_object(tx, id, writable));
      CHECK(next_descriptor(wait, tx, id) == 2);
      between.sent();
    }
    CHECK(between.sent().empty());
    auto const on_the_way = between.during([&] { check_open(wait, tx); });
    CHECK(on_the_way.sent == "QQPDBES");
    CHECK(on_the_way.segments == 1);
    CHECK(next_descriptor(wait, tx, id) == 0);
    {
      auto const three = wait(tusk::open_large_object(tx, id));
      CHECK(error_of([&] { wait(tx.execute("select 1 / 0")); }).sqlstate() == sqlstate::division_by_zero);
      between.sent();
    }
    wait([&] { return tx.rollback(); });
    CHECK(between.sent() == "Q"); // the server has closed it
    check_alive(wait, db);
  });
}

TEST_CASE("large_object_endings: moves, and its transaction moves") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto one = std::make_optional(wait(db.begin()));
    auto lo = open_new(wait, *one);
    auto const first = lo.id();
    auto tx = std::move(*one);
    one.reset();
    write(wait, lo, "moved");
    auto moved = std::move(lo);
    CHECK_FALSE(lo.is_open());
    check_refused([&] { wait(lo.tell()); }, errc::connection_busy, "moved from");
    CHECK(wait(moved.tell()) == 5);
    lo = open_new(wait, tx);
    CHECK(lo.id() != first);
    CHECK(next_descriptor(wait, tx, first) == 2);
    moved = std::move(lo); // the one it was is closed
    CHECK(moved.id() != first);
    CHECK(next_descriptor(wait, tx, first) == 0);
    write(wait, moved, "other");
    auto elsewhere = std::move(db);
    CHECK(wait(moved.size()) == 5);
    auto& same = moved;
    moved = std::move(same);
    CHECK(wait(moved.size()) == 5);
    wait([&] { return tx.rollback(); });
    check_alive(wait, elsewhere);
  });
}

TEST_CASE("large_object_endings: a transaction that one of its statements has ended") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    {
      auto lo = open_new(wait, tx);
      wait(tx.execute("commit"));
      CHECK(error_of([&] { wait(lo.tell()); }).sqlstate() == sqlstate::undefined_object); // in none of ours
    }
    check_open(wait, tx);
    wait([&] { return tx.rollback(); });
    check_alive(wait, db);
  });
}

TEST_CASE("large_object_endings: its connection is closed or lost before it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto lo = open_new(wait, tx);
    SECTION("closed") { db.close(); }
    SECTION("destroyed") { auto const gone = std::move(db); }
    SECTION("lost") {
      onlooker killer;
      killer.terminate(db.backend_pid());
      REQUIRE(killer.sees_end(db.backend_pid()));
      CHECK_THROWS_AS(wait(lo.tell()), tusk::error);
    }
    CHECK_FALSE(lo.is_open());
    CHECK(error_of([&] { wait(lo.tell()); }).code() == errc::connection_closed);
    CHECK(error_of([&] { wait([&] { return lo.close(); }); }).code() == errc::connection_closed);
  });
}

TEST_CASE("large_object_endings: a limit of time for a read that waits, and the connection is usable after it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto lo = open_new(wait, tx);
    wait([&] { return lo.truncate(100 * gib); });
    auto const size = std::size_t(1) << 30;
    auto const room = std::make_unique_for_overwrite<std::byte[]>(size); // memory only for what arrives
    db.timeout(50ms);
    auto const e = error_of([&] { wait(lo.read(std::span(room.get(), size))); });
    CHECK(e.code() == errc::timeout);
    CHECK_FALSE(e.safe_to_retry());
    db.timeout(0ms);
    CHECK(error_of([&] { wait(lo.tell()); }).sqlstate() == sqlstate::in_failed_sql_transaction);
    wait([&] { return tx.rollback(); });
    check_alive(wait, db);
  });
}

TEST_CASE("large_object_endings: a savepoint made by hand takes with it what was opened behind it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto const id = wait(tusk::create_large_object(tx));
    auto before = wait(tusk::open_large_object(tx, id, writable));
    wait(tx.execute("savepoint s"));
    auto behind = wait(tusk::open_large_object(tx, id));
    wait(tx.execute("rollback to s"));
    write(wait, before, "still open");
    CHECK(error_of([&] { wait(behind.tell()); }).sqlstate() == sqlstate::undefined_object);
    wait([&] { return tx.rollback(); });
    check_alive(wait, db);
  });
}
