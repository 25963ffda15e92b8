// tusk: tests/net/deadlines.cpp — the time that operations may take, on a clock that the test moves.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/deadlines.hpp>

#include "support/memory_mode.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using std::chrono::milliseconds;
using namespace std::chrono_literals;

namespace {

/// A mode with a clock and timers, and nothing else.
struct manual_mode {
  static constexpr bool concurrent = true;
  struct clock {
    using rep = std::int64_t;
    using period = std::nano;
    using duration = std::chrono::nanoseconds;
    using time_point = std::chrono::time_point<clock>;
    static constexpr bool is_steady = true;
    static time_point now() noexcept { return current(); }
    static time_point& current() noexcept {
      static time_point t;
      return t;
    }
  };
  class timer;
  struct loop {
    timer* only = nullptr;
  };
  using executor = loop*;

  class timer {
   public:
    explicit timer(executor e) { e->only = this; }
    template <class F> void set(clock::time_point when, F f) {
      when_ = when;
      f_ = std::move(f);
      ++sets;
    }
    void cancel() noexcept {
      when_.reset();
      f_ = nullptr;
    }
    bool runs() const noexcept { return when_.has_value(); }
    clock::time_point when() const { return *when_; }
    /// Lets the time pass until `t`; the loop calls what is due.
    void run_until(clock::time_point t) {
      while (when_ && *when_ <= t) {
        clock::current() = std::max(clock::current(), *when_);
        when_.reset();
        auto const f = std::exchange(f_, nullptr);
        f();
      }
      clock::current() = std::max(clock::current(), t);
    }
    int sets = 0;

   private:
    std::optional<clock::time_point> when_;
    std::function<void()> f_;
  };
};
using clock_type = manual_mode::clock;
using deadlines = tusk::net::deadlines<manual_mode>;
using deadline = tusk::net::deadline<manual_mode>;

/// Deadlines as a connection has them: those whose time is up are taken out at once.
struct stage {
  void add(deadline& d, milliseconds limit) {
    all.add(d, limit, [this] { expire(); });
  }
  void expire() {
    ++expirations;
    while (auto* const d = all.take_passed([this] { expire(); })) passed.push_back(d);
  }
  void pass(milliseconds time) { loop.only->run_until(clock_type::now() + time); }
  bool timer_runs() const { return loop.only->runs(); }
  milliseconds timer_in() const {
    return std::chrono::duration_cast<milliseconds>(loop.only->when() - clock_type::now());
  }
  manual_mode::loop loop;
  deadlines all{&loop};
  std::vector<deadline*> passed;
  int expirations = 0;
};

} // namespace

TEST_CASE("no timer runs while nobody has a deadline") {
  stage s;
  CHECK(!s.timer_runs());
  deadline d;
  CHECK(!d.passed());
  s.add(d, 10ms);
  CHECK(s.timer_runs());
  s.all.remove(d);
  CHECK(!s.timer_runs());
  CHECK(s.all.take_passed([] {}) == nullptr);
  CHECK(!s.timer_runs());
}

TEST_CASE("a deadline passes at its time and not before") {
  stage s;
  deadline d;
  s.add(d, 10ms);
  s.pass(9ms);
  CHECK(!d.passed());
  CHECK(s.expirations == 0);
  s.pass(1ms);
  CHECK(d.passed());
  CHECK(s.passed == std::vector{&d});
  CHECK(!s.timer_runs());
  CHECK(s.expirations == 1);
}

TEST_CASE("an operation that is done in time has not passed its deadline, and the timer stops") {
  stage s;
  deadline d;
  s.add(d, 10ms);
  s.pass(5ms);
  s.all.remove(d);
  s.pass(100ms);
  CHECK(!d.passed());
  CHECK(s.passed.empty());
  CHECK(s.expirations == 0);
}

TEST_CASE("to remove what is not there, or was taken out, does nothing") {
  stage s;
  deadline d;
  deadline other;
  s.all.remove(d);
  s.add(d, 10ms);
  s.add(other, 20ms);
  s.pass(10ms);
  CHECK(d.passed());
  s.all.remove(d);
  s.all.remove(d);
  CHECK(d.passed());
  CHECK(s.timer_runs());
  s.pass(10ms);
  CHECK(other.passed());
}

TEST_CASE("deadlines pass in the order of their times, in whatever order they were set") {
  stage s;
  deadline a;
  deadline b;
  deadline c;
  s.add(b, 20ms);
  CHECK(s.timer_in() == 20ms);
  s.add(c, 30ms);
  CHECK(s.timer_in() == 20ms);
  s.add(a, 10ms);
  CHECK(s.timer_in() == 10ms);
  s.pass(15ms);
  CHECK(s.passed == std::vector{&a});
  CHECK(s.timer_in() == 5ms);
  s.pass(100ms);
  CHECK(s.passed == std::vector{&a, &b, &c});
  CHECK(!s.timer_runs());
}

TEST_CASE("deadlines of the same time pass together, the one that was set first in front") {
  stage s;
  std::deque<deadline> some(3);
  for (auto& d : some) s.add(d, 10ms);
  s.pass(10ms);
  CHECK(s.passed == std::vector{&some[0], &some[1], &some[2]});
  CHECK(s.expirations == 1);
}

