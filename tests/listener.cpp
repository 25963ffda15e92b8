// tusk: tests/listener.cpp — those who wait for notifications, and those who use the connection meanwhile.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/loop_stage.hpp"

#include <tusk/listener.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

using namespace messages;
using namespace login;
using std::chrono::milliseconds;

namespace {

using listener = tusk::basic_listener<loop_mode>;
using tusk::net::inbox;
using tusk::protocol::ref;

std::string const one_row = "T(a) D7 C(SELECT 1) ";

std::string told(std::string_view payload, std::string_view channel = "jobs") {
  return notification(5, channel, payload);
}

/// A connection that listens, and coroutines that wait for what comes.
struct listening : loop_stage {
  explicit listening(milliseconds cancel_timeout = std::chrono::seconds(60)) : loop_stage(cancel_timeout) {
    jobs.emplace(listen("jobs"));
  }
  listener listen(std::string channel, std::size_t most = 10) {
    return listener(pump, ref<inbox>(new inbox({std::move(channel)}, most)));
  }
  /// Lets a new coroutine wait for the next notification of `from`. It has not begun before the next turn.
  client& wait(listener& from) {
    auto& c = waiters_.emplace_back();
    auto const run = [](asio::awaitable<tusk::notification> next, client& me) -> asio::awaitable<void> {
      auto const n = co_await std::move(next);
      me.log = n.payload;
    };
    asio::co_spawn(io(), run(from.next(), c), asio::bind_cancellation_slot(c.signal.slot(), [&c](std::exception_ptr e) {
                     c.failed = e;
                     c.ended = true;
                   }));
    return c;
  }
  client& wait() { return wait(*jobs); }
  /// Nobody waits for ever, and nothing is lost.
  void check_hears() {
    auto& c = wait();
    turn();
    say(told("at last"));
    CHECK(c.outcome() == "at last");
    check_usable();
  }
  std::optional<listener> jobs;

 private:
  std::deque<client> waiters_;
};

std::string const unlisten = [] {
  tusk::wire::buffer b;
  tusk::wire::simple_query(b, "unlisten \"jobs\";");
  return std::string(tusk::wire::as_text(b.view()));
}();
std::string const unlistened = command_complete("UNLISTEN") + ready();

} // namespace

TEST_CASE("a listener waits without sending anything") {
  listening s;
  auto& a = s.wait();
  s.turn();
  CHECK(s.heard().empty());
  s.say(told("1") + told("x", "others") + told("2"));
  CHECK(a.outcome() == "1");
  CHECK(s.wait().outcome() == "waits");
  s.turn();
  CHECK(s.jobs->waiting() == 0);
  s.check_hears();
}

TEST_CASE("a request goes out at once though a listener waits, and its answer is its own") {
  listening s;
  auto& waits = s.wait();
  s.turn();
  auto& a = s.ask("A");
  s.turn();
  CHECK(s.heard() == "A");
  auto& b = s.ask("B");
  s.turn();
  CHECK(s.heard() == "B");
  s.say(result(1));
  CHECK(a.outcome() == one_row);
  CHECK(waits.outcome() == "waits");
  s.say(begin_of_result() + told("between") + data_row({"x"}) + end_of_result(1));
  CHECK(b.outcome() == one_row);
  CHECK(waits.outcome() == "between");
  s.check_hears();
}

TEST_CASE("many requests in a row while a listener waits") {
  listening s;
  auto& waits = s.wait();
  for (int i = 0; i < 100; ++i) s.check_usable();
  CHECK(waits.outcome() == "waits");
  s.say(told("x"));
  CHECK(waits.outcome() == "x");
}

