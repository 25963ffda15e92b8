// tusk: examples/psql_lite/interrupts.hpp — Ctrl-C: ends the query that runs, or the wait for a line.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A handler of a signal may do next to nothing. So SIGINT is blocked in all threads and a thread of its own waits for
// it; that may open the connection which carries a cancel request.
#pragma once

#include <tusk/tusk.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace psql_lite {

class interrupts {
 public:
  /// To be made before any other thread.
  interrupts() {
    if (::pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) != 0)
      throw std::system_error(errno, std::system_category(), "no pipe for Ctrl-C");
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGINT);
    sigaddset(&awaited, end);
    pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
    watcher_ = std::thread([this, awaited] {
      for (int signal = 0; sigwait(&awaited, &signal) == 0 && signal != end;) interrupt();
    });
  }
  interrupts(interrupts const&) = delete;
  interrupts& operator=(interrupts const&) = delete;
  ~interrupts() {
    pthread_kill(watcher_.native_handle(), end);
    watcher_.join();
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }

  /// While one lives Ctrl-C ends what runs on this connection.
  class aim {
   public:
    aim(interrupts& at, tusk::cancel_token token) : at_(at) { at_.set(std::move(token)); }
    aim(aim const&) = delete;
    aim& operator=(aim const&) = delete;
    ~aim() { at_.set({}); }

   private:
    interrupts& at_;
  };

  /// Whether there was one since `forget`.
  bool seen() const { return seen_; }
  void forget() {
    seen_ = false;
    for (char c; ::read(pipe_[0], &c, 1) == 1;) {}
  }
  /// Readable once there was one.
  int descriptor() const { return pipe_[0]; }

 private:
  static constexpr int end = SIGUSR1;

  void set(std::optional<tusk::cancel_token> token) {
    std::lock_guard const lock(mutex_);
    running_ = std::move(token);
  }
  void interrupt() {
    seen_ = true;
    // A full pipe is as readable as it can be.
    if (::write(pipe_[1], "", 1) < 0 && errno != EAGAIN) return;
    std::optional<tusk::cancel_token> running;
    {
      std::lock_guard const lock(mutex_);
      running = running_;
    }
    if (running) running->cancel(); // returns when the query has ended: not under the lock
  }

  int pipe_[2]{-1, -1};
  std::mutex mutex_;
  std::optional<tusk::cancel_token> running_;
  std::atomic<bool> seen_{false};
  std::thread watcher_;
};

} // namespace psql_lite
