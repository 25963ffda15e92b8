// tusk: tests/dead_peer.cpp — a server that vanishes without a word is noticed, by keepalive and by unanswered bytes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// In a network of its own (Linux namespaces), whose only link is taken down under the connection: nothing is refused,
// nothing is answered. Exit status 77: this machine does not allow such a network.
#include <tusk/connect.hpp>
#include <tusk/executor.hpp>

#include "support/messages.hpp"
#include "support/sockets.hpp"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <optional>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/ioctl.h>
#include <thread>

namespace {

/// Takes the loopback of this namespace up or down.
bool set_link(bool up) {
  live::descriptor const any(::socket(AF_INET, SOCK_DGRAM, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = static_cast<short>(up ? IFF_UP | IFF_RUNNING : 0);
  return any && ::ioctl(any.get(), SIOCSIFFLAGS, &request) == 0;
}

/// Lets one client in, and then never says anything.
class server {
 public:
  server() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a.sin_port = htons(5432);
    int const on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&a), sizeof a) != 0 || ::listen(socket_.get(), 1) != 0)
      throw std::runtime_error("cannot listen");
    thread_ = std::thread([this] {
      live::descriptor guest(::accept(socket_.get(), nullptr, nullptr));
      live::receive_some(guest.get());
      live::send_all(guest.get(), messages::authentication_ok() + messages::ready());
      guest_ = std::move(guest);
    });
  }
  ~server() {
    if (thread_.joinable()) thread_.join();
  }
  /// When the client is in.
  void wait() { thread_.join(); }

 private:
  live::descriptor socket_;
  live::descriptor guest_;
  std::thread thread_;
};

/// What becomes of a query while the server is gone, and after how many seconds.
struct outcome {
  std::string error;
  double seconds = 0;
};
template <class Connect> outcome query_into_the_void(tusk::options const& o, bool before, Connect connect) {
  outcome out;
  server s;
  auto run = connect(o);
  s.wait();
  if (before) set_link(false);
  auto const begin = std::chrono::steady_clock::now();
  std::thread later([&] {
    if (before) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(300)); // the query has been sent and confirmed by then
    set_link(false);
  });
  try {
    run();
    out.error = "nothing";
  } catch (tusk::error const& e) {
    out.error = e.what();
  }
  later.join();
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  set_link(true);
  return out;
}
auto blocking(tusk::options const& o) {
  return [db = std::make_shared<tusk::blocking::connection>(tusk::blocking::connect(o))] { db->execute("select 1"); };
}
auto asynchronous(tusk::options const& o) {
  auto const loop = std::make_shared<tusk::executor>();
  auto const db = std::make_shared<std::optional<tusk::connection>>();
  auto const open = [](tusk::options to, std::optional<tusk::connection>& into) -> asio::awaitable<void> {
    into.emplace(co_await tusk::connect(to));
  };
  loop->spawn(open(o, *db));
  loop->run();
  return [loop, db] {
    auto const query = [](tusk::connection& on) -> asio::awaitable<void> { co_await on.execute("select 1"); };
    loop->spawn(query(**db));
    loop->run();
  };
}

int failed = 0;
void check(char const* what, outcome const& o) {
  bool const good = o.error.find("the connection was lost") != o.error.npos && o.seconds < 15;
  std::printf("%s: %s: after %.1f s: %s\n", good ? "ok" : "FAILED", what, o.seconds, o.error.c_str());
  failed += !good;
}

} // namespace

int main() {
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 || !set_link(true)) {
    std::puts("skipped: this machine allows no network of one's own");
    return 77;
  }
  auto const to = tusk::options("postgres://u@127.0.0.1/?sslmode=disable");
  auto const keepalive = tusk::options(to).keepalives_idle(1).keepalives_interval(1).keepalives_count(2);
  auto const unanswered = tusk::options(to).tcp_user_timeout(1500);
  try {
    check("blocking, waiting for an answer, keepalive", query_into_the_void(keepalive, false, blocking));
    check("asynchronous, waiting for an answer, keepalive", query_into_the_void(keepalive, false, asynchronous));
    check("blocking, sending, tcp_user_timeout", query_into_the_void(unanswered, true, blocking));
    check("asynchronous, sending, tcp_user_timeout", query_into_the_void(unanswered, true, asynchronous));
  } catch (std::exception const& e) {
    std::printf("FAILED: %s\n", e.what());
    return 1;
  }
  return failed == 0 ? 0 : 1;
}