TEST_CASE("a request that is cancelled while a listener waits is ended by that") {
  listening s;
  auto& waits = s.wait();
  s.turn();
  auto& a = s.ask("A");
  s.turn();
  CHECK(s.heard() == "A");
  a.cancel();
  s.turn();
  CHECK(a.outcome() == "cancelled"); // at once: somebody else reads
  auto request = s.cancel_request();
  auto& b = s.ask("B");
  s.turn();
  CHECK(s.heard().empty());
  request = live::descriptor();
  s.say(told("1") + cancelled_by_us());
  CHECK(waits.outcome() == "1");
  CHECK(s.heard() == "B");
  s.say(result(1));
  CHECK(b.outcome() == one_row);
  s.check_hears();
}

TEST_CASE("what is asked at once after that is not sent before the server has ended it") {
  listening s;
  auto& waits = s.wait();
  s.turn();
  auto& a = s.ask("A");
  s.turn();
  CHECK(s.heard() == "A");
  a.cancel();
  auto& b = s.ask("B");
  s.turn();
  CHECK(a.outcome() == "cancelled");
  CHECK(s.heard().empty()); // behind A it would keep that from being cancelled
  auto request = s.cancel_request();
  request = live::descriptor();
  s.say(cancelled_by_us());
  CHECK(s.heard() == "B");
  s.say(result(1));
  CHECK(b.outcome() == one_row);
  s.say(told("x"));
  CHECK(waits.outcome() == "x");
  s.check_hears();
}

TEST_CASE("a server that ends nothing is left, and the listener is told why") {
  listening s(milliseconds(30));
  auto& waits = s.wait();
  s.turn();
  auto& a = s.ask("A");
  s.turn();
  a.cancel();
  s.turn();
  s.cancel_request();
  s.run_for(milliseconds(200));
  CHECK_THAT(waits.outcome(), ContainsSubstring("cancel_timeout"));
}

TEST_CASE("a listener that goes away leaves the requests alone") {
  listening s;
  auto& waits = s.wait();
  s.turn();
  auto& a = s.ask("A");
  SECTION("before it has handed the lead on") { waits.cancel(); }
  SECTION("afterwards") {
    s.turn();
    waits.cancel();
  }
  s.turn();
  CHECK(waits.outcome() == "cancelled");
  CHECK(s.heard() == "A");
  s.say(told("kept") + result(1));
  CHECK(a.outcome() == one_row);
  CHECK(!s.knocked());
  auto& again = s.wait();
  s.turn();
  CHECK(again.outcome() == "kept");
  s.check_hears();
}

TEST_CASE("several wait: each listener hears all, each of those who wait for the same one gets another one") {
  listening s;
  auto other = s.listen("jobs");
  auto news = s.listen("news");
  auto& a = s.wait();
  auto& b = s.wait(other);
  auto& c = s.wait();
  auto& d = s.wait(news);
  s.turn();
  s.say(told("1"));
  CHECK(a.outcome() + c.outcome() == "1waits");
  CHECK(b.outcome() == "1");
  s.say(told("2"));
  CHECK((a.outcome() + c.outcome() == "12" || c.outcome() + a.outcome() == "12"));
  CHECK(other.waiting() == 1);
  CHECK(d.outcome() == "waits");
  s.say(told("3", "news"));
  CHECK(d.outcome() == "3");
  s.check_hears();
}

TEST_CASE("whoever is cancelled at whatever moment, no notification is lost") {
  for (bool alone : {true, false})
    for (int steps = 0; steps < 12; ++steps) {
      CAPTURE(alone, steps);
      listening s;
      auto idle = s.listen("idle");
      auto* const leads = alone ? nullptr : &s.wait(idle);
      s.turn();
      auto& a = s.wait();
      s.turn();
      live::send_all(s.server.get(), told("it"));
      s.io().restart();
      for (int i = 0; i < steps; ++i) s.io().poll_one();
      bool const had_it = a.ended; // afterwards nobody looks at what it returns: `||` has the other's result by then
      a.cancel();
      s.turn();
      CHECK(a.outcome() == (had_it ? "it" : "cancelled"));
      auto& b = s.wait();
      s.turn();
      CHECK(b.outcome() == (had_it ? "waits" : "it"));
      if (leads != nullptr) CHECK(leads->outcome() == "waits");
      s.check_usable();
    }
}

