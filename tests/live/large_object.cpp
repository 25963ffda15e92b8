// tusk: tests/live/large_object.cpp — large objects: opened, read, written, and gone with their transaction.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace live;

namespace {

using tusk::large_object_mode;
using tusk::seek_from;
using tusk::transaction_status;
using tusk::wire::as_text;
using namespace std::chrono_literals;
constexpr auto writable = large_object_mode::read_write;
constexpr std::int64_t gib = std::int64_t(1) << 30;

tusk::wire::byte_view bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }
/// Text in which no two places within reach look the same.
std::string long_text(std::size_t size) {
  std::string s;
  s.reserve(size + 20);
  for (std::size_t n = 0; s.size() < size; ++n) s += std::to_string(n) + ' ';
  s.resize(size);
  return s;
}
/// Up to `n` bytes from its place on.
template <class Wait, class Object> std::string read(Wait const& wait, Object& lo, std::size_t n) {
  std::vector<std::byte> room(n);
  auto const got = wait(lo.read(room));
  return std::string(as_text(tusk::wire::byte_view(room).first(got)));
}
template <class Wait, class Object> void write(Wait const& wait, Object& lo, std::string_view text) {
  wait([&] { return lo.write(bytes_of(text)); });
}
template <class Wait, class Tx> auto open_new(Wait const& wait, Tx& tx) {
  auto const id = wait(tusk::create_large_object(tx));
  return wait(tusk::open_large_object(tx, id, writable));
}
/// The descriptor that would be opened next: the lowest that is free.
template <class Wait, class Tx> int next_descriptor(Wait const& wait, Tx& tx, tusk::oid id) {
  auto const it = wait(tx.template query_one<int>("select lo_open($1, 262144)", id));
  wait(tx.execute("select lo_close($1)", it));
  return it;
}
template <class Wait, class Tx> void check_open(Wait const& wait, Tx& tx) {
  CHECK(wait(tx.template query_one<int>("select $1 + 1", 1)) == 2);
}

} // namespace

TEST_CASE("large_object: created, written, read, sought, told, cut and removed") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto const id = wait(tusk::create_large_object(tx));
    CHECK(id != tusk::oid::none);
    auto lo = wait(tusk::open_large_object(tx, id, writable));
    CHECK(lo.id() == id);
    CHECK(lo.is_open());
    CHECK(read(wait, lo, 10).empty());
    write(wait, lo, "to be or not");
    CHECK(wait(lo.tell()) == 12);
    CHECK(read(wait, lo, 10).empty()); // the end
    CHECK(wait(lo.seek(3)) == 3);
    CHECK(read(wait, lo, 2) == "be");
    CHECK(wait(lo.seek(-3, seek_from::end)) == 9);
    CHECK(wait(lo.seek(-3, seek_from::current)) == 6);
    CHECK(read(wait, lo, 100) == "or not");
    CHECK(wait(lo.seek(6)) == 6);
    write(wait, lo, "OR"); // over what is there
    CHECK(wait(lo.size()) == 12);
    CHECK(wait(lo.tell()) == 8);
    wait([&] { return lo.truncate(8); });
    CHECK(wait(lo.size()) == 8);
    wait([&] { return lo.truncate(10); });
    CHECK(wait(lo.tell()) == 8); // where it was
    wait(lo.seek(0));
    CHECK(read(wait, lo, 100) == std::string("to be OR\0\0", 10));
    wait([&] { return lo.truncate(0); });
    CHECK(wait(lo.size()) == 0);
    CHECK(read(wait, lo, 100).empty()); // its place is beyond the end
    write(wait, lo, "");
    CHECK(wait(lo.size()) == 0);
    std::vector<std::byte> none;
    CHECK(wait(lo.read(none)) == 0);
    wait([&] { return lo.close(); });
    CHECK_FALSE(lo.is_open());
    wait([&] { return tusk::unlink_large_object(tx, id); });
    CHECK(error_of([&] { wait(tusk::open_large_object(tx, id)); }).sqlstate() == sqlstate::undefined_object);
    CHECK(db.transaction_status() == transaction_status::failed);
    wait([&] { return tx.rollback(); });
    check_alive(wait, db);
  });
}

