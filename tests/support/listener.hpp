// tusk tests: support/listener.hpp — a socket that listens, for tests that play the server themselves.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// On a free port of 127.0.0.1, or at an abstract Unix address. A client may connect before anybody accepts, so that
// one thread can play both sides.
#pragma once

#include "support/sockets.hpp"

#include <tusk/net/address.hpp>

#include <atomic>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <vector>

namespace live {

class listener {
 public:
  enum class kind { tcp, local };
  explicit listener(kind k, int queue = 16) : socket_(::socket(k == kind::tcp ? AF_INET : AF_UNIX, type, 0)) {
    static std::atomic<int> number = 0;
    host_ = k == kind::tcp ? "127.0.0.1" : "@tusk_test_" + std::to_string(::getpid()) + "_" + std::to_string(++number);
    address_ = k == kind::tcp ? tusk::net::resolve(host_, 0, true).front()
                              : tusk::net::address::unix_socket(host_ + "/.s.PGSQL.5432");
    if (!socket_ || ::bind(socket_.get(), address_.data(), address_.size()) != 0 || ::listen(socket_.get(), queue) != 0)
      system_failed("cannot listen");
    if (k == kind::local) return;
    sockaddr_in a{};
    socklen_t n = sizeof a;
    if (::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&a), &n) != 0) system_failed("getsockname");
    address_ = tusk::net::address(reinterpret_cast<sockaddr const*>(&a), n);
    port_ = ntohs(a.sin_port);
  }
  tusk::net::address const& address() const noexcept { return address_; }
  /// As an endpoint of conninfo has them.
  std::string const& host() const noexcept { return host_; }
  std::uint16_t port() const noexcept { return port_; }
  /// The next guest, who must have connected already or come soon.
  descriptor accept() const {
    pollfd p{socket_.get(), POLLIN, 0};
    if (::poll(&p, 1, 10'000) != 1) throw std::runtime_error("nobody has come");
    descriptor d(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!d) system_failed("accept");
    return d;
  }
  /// Whether somebody waits to be accepted.
  bool knocked() const noexcept {
    pollfd p{socket_.get(), POLLIN, 0};
    return ::poll(&p, 1, 0) == 1;
  }
  /// Connects until the queue is full: those who come then are not answered. Keep what is returned.
  std::vector<descriptor> fill_queue() const {
    std::vector<descriptor> guests;
    for (int i = 0; i < 4; ++i) {
      guests.emplace_back(::socket(address_.family(), type | SOCK_NONBLOCK, 0));
      (void)::connect(guests.back().get(), address_.data(), address_.size());
    }
    return guests;
  }

 private:
  static constexpr int type = SOCK_STREAM | SOCK_CLOEXEC;
  descriptor socket_;
  std::string host_;
  tusk::net::address address_;
  std::uint16_t port_ = 5432;
};

/// What has arrived and can be read without waiting.
inline std::string arrived(descriptor const& d) {
  std::string all;
  char room[65536];
  for (;;) {
    auto const n = ::recv(d.get(), room, sizeof room, MSG_DONTWAIT);
    if (n <= 0) return all;
    all.append(room, static_cast<std::size_t>(n));
  }
}
/// Ends the connection so that the other side sees a reset.
inline void reset(descriptor d) {
  linger const now{1, 0};
  ::setsockopt(d.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}
inline int option(int fd, int level, int name) {
  int value = -1;
  socklen_t n = sizeof value;
  ::getsockopt(fd, level, name, &value, &n);
  return value;
}
/// How many descriptors this process has.
inline int open_descriptors() {
  int n = 0;
  auto* const dir = ::opendir("/proc/self/fd");
  if (dir == nullptr) system_failed("/proc/self/fd");
  while (::readdir(dir) != nullptr) ++n;
  ::closedir(dir);
  return n;
}

} // namespace live