TEST_CASE("a token ends waits that have begun, and no later one") {
  listening s;
  auto other = s.listen("jobs");
  auto const token = s.pump->share_interruptor();
  auto& a = s.wait();
  auto& b = s.wait(other);
  s.turn();
  token->interrupt();
  auto& c = s.wait();
  s.turn();
  CHECK(a.outcome() == "cancelled");
  CHECK(b.outcome() == "cancelled");
  CHECK(c.outcome() == "waits");
  CHECK(!s.knocked());
  s.say(told("x"));
  CHECK(c.outcome() == "x");
  token->interrupt();
  s.turn();
  s.check_hears();
}

TEST_CASE("a limit of time ends a wait, and the one who follows goes on") {
  listening s;
  s.pump->crew().timeout = milliseconds(10);
  auto& a = s.wait();
  s.turn();
  s.pump->crew().timeout = milliseconds(0);
  auto& b = s.wait();
  s.run_for(milliseconds(60));
  CHECK(a.error().code() == tusk::errc::timeout);
  CHECK(a.error().safe_to_retry());
  s.say(told("x"));
  CHECK(b.outcome() == "x");
  s.check_hears();
}

TEST_CASE("clean-up is sent while a listener waits") {
  listening s;
  auto news = std::make_optional(s.listen("news"));
  auto& a = s.wait(*news);
  auto& b = s.wait(*news);
  s.turn();
  s.jobs.reset();
  s.turn();
  CHECK(s.heard() == unlisten);
  s.say(unlistened + told("1", "news"));
  CHECK(a.outcome() + b.outcome() == "1waits");
  s.check_usable();
}

TEST_CASE("a listener that ends tells those who wait for it") {
  listening s;
  auto& a = s.wait();
  auto& b = s.wait();
  s.turn();
  SECTION("by its destructor") {
    s.jobs.reset();
    s.turn();
    s.ask("A");
    s.turn();
    CHECK(s.heard() == unlisten + "A"); // ahead of it
    s.say(unlistened + result());
  }
  SECTION("by unlisten()") {
    asio::co_spawn(s.io(), s.jobs->unlisten(), [](std::exception_ptr e) { CHECK(!e); });
    s.turn();
    CHECK(s.heard() == unlisten);
    s.say(unlistened);
  }
  CHECK(a.error().code() == tusk::errc::listener_closed);
  CHECK(b.error().code() == tusk::errc::listener_closed);
  s.check_usable();
}

TEST_CASE("everybody who waits is told of the connection's end") {
  listening s;
  auto other = s.listen("jobs");
  auto& a = s.wait();
  auto& b = s.wait(other);
  s.turn();
  SECTION("with what came before it") {
    live::send_all(s.server.get(), told("last"));
    s.server = live::descriptor();
    s.turn();
    CHECK(a.outcome() == "last");
    CHECK(b.outcome() == "last");
    auto& c = s.wait();
    s.turn();
    CHECK(c.error().code() == tusk::errc::connection_closed);
  }
  SECTION("by the server, in its words") {
    s.say(fatal("57P01", "terminating connection"));
    s.server = live::descriptor();
    s.turn();
    for (auto const* c : {&a, &b}) {
      CHECK(c->error().code() == tusk::errc::connection_closed);
      CHECK(c->error().sqlstate() == tusk::sqlstate::admin_shutdown);
    }
  }
  SECTION("by us") {
    s.pump->close(tusk::error(tusk::errc::connection_closed, "enough"));
    s.turn();
    CHECK(a.outcome() == "enough");
    CHECK(b.outcome() == "enough");
  }
}

TEST_CASE("a loop that ends takes those who wait with it") {
  listening s;
  auto other = s.listen("jobs");
  s.wait();
  s.wait(other);
  s.turn();
  if (GENERATE(true, false)) s.ask("A");
  { auto const gone = std::move(other); }
  s.jobs.reset();
  s.end_loop();
  s.heard();
  CHECK(hung_up(s.server));
}
