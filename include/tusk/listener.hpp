// tusk: listener.hpp — the notifications of some channels, one after the other.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Made by `listen` of a connection, which goes on to run queries. What arrives is put into the listener's inbox by
// whoever reads the connection; while nobody else does, the one who waits for a notification reads. There is no task in
// the background: what arrives while nobody uses the connection is found by the next operation on it.
#pragma once

#include <tusk/error.hpp>
#include <tusk/identifier.hpp>
#include <tusk/net/inbox.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/notification.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/query.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

template <class Mode> class basic_feed;

/// How many notifications a listener keeps until they are taken, and 8192 times as many bytes of them. When it is full
/// those that come are dropped, and `next` says how many where they are missing.
struct backlog {
  backlog() = default;
  explicit backlog(std::size_t n) : notifications(n) {}
  std::size_t notifications = 10'000;
};

/// A channel's name is an identifier of at most 63 bytes: of a longer one a server would listen to the beginning, and
/// never notify that. Throws errc::invalid_parameter.
inline void check_channel(std::string_view name) {
  if (name.empty()) throw error(errc::invalid_parameter, "the name of a channel is empty");
  wire::require_no_zero(name, "the name of a channel");
  if (name.size() > 63)
    throw error(errc::invalid_parameter, "the name of the channel '" + printable(name) + "' has " +
                                             std::to_string(name.size()) + " bytes, PostgreSQL has 63 at most");
}

/// Appends `verb "channel";`, with the name exactly as it is.
inline void append_for_channel(std::string& sql, std::string_view verb, std::string_view channel) {
  sql.append(verb).append(" ");
  put_identifier(channel, sql);
  sql += ';';
}

/// What has the server listen to these. Throws as `check_channel`.
inline void listen_to(std::vector<std::string> const& channels, protocol::request& to) {
  std::string sql;
  for (auto const& c : channels) {
    check_channel(c);
    append_for_channel(sql, "listen", c);
  }
  wire::simple_query(to.bytes, sql);
  to.expected = protocol::steps{protocol::step::simple};
}

