// tusk: net/interruptor.hpp — lets another thread end what a connection is doing.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A connection belongs to one executor or one thread; this is the one part of it that others may touch. Where there is
// an executor the wish is handed over to it. Where a thread is blocked in a read, the CancelRequest is sent from the
// thread that asks, and the connection sends nothing new until that is over: a late one would hit the wrong statement.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/net/address.hpp>
#include <tusk/net/cancel.hpp>
#include <tusk/net/secure.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

namespace tusk::net {

/// What a cancel_token holds. Any thread may call `interrupt`.
class interruptor {
 public:
  interruptor() = default;
  interruptor(interruptor const&) = delete;
  interruptor& operator=(interruptor const&) = delete;
  virtual ~interruptor() = default;
  virtual void interrupt() = 0;
};

/// What was under way: requests and waits for notifications before these numbers.
struct moment {
  std::uint64_t requests;
  std::uint64_t waits;
};

/// For a mode with an executor: `ask` runs there, and is told what was under way when it was asked for.
template <class Mode>
class executor_interruptor final : public interruptor,
                                   public std::enable_shared_from_this<executor_interruptor<Mode>>,
                                   private Mode::shutdown_listener {
 public:
  executor_interruptor(typename Mode::executor e, std::function<void(moment)> ask)
      : Mode::shutdown_listener(e), executor_(std::move(e)), ask_(std::move(ask)) {}
  ~executor_interruptor() override = default;

  void interrupt() override {
    std::lock_guard const lock(mutex_);
    if (!open_) return;
    Mode::post(executor_, [self = this->shared_from_this(), before = moment{behind_newest_, waits_}] {
      if (self->ask_) self->ask_(before);
    });
  }
  /// The request of this number is the newest. On the executor.
  void submitted(std::uint64_t number) noexcept { behind_newest_ = number + 1; }
  /// So many have begun to wait for notifications. On the executor.
  void waited(std::uint64_t count) noexcept { waits_ = count; }
  /// The connection is gone. On its executor.
  void close() noexcept {
    shut_down();
    this->leave();
    ask_ = nullptr;
  }

 private:
  void shut_down() noexcept override {
    std::lock_guard const lock(mutex_);
    open_ = false;
  }

  std::mutex mutex_;
  bool open_ = true;
  std::atomic<std::uint64_t> behind_newest_ = UINT64_MAX; // until something has been submitted: all
  std::atomic<std::uint64_t> waits_ = UINT64_MAX;
  typename Mode::executor executor_;
  std::function<void(moment)> ask_; // of the executor's thread alone
};

/// For a mode in which one thread does everything: the thread that asks sends the CancelRequest itself.
template <class Mode> class thread_interruptor final : public interruptor {
 public:
  using clock = std::chrono::steady_clock;

  thread_interruptor(typename Mode::executor e, address to, conninfo::settings s, tls_settings tls, cancel_key key,
                     bool secure)
      : executor_(e), to_(to), settings_(std::move(s)), tls_(std::move(tls)), key_(std::move(key)), secure_(secure) {}

  /// Returns when the operation has ended, when there was none, or after `cancel_timeout`.
  void interrupt() override {
    std::unique_lock lock(mutex_);
    auto const meant = operation_;
    auto const limit = clock::now() + settings_.cancel_timeout;
    auto patience = std::chrono::milliseconds(10);
    while (busy_ && operation_ == meant && (settings_.cancel_timeout.count() <= 0 || clock::now() < limit)) {
      ++senders_;
      lock.unlock();
      cancel_backend<Mode>(executor_, to_, settings_, tls_, key_, secure_).get();
      lock.lock();
      --senders_;
      changed_.notify_all();
      changed_.wait_for(lock, patience, [&] { return !busy_ || operation_ != meant; });
      patience *= 2;
    }
  }
  /// An operation begins, but not before all CancelRequests for the one before are over.
  void begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return senders_ == 0; });
    ++operation_;
    busy_ = true;
  }
  void end() noexcept {
    std::lock_guard const lock(mutex_);
    busy_ = false;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t operation_ = 0;
  int senders_ = 0;
  bool busy_ = false;
  typename Mode::executor executor_;
  address to_;
  conninfo::settings settings_;
  tls_settings tls_;
  cancel_key key_;
  bool secure_;
};

/// A connection's interruptor: there is none until somebody asks for it.
template <class Mode> class interruptible {
 public:
  using kind = std::conditional_t<Mode::concurrent, executor_interruptor<Mode>, thread_interruptor<Mode>>;

  /// `make` makes one.
  template <class F> std::shared_ptr<interruptor> share(F make) {
    if (!shared_) {
      shared_ = make();
      if constexpr (!Mode::concurrent)
        if (under_way_ != 0) shared_->begin();
    }
    return shared_;
  }
  /// An operation begins, or ends.
  void begin() {
    if constexpr (!Mode::concurrent) {
      if (shared_) [[unlikely]]
        shared_->begin();
      ++under_way_;
    }
  }
  void submitted([[maybe_unused]] std::uint64_t number) noexcept {
    if constexpr (Mode::concurrent)
      if (shared_) [[unlikely]]
        shared_->submitted(number);
  }
  void waited([[maybe_unused]] std::uint64_t count) noexcept {
    if constexpr (Mode::concurrent)
      if (shared_) [[unlikely]]
        shared_->waited(count);
  }
  void end() noexcept {
    if constexpr (!Mode::concurrent) {
      --under_way_;
      if (shared_) [[unlikely]]
        shared_->end();
    }
  }
  ~interruptible() {
    if constexpr (Mode::concurrent)
      if (shared_) shared_->close();
  }

 private:
  std::shared_ptr<kind> shared_;
  int under_way_ = 0; // in the blocking mode
};

} // namespace tusk::net
