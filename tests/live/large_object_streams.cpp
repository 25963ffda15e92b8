// tusk: tests/live/large_object_streams.cpp — large objects imported and exported, as streams.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"
#include "support/each_mode.hpp"
#include "support/large_objects.hpp"
#include "support/proxy.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace live;

namespace {

using tusk::large_object_chunk;
using tusk::large_object_piece;
using tusk::transaction_status;
using tusk::wire::byte_view;
using namespace std::chrono_literals;

/// Gives a text in portions of up to `most` bytes.
class text_source {
 public:
  explicit text_source(std::string t, std::size_t m = SIZE_MAX) : text_(std::move(t)), most_(m) {}
  std::size_t operator()(std::span<std::byte> to) {
    auto const n = std::min({to.size(), most_, text_.size() - at_});
    std::memcpy(to.data(), text_.data() + at_, n);
    at_ += n;
    return n;
  }

 private:
  std::string text_;
  std::size_t most_;
  std::size_t at_ = 0;
};
struct text_sink {
  std::string text;
  std::size_t largest = 0;
  std::size_t calls = 0;
  void operator()(byte_view bytes) {
    text += tusk::wire::as_text(bytes);
    largest = std::max(largest, bytes.size());
    ++calls;
  }
};

template <class Wait, class Tx> std::string exported(Wait const& wait, Tx& tx, tusk::oid id) {
  text_sink to;
  auto const n = wait(tusk::export_large_object(tx, id, to));
  CHECK(n == static_cast<std::int64_t>(to.text.size()));
  return to.text;
}
/// The transaction has failed, and its connection is good.
template <class Wait, class Connection, class Tx>
void check_failed_and_usable(Wait const& wait, Connection& db, Tx& tx) {
  CHECK(error_of([&] { wait(tx.execute("select 1")); }).sqlstate() == sqlstate::in_failed_sql_transaction);
  wait([&] { return tx.rollback(); });
  check_alive(wait, db);
}
/// An object of a gigabyte, in which there is nothing.
template <class Wait, class Tx> tusk::oid make_huge(Wait const& wait, Tx& tx) {
  auto lo = open_new(wait, tx);
  wait([&] { return lo.truncate(gib); });
  return lo.id();
}

} // namespace

TEST_CASE("large_object_streams: what is imported is exported, whatever its size") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto const all = long_text(2 * large_object_chunk + 1);
    for (auto const size :
         {std::size_t(0), std::size_t(1), large_object_piece - 1, large_object_piece, large_object_piece + 1,
          large_object_chunk - 1, large_object_chunk, large_object_chunk + 1, 2 * large_object_chunk, all.size()}) {
      auto const text = all.substr(0, size);
      text_source from(text);
      auto const id = wait(tusk::import_large_object(tx, from));
      CHECK(id != tusk::oid::none);
      CHECK(exported(wait, tx, id) == text);
    }
    auto const id = wait(tusk::import_large_object(tx, text_source(all, 1000))); // in portions, and moved
    CHECK(exported(wait, tx, id) == all);
  });
}

TEST_CASE("large_object_streams: memory is bounded, and requests are as few as can be") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto tx = wait(db.begin());
    auto const text = long_text(3 * large_object_chunk);
    text_source small("a small one"), large(text);
    tusk::oid id{};
    CHECK(between.during([&] { wait(tusk::import_large_object(tx, small)); }).sent == "PDBES");
    CHECK(between.during([&] { id = wait(tusk::import_large_object(tx, large)); }).sent == "BESPDBESBES");
    text_sink to;
    CHECK(between.during([&] { wait(tusk::export_large_object(tx, id, to)); }).sent == "PDBES");
    CHECK(to.text == text);
    CHECK(to.largest == large_object_piece);
    CHECK(to.calls == 12);
    wait(tx.execute("select 1"));
    auto const first = wait(tx.template query_one<int>("select lo_open($1, 262144)", id));
    CHECK(first == 0); // no descriptor is left open
  });
}