/// Made by `listen` of a connection. Movable. Its destructor ends the listening, with UNLISTEN ahead of the
/// connection's next request if nobody else on the connection listens to the channel.
template <class Mode> class basic_listener {
 public:
  template <class T> using task = typename Mode::template answer<T>;

  /// For `listen`: hears from now on; the server is still to be told.
  basic_listener(protocol::ref<net::pump<Mode>> p, protocol::ref<net::inbox> box)
      : pump_(std::move(p)), box_(std::move(box)) {
    pump_->audience().join(*box_);
  }
  basic_listener(basic_listener&&) noexcept = default;
  basic_listener& operator=(basic_listener&& other) noexcept {
    std::swap(pump_, other.pump_);
    std::swap(box_, other.box_);
    return *this;
  }
  ~basic_listener() {
    if (!pump_ || !leave(*pump_, *box_, "the listener was destroyed")) return;
    tell_quietly(*pump_, *box_);
  }

  /// The oldest notification that was not taken; waits for one if there is none. Several coroutines may wait, each gets
  /// other ones. One that is cancelled, or whose time is up (errc::timeout), takes none: the next call gets it. Whoever
  /// has the connection's token can end an asynchronous wait; a blocking one ends with the connection's `timeout`, or
  /// with the connection.
  ///
  /// While a stream rests between two rows nothing is read: a coroutine waits until the stream goes on or ends, a
  /// blocking call throws errc::connection_busy. Throws errc::notifications_lost, once, where the backlog was full;
  /// after all that has arrived errc::listener_closed, or errc::connection_closed.
  task<notification> next() { return Mode::answer_of(take_next(pump_, box_)); }
  /// Ends the listening. What has arrived can still be taken; then `next` throws errc::listener_closed. It has ended
  /// whatever this throws, except for errc::connection_busy while a transaction or a stream has the connection.
  task<void> unlisten() { return Mode::answer_of(stop(pump_, box_)); }

  std::vector<std::string> const& channels() const noexcept { return box_->channels(); }
  /// Notifications that have arrived and were not taken.
  std::size_t waiting() const noexcept { return box_->size(); }

  /// For `listen`: the server was not told, and need not be.
  void forget() noexcept { pump_->audience().leave(*box_); }

 private:
  friend class basic_feed<Mode>;
  using pump = net::pump<Mode>;
  template <class T> using inner = typename Mode::template task<T>;

  /// Waits until there is something to take.
  struct arrival {
    using result = void;
    explicit arrival(net::inbox* b) : box(*b) {}
    void take() const noexcept {}
    struct entry {
      entry(pump& p, protocol::request const&, arrival& a) : me(p.crew(), a.box), pump_(p) { p.enter(me); }
      bool waits() {
        if (me.orphaned || me.wants.ready()) return false;
        if (auto const& why = pump_.session().closed()) me.error = std::make_exception_ptr(*why);
        return !me.error;
      }
      typename pump::standby me;

     private:
      pump& pump_;
    };
    net::inbox const& box;
  };
  static inner<notification> take_next(protocol::ref<pump> p, protocol::ref<net::inbox> box) {
    if constexpr (Mode::concurrent) {
      do {
        // Never at once: that Asio delivers in a later turn of the loop, when `||` may have the other's result.
        if (box->ready())
          co_await Mode::yield(p->get_executor());
        else
          co_await pump::template perform<arrival>(p, protocol::request(), box.get());
        // If it was cancelled in the meantime nobody may look at what it returns.
        bool const throws = co_await Mode::throws_if_cancelled();
        auto const state = co_await Mode::cancellation_state();
        if (throws && Mode::was_cancelled(state)) throw Mode::cancelled().unsent();
      } while (!box->ready()); // of several who wait another one may have been faster
    } else if (!box->ready()) {
      if (p->crew().somebody_waits())
        throw error(errc::connection_busy, "a stream is open on this connection: nothing is read before it goes on");
      co_await pump::template perform<arrival>(p, protocol::request(), box.get());
    }
    co_return box->take();
  }
  /// Nothing more comes into `box`. False: it has ended before.
  static bool leave(pump& p, net::inbox& box, char const* why) {
    if (!p.audience().has(box)) return false;
    p.audience().leave(box);
    box.end(error(errc::listener_closed, why));
    p.crew().wake_standbys([&](auto const& s) { return &s.wants == &box; });
    return true;
  }
  /// What tells the server that nobody listens to these channels any more; empty if somebody does.
  static std::string farewell(pump& p, net::inbox const& box) {
    std::string sql;
    for (auto const& c : box.channels())
      if (!p.audience().hears(c)) append_for_channel(sql, "unlisten", c);
    return sql;
  }
  static protocol::request request(pump& p, std::string const& sql) {
    auto r = p.borrow();
    wire::simple_query(r.bytes, sql);
    r.expected = protocol::steps{protocol::step::simple};
    return r;
  }
  static void tell_quietly(pump& p, net::inbox const& box) noexcept {
    try {
      auto const sql = farewell(p, box);
      if (sql.empty()) return;
      auto r = request(p, sql);
      p.submit_quietly(r);
      p.give_back(std::move(r));
    } catch (...) { // out of memory: what the server goes on to send is dropped
    }
  }
  static inner<void> stop(protocol::ref<pump> p, protocol::ref<net::inbox> box) {
    p->tenures().check(0);
    if (!leave(*p, *box, "unlisten() was called")) co_return;
    auto const sql = farewell(*p, *box);
    if (sql.empty()) co_return;
    struct guard {
      pump& of;
      net::inbox& box;
      bool told = false;
      ~guard() {
        if (!told) tell_quietly(of, box);
      }
    } once_more{*p, *box};
    co_await pump::template perform<no_rows_wanted>(p, request(*p, sql));
    once_more.told = true;
  }

  protocol::ref<pump> pump_;
  protocol::ref<net::inbox> box_;
};

/// `listen` of a connection.
template <class Mode>
typename Mode::template task<basic_listener<Mode>> begin_listening(protocol::ref<net::pump<Mode>> p,
                                                                   protocol::request r, protocol::ref<net::inbox> box) {
  if (r.refused) std::rethrow_exception(r.refused);
  basic_listener<Mode> made(p, std::move(box)); // before anything is sent: what is notified at once is heard
  try {
    co_await net::pump<Mode>::template perform<no_rows_wanted>(p, std::move(r));
  } catch (error const& e) {
    if (e.code() == errc::connection_busy) made.forget(); // otherwise it may have begun
    throw;
  }
  co_return made;
}

} // namespace tusk
