// tusk tests: support/scripted_server.hpp — a server that plays a script to each connection, on real sockets.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Listens at 127.0.0.1, .2 and .3 on one port, on a thread of its own, in a loop over all its guests. No clock decides
// what happens: a script that sleeps goes on when the client says so. Whatever hangs ends after `patience`.
#pragma once

#include "support/scripted_guest.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <poll.h>
#include <string>
#include <sys/eventfd.h>
#include <thread>
#include <utility>
#include <vector>

namespace live {

/// Sockets that listen on the same port of 127.0.0.1 and of the addresses behind it.
class loopback_ports {
 public:
  explicit loopback_ports(int addresses) {
    for (int tries = 0; !take(addresses); ++tries)
      if (tries == 100) throw std::runtime_error("no port is free on all addresses");
  }
  int number() const noexcept { return port_; }
  std::vector<descriptor> const& sockets() const noexcept { return sockets_; }

 private:
  bool take(int addresses) {
    sockets_.clear();
    port_ = 0;
    for (int i = 0; i != addresses; ++i) {
      auto& s = sockets_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      auto a = loopback(port_);
      a.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(i));
      socklen_t n = sizeof a;
      if (::bind(s.get(), reinterpret_cast<sockaddr*>(&a), n) != 0) return false; // somebody has that port there
      if (::getsockname(s.get(), reinterpret_cast<sockaddr*>(&a), &n) != 0 || ::listen(s.get(), 64) != 0)
        system_failed("cannot listen");
      port_ = ntohs(a.sin_port);
    }
    return true;
  }
  std::vector<descriptor> sockets_;
  int port_ = 0;
};

class scripted_server {
 public:
  static constexpr std::chrono::seconds patience{20}; ///< far more than any script needs

  /// Each connection gets the next script; those that come then are only read.
  scripted_server(std::vector<server_script> scripts, tusk_test::server_settings tls)
      : scripts_(std::move(scripts)), tls_(std::move(tls)), thread_([this] { serve(); }) {}
  scripted_server(scripted_server const&) = delete;
  scripted_server& operator=(scripted_server const&) = delete;
  ~scripted_server() { stop(); }

  int port() const noexcept { return ports_.number(); }
  /// Scripts that sleep go on. Returns when they have done all that they can do before they hear something.
  void turn() {
    std::unique_lock lock(mutex_);
    auto const mine = ++asked_;
    wake();
    handled_changed_.wait(lock, [&] { return handled_ >= mine || over_; });
  }
  /// What happened at each connection, in the order of their coming. The client must have closed all of them.
  std::vector<std::string> events() {
    stop();
    std::vector<std::string> all;
    for (auto const& g : guests_) all.push_back(g.events());
    return all;
  }
  /// Something has hung, and everything was closed for that.
  bool overdue() const noexcept { return overdue_; }

 private:
  void stop() {
    if (!thread_.joinable()) return;
    {
      std::lock_guard const lock(mutex_);
      ending_ = true;
    }
    wake();
    thread_.join();
  }
  void wake() const {
    std::uint64_t const one = 1;
    if (::write(wake_.get(), &one, sizeof one) != sizeof one) system_failed("eventfd");
  }
  void serve() {
    auto const until = std::chrono::steady_clock::now() + patience;
    for (std::uint64_t asked = 0;;) {
      bool ending = false;
      {
        std::lock_guard const lock(mutex_);
        asked = asked_;
        ending = ending_;
      }
      attend(ending || asked != handled_);
      {
        std::lock_guard const lock(mutex_);
        handled_ = asked;
      }
      handled_changed_.notify_all();
      if (ending && deserted()) break;
      auto const left =
          std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
      if (left <= 0) {
        overdue_ = true;
        break;
      }
      wait(static_cast<int>(left));
    }
    if (overdue_) abort_all();
    std::lock_guard const lock(mutex_);
    over_ = true;
    handled_changed_.notify_all();
  }
  void attend(bool awake) {
    for (auto const& s : ports_.sockets())
      while (auto guest = descriptor(::accept4(s.get(), nullptr, nullptr, SOCK_CLOEXEC))) {
        auto const n = guests_.size();
        guests_.emplace_back(std::move(guest), n < scripts_.size() ? scripts_[n] : server_script(), tls_);
      }
    for (auto& g : guests_) {
      g.act(awake);
      if (g.has_cancelled())
        for (auto& other : guests_) other.cancel();
    }
  }
  bool deserted() const {
    for (auto const& g : guests_)
      if (!g.gone()) return false;
    return true;
  }
  void wait(int milliseconds) {
    std::vector<pollfd> all{{wake_.get(), POLLIN, 0}};
    for (auto const& s : ports_.sockets()) all.push_back({s.get(), POLLIN, 0});
    for (auto const& g : guests_)
      if (!g.gone() && !g.ended()) all.push_back({g.fd(), POLLIN, 0});
    ::poll(all.data(), all.size(), milliseconds);
    std::uint64_t drained = 0;
    if (all[0].revents != 0) (void)!::read(wake_.get(), &drained, sizeof drained);
  }
  /// Whoever waits for a server that hangs is to see its end.
  void abort_all() {
    for (auto const& g : guests_)
      if (!g.gone()) ::shutdown(g.fd(), SHUT_RDWR);
    for (auto const& s : ports_.sockets()) ::shutdown(s.get(), SHUT_RDWR);
  }

  std::vector<server_script> scripts_;
  tusk_test::server_settings tls_;
  loopback_ports ports_{3};
  descriptor wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::deque<scripted_guest> guests_;
  std::mutex mutex_;
  std::condition_variable handled_changed_;
  std::uint64_t asked_ = 0;
  std::uint64_t handled_ = 0;
  bool ending_ = false;
  bool over_ = false;
  std::atomic<bool> overdue_ = false;
  std::thread thread_; // last: it uses the others
};

} // namespace live
