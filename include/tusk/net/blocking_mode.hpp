// tusk: net/blocking_mode.hpp — the mode without an event loop: a plain blocking socket and tasks that never suspend.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A round trip costs two system calls, plus poll() before a read on a Unix socket or while a deadline is set. One
// thread at a time uses a connection. No Asio here; what a mode has to offer is the same set of names as in
// async_mode.hpp.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/error.hpp>
#include <tusk/net/address.hpp>
#include <tusk/net/direct.hpp>
#include <tusk/net/socket_options.hpp>
#include <tusk/protocol/awaiter.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/wire/bytes.hpp>

#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tusk::net {

struct blocking_mode {
  template <class T> using task = direct<T>;
  /// What a verb returns to the user.
  template <class T> using answer = T;
  template <class T> static T answer_of(direct<T> t) { return t.get(); }

  /// Several coroutines may wait on one connection: not here, there is one thread of control.
  static constexpr bool concurrent = false;
  struct executor {};
  struct seat : protocol::awaiter {};
  struct waiting_room {
    waiting_room(executor, protocol::counted&) {}
  };

  using clock = std::chrono::steady_clock;
  class alarm;

  class socket {
   public:
    explicit socket(executor) {}
    socket(socket const&) = delete;
    socket& operator=(socket const&) = delete;
    ~socket() { close(); }

    bool is_open() const noexcept { return fd_ >= 0; }
    void close() noexcept {
      if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    /// Throws the system's error.
    ready<void> connect(address const& to, conninfo::settings const& settings) {
      close();
      fd_ = open_socket(to, settings);
      poll_first_ = to.is_unix();
      for (bool done = begin_connect(fd_, to); !done; done = connected(fd_)) wait(POLLOUT);
      int const flags = ::fcntl(fd_, F_GETFL);
      if (flags < 0 || ::fcntl(fd_, F_SETFL, flags & ~O_NONBLOCK) < 0) throw_errno(errno, "fcntl");
      return {};
    }
    /// Bytes taken, or -1 when it would block.
    std::ptrdiff_t try_write(wire::byte_view b) { return send_now(fd_, b.data(), b.size()); }
    /// Bytes received, 0 when there are none now. Throws as `read_some`.
    std::size_t try_read(std::span<std::byte> to) { return receive_now(fd_, to.data(), to.size()); }
    /// At least one byte. With `writing`, returns 0 as soon as bytes can be sent. Throws errc::connection_closed at the
    /// end.
    ready<std::size_t> read_some(std::span<std::byte> to, bool writing) {
      for (;;) {
        if (deadline_ || writing || poll_first_) {
          auto const events = wait(static_cast<short>(writing ? POLLIN | POLLOUT : POLLIN));
          if ((events & ~POLLOUT) == 0) return {0};
        }
        auto const n = ::recv(fd_, to.data(), to.size(), deadline_ || writing ? MSG_DONTWAIT : 0);
        if (n > 0) return {static_cast<std::size_t>(n)};
        if (n == 0) throw error(errc::connection_closed, "the server closed the connection");
        if (errno != EINTR && errno != EAGAIN) throw_errno(errno, "the connection was lost");
      }
    }
    /// Until bytes can be sent.
    ready<void> writable() {
      wait(POLLOUT);
      return {};
    }
    void shield(bool) noexcept {}
    int native_handle() const noexcept { return fd_; }

   private:
    friend class blocking_mode::alarm;
    short wait(short events) {
      if (fd_ < 0) throw_errno(EBADF, "the connection was lost"); // poll() would wait for ever
      for (;;) {
        int ms = -1;
        if (deadline_) {
          auto const left = std::chrono::ceil<std::chrono::milliseconds>(*deadline_ - clock::now()).count();
          // Even if there is something to read: a peer that never pauses must not outlast the deadline.
          if (left <= 0) throw error(errc::timeout, "the deadline passed");
          ms = left > INT_MAX ? INT_MAX : static_cast<int>(left);
        }
        pollfd p{fd_, events, 0};
        int const n = ::poll(&p, 1, ms);
        if (n > 0) return p.revents;
        if (n < 0 && errno != EINTR) throw_errno(errno, "poll");
      }
    }
    int fd_ = -1;
    // When the server takes a request from a Unix socket, Linux wakes whoever sleeps in recv() just to say that there
    // is room to write again. poll() sleeps through that: a switch of context less is worth a call more.
    bool poll_first_ = false;
    std::optional<clock::time_point> deadline_;
  };

  /// While it lives, operations of the socket fail with errc::timeout when the time is up.
  class alarm {
   public:
    /// With `after` 0 there is no limit; `only_sooner`: nothing happens if the socket's deadline is earlier.
    alarm(executor, socket& s, std::chrono::milliseconds after, bool only_sooner = false)
        : socket_(s), before_(s.deadline_) {
      if (after.count() <= 0) {
        s.deadline_.reset();
        return;
      }
      auto const now = clock::now();
      bool const ever = after < std::chrono::floor<std::chrono::milliseconds>(clock::time_point::max() - now);
      until_ = ever ? now + after : clock::time_point::max();
      if (!only_sooner || !before_ || *until_ < *before_) s.deadline_ = until_;
    }
    alarm(alarm const&) = delete;
    alarm& operator=(alarm const&) = delete;
    ~alarm() { socket_.deadline_ = before_; }
    bool rang() const noexcept { return until_ && clock::now() >= *until_; }
    /// Until it rings, at least 1 ms; 0 if there is no limit.
    std::chrono::milliseconds left() const noexcept {
      using std::chrono::milliseconds;
      if (!until_) return milliseconds(0);
      auto const time = std::chrono::floor<milliseconds>(*until_ - clock::now());
      return time.count() < 1 ? milliseconds(1) : time;
    }

   private:
    socket& socket_;
    std::optional<clock::time_point> before_;
    std::optional<clock::time_point> until_;
  };

  static ready<std::vector<address>> resolve(executor, std::string const& host, std::uint16_t port) {
    return {net::resolve(host, port, false)};
  }
  /// Lets time pass.
  static ready<void> sleep(executor, std::chrono::milliseconds time) {
    for (auto const end = clock::now() + time;;) {
      auto const left = std::chrono::ceil<std::chrono::milliseconds>(end - clock::now()).count();
      if (left <= 0) return {};
      ::poll(nullptr, 0, left > INT_MAX ? INT_MAX : static_cast<int>(left));
    }
  }
  /// Lets others run.
  static ready<void> yield(executor) { return {}; }

  // Nothing can cancel a call of this mode but its deadline.
  static ready<bool> throws_if_cancelled() { return {true}; }
  static ready<void> throws_if_cancelled(bool) { return {}; }
  /// Whether a socket's error that is none of ours means that the stream has ended.
  static bool is_end(std::error_code const&) { return false; }
  static bool is_cancellation(std::error_code const& e) { return e == make_error_code(errc::timeout); }
  static error cancelled() { return error(errc::timeout, "the deadline passed"); }
};

} // namespace tusk::net