TEST_CASE("large_object_streams: streams of the standard library") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto const text = long_text(large_object_chunk + 10) + std::string("\0\n\r\xff", 4);
    std::istringstream in(text);
    auto const id = wait(tusk::import_large_object(tx, in));
    std::ostringstream out;
    CHECK(wait(tusk::export_large_object(tx, id, out)) == static_cast<std::int64_t>(text.size()));
    CHECK(out.str() == text);
    std::istringstream nothing;
    CHECK(exported(wait, tx, wait(tusk::import_large_object(tx, nothing))).empty());

    std::ifstream missing("/nowhere/tusk");
    auto const bad = error_of([&] { wait(tusk::import_large_object(tx, missing)); });
    CHECK(bad.code() == std::errc::io_error);
    wait(tx.execute("select 1")); // nothing had been sent
    auto const small = wait(tusk::import_large_object(tx, text_source("stays in a buffer")));
    for (auto const each : {small, id}) {
      std::ofstream full("/dev/full", std::ios::binary);
      CHECK(error_of([&] { wait(tusk::export_large_object(tx, each, full)); }).code() == std::errc::io_error);
    }
  });
}

TEST_CASE("large_object_streams: an oid that was asked for") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto const free = wait(tusk::create_large_object(tx));
    wait([&] { return tusk::unlink_large_object(tx, free); });
    CHECK(wait(tusk::import_large_object(tx, text_source("wanted"), free)) == free);
    CHECK(exported(wait, tx, free) == "wanted");
    auto const e = error_of([&] { wait(tusk::import_large_object(tx, text_source("again"), free)); });
    CHECK(e.sqlstate() == sqlstate::unique_violation);
  });
}

TEST_CASE("large_object_streams: unknown objects, and transactions that have ended") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    text_sink to;
    auto const e = error_of([&] { wait(tusk::export_large_object(tx, static_cast<tusk::oid>(4'000'000'002), to)); });
    CHECK(e.sqlstate() == sqlstate::undefined_object);
    wait([&] { return tx.rollback(); });
    auto const ended = [&](auto verb) { check_refused([&] { wait(verb); }, errc::connection_busy, "has ended"); };
    ended([&] { return tusk::export_large_object(tx, tusk::oid::none, to); });
    std::istringstream in("is not touched");
    ended([&] { return tusk::import_large_object(tx, in); });
    CHECK(in.tellg() == 0);
    CHECK(to.calls == 0);
    check_alive(wait, db);
  });
}

TEST_CASE("large_object_streams: a source that throws, or lies") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    text_source good(long_text(2 * large_object_chunk));
    int calls = 0;
    auto const breaks = [&](std::span<std::byte> to) {
      if (++calls == 2) throw std::runtime_error("no more");
      return good(to);
    };
    CHECK_THROWS_AS(wait(tusk::import_large_object(tx, breaks)), std::runtime_error);
    auto const lies = [](std::span<std::byte> to) { return to.size() + 1; };
    CHECK(error_of([&] { wait(tusk::import_large_object(tx, lies)); }).code() == errc::invalid_parameter);
    auto const fails = [](std::span<std::byte>) { return std::ptrdiff_t(-1); }; // as read(2) does
    CHECK(error_of([&] { wait(tusk::import_large_object(tx, fails)); }).code() == errc::invalid_parameter);
    wait(tx.execute("select 1")); // nothing has gone wrong on the server
    wait([&] { return tx.commit(); });
    check_alive(wait, db);
  });
}

TEST_CASE("large_object_streams: a sink that throws") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto const id = make_huge(wait, tx);
    int calls = 0;
    auto const breaks = [&](byte_view) {
      if (++calls == 3) throw std::runtime_error("enough");
    };
    CHECK_THROWS_AS(wait(tusk::export_large_object(tx, id, breaks)), std::runtime_error);
    check_failed_and_usable(wait, db, tx);
  });
}

TEST_CASE("large_object_streams: while one is exported the transaction has no other request") {
  each_mode([](auto open, auto wait) {
    if constexpr (!wait.asynchronous) {
      auto db = open();
      auto tx = wait(db.begin());
      auto const id = wait(tusk::import_large_object(tx, text_source(long_text(10 * large_object_chunk))));
      bool busy = false;
      auto const asks = [&](byte_view) {
        busy = error_of([&] { wait(tx.execute("select 1")); }).code() == errc::connection_busy;
      };
      wait(tusk::export_large_object(tx, id, asks));
      CHECK(busy);
      wait(tx.execute("select 1"));
    }
  });
}

TEST_CASE("large_object_streams: a limit of time, and the connection is usable after it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto other = open();
    auto blocker = wait(other.begin());
    auto const theirs = wait(tusk::import_large_object(blocker, text_source("theirs")));
    auto tx = wait(db.begin());
    db.timeout(50ms);
    // It waits to be told whether theirs is going to be committed.
    auto const e = error_of([&] { wait(tusk::import_large_object(tx, text_source("mine"), theirs)); });
    CHECK(e.code() == errc::timeout);
    db.timeout(0ms);
    check_failed_and_usable(wait, db, tx);
  });
}

