// tusk: net/async_mode.hpp — the mode on an Asio executor: tasks are asio::awaitable, waiting costs no thread.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Several coroutines on one executor may use one connection at a time. One generic socket serves TCP and Unix sockets,
// which halves what Asio costs to compile. What a mode has to offer is the same set of names as in blocking_mode.hpp.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/error.hpp>
#include <tusk/net/address.hpp>
#include <tusk/net/asio.hpp>
#include <tusk/net/seats.hpp>
#include <tusk/net/socket_options.hpp>
#include <tusk/wire/bytes.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace tusk::net {

template <class Executor = asio::any_io_executor> struct async_mode {
  template <class T> using task = asio::awaitable<T, Executor>;
  /// What a verb returns to the user.
  template <class T> using answer = task<T>;
  template <class T> static task<T> answer_of(task<T> t) { return t; }

  static constexpr bool concurrent = true;
  /// Where those wait who are not the one that pumps.
  using waiting_room = seats<Executor>;
  using seat = typename waiting_room::seat;
  using executor = Executor;
  using token = asio::use_awaitable_t<Executor>;
  using clock = std::chrono::steady_clock;

  class socket {
   public:
    explicit socket(Executor const& e) : socket_(e) {}

    bool is_open() const noexcept { return socket_.is_open(); }
    void close() noexcept {
      asio::error_code ignored; // nothing is left to do for a socket that cannot be closed
      socket_.close(ignored);
    }
    /// Throws the system's error.
    task<void> connect(address const& to, conninfo::settings const& settings) {
      close();
      int const fd = open_socket(to, settings);
      asio::error_code failed;
      socket_.assign(asio::generic::stream_protocol(to.family(), 0), fd, failed);
      if (failed) {
        ::close(fd);
        throw_errno(failed.value(), "cannot use a socket");
      }
      // Not async_connect: it has other words for some errors, and no shield.
      if (begin_connect(fd, to)) co_return;
      do co_await writable();
      while (!connected(fd));
    }
    /// Bytes taken, or -1 when it would block.
    std::ptrdiff_t try_write(wire::byte_view b) { return send_now(socket_.native_handle(), b.data(), b.size()); }
    /// Bytes received, 0 when there are none now. Throws as `read_some`.
    std::size_t try_read(std::span<std::byte> to) { return receive_now(socket_.native_handle(), to.data(), to.size()); }
    /// At least one byte. Throws the system's error, asio::error::eof at the end.
    task<std::size_t> read_some(std::span<std::byte> to, bool) {
      auto const where = asio::buffer(to.data(), to.size());
      if (shielded_)
        return socket_.async_read_some(where, asio::bind_cancellation_slot(asio::cancellation_slot(), token{}));
      return socket_.async_read_some(where, token{});
    }
    /// Until bytes can be sent.
    task<void> writable() {
      if (shielded_)
        return socket_.async_wait(socket_.wait_write, asio::bind_cancellation_slot(asio::cancellation_slot(), token{}));
      return socket_.async_wait(socket_.wait_write, token{});
    }
    /// Calls `f` once, when bytes can be sent or sending has failed.
    template <class F> void when_writable(F f) { socket_.async_wait(socket_.wait_write, std::move(f)); }
    /// While it is on, operations that begin do not notice that their coroutine is cancelled: a cancelled coroutine
    /// that drains a connection must not be cancelled again.
    void shield(bool on) noexcept { shielded_ = on; }
    /// Makes an operation under way fail as if it had been cancelled.
    void interrupt() noexcept {
      asio::error_code ignored; // then there was nothing to interrupt
      socket_.cancel(ignored);
    }
    int native_handle() { return socket_.native_handle(); }

   private:
    asio::basic_stream_socket<asio::generic::stream_protocol, Executor> socket_;
    bool shielded_ = false;
  };

  /// While it lives, the socket is closed when the time is up.
  class alarm {
   public:
    alarm(executor const& e, socket& s, std::chrono::milliseconds after) {
      if (after.count() <= 0) return;
      state_ = std::make_shared<state>(e, s);
      state_->timer.expires_after(after);
      state_->timer.async_wait([st = state_](asio::error_code failed) {
        if (failed || st->target == nullptr) return;
        st->rang = true;
        st->target->close();
      });
    }
    alarm(alarm const&) = delete;
    alarm& operator=(alarm const&) = delete;
    ~alarm() {
      if (!state_) return;
      state_->target = nullptr;
      state_->timer.cancel();
    }
    bool rang() const noexcept { return state_ && state_->rang; }
    /// Until it rings, at least 1 ms; 0 if there is no limit.
    std::chrono::milliseconds left() const {
      using std::chrono::milliseconds;
      if (!state_) return milliseconds(0);
      auto const time = std::chrono::floor<milliseconds>(state_->timer.expiry() - clock::now());
      return time.count() < 1 ? milliseconds(1) : time;
    }

   private:
    struct state {
      state(executor const& e, socket& s) : timer(e), target(&s) {}
      asio::basic_waitable_timer<clock, asio::wait_traits<clock>, Executor> timer;
      socket* target;
      bool rang = false;
    };
    std::shared_ptr<state> state_;
  };

  /// While it lives, calls `f` once when the time is up.
  class reminder {
   public:
    template <class F>
    reminder(executor const& e, std::chrono::milliseconds after, F f) : state_(std::make_shared<state>(e)) {
      state_->timer.expires_after(after);
      state_->timer.async_wait([st = state_, f = std::move(f)](asio::error_code failed) {
        if (!failed && st->wanted) f();
      });
    }
    reminder(reminder const&) = delete;
    reminder& operator=(reminder const&) = delete;
    ~reminder() {
      state_->wanted = false;
      state_->timer.cancel();
    }

   private:
    struct state {
      explicit state(executor const& e) : timer(e) {}
      asio::basic_waitable_timer<clock, asio::wait_traits<clock>, Executor> timer;
      bool wanted = true;
    };
    std::shared_ptr<state> state_;
  };

  /// Calls something at a given time, unless it is set anew or cancelled before.
  class timer {
   public:
    explicit timer(executor const& e) : executor_(e) {}
    template <class F> void set(clock::time_point when, F f) {
      if (!timer_) timer_.emplace(executor_);
      timer_->expires_at(when);
      timer_->async_wait([f = std::move(f)](asio::error_code failed) {
        if (!failed) f();
      });
    }
    void cancel() noexcept {
      try {
        if (timer_) timer_->cancel();
      } catch (asio::system_error const&) {} // no timer of the systems we know fails
    }

   private:
    executor executor_;
    std::optional<asio::basic_waitable_timer<clock, asio::wait_traits<clock>, Executor>> timer_;
  };

  /// Told when the execution context is shut down. May outlive it.
  class shutdown_listener : parking_service::member {
   public:
    explicit shutdown_listener(Executor const& e)
        : service_(&asio::use_service<parking_service>(asio::query(e, asio::execution::context))) {
      service_->add(*this);
    }
    shutdown_listener(shutdown_listener const&) = delete;
    shutdown_listener& operator=(shutdown_listener const&) = delete;

   protected:
    ~shutdown_listener() { leave(); }
    /// Listens no more.
    void leave() noexcept {
      if (auto* const s = std::exchange(service_, nullptr)) s->remove(*this);
    }
    virtual void shut_down() noexcept = 0;

   private:
    void drop() noexcept final {
      service_ = nullptr;
      shut_down();
    }
    parking_service* service_;
  };

  /// The addresses of a host. Numeric ones are answered at once, names by a thread of Asio's: it cannot be interrupted.
  static task<std::vector<address>> resolve(executor ex, std::string host, std::uint16_t port) {
    auto all = net::resolve(host, port, true);
    if (!all.empty()) co_return all;
    if (host.empty()) host_not_found(host, "it has no name"); // Asio would take it for this machine
    asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(ex);
    std::error_code failed;
    try {
      auto const found = co_await resolver.async_resolve(host, std::to_string(port), token{});
      for (auto const& entry : found) {
        auto const endpoint = entry.endpoint();
        all.emplace_back(endpoint.data(), endpoint.size());
      }
    } catch (std::system_error const& e) {
      failed = e.code();
    }
    if (is_cancellation(failed)) throw cancelled();
    if (failed || all.empty()) host_not_found(host, failed ? failed.message() : "the name server knows none");
    co_return all;
  }
  /// Runs `f` in a later turn of the loop.
  template <class F> static void post(executor const& ex, F f) { asio::post(ex, std::move(f)); }
  /// Lets time pass.
  static task<void> sleep(executor ex, std::chrono::milliseconds time) {
    asio::basic_waitable_timer<clock, asio::wait_traits<clock>, Executor> timer(ex, time);
    try {
      co_await timer.async_wait(token{});
    } catch (std::system_error const&) {
      throw cancelled();
    }
  }
  /// Lets others run.
  static task<void> yield(executor const& ex) { return asio::post(ex, token{}); }

  /// Whether awaiting throws in a coroutine that was cancelled; and the switch, with which one goes on to clean up.
  /// These are awaited directly: a task that wrapped them would throw. reset_cancellation_state() instead of the switch
  /// would leave the user's coroutine uncancellable afterwards.
  static auto throws_if_cancelled() { return asio::this_coro::throw_if_cancelled(); }
  static auto throws_if_cancelled(bool on) { return asio::this_coro::throw_if_cancelled(on); }
  /// What tells whether the coroutine has been cancelled. Awaited directly, too.
  static auto cancellation_state() { return asio::this_coro::cancellation_state; }
  static bool was_cancelled(asio::cancellation_state const& s) {
    return s.cancelled() != asio::cancellation_type::none;
  }
  /// Whether a socket's error that is none of ours means that the stream has ended.
  static bool is_end(std::error_code const& e) { return e == asio::error::eof; }
  static bool is_cancellation(std::error_code const& e) { return e == asio::error::operation_aborted; }
  static error cancelled() {
    std::error_code const code = asio::error::operation_aborted;
    return error(code, "the operation was cancelled");
  }
};

} // namespace tusk::net
