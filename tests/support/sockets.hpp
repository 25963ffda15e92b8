// tusk tests: plain sockets on the loopback interface, for tests that stand in for a server or get between.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace live {

[[noreturn]] inline void system_failed(char const* what) {
  throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

/// Owns a file descriptor.
class descriptor {
 public:
  explicit descriptor(int fd = -1) noexcept : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

inline sockaddr_in loopback(int port) {
  sockaddr_in a{};
  a.sin_family = AF_INET;
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  a.sin_port = htons(static_cast<std::uint16_t>(port));
  return a;
}

/// A port of 127.0.0.1 that is taken; nobody listens on it unless `listens`.
class loopback_port {
 public:
  explicit loopback_port(bool listens) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto a = loopback(0);
    socklen_t n = sizeof a;
    if (!socket_ || ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&a), n) != 0 ||
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&a), &n) != 0 ||
        (listens && ::listen(socket_.get(), 64) != 0))
      system_failed("cannot take a port");
    port_ = ntohs(a.sin_port);
  }
  int number() const noexcept { return port_; }
  int fd() const noexcept { return socket_.get(); }

 private:
  descriptor socket_;
  int port_ = 0;
};

inline descriptor connect_tcp(int port) {
  descriptor s(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  auto const a = loopback(port);
  if (::connect(s.get(), reinterpret_cast<sockaddr const*>(&a), sizeof a) != 0) system_failed("connect");
  return s;
}
inline descriptor connect_unix(std::string const& path) {
  descriptor s(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un a{};
  a.sun_family = AF_UNIX;
  path.copy(a.sun_path, sizeof a.sun_path - 1);
  if (::connect(s.get(), reinterpret_cast<sockaddr const*>(&a), sizeof a) != 0) system_failed("connect");
  return s;
}

/// As far as the other side takes them.
inline void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}
/// What comes with the next packet; nothing at the end.
inline std::string receive_some(int fd) {
  char room[65536];
  auto const n = ::recv(fd, room, sizeof room, 0);
  return {room, n > 0 ? static_cast<std::size_t>(n) : 0};
}
inline void receive_to_the_end(int fd) {
  while (!receive_some(fd).empty()) {}
}

} // namespace live