TEST_CASE("large_object: what is committed stays, what is rolled back does not") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    tusk::oid kept{};
    {
      auto tx = wait(db.begin());
      auto lo = open_new(wait, tx);
      kept = lo.id();
      write(wait, lo, "kept");
      wait([&] { return tx.commit(); });
      CHECK_FALSE(lo.is_open());
    }
    {
      auto tx = wait(db.begin());
      auto lo = wait(tusk::open_large_object(tx, kept, writable));
      write(wait, lo, "lost");
    }
    auto tx = wait(db.begin());
    auto lo = wait(tusk::open_large_object(tx, kept));
    CHECK(read(wait, lo, 10) == "kept");
    wait([&] { return tusk::unlink_large_object(tx, kept); });
    wait([&] { return tx.commit(); });
  });
}

TEST_CASE("large_object: with an oid that was asked for") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto const free = wait(tusk::create_large_object(tx));
    wait([&] { return tusk::unlink_large_object(tx, free); });
    CHECK(wait(tusk::create_large_object(tx, free)) == free);
    auto const e = error_of([&] { wait(tusk::create_large_object(tx, free)); });
    CHECK(e.sqlstate() == sqlstate::unique_violation);
  });
}

TEST_CASE("large_object: offsets beyond 4 GiB") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto lo = open_new(wait, tx);
    write(wait, lo, "front");
    CHECK(wait(lo.seek(5 * gib)) == 5 * gib);
    write(wait, lo, "far away");
    CHECK(wait(lo.tell()) == 5 * gib + 8);
    CHECK(wait(lo.size()) == 5 * gib + 8);
    CHECK(wait(lo.seek(-10, seek_from::end)) == 5 * gib - 2);
    CHECK(read(wait, lo, 100) == std::string(2, '\0') + "far away");
    CHECK(wait(lo.seek(-5 * gib, seek_from::current)) == 8);
    CHECK(read(wait, lo, 3) == std::string(3, '\0'));
    CHECK(wait(lo.seek(4 * gib, seek_from::current)) == 4 * gib + 11);
    std::string const megabyte(1 << 20, '\0');
    CHECK(read(wait, lo, megabyte.size()) == megabyte); // nobody has written there: it reads as zeros
    wait([&] { return lo.truncate(9 * gib); });
    CHECK(wait(lo.size()) == 9 * gib);
    wait([&] { return lo.truncate(5 * gib + 3); });
    wait(lo.seek(5 * gib));
    CHECK(read(wait, lo, 100) == "far");
    CHECK(wait(lo.seek((4096 * gib) - 2048)) == 4096 * gib - 2048); // the largest there is, with blocks of 8 kB
    auto const e = error_of([&] { wait(lo.seek(4096 * gib + 1)); });
    CHECK(e.sqlstate() == sqlstate::invalid_parameter_value);
  });
}

TEST_CASE("large_object: what is larger than a chunk and a piece") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto const chunk = tusk::large_object_chunk;
    auto const piece = tusk::large_object_piece;
    auto const all = long_text(3 * chunk + 5);
    for (std::size_t const size : {piece, piece + 1, 2 * piece, chunk, chunk + 1, 2 * chunk, all.size()}) {
      auto const text = std::string_view(all).substr(0, size);
      auto lo = open_new(wait, tx);
      write(wait, lo, text);
      CHECK(wait(lo.tell()) == static_cast<std::int64_t>(size));
      wait(lo.seek(0));
      CHECK(read(wait, lo, size) == text);
      wait(lo.seek(1));
      CHECK(read(wait, lo, 2 * size) == text.substr(1)); // as much as there is
      CHECK(wait(lo.tell()) == static_cast<std::int64_t>(size));
      CHECK(read(wait, lo, size).empty());
      wait(lo.seek(7));
      CHECK(read(wait, lo, size - 8) == text.substr(7, size - 8));
      CHECK(read(wait, lo, 5) == text.substr(size - 1));
    }
  });
}