TEST_CASE("large_object_streams: sources and sinks that are coroutines") {
  loop_with_connection on;
  auto const text = long_text(large_object_chunk + 1);
  std::string got;
  auto const body = [&]() -> task {
    auto tx = co_await on.db().begin();
    text_source from(text, large_object_chunk / 3);
    auto const source = [&](std::span<std::byte> to) -> asio::awaitable<std::size_t> {
      co_await pause(1ms);
      co_return from(to);
    };
    auto const sink = [&](byte_view bytes) -> task {
      co_await pause(1ms);
      got += tusk::wire::as_text(bytes);
    };
    auto const id = co_await tusk::import_large_object(tx, source);
    co_await tusk::export_large_object(tx, id, sink);
  };
  on.spawn(body());
  on.run();
  CHECK(got == text);
}

TEST_CASE("large_object_streams: an export is cancelled by a deadline, at any moment") {
  loop_with_connection on;
  auto const body = [&]() -> task {
    for (int round = 0; round < 12; ++round) {
      auto tx = co_await on.db().begin();
      auto const id = co_await tusk::create_large_object(tx);
      auto lo = co_await tusk::open_large_object(tx, id, writable);
      co_await lo.truncate(8 * gib);
      text_sink to;
      auto const counts = [&](byte_view bytes) { to.calls += bytes.size(); };
      auto const late =
          co_await tusk::as_result(tusk::with_timeout(milliseconds(round), tusk::export_large_object(tx, id, counts)));
      CHECK_FALSE(late.has_value());
      if (!late.has_value()) CHECK(late.error().code() == errc::timeout);
      if (round == 11) CHECK(to.calls > 0);
    }
    CHECK(co_await on.db().query_one<int>("select 42") == 42);
    CHECK(on.db().transaction_status() == transaction_status::idle);
  };
  on.spawn(body());
  on.run();
  CHECK(on.db().is_open());
}

TEST_CASE("large_object_streams: an import and a write are cancelled at any moment") {
  loop_with_connection on;
  auto const text = long_text(8 * large_object_chunk);
  auto const body = [&]() -> task {
    for (int round = 0; round < 12; ++round) {
      auto tx = co_await on.db().begin();
      auto lo = co_await tusk::open_large_object(tx, co_await tusk::create_large_object(tx), writable);
      text_source endless(text, 1000);
      auto const source = [&](std::span<std::byte> to) { return to.size(); };
      if (round % 2 == 0) {
        auto const done = co_await within(milliseconds(round), tusk::import_large_object(tx, source));
        CHECK_FALSE(done); // it has no end
      } else
        co_await within(milliseconds(round), lo.write(std::as_bytes(std::span(text))));
    }
    CHECK(co_await on.db().query_one<int>("select 42") == 42);
    CHECK(on.db().transaction_status() == transaction_status::idle);
  };
  on.spawn(body());
  on.run();
  CHECK(on.db().is_open());
}

TEST_CASE("large_object_streams: the transaction moves before the task is awaited, the source is moved in") {
  loop_with_connection on;
  auto const body = [&]() -> task {
    auto tx = co_await on.db().begin();
    auto import = std::make_unique<text_source>("kept by the task");
    auto made = tusk::import_large_object(tx, std::move(*import));
    import.reset();
    auto elsewhere = std::move(tx);
    auto const id = co_await std::move(made);
    text_sink to;
    co_await tusk::export_large_object(elsewhere, id, to);
    CHECK(to.text == "kept by the task");
  };
  on.spawn(body());
  on.run();
}

TEST_CASE("large_object_streams: a task that is never awaited has no effect") {
  proxy between;
  loop_with_connection on(between.options());
  auto const body = [&]() -> task {
    auto tx = co_await on.db().begin();
    auto lo = co_await tusk::open_large_object(tx, co_await tusk::create_large_object(tx));
    between.sent();
    int calls = 0;
    auto const counts = [&](auto) { return static_cast<std::size_t>(++calls); };
    { auto const never = tusk::import_large_object(tx, counts); }
    { auto const never = lo.close(); }
    CHECK(calls == 0);
    CHECK(lo.is_open());
    CHECK(between.sent().empty());
  };
  on.spawn(body());
  on.run();
}
