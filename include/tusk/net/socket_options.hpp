// tusk: net/socket_options.hpp — how a socket is made and set up, the same in both modes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Sockets are close-on-exec from birth, TCP ones send small messages at once and, as libpq's, are watched by
// keepalives.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/error.hpp>
#include <tusk/net/address.hpp>

#include <cerrno>
#include <cstddef>
#include <string>
#include <system_error>

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tusk::net {

[[noreturn, gnu::cold]] inline void throw_errno(int number, std::string const& doing) {
  std::error_code const code(number, std::system_category());
  throw error(code, doing + ": " + code.message());
}

inline void set_option(int fd, int level, int option, int value, char const* name) {
  if (::setsockopt(fd, level, option, &value, sizeof value) != 0)
    throw_errno(errno, std::string("cannot set ") + name + " to " + std::to_string(value));
}

/// 0 is the system's default.
inline void set_if_given(int fd, int option, long long value, char const* name) {
  if (value > 0) set_option(fd, IPPROTO_TCP, option, static_cast<int>(value), name);
}

/// A new non-blocking socket for `to`, set up but not connected. Whoever calls owns it.
inline int open_socket(address const& to, conninfo::settings const& settings) {
  int const fd = ::socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) throw_errno(errno, "cannot make a socket");
  if (to.is_unix()) return fd;
  try {
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1, "TCP_NODELAY");
    auto const& k = settings.keepalive;
    if (k.on) {
      set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE");
      set_if_given(fd, TCP_KEEPIDLE, k.idle.count(), "keepalives_idle");
      set_if_given(fd, TCP_KEEPINTVL, k.interval.count(), "keepalives_interval");
      set_if_given(fd, TCP_KEEPCNT, k.count, "keepalives_count");
      set_if_given(fd, TCP_USER_TIMEOUT, settings.tcp_user_timeout.count(), "tcp_user_timeout");
    }
  } catch (...) {
    ::close(fd);
    throw;
  }
  return fd;
}

/// Begins to connect. Returns whether that was all; else ask `connected` each time the socket may be writable. A Unix
/// socket whose server has too many guests fails with EAGAIN: waiting would not help.
inline bool begin_connect(int fd, address const& to) {
  if (::connect(fd, to.data(), to.size()) == 0) return true;
  if (errno != EINPROGRESS && errno != EINTR) throw_errno(errno, "connect");
  return false;
}
/// Whether what was begun is done. Throws the reason when it failed.
inline bool connected(int fd) {
  pollfd p{fd, POLLOUT, 0};
  if (::poll(&p, 1, 0) == 0) return false;
  int status = 0;
  socklen_t n = sizeof status;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &status, &n) != 0) status = errno;
  if (status != 0) throw_errno(status, "connect");
  return true;
}

/// Sends without waiting. Returns the number of bytes taken, or -1 when the kernel's buffer is full.
inline std::ptrdiff_t send_now(int fd, std::byte const* p, std::size_t n) {
  for (;;) {
    auto const sent = ::send(fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) return sent;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return -1;
    if (errno != EINTR) throw_errno(errno, "the connection was lost while sending");
  }
}

/// Bytes received, 0 when there are none now. Throws the system's error, errc::connection_closed at the end.
inline std::size_t receive_now(int fd, std::byte* p, std::size_t n) {
  for (;;) {
    auto const got = ::recv(fd, p, n, MSG_DONTWAIT);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) throw error(errc::connection_closed, "the server closed the connection");
    if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
    if (errno != EINTR) throw_errno(errno, "the connection was lost");
  }
}

} // namespace tusk::net
