// tusk: tests/net/interruptor.cpp — other threads that want an operation to end.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/interruptor.hpp>

#include <tusk/cancel_token.hpp>
#include <tusk/net/async_mode.hpp>

#include "support/fake_tls.hpp"
#include "support/login.hpp"
#include "support/memory_mode.hpp"

#include <atomic>
#include <cstring>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

using std::chrono::milliseconds;

namespace {

using loop_mode = tusk::net::async_mode<>;
using on_executor = tusk::net::executor_interruptor<loop_mode>;

/// A connection on a loop, as far as it can be interrupted.
struct looped {
  looped()
      : shared(std::make_shared<on_executor>(io->get_executor(), [this](tusk::net::moment) {
          by = std::this_thread::get_id();
          ++asked;
        })) {}
  /// The connection goes away.
  void close() { shared->close(); }
  std::unique_ptr<asio::io_context> io = std::make_unique<asio::io_context>();
  std::shared_ptr<on_executor> shared;
  int asked = 0;
  std::thread::id by;
};

template <class F> void in_another_thread(F f) {
  std::thread t(f);
  t.join();
}

/// A blocking connection, as far as it can be interrupted. Only one thread asks at a time: the network is none for two.
struct blocked {
  explicit blocked(milliseconds cancel_timeout = std::chrono::hours(1), bool secure = false) {
    settings.cancel_timeout = cancel_timeout;
    net.on_connect = [this, secure](memory::peer& p) {
      p.talk = [this, secure](memory::peer& me, std::string_view fresh) {
        if (secure && !agree(me, fresh)) return;
        if (!secure && me.got.size() < login::cancel_request.size()) return;
        on_request(static_cast<int>(net.peers.size()));
        me.end();
      };
    };
    tusk::net::cancel_key key{7, {}};
    key.bytes.resize(4);
    key.bytes[3] = std::byte{9};
    it.emplace(memory::memory_mode::executor{&net}, tusk::net::address::unix_socket("@server"), settings,
               tusk::net::tls_settings{}, std::move(key), secure);
  }
  /// Whether the request has come, through TLS.
  static bool agree(memory::peer& me, std::string_view fresh) {
    if (me.got.size() == 8 && !fresh.empty()) me.say("S");
    if (fresh == fake_tls::greeting) me.say(fake_tls::consent);
    return fresh.starts_with('d');
  }
  int requests() const { return static_cast<int>(net.peers.size()); }
  fake_tls::installed tls_installed;
  memory::network net;
  tusk::conninfo::settings settings;
  /// Called with each CancelRequest, counted from 1, while it is under way.
  std::function<void(int)> on_request = [](int) {};
  std::optional<tusk::net::thread_interruptor<memory::memory_mode>> it;
};

} // namespace

TEST_CASE("where there is an executor the wish is handed over to it, never granted on the spot") {
  looped c;
  c.shared->interrupt();
  in_another_thread([&] { c.shared->interrupt(); });
  CHECK(c.asked == 0);
  c.io->poll();
  CHECK(c.asked == 2);
  CHECK(c.by == std::this_thread::get_id());
}

TEST_CASE("the wish may come from the executor's own thread, and is granted in a later turn") {
  looped c;
  asio::post(*c.io, [&] {
    c.shared->interrupt();
    CHECK(c.asked == 0);
  });
  c.io->poll();
  CHECK(c.asked == 1);
}

TEST_CASE("when the connection has gone nothing is asked for, not even what had been wished before") {
  looped c;
  c.shared->interrupt();
  c.close();
  c.shared->interrupt();
  in_another_thread([&] { c.shared->interrupt(); });
  c.io->poll();
  CHECK(c.asked == 0);
  c.close(); // once more, as when an owner and a loop end together
}

TEST_CASE("what the wish holds on to is let go with the connection") {
  asio::io_context io;
  auto const witness = std::make_shared<int>(0);
  auto const it = std::make_shared<on_executor>(io.get_executor(), [witness](tusk::net::moment) {});
  CHECK(witness.use_count() == 2);
  it->close();
  CHECK(witness.use_count() == 1);
}

TEST_CASE("a token can be used when the loop is gone, with the connection or before it") {
  for (bool connection_first : {false, true}) {
    looped c;
    tusk::cancel_token const token(c.shared);
    if (connection_first) c.close();
    c.io.reset();
    token.cancel();
    in_another_thread([&] { token.cancel(); });
    if (!connection_first) c.close();
    auto const copy = token;
    copy.cancel();
    CHECK(c.asked == 0);
  }
}

TEST_CASE("a wish that waits in a loop that ends is dropped, and keeps nothing alive") {
  looped c;
  std::weak_ptr<on_executor> const weak = c.shared;
  c.shared->interrupt();
  c.io.reset();
  CHECK(c.asked == 0);
  CHECK(weak.use_count() == 1);
  c.shared.reset();
  CHECK(weak.expired());
}

TEST_CASE("a token that outlives loop and connection is destroyed in whatever thread") {
  std::optional<tusk::cancel_token> token;
  {
    looped c;
    token.emplace(c.shared);
    c.close();
  }
  in_another_thread([&] {
    token->cancel();
    token.reset();
  });
  CHECK(!token);
}