TEST_CASE("large_object: each verb is one round trip") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto tx = wait(db.begin());
    auto lo = open_new(wait, tx);
    auto const text = long_text(3 * tusk::large_object_chunk);
    std::vector<std::byte> room(text.size());
    auto const sent = [&](auto f) { return between.during(f).sent; };
    CHECK(sent([&] { write(wait, lo, "first"); }) == "PDBES");
    CHECK(sent([&] { write(wait, lo, "then"); }) == "BES");
    CHECK(sent([&] { write(wait, lo, text); }) == "BESBESBES"); // a chunk each
    CHECK(sent([&] { wait(lo.size()); }) == "PDBES");
    CHECK(sent([&] { wait(lo.seek(0)); }) == "PDBES");
    CHECK(sent([&] { CHECK(wait(lo.read(room)) == room.size()); }) == "PDBES");
    CHECK(sent([&] { wait(lo.tell()); }) == "PDBES");
    CHECK(sent([&] { wait([&] { return lo.truncate(1); }); }) == "PDBES");
    CHECK(sent([&] { wait([&] { return lo.close(); }); }) == "PDBES");
  });
}

TEST_CASE("large_object: negative places and sizes are not sent") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto tx = wait(db.begin());
    auto lo = open_new(wait, tx);
    between.sent();
    check_refused([&] { wait(lo.seek(-1)); }, errc::invalid_parameter, "-1");
    check_refused([&] { wait([&] { return lo.truncate(-5 * gib); }); }, errc::invalid_parameter, "-5368709120");
    CHECK(between.sent().empty());
    write(wait, lo, "good");
    auto const e = error_of([&] { wait(lo.seek(-5, seek_from::end)); }); // only the server knows
    CHECK(e.sqlstate() == sqlstate::invalid_parameter_value);
  });
}

TEST_CASE("large_object: closed, it refuses, and the transaction goes on") {
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

TEST_CASE("large_object: opened to be read it is not written, and the server says so") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto const id = wait(tusk::create_large_object(tx));
    auto lo = wait(tusk::open_large_object(tx, id));
    auto const e = error_of([&] { write(wait, lo, "no"); });
    CHECK(e.sqlstate() == sqlstate::object_not_in_prerequisite_state);
    CHECK(db.transaction_status() == transaction_status::failed);
    CHECK(error_of([&] { wait(lo.tell()); }).sqlstate() == sqlstate::in_failed_sql_transaction);
    wait([&] { return tx.rollback(); });
    check_alive(wait, db);
  });
}

TEST_CASE("large_object: unknown ones") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const nobody = static_cast<tusk::oid>(4'000'000'001);
    auto const missing = [&](auto verb) {
      auto tx = wait(db.begin());
      CHECK(error_of([&] { wait([&] { return verb(tx); }); }).sqlstate() == sqlstate::undefined_object);
    };
    missing([&](auto& tx) { return tusk::open_large_object(tx, nobody); });
    missing([&](auto& tx) { return tusk::open_large_object(tx, nobody, writable); });
    missing([&](auto& tx) { return tusk::unlink_large_object(tx, nobody); });
    check_alive(wait, db);
  });
}

TEST_CASE("large_object: after its transaction it is refused, whatever became of that") {
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

TEST_CASE("large_object: verbs of a transaction that has ended are refused") {
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

TEST_CASE("large_object: destroyed it is closed with the next request, without a wait") {
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

TEST_CASE("large_object: moves, and its transaction moves") {
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

TEST_CASE("large_object: a transaction that one of its statements has ended") {
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

TEST_CASE("large_object: its connection is closed or lost before it") {
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

TEST_CASE("large_object: a limit of time for a read that waits, and the connection is usable after it") {
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

TEST_CASE("large_object: pieces fit into the largest message that is allowed") {
  each_mode([](auto open, auto wait) {
    auto db = open(options().set("max_message_size", "40000"));
    auto tx = wait(db.begin());
    auto lo = open_new(wait, tx);
    auto const text = long_text(500'000);
    write(wait, lo, text);
    wait(lo.seek(0));
    CHECK(read(wait, lo, text.size()) == text);
  });
}

TEST_CASE("large_object: without kept statements") {
  each_mode([](auto open, auto wait) {
    auto db = open(options().set("statement_cache_size", "0"));
    auto tx = wait(db.begin());
    for (int i = 0; i < 2; ++i) {
      auto lo = open_new(wait, tx);
      auto const text = long_text(tusk::large_object_chunk + 1);
      write(wait, lo, text);
      wait(lo.seek(0));
      CHECK(read(wait, lo, text.size()) == text);
      wait([&] { return lo.close(); });
      wait([&] { return tusk::unlink_large_object(tx, lo.id()); });
    }
  });
}
