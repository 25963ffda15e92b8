// tusk: tests/live/connect_cancelled.cpp — an attempt to connect is cancelled, or destroyed, at each of its steps.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A step is a turn of the loop: a name that is looked up, a socket that is connected, an answer of the server. How many
// there are is found out by going on until the attempt has succeeded.
#include "support/coroutines.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <dirent.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using live::task;

std::string const name = "connect_cancelled";

/// How many files this process has open.
int open_files() {
  int n = 0;
  auto* const directory = ::opendir("/proc/self/fd");
  REQUIRE(directory != nullptr);
  while (::readdir(directory) != nullptr) ++n;
  ::closedir(directory);
  return n;
}

/// One attempt, on a loop of its own, that is left alone for some steps.
class attempt {
 public:
  attempt(tusk::options const& o, int steps) {
    asio::co_spawn(loop_.context(), connect(o), asio::bind_cancellation_slot(signal_.slot(), asio::detached));
    for (int i = 0; i < steps && !ended_; ++i) loop_.context().run_one();
  }
  bool connected() const { return db_.has_value(); }
  /// Goes on until there is nothing left but to wait.
  void settle() {
    while (loop_.context().poll_one() != 0) {}
  }
  void cancel() {
    signal_.emit(asio::cancellation_type::terminal);
    loop_.context().restart();
    loop_.run();
    CHECK(ended_);
  }
  std::string const& outcome() const { return outcome_; }

 private:
  task connect(tusk::options o) {
    outcome_ = co_await live::outcome_of(live::connect_into(db_, std::move(o)));
    ended_ = true;
  }
  tusk::executor loop_;
  asio::cancellation_signal signal_;
  std::optional<tusk::connection> db_;
  std::string outcome_;
  bool ended_ = false;
};

/// The ways to connect, each with steps of its own.
std::vector<tusk::options> ways() {
  auto const plain = live::options();
  std::vector<tusk::options> all{plain};
  all.push_back(tusk::options(plain).user("tusk_scram").password("secret scram"));
  all.push_back(tusk::options(plain).target_session_attrs("primary"));
  if (!live::over_unix()) all.push_back(tusk::options(plain).host("localhost").sslmode("require").sslrootcert(""));
  if (!live::over_unix()) all.push_back(tusk::options(plain).host("localhost").sslmode("prefer").sslrootcert(""));
  if (!live::over_unix() && !live::over_tls())
    all.push_back(tusk::options(plain).user("tusk_admin").upgrade_to_unix_socket("true"));
  for (auto& o : all) o.application_name(name);
  return all;
}

/// Calls `end` with an attempt after each number of steps, until one has succeeded before.
template <class F> void at_each_step(F end) {
  for (auto const& o : ways()) {
    INFO(to_string(o));
    int const before = open_files();
    int steps = 1; // one that has not begun is Asio's affair
    for (bool connected = false; !connected; ++steps) {
      REQUIRE(steps < 1000);
      INFO("after " << steps << " steps");
      attempt a(o, steps);
      connected = a.connected();
      end(a);
    }
    CHECK(steps > 2);
    CHECK(open_files() == before);
  }
}

void check_that_nobody_is_left() {
  auto db = tusk::blocking::connect(live::options().user("tusk_admin")); // who sees what others are called
  auto const limit = live::steady_clock::now() + std::chrono::seconds(30);
  auto const left = [&] {
    return db.query_one<int>("select count(*)::int from pg_stat_activity where application_name = $1", name);
  };
  while (left() != 0 && live::steady_clock::now() < limit) std::this_thread::sleep_for(live::milliseconds(1));
  CHECK(left() == 0);
}

} // namespace

TEST_CASE("connect: cancelled at each of its steps") {
  SECTION("while it waits") {
    at_each_step([](attempt& a) {
      a.settle();
      bool const connected = a.connected();
      a.cancel();
      CHECK(a.outcome() == (connected ? "done" : "cancelled"));
      CHECK(a.connected() == connected);
    });
  }
  SECTION("and what it waited for may be there already") {
    at_each_step([](attempt& a) {
      a.cancel();
      CHECK(a.outcome() == (a.connected() ? "done" : "cancelled"));
    });
  }
  check_that_nobody_is_left();
}

TEST_CASE("connect: destroyed at each of its steps") {
  at_each_step([](attempt&) {});
  check_that_nobody_is_left();
}
