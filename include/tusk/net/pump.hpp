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
#include <tusk/net/audience.hpp>
#include <tusk/net/cancel.hpp>
#include <tusk/net/crew.hpp>
#include <tusk/net/endings.hpp>
#include <tusk/net/entry.hpp>
#include <tusk/net/interruptor.hpp>
#include <tusk/net/misfit.hpp>
#include <tusk/net/tenure.hpp>
#include <tusk/net/transport.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/session.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace tusk::net {

template <class Mode> class pump final : public protocol::counted {
 public:
  template <class T> using task = typename Mode::template task<T>;
  using executor = typename Mode::executor;

  pump(executor const& e, conninfo::settings s)
      : executor_(e), settings_(std::move(s)), session_(settings_.max_message_size, settings_.statement_cache_size),
        transport_(e), crew_(e, session_, transport_.socket(), *this), audience_(session_) {}
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

  /// Who hears what the server says without being asked.
  net::audience& audience() noexcept { return audience_; }

  /// A buffer for a request, with the memory of an earlier one.
  protocol::request borrow() { return spare_.borrow(); }
  void give_back(protocol::request&& r) { spare_.give_back(std::move(r)); }

  std::uint64_t next_portal() noexcept { return ++portals_; } ///< so that each has a name of its own
  /// Queues clean-up that nobody waits for: it travels with the next request.
  void submit_quietly(protocol::request const& r) {
    if (session_.closed()) return;
    session_.submit(r, nullptr, nullptr);
    crew_.nudge_standby(); // who reads may as well send it
  }

  /// Who has the connection to himself.
  net::tenures& tenures() noexcept { return tenures_; }

  /// For tokens: what other threads may use.
  std::shared_ptr<interruptor> share_interruptor();

  using place = typename crew<Mode>::place;
  using standby = typename crew<Mode>::standby;
  net::crew<Mode>& crew() noexcept { return crew_; }

  void enter(place& me, protocol::request const& r, protocol::sink* to) {
    if (session_.closed()) throw closed_before(*session_.closed()).unsent();
    tenures_.check(r.scope);
    interruptible_.begin();
    submit(me, r, to);
  }
  /// One waits for what the server says by itself.
  void enter(standby& me) {
    interruptible_.waited(crew_.standbys_so_far());
    crew_.limit(me);
  }
  /// What `enter` began is over for `me`.
  void exit(place const& me) noexcept {
    if (me.submitted()) interruptible_.end();
  }
  /// It goes on with the request itself, when what it needs has been described. Or the server did not have the
  /// statement that it was taken to have, or threw the request away: once more, then.
  bool once_more(place& me, protocol::request& r, protocol::sink* to) {
    bool const described = std::exchange(me.asks_first, false) && !me.error;
    if ((!described && (!me.not_run || me.repeated)) || me.orphaned) [[likely]]
      return false;
    if (session_.closed() && !described) return false;
    try {
      if (session_.closed()) throw closed_before(*session_.closed()).unsent();
      tenures_.check(r.scope);
    } catch (error const&) { // somebody has the connection to himself by now, as if this came only now
      me.error = std::current_exception();
      return false;
    }
    if (described) {
      submit_itself(me, r, to);
      return true;
    }
    me.repeated = true;
    r.prepare_again();
    if (to != nullptr) to->on_restart();
    for (auto const& p : r.parts) p.to->on_restart();
    submit(me, r, to);
    return true;
  }
  /// Takes in what has been received and not been looked at, see session::received; else, with `look`, what is there.
  void advance(bool look = false) noexcept {
    if (session_.closed()) return;
    try {
      if (auto const n = look ? transport_.socket().try_read(transport_.room(session_)) : 0; n != 0)
        transport_.received(n, session_);
      else
        transport_.resume(session_);
    } catch (std::system_error const& e) {
      fail(lost<Mode>(e));
    } catch (std::exception const& e) {
      fail(closed_by(e));
    }
    after_receiving();
  }
  /// Sends what can be sent without waiting, and takes in what is there, unless somebody else sees to that.
  void turn_over() noexcept {
    write();
    if (!crew_.led()) advance(true);
  }

  /// Submits `r`, pumps until its exchange is done, and returns what a Collector, constructed from `seed`, made of the
  /// replies. Throws what the server, the collector or the connection reports. `self` keeps the pump alive while the
  /// coroutine lives.
  template <class Collector, class... Seed>
  static task<typename Collector::result> perform(protocol::ref<pump> self, protocol::request&& r, Seed... seed) {
    if (r.refused) [[unlikely]]
      return refuse<typename Collector::result, Mode>(std::move(self), std::move(r));
    return drive<Collector>(std::move(self), std::move(r), std::move(seed)...);
  }

  /// Closes the connection; whoever waits gets `why`.
  void close(error const& why) {
    say_goodbye();
    fail(why);
  }
  void fail(error const& why) {
    session_.fail(why);
    transport_.socket().close();
    crew_.watch.end();
    crew_.wake_done();
    crew_.wake_standbys([](standby const&) { return true; });
  }

 private:
  template <class Collector, class... Seed>
  static task<typename Collector::result> drive(protocol::ref<pump> self, protocol::request r, Seed... seed);

  void submit(place& me, protocol::request const& r, protocol::sink* to) {
    if (!session_.must_describe(r)) [[likely]]
      return submit_itself(me, r, to);
    auto ask = borrow();
    ask.subject = r.subject;
    ask.generation = r.subject->generation();
    ask.scope = r.scope;
    wire::sync(ask.bytes);
    submit_itself(me, ask, nullptr);
    me.asks_first = true;
    give_back(std::move(ask));
  }
  void submit_itself(place& me, protocol::request const& r, protocol::sink* to) {
    auto const number = session_.submit(r, to, &me);
    me.wait_for(number);
    interruptible_.submitted(number);
  }
  /// Ends the waiter's part: passes the lead on and throws what it is owed.
  void leave(place& me) {
    me.resign();
    if (me.orphaned) {
      auto why = me.passed() ? timed_out(crew_.timeout) : Mode::cancelled();
      throw me.unsent() ? std::move(why).unsent() : why;
    }
    if (me.error) std::rethrow_exception(std::exchange(me.error, nullptr));
  }
  /// Sends what can be sent. What cannot waits for the socket: in the asynchronous mode in a callback that holds the
  /// pump, in the blocking mode in the read, which watches both directions. A broken connection is not reported from
  /// here: the server's last words, or the end, are still to be read, and whoever reads them reports it. Nothing is
  /// sent behind what is to be cancelled.
  void write() noexcept {
    if (writer_waits_ || write_failed_ || session_.closed() || next() == protocol::want::cancel) return;
    try {
      bool const all = transport_.write(session_);
      if constexpr (Mode::concurrent) {
        if (all) return;
        writer_waits_ = true;
        // Who wakes the leader ends this wait too: it begins anew then, and a broken socket says so when it is used.
        transport_.socket().when_writable([self = protocol::ref<pump>(this)](auto) {
          self->writer_waits_ = false;
          self->write();
          // The leader has looked before this was sent, and reads until somebody tells it to look again.
          bool const room = self->crew_.has_room(self->session_.unsent().size());
          if (room || self->next() == protocol::want::cancel) self->crew_.wake_leader();
        });
      }
    } catch (std::system_error const& e) {
      if (hung_up(e.code()))
        write_failed_ = true;
      else
        fail(lost<Mode>(e));
    } catch (std::exception const& e) {
      fail(closed_by(e));
    }
  }
  /// Whether reading has to watch for room to write.
  bool write_pending() const noexcept { return !write_failed_ && !(session_.unsent().empty() && transport_.flushed()); }
  /// Sees to it that the request of one who follows is sent, and that one who has a request leads.
  void urge(place const&) {
    crew_.nudge_standby();
    flush_soon();
  }
  void urge(standby const&) noexcept {}
  /// Followers' requests of one turn of the loop leave in one write.
  void flush_soon() {
    if (!writer_waits_) crew_.soon([this] { write(); });
  }
  protocol::want next() const noexcept {
    auto const w = session_.next();
    // What counts as sent must have left the filter too before a CancelRequest can be about it.
    return w == protocol::want::cancel && !transport_.has_left(session_.cancellable_from()) ? protocol::want::both : w;
  }
  void received(std::size_t n) {
    if (n != 0) transport_.received(n, session_);
    after_receiving();
  }
  void after_receiving() {
    // Each has its own time.
    if (crew_.watch.on() && (!session_.head_unwanted() || session_.head_number() != watched_)) crew_.watch.end();
    crew_.wake_done();
    if (!session_.has_news()) [[likely]]
      return;
    audience_.deliver(session_.take_news());
    crew_.wake_standbys([](standby const& s) { return s.wants.ready(); });
  }
  /// What ended the loop's turn: the waiter was cancelled, or the connection is lost.
  void caught(place& me) {
    try {
      throw;
    } catch (std::system_error const& e) {
      if (session_.closed()) return;
      if (crew_.watch.rang()) return fail(unanswered(settings_.cancel_timeout));
      if (crew_.watch.nudged()) {
        crew_.watch.reminded();
        return session_.cancel_again();
      }
      if (std::exchange(crew_.interrupted, false)) return;
      if (Mode::is_cancellation(e.code()) && !me.orphaned)
        me.cancelled = !me.done;
      else
        fail(lost<Mode>(e));
    } catch (std::exception const& e) {
      fail(closed_by(e));
    }
  }
  /// Asks the server to end what it is doing for nobody.
  task<void> cancel() {
    session_.cancelling();
    watch();
    crew_.watch.reminded();
    return cancel_backend<Mode>(executor_, *peer_, settings_, tls_settings_, key_of(session_), transport_.secure());
  }
  void watch() {
    if (crew_.watch.on()) return;
    watched_ = session_.head_number();
    crew_.watch.begin(executor_, transport_.socket(), settings_.cancel_timeout);
  }
  /// Reads on while a CancelRequest is to take effect.
  void remind() {
    crew_.watch.remind(executor_, transport_.socket(), [this] {
      session_.cancel_again();
      crew_.wake_leader();
    });
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
  net::crew<Mode> crew_;
  std::optional<net::address> peer_;
  tls_settings tls_settings_;
  interruptible<Mode> interruptible_;
  protocol::spare_requests spare_;
  net::tenures tenures_;
  net::audience audience_;
  std::uint64_t portals_ = 0;
  std::uint64_t watched_ = 0; // the exchange whose end is watched for
  pid_t const process_ = ::getpid();
  bool writer_waits_ = false;
  bool write_failed_ = false;
};

template <class Mode> std::shared_ptr<interruptor> pump<Mode>::share_interruptor() {
  return interruptible_.share([this] {
    using kind = typename interruptible<Mode>::kind;
    if constexpr (Mode::concurrent) {
      auto made = std::make_shared<kind>(executor_, [this](moment before) {
        session_.interrupt(Mode::cancelled(), before.requests);
        crew_.wake_done();
        crew_.interrupt_standbys(before.waits);
        crew_.wake_leader();
      });
      made->submitted(session_.next_number() - 1);
      made->waited(crew_.standbys_so_far());
      return made;
    } else
      return std::make_shared<kind>(executor_, *peer_, settings_, tls_settings_, key_of(session_), transport_.secure());
  });
}

template <class Mode>
template <class Collector, class... Seed>
typename Mode::template task<typename Collector::result> pump<Mode>::drive(protocol::ref<pump> self,
                                                                           protocol::request r, Seed... seed) {
  auto& p = *self;
  Collector collector(std::move(seed)...);
  typename entry_of<pump, Collector>::type entry(p, r, collector);
  auto& me = entry.me;
  bool before = true;
  while (entry.waits()) {
    try {
      bool follows = false;
      if constexpr (Mode::concurrent) {
        follows = p.crew_.follows(me);
        if (follows) {
          p.urge(me);
          if (me.orphaned) break; // the leader reads what was abandoned
          co_await Mode::waiting_room::park(p.crew_.room(), me);
        }
      }
      if (!follows) {
        if (!me.leads()) me.lead();
        p.write();
        if (p.session_.closed()) continue;
        if (p.crew_.wanted_room != 0 && !entry.waits()) continue; // for nothing but what was just sent
        if (p.next() == protocol::want::cancel) {                 // writing may have sent the last of it
          bool const user = co_await Mode::throws_if_cancelled();
          co_await Mode::throws_if_cancelled(false);
          co_await p.cancel();
          co_await Mode::throws_if_cancelled(user);
          continue;
        }
        p.crew_.interrupted = false;
        if (me.orphaned || p.session_.head_unwanted()) [[unlikely]] {
          p.watch();
          if (p.session_.cancel_under_way()) p.remind();
        }
        auto& socket = p.transport_.socket();
        socket.shield(me.orphaned);
        std::size_t const n = co_await socket.read_some(p.transport_.room(p.session_), p.write_pending());
        p.received(n);
      }
    } catch (...) {
      p.caught(me);
    }
    if (me.cancelled || p.crew_.is_late(me)) {
      me.cancelled = false;
      me.orphaned = true;
      me.give_up();
      me.resign();
      before = co_await Mode::throws_if_cancelled();
      co_await Mode::throws_if_cancelled(false);
    }
  }
  if (me.orphaned) co_await Mode::throws_if_cancelled(before);
  p.leave(me);
  p.give_back(std::move(r));
  co_return collector.take();
}

} // namespace tusk::net
