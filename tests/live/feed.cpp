// tusk: tests/live/feed.cpp — notifications whatever becomes of the connection, in both modes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/coroutines.hpp"
#include "support/each_mode.hpp"
#include "support/onlooker.hpp"
#include "support/proxy.hpp"
#include "support/stranger.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>

using namespace live;

namespace {

using namespace std::chrono_literals;

/// A feed of the mode of `wait`.
template <class Wait, class... A> auto feed_of(Wait const& wait, tusk::options const& o, A const&... a) {
  if constexpr (Wait::asynchronous)
    return wait(tusk::listen(o, a...));
  else
    return tusk::blocking::listen(o, a...);
}
/// The payload of the next event, or "reconnected".
template <class Wait, class Feed> std::string next(Wait const& wait, Feed& from) {
  auto const event = wait(from.next());
  auto const* const n = std::get_if<tusk::notification>(&event);
  return n != nullptr ? n->payload : "reconnected";
}
tusk::feed_options impatient() { return tusk::feed_options().delays(10ms, 50ms); }

/// Does something on another thread, after a while.
class later {
 public:
  template <class F>
  later(milliseconds when, F f)
      : thread_([when, f = std::move(f)] {
          std::this_thread::sleep_for(when);
          f();
        }) {}
  later(later const&) = delete;
  later& operator=(later const&) = delete;
  ~later() { thread_.join(); }

 private:
  std::thread thread_;
};

} // namespace

TEST_CASE("feed: notifications of several channels") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto feed = feed_of(wait, options(), "feed a", "feed b");
    CHECK(feed.is_connected());
    CHECK(feed.backend_pid() != db.backend_pid());
    for (int i = 0; i < 100; ++i) wait([&] { return db.notify(i % 2 == 0 ? "feed a" : "feed b", std::to_string(i)); });
    for (int i = 0; i < 100; ++i) CHECK(next(wait, feed) == std::to_string(i));
    feed.timeout(20ms);
    auto const e = error_of([&] { wait(feed.next()); });
    CHECK(e.code() == errc::timeout);
    CHECK_THAT(e.what(), ContainsSubstring("within 20 ms"));
    wait([&] { return db.notify("feed a", "x"); });
    feed.timeout(10s);
    CHECK(next(wait, feed) == "x");
    feed.close();
    CHECK(error_of([&] { wait(feed.next()); }).code() == errc::connection_closed);
    CHECK_FALSE(feed.is_connected());
  });
}

TEST_CASE("feed: the backend is terminated again and again") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    onlooker other;
    auto feed = feed_of(wait, options(), impatient(), "again");
    for (int i = 0; i < 5; ++i) {
      auto const pid = feed.backend_pid();
      wait([&] { return db.notify("again", "before"); });
      CHECK(next(wait, feed) == "before"); // a backend that is terminated does not send what it has been told
      other.terminate(pid);
      other.sees_end(pid);
      auto const event = wait(feed.next());
      auto const* const news = std::get_if<tusk::reconnected>(&event);
      REQUIRE(news != nullptr);
      CHECK(news->attempts == 1);
      CHECK(news->why.sqlstate() == sqlstate::admin_shutdown);
      CHECK(feed.backend_pid() != pid);
      wait([&] { return db.notify("again", "after"); });
      CHECK(next(wait, feed) == "after");
    }
  });
}

TEST_CASE("feed: the server is away for a while") {
  each_mode([](auto, auto wait) {
    proxy between;
    auto feed = feed_of(wait, between.options(), impatient(), "away");
    between.cut_after(0);
    between.cut();
    later const back(200ms, [&] { between.cut_after(SIZE_MAX); });
    auto const event = wait(feed.next());
    auto const* const news = std::get_if<tusk::reconnected>(&event);
    REQUIRE(news != nullptr);
    CHECK(news->attempts > 2);
    CHECK(news->attempts < 50);
    CHECK(news->why.code() == errc::connection_closed);
  });
}

TEST_CASE("feed: a wait that ends while the server is away goes on with the next one") {
  each_mode([](auto, auto wait) {
    proxy between;
    auto feed = feed_of(wait, between.options(), impatient(), "away");
    between.cut_after(0);
    between.cut();
    feed.timeout(30ms);
    for (int i = 0; i < 3; ++i) CHECK(error_of([&] { wait(feed.next()); }).code() == errc::timeout);
    CHECK_FALSE(feed.is_connected());
    between.cut_after(SIZE_MAX);
    feed.timeout(10s);
    CHECK(next(wait, feed) == "reconnected");
  });
}