TEST_CASE("threads may wish while the loop runs, while the connection closes and while the loop is destroyed") {
  for (int round = 0; round < 20; ++round) {
    looped c;
    std::atomic<bool> stop = false;
    std::atomic<int> wishes = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&, token = tusk::cancel_token(c.shared)] {
        while (!stop) {
          token.cancel();
          ++wishes;
        }
      });
    while (wishes < 20) {
      c.io->restart();
      c.io->poll();
    }
    if (round % 2 == 0) c.close();
    c.io.reset();
    auto const asked = c.asked;
    for (auto const before = wishes.load(); wishes < before + 20;) std::this_thread::yield();
    stop = true;
    for (auto& t : threads) t.join();
    CHECK(c.asked == asked);
    c.close();
  }
}

TEST_CASE(
    "where a thread is blocked the one who asks sends the CancelRequest, and returns when the operation has ended") {
  blocked c;
  std::promise<void> begun;
  std::promise<void> asked;
  std::thread worker([&] {
    c.it->begin();
    begun.set_value();
    asked.get_future().wait();
    c.it->end();
  });
  c.on_request = [&](int n) {
    if (n == 1) asked.set_value();
  };
  begun.get_future().wait();
  c.it->interrupt();
  CHECK(c.requests() >= 1); // more, when the worker is slow
  for (auto const& p : c.net.peers) {
    CHECK(p.where == "@server");
    CHECK(p.got == login::cancel_request);
    CHECK(p.closed);
  }
  worker.join();
}

TEST_CASE("with no operation under way nothing is sent") {
  blocked c;
  c.it->interrupt();
  CHECK(c.requests() == 0);
  c.it->begin();
  c.it->end();
  c.it->interrupt();
  CHECK(c.requests() == 0);
}

TEST_CASE("a CancelRequest that comes to nothing is repeated until the operation has ended") {
  for (auto const limit : {milliseconds(std::chrono::hours(1)), milliseconds(0)}) { // 0: no limit
    blocked c(limit);
    c.it->begin();
    c.on_request = [&](int n) {
      if (n == 3) c.it->end();
    };
    in_another_thread([&] { c.it->interrupt(); });
    CHECK(c.requests() == 3);
  }
}

TEST_CASE("an operation that does not end is not waited for longer than cancel_timeout") {
  blocked c(milliseconds(30));
  c.it->begin();
  auto const before = std::chrono::steady_clock::now();
  in_another_thread([&] { c.it->interrupt(); });
  CHECK(std::chrono::steady_clock::now() - before >= milliseconds(30));
  CHECK(c.requests() >= 1);
  c.it->end();
}

TEST_CASE("a new operation waits until the CancelRequest for the one before is over, and is not cancelled by it") {
  blocked c;
  std::atomic<bool> begun = false;
  std::thread next;
  c.it->begin();
  c.on_request = [&](int) {
    c.it->end(); // it ends while the request is under way
    next = std::thread([&] {
      c.it->begin();
      begun = true;
    });
    for (int i = 0; i < 100; ++i) {
      std::this_thread::yield();
      CHECK(!begun);
    }
  };
  c.it->interrupt();
  next.join();
  CHECK(begun);
  CHECK(c.requests() == 1);
  c.it->end();
}

TEST_CASE("an operation that follows at once is not taken for the one that was meant") {
  blocked c;
  c.it->begin();
  std::thread next;
  c.on_request = [&](int n) {
    if (n != 1) return;
    next = std::thread([&] {
      c.it->end();
      c.it->begin(); // it waits for this very request to be over
    });
  };
  c.it->interrupt();
  next.join();
  auto const sent = c.requests();
  CHECK(sent >= 1);
  c.on_request = [&](int) { c.it->end(); };
  c.it->interrupt(); // now it is meant
  CHECK(c.requests() == sent + 1);
}

TEST_CASE("the key goes through TLS where the connection has it") {
  blocked c(std::chrono::hours(1), true);
  c.it->begin();
  c.on_request = [&](int) { c.it->end(); };
  c.it->interrupt();
  REQUIRE(c.requests() == 1);
  CHECK(c.net.peers[0].got.find(login::cancel_request) == std::string::npos);
  CHECK(fake_tls::decoded(c.net.peers[0].got.substr(8)) == "[h]" + login::cancel_request);
}

TEST_CASE("a server that cannot be reached leaves the operation to its end") {
  blocked c;
  c.it->begin();
  int attempts = 0;
  c.net.on_connect = [&](memory::peer&) {
    if (++attempts == 2) c.it->end();
    tusk::net::throw_errno(ECONNREFUSED, "connect");
  };
  c.it->interrupt();
  CHECK(attempts == 2);
}

TEST_CASE("a token of a blocking connection asks it in the same way") {
  auto const it = std::make_shared<blocked>();
  std::shared_ptr<tusk::net::interruptor> const shared(it, &*it->it);
  tusk::cancel_token const token(shared);
  it->it->begin();
  it->on_request = [&](int) { it->it->end(); };
  token.cancel();
  CHECK(it->requests() == 1);
  token.cancel();
  CHECK(it->requests() == 1);
}
