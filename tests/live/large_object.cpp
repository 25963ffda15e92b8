// tusk: tests/live/large_object.cpp — large objects: made, opened, read, written, sought, cut, removed.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"
#include "support/large_objects.hpp"
#include "support/proxy.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace live;

namespace {

using tusk::seek_from;
using tusk::transaction_status;

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
