// tusk: net/pump.hpp — the one loop that moves a connection's bytes: it obeys session::next(), for whoever waits.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A verb's own coroutine is the loop. The first to come leads and pumps for all, the others sit in their seats; when
// the leader has what it wanted it appoints the next. There is no task in the background. A waiter that is cancelled or
// destroyed abandons its exchange: the session then knows what may be cancelled and what must be read to its end.
// Nothing but this file, `dial` and `cancel` does I/O, and nothing here knows what a query is.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/error.hpp>
#include <tusk/net/address.hpp>
#include <tusk/net/cancel.hpp>
#include <tusk/net/ref.hpp>
#include <tusk/net/transport.hpp>
#include <tusk/protocol/session.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <unistd.h>

namespace tusk::net {

/// Only who can be woken while he reads can be reminded of something.
template <class Mode> struct reminder_of {
  struct type {};
};
template <class Mode>
  requires(Mode::concurrent)
struct reminder_of<Mode> {
  using type = typename Mode::reminder;
};

template <class Mode> class pump final : public counted {
 public:
  template <class T> using task = typename Mode::template task<T>;
  using executor = typename Mode::executor;

  pump(executor const& e, conninfo::settings s)
      : executor_(e), settings_(std::move(s)), session_(settings_.max_message_size), transport_(e), room_(e, *this) {}
  ~pump() override { say_goodbye(); }

  protocol::session& session() noexcept { return session_; }
  net::transport<Mode>& transport() noexcept { return transport_; }
  conninfo::settings const& settings() const noexcept { return settings_; }
  executor const& get_executor() const noexcept { return executor_; }
  std::optional<net::address> const& peer() const noexcept { return peer_; }
  void set_peer(net::address const& a, tls_settings tls) {
    peer_ = a;
    tls_settings_ = std::move(tls);
  }
  std::function<void(notice const&)> on_notice;

  /// A buffer for a request, with the memory of an earlier one.
  protocol::request borrow() {
    protocol::request r;
    if (!spare_.empty()) {
      r.bytes = std::move(spare_.back());
      spare_.pop_back();
    }
    return r;
  }
  void give_back(protocol::request&& r) {
    if (spare_.size() == most_spare || r.bytes.capacity() > kept_request) return;
    r.bytes.clear();
    spare_.push_back(std::move(r.bytes));
  }

  /// Numbers statements, so that each has a name of its own.
  std::uint64_t next_statement() noexcept { return ++statements_; }
  /// Queues clean-up that nobody waits for: it travels with the next request.
  void submit_quietly(protocol::request const& r) {
    if (!session_.closed()) session_.submit(r, nullptr, nullptr);
  }

  /// Submits `r`, pumps until its exchange is done, and returns what a Collector, constructed from `seed`, made of the
  /// replies. Throws what the server, the collector or the connection reports. `self` keeps the pump alive while the
  /// coroutine lives.
  template <class Collector, class... Seed>
  static task<typename Collector::result> perform(ref<pump> self, protocol::request r, Seed... seed);

  /// Closes the connection; whoever waits gets `why`.
  void close(error const& why) {
    say_goodbye();
    fail(why);
  }
  void fail(error const& why) {
    session_.fail(why);
    transport_.socket().close();
    end_watch();
    wake_done();
  }

 private:
  static constexpr std::chrono::milliseconds least_patience{10};
  static constexpr std::size_t most_spare = 256;
  static constexpr std::size_t kept_request = 64 * 1024;

  /// One waiter's place in the queue; in its coroutine's frame, so that a destroyed frame leaves it.
  struct place : Mode::seat {
    explicit place(pump& p) : owner(p) {}
    place(place const&) = delete;
    place& operator=(place const&) = delete;
    ~place() {
      if (!this->done && submitted) owner.session_.abandon(number);
      if constexpr (Mode::concurrent) owner.room_.leave(*this);
      resign();
    }
    void lead() noexcept { leading = owner.led_ = true; }
    void resign() {
      if (!leading) return;
      leading = owner.led_ = false;
      owner.appoint();
    }
    /// Whether the loop goes on. A cancelled waiter stays only to drain what it left behind.
    bool unfinished() const noexcept {
      if (orphaned) return owner.session_.pending(number) && !owner.session_.closed();
      return !this->done;
    }
    pump& owner;
    std::uint64_t number = 0;
    bool submitted = false;
    bool leading = false;
    bool orphaned = false;
    bool cancelled = false; // found out in this turn of the loop
  };

  void enter(place& me, protocol::request& r, protocol::sink* to) {
    if (session_.closed()) throw_closed();
    me.number = session_.submit(r, to, &me);
    me.submitted = true;
    give_back(std::move(r));
  }
  [[noreturn]] void throw_closed() const {
    auto const& why = *session_.closed();
    auto words = std::string("the connection is closed: ") + why.what();
    throw(why.server() != nullptr ? error(errc::connection_closed, std::move(words), *why.server())
                                  : error(errc::connection_closed, std::move(words)))
        .unsent();
  }
  /// Ends the waiter's part: passes the lead on and throws what it is owed.
  void leave(place& me) {
    me.resign();
    if (me.orphaned) throw Mode::cancelled();
    if (me.error) std::rethrow_exception(std::exchange(me.error, nullptr));
  }

  void appoint() {
    if constexpr (Mode::concurrent) {
      if (room_.dropped()) return;
      auto* const next = static_cast<place*>(static_cast<typename Mode::seat*>(session_.oldest_awaiter()));
      if (next != nullptr) {
        next->lead();
        room_.wake(*next);
        return;
      }
    }
    end_watch(); // nobody reads: the answer may be here in time and wait for that
  }
  void wake_done() {
    for (auto* w = session_.take_done(); w != nullptr;) {
      auto* const next = w->next_done;
      if constexpr (Mode::concurrent) {
        auto& p = *static_cast<place*>(static_cast<typename Mode::seat*>(w));
        if (!p.leading) room_.wake(p);
      }
      w = next;
    }
  }

  /// Sends what can be sent. What cannot waits for the socket: in the asynchronous mode in a callback that holds the
  /// pump, in the blocking mode in the read, which watches both directions. A broken connection is not reported from
  /// here: the server's last words, or the end, are still to be read, and whoever reads them reports it.
  void write() noexcept {
    if (writer_waits_ || write_failed_ || session_.closed()) return;
    try {
      bool const all = transport_.write(session_);
      if constexpr (Mode::concurrent) {
        if (all) return;
        writer_waits_ = true;
        transport_.socket().when_writable([self = ref<pump>(this)](auto failed) {
          self->writer_waits_ = false;
          if (failed) return;
          self->write();
          // The leader has looked before this was sent, and reads until somebody tells it to look again.
          if (self->led_ && self->next() == protocol::want::cancel) {
            self->interrupted_ = true;
            self->transport_.socket().interrupt();
          }
        });
      }
    } catch (std::system_error const& e) {
      if (hung_up(e.code()))
        write_failed_ = true;
      else
        fail(lost<Mode>(e));
    } catch (std::exception const& e) {
      fail(error(errc::connection_closed, std::string("the connection was closed: ") + e.what()));
    }
  }
  /// Whether reading has to watch for room to write.
  bool write_pending() const noexcept { return !write_failed_ && !(session_.unsent().empty() && transport_.flushed()); }
  /// Followers' requests of one turn of the loop leave in one write.
  void flush_soon() {
    if constexpr (Mode::concurrent) {
      if (flush_posted_ || writer_waits_ || room_.dropped()) return;
      flush_posted_ = true;
      Mode::post(executor_, [self = ref<pump>(this)] {
        self->flush_posted_ = false;
        self->write();
      });
    }
  }
  protocol::want next() const noexcept {
    auto const w = session_.next();
    // What counts as sent must have left the filter too before a CancelRequest can be about it.
    return w == protocol::want::cancel && !transport_.flushed() ? protocol::want::both : w;
  }
  void received(std::size_t n) {
    if (n != 0) transport_.received(n, session_);
    if (drain_alarm_ && !session_.cancel_under_way()) end_watch();
    wake_done();
    if (session_.has_notices()) deliver_notices();
  }
  void deliver_notices() noexcept {
    auto const handler = on_notice; // which may replace itself
    for (auto const& n : session_.take_notices())
      if (handler) handler(n);
  }
  /// What ended the loop's turn: the waiter was cancelled, or the connection is lost.
  void caught(place& me) {
    try {
      throw;
    } catch (std::system_error const& e) {
      if (session_.closed()) return;
      if (drain_alarm_ && drain_alarm_->rang()) return fail(unanswered());
      if (std::exchange(interrupted_, false)) return;
      if (Mode::is_cancellation(e.code()) && !me.orphaned)
        me.cancelled = !me.done;
      else
        fail(lost<Mode>(e));
    } catch (std::exception const& e) {
      fail(error(errc::connection_closed, std::string("the connection was closed: ") + e.what()));
    }
  }
  error unanswered() const {
    return error(errc::timeout, "the connection was closed: the server did not end a cancelled statement within " +
                                    std::to_string(settings_.cancel_timeout.count()) + " ms (cancel_timeout)");
  }
  /// Asks the server to end what it is doing for nobody.
  task<void> cancel() {
    session_.cancelling();
    watch();
    reminder_.reset();
    return cancel_backend<Mode>(executor_, *peer_, settings_, tls_settings_, session_, transport_.secure());
  }
  /// While a CancelRequest is to take effect, and somebody waits for that, `cancel_timeout` is all the time it gets.
  void watch() {
    if (drain_alarm_) return;
    drain_alarm_.emplace(executor_, transport_.socket(), settings_.cancel_timeout);
    auto const part = settings_.cancel_timeout / 50;
    patience_ = part > least_patience ? part : least_patience;
  }
  /// A server ignores a CancelRequest that comes before it has begun the statement, and loses one now and then: it is
  /// repeated, at longer and longer intervals.
  void remind() {
    if constexpr (Mode::concurrent) {
      if (reminder_) return;
      reminder_.emplace(executor_, patience_, [this] {
        session_.cancel_again();
        interrupted_ = true;
        transport_.socket().interrupt();
      });
      patience_ *= 2;
    }
  }
  void end_watch() noexcept {
    drain_alarm_.reset();
    reminder_.reset();
  }
  /// Not in a forked child: there the connection is still the parent's.
  void say_goodbye() noexcept {
    wire::buffer farewell;
    if (!session_.closed() && session_.started() && session_.between() && ::getpid() == process_)
      wire::terminate(farewell);
    transport_.close(farewell);
  }

  executor executor_;
  conninfo::settings settings_;
  protocol::session session_;
  net::transport<Mode> transport_;
  typename Mode::waiting_room room_;
  std::optional<net::address> peer_;
  tls_settings tls_settings_;
  std::optional<typename Mode::alarm> drain_alarm_;
  std::optional<typename reminder_of<Mode>::type> reminder_;
  std::chrono::milliseconds patience_{0}; // before the next one is sent
  std::vector<wire::buffer> spare_;
  std::uint64_t statements_ = 0;
  pid_t const process_ = ::getpid();
  bool led_ = false;
  bool flush_posted_ = false;
  bool writer_waits_ = false;
  bool write_failed_ = false;
  bool interrupted_ = false; // the leader's read ends to let it look again what is wanted
};

template <class Mode>
template <class Collector, class... Seed>
typename Mode::template task<typename Collector::result> pump<Mode>::perform(ref<pump> self, protocol::request r,
                                                                             Seed... seed) {
  auto& p = *self;
  if (r.refused) std::rethrow_exception(r.refused);
  Collector collector(std::move(seed)...);
  place me(p);
  p.enter(me, r, &collector);
  bool before = true;
  while (me.unfinished()) {
    try {
      if constexpr (Mode::concurrent) {
        if (p.led_ && !me.leading) {
          p.flush_soon();
          if (me.orphaned) break; // the leader reads what was abandoned
          co_await Mode::waiting_room::park(p.room_, me);
          continue;
        }
      }
      if (!me.leading) me.lead();
      // Writing may have sent the last of what is to be cancelled, but nothing may be sent behind it.
      if (p.next() != protocol::want::cancel) p.write();
      if (p.session_.closed()) continue;
      if (p.next() == protocol::want::cancel) {
        bool const user = co_await Mode::throws_if_cancelled();
        co_await Mode::throws_if_cancelled(false);
        co_await p.cancel();
        co_await Mode::throws_if_cancelled(user);
        continue;
      }
      p.interrupted_ = false;
      if (p.session_.cancel_under_way()) {
        p.watch();
        p.remind();
      }
      p.transport_.socket().shield(me.orphaned);
      std::size_t const n = co_await p.transport_.socket().read_some(p.transport_.room(p.session_), p.write_pending());
      p.received(n);
    } catch (...) {
      p.caught(me);
    }
    if (me.cancelled) {
      me.cancelled = false;
      me.orphaned = true;
      p.session_.abandon(me.number);
      me.resign();
      before = co_await Mode::throws_if_cancelled();
      co_await Mode::throws_if_cancelled(false);
    }
  }
  if (me.orphaned) co_await Mode::throws_if_cancelled(before);
  p.leave(me);
  co_return collector.take();
}

} // namespace tusk::net