TEST_CASE("many operations with the same limit set the timer once") {
  stage s;
  std::deque<deadline> some(100);
  for (auto& d : some) {
    s.add(d, 1000ms);
    s.pass(1ms);
  }
  CHECK(s.loop.only->sets == 1);
  for (auto& d : some) s.all.remove(d);
  CHECK(!s.timer_runs());
}

TEST_CASE("when the earliest is done the timer goes off for nobody and is set for the next") {
  stage s;
  deadline early;
  deadline late;
  s.add(early, 10ms);
  s.add(late, 20ms);
  s.all.remove(early);
  s.pass(10ms);
  CHECK(s.passed.empty());
  CHECK(s.timer_in() == 10ms);
  s.pass(10ms);
  CHECK(s.passed == std::vector{&late});
  CHECK(!early.passed());
}

TEST_CASE("one in the middle can go, and the first and the last") {
  for (int gone = 0; gone < 3; ++gone) {
    CAPTURE(gone);
    stage s;
    std::deque<deadline> some(3);
    for (std::size_t i = 0; i < 3; ++i) s.add(some[i], milliseconds(10 * (i + 1)));
    s.all.remove(some[static_cast<std::size_t>(gone)]);
    s.pass(100ms);
    std::vector<deadline*> expected;
    for (int i = 0; i < 3; ++i)
      if (i != gone) expected.push_back(&some[static_cast<std::size_t>(i)]);
    CHECK(s.passed == expected);
  }
}

TEST_CASE("a deadline can be used again, and has not passed then") {
  stage s;
  deadline d;
  s.add(d, 10ms);
  s.pass(10ms);
  CHECK(d.passed());
  s.add(d, 10ms);
  CHECK(!d.passed());
  s.pass(9ms);
  CHECK(!d.passed());
  s.pass(1ms);
  CHECK(d.passed());
  CHECK(s.passed.size() == 2);
}

TEST_CASE("no time at all is up at once, but only the loop says so") {
  stage s;
  deadline d;
  s.add(d, 0ms);
  CHECK(!d.passed());
  s.pass(0ms);
  CHECK(d.passed());
}

TEST_CASE("a limit beyond what the clock can count is no limit") {
  stage s;
  s.pass(1000ms);
  deadline endless;
  deadline soon;
  s.add(endless, milliseconds::max());
  CHECK(s.loop.only->when() == clock_type::time_point::max());
  s.add(soon, 10ms);
  CHECK(s.timer_in() == 10ms);
  s.pass(std::chrono::hours(24 * 365));
  CHECK(soon.passed());
  CHECK(!endless.passed());
  s.all.remove(endless);
  CHECK(!s.timer_runs());
}

TEST_CASE("who is told that his time is up may take others out and set new deadlines") {
  manual_mode::loop loop;
  deadlines all(&loop);
  deadline a;
  deadline b;
  deadline c;
  std::function<void()> expire = [&] {
    while (auto* const d = all.take_passed([&] { expire(); }))
      if (d == &a) {
        all.remove(b);
        all.add(c, 10ms, [&] { expire(); });
      }
  };
  all.add(a, 10ms, [&] { expire(); });
  all.add(b, 10ms, [&] { expire(); });
  loop.only->run_until(clock_type::now() + 10ms);
  CHECK(a.passed());
  CHECK(!b.passed());
  CHECK(!c.passed());
  loop.only->run_until(clock_type::now() + 10ms);
  CHECK(c.passed());
  CHECK(!b.passed());
}

TEST_CASE("thousands of deadlines that come and go pass as if each had a timer of its own") {
  stage s;
  std::mt19937 random(1);
  struct one {
    deadline d;
    clock_type::time_point when;
    bool listed = false;
  };
  std::deque<one> some(200);
  for (int i = 0; i < 5000; ++i) {
    auto& o = some[random() % some.size()];
    if (o.listed && !o.d.passed()) {
      s.all.remove(o.d);
      o.listed = false;
    } else {
      auto const limit = milliseconds(random() % 50);
      s.add(o.d, limit);
      o.when = clock_type::now() + limit;
      o.listed = true;
    }
    if (random() % 4 == 0) s.pass(milliseconds(random() % 5));
    for (auto const& each : some)
      if (each.listed && each.d.passed() != (each.when <= clock_type::now())) {
        // Only one that was set for no time at all waits for the loop.
        REQUIRE(!each.d.passed());
        REQUIRE(each.when == clock_type::now());
      }
  }
  s.pass(100ms);
  for (auto const& each : some) CHECK(each.d.passed() == each.listed);
  CHECK(!s.timer_runs());
}

TEST_CASE("where the socket watches the clock a deadline is its alarm, and nothing has to be kept") {
  using mode = memory::memory_mode;
  static_assert(!std::is_same_v<tusk::net::deadlines_of<mode>::type, tusk::net::deadlines<mode>>);
  static_assert(std::is_same_v<tusk::net::deadlines_of<manual_mode>::type, deadlines>);
  memory::network net;
  mode::socket socket({&net});
  socket.connect(tusk::net::address::unix_socket("@server"), {});
  tusk::net::deadline<mode> d;
  CHECK(!d.passed());
  d.begin({&net}, socket, 10ms);
  std::byte byte;
  auto const failed = memory::error_of([&] { socket.read_some({&byte, 1}, false); });
  CHECK(failed.code() == tusk::errc::timeout);
  CHECK(net.now == 10ms);
  CHECK(d.passed());
  d.end();
  CHECK(!d.passed());
}