TEST_CASE("feed: it gives up after a time, and may be asked again") {
  each_mode([](auto, auto wait) {
    proxy between;
    auto feed = feed_of(wait, between.options(), impatient().give_up_after(100ms), "away");
    between.cut_after(0);
    between.cut();
    auto const before = steady_clock::now();
    CHECK(error_of([&] { wait(feed.next()); }).code() == errc::connection_closed);
    CHECK(steady_clock::now() - before >= 100ms);
    between.cut_after(SIZE_MAX);
    CHECK(next(wait, feed) == "reconnected");
  });
}

TEST_CASE("feed: what cannot heal is told at once") {
  each_mode([](auto, auto wait) {
    loopback_port const nobody(false);
    auto const refused = options().host("127.0.0.1").port(nobody.number()).sslmode("disable");
    CHECK_THROWS_AS(feed_of(wait, refused, "x"), tusk::error); // the first attempt
    CHECK(error_of([&] { feed_of(wait, options().dbname("no_such"), "x"); }).sqlstate() ==
          sqlstate::invalid_catalog_name);
    CHECK(error_of([&] { feed_of(wait, options(), ""); }).code() == errc::invalid_parameter);
    int guests = 0;
    stranger const server([&](int fd) {
      receive_some(fd);
      if (guests++ == 0) {
        send_all(fd, welcome());
        receive_some(fd);
        send_all(fd, message('C', std::string("LISTEN\0", 7)) + message('Z', "I"));
        return;
      }
      send_all(fd, message('E', said("FATAL", "28P01", "password authentication failed")));
    });
    auto feed = feed_of(wait, server.options(), impatient(), "x");
    for (int i = 0; i < 2; ++i) CHECK(error_of([&] { wait(feed.next()); }).sqlstate() == sqlstate::invalid_password);
    CHECK(guests == 3);
  });
}

TEST_CASE("feed: a server that is silent is asked for a sign of life, and left without one") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    proxy between;
    auto feed = feed_of(wait, between.options(), impatient().check_every(30ms), "silent");
    feed.timeout(300ms);
    between.sent();
    CHECK(error_of([&] { wait(feed.next()); }).code() == errc::timeout); // it answers: nothing is to be told
    CHECK_THAT(between.sent(), StartsWith("QQQ"));
    CHECK(between.connections() == 1);
    wait([&] { return db.notify("silent", "x"); });
    CHECK(next(wait, feed) == "x");
    between.hold_replies(true);
    feed.timeout(20s);
    later const back(300ms, [&] { between.hold_replies(false); });
    auto const event = wait(feed.next());
    auto const* const news = std::get_if<tusk::reconnected>(&event);
    REQUIRE(news != nullptr);
    CHECK_THAT(news->why.what(), ContainsSubstring("sign of life"));
    wait([&] { return db.notify("silent", "y"); });
    CHECK(next(wait, feed) == "y");
  });
}

TEST_CASE("feed: a backlog that is full") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto feed = feed_of(wait, options(), tusk::feed_options().backlog(tusk::backlog(2)), "much");
    wait(db.script("do $$ begin for i in 1..5 loop perform pg_notify('much', i::text); end loop; end $$"));
    CHECK(next(wait, feed) == "1");
    CHECK(next(wait, feed) == "2");
    CHECK(error_of([&] { wait(feed.next()); }).code() == errc::notifications_lost);
    wait([&] { return db.notify("much", "6"); });
    CHECK(next(wait, feed) == "6");
  });
}

TEST_CASE("feed: cancelled at every moment, connected or not, and one waits at a time") {
  tusk::executor loop;
  proxy between;
  std::string heard;
  auto const body = [&]() -> task {
    auto db = co_await connect_asynchronously(options());
    auto feed = co_await tusk::listen(between.options(), impatient(), "cancelled");
    bool const came = co_await within(5ms, feed.next());
    CHECK_FALSE(came);
    between.cut();
    for (int i = 0; i < 5; ++i) {
      auto const again = co_await within(std::chrono::milliseconds(i % 3), feed.next());
      if (again) break; // reconnected
    }
    if (!feed.is_connected()) co_await feed.next();
    auto first = feed.next();
    auto second = feed.next();
    auto const wait = [&](asio::awaitable<tusk::feed_event> next) -> task {
      auto const event = co_await std::move(next);
      if (auto const* n = std::get_if<tusk::notification>(&event)) heard = n->payload;
    };
    loop.spawn(wait(std::move(first)));
    co_await pause(5ms);
    auto const busy = co_await tusk::as_result(std::move(second));
    CHECK(busy.error().code() == errc::connection_busy);
    co_await db.notify("cancelled", "x");
    while (heard.empty()) co_await pause(1ms);
  };
  loop.spawn(body());
  loop.run();
  CHECK(heard == "x");
}
