// tusk: feed.hpp — notifications from a connection of its own, which is made again when it is lost.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A server keeps nothing for those who are away. So what comes out of a feed is either a notification or the news that
// the connection was lost and is there again: whatever was sent meanwhile is missing, and the table has to be looked at
// once. How often it tries, how long, and how it finds out that nobody is there any more, stands in `feed_options`.
#pragma once

#include <tusk/connect.hpp>
#include <tusk/error.hpp>
#include <tusk/listener.hpp>
#include <tusk/net/dial.hpp>
#include <tusk/net/endings.hpp>
#include <tusk/net/inbox.hpp>
#include <tusk/notification.hpp>
#include <tusk/options.hpp>
#include <tusk/protocol/host_order.hpp>
#include <tusk/protocol/ref.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tusk {

/// How a feed behaves.
class feed_options {
 public:
  using time = std::chrono::milliseconds;
  feed_options() = default;
  feed_options& backlog(tusk::backlog b) {
    backlog_ = b;
    return *this;
  }
  /// A lost connection is made again at once. When that fails the next attempt waits for `first` (100 ms), the one
  /// after that for twice as long, up to `most` (30 s); of each a random half may be missing, so that not all clients
  /// come back together. From 1 ms to a day.
  feed_options& delays(time first, time most) {
    first_delay_ = first < time(1) ? time(1) : first > longest_delay ? longest_delay : first;
    max_delay_ = most < first_delay_ ? first_delay_ : most > longest_delay ? longest_delay : most;
    return *this;
  }
  /// When no attempt has succeeded for so long, `next` throws what the last one failed with. 0, the default: never.
  feed_options& give_up_after(time t) {
    give_up_after_ = t;
    return *this;
  }
  /// When nothing has come for so long (30 s) the server is asked for a sign of life, and the connection is taken for
  /// lost if none has come after the same time once more. 0: never.
  feed_options& check_every(time t) {
    check_every_ = t;
    return *this;
  }

 private:
  template <class Mode> friend class basic_feed;
  static constexpr time longest_delay = std::chrono::hours(24);
  tusk::backlog backlog_;
  time first_delay_{100};
  time max_delay_{30'000};
  time give_up_after_{0};
  time check_every_{30'000};
};

/// The connection of a feed was lost, and is there again. What was sent meanwhile is missing.
struct reconnected {
  reconnected(error e, std::uint32_t n) : why(e), attempts(n) {}
  error why;              ///< it was lost
  std::uint32_t attempts; ///< it took
};

/// What comes out of a feed: one or the other. (Not a std::variant, which Asio's `||` would take apart.)
class feed_event {
 public:
  feed_event() = default;
  feed_event(tusk::notification n) : what_(std::move(n)) {}
  feed_event(tusk::reconnected r) : what_(std::move(r)) {}
  /// nullptr if it is the other.
  tusk::notification const* notification() const noexcept { return std::get_if<tusk::notification>(&what_); }
  tusk::reconnected const* reconnected() const noexcept { return std::get_if<tusk::reconnected>(&what_); }

 private:
  std::variant<tusk::notification, tusk::reconnected> what_;
};

/// Another attempt to connect may go better without anybody doing anything on this side: not if the server refuses who
/// we are or what we want (SQLSTATE class 28, 3D000, 42501), nor if it cannot be trusted.
inline bool may_heal(error const& e) {
  auto const state = e.sqlstate();
  if (state.view().starts_with("28") || state == sqlstate::invalid_catalog_name ||
      state == sqlstate::insufficient_privilege)
    return false;
  for (auto const c : {errc::invalid_option, errc::authentication_failed, errc::authentication_unsupported,
                       errc::password_required, errc::tls_failed, errc::tls_unavailable})
    if (e.code() == c) return false;
  return true;
}

/// Made by `listen`. Movable. One waits at a time: another call of `next` throws errc::connection_busy.
template <class Mode> class basic_feed {
 public:
  template <class T> using task = typename Mode::template answer<T>;

  /// A notification, or `reconnected`; waits for one of them. What had arrived before the connection was lost comes
  /// first. Throws errc::notifications_lost as a listener; what keeps it from connecting if that cannot heal, or after
  /// `give_up_after`; errc::timeout; errc::connection_closed after `close`. It may be called again after each, and
  /// nothing is lost. The feed must live as long as the task.
  task<feed_event> next() { return Mode::answer_of(advance(state_.get())); }
  /// The time that each following `next` may take; 0: any. (In the blocking mode an attempt to connect that is under
  /// way, to several addresses perhaps, may take longer.)
  void timeout(std::chrono::milliseconds t) { state_->timeout = t.count() > 0 ? t : std::chrono::milliseconds(0); }
  /// Whoever waits gets errc::connection_closed; between two attempts to connect, when it is time for the next one.
  void close() {
    state_->closed = true;
    state_->drop(error(errc::connection_closed, "close() was called"));
  }
  /// Whether there is a connection now; `next` makes one if not.
  bool is_connected() const noexcept { return state_->pump && !state_->pump->session().closed(); }
  std::uint32_t backend_pid() const noexcept { return state_->pump ? state_->pump->session().backend_pid() : 0; }

  /// For `listen`.
  class state;
  explicit basic_feed(std::unique_ptr<state> s) : state_(std::move(s)) {}
  /// Connects, and listens. Throws what keeps it from that.
  static typename Mode::template task<void> connect(state* s, std::chrono::milliseconds limit);

 private:
  template <class T> using inner = typename Mode::template task<T>;
  using clock = std::chrono::steady_clock;
  using time = std::chrono::milliseconds;
  using instant = std::optional<clock::time_point>; // nullopt: never

  static inner<feed_event> advance(state* s);
  static inner<notification> hear(state* s, instant until);
  static inner<void> reconnect(state* s, instant until);

  std::unique_ptr<state> state_;
};

/// What there is of a feed, connected or not.
template <class Mode> class basic_feed<Mode>::state {
 public:
  state(typename Mode::executor e, conninfo::settings s, feed_options o, std::vector<std::string> names)
      : executor(std::move(e)), settings(std::move(s)), options(o), channels(std::move(names)),
        timeout(settings.operation_timeout) {}
  state(state const&) = delete;
  state& operator=(state const&) = delete;
  ~state() { drop(error(errc::connection_closed, "the feed was destroyed")); }

  void drop(error const& why) {
    if (pump) pump->close(why);
  }
  void lose(error const& why) {
    drop(why);
    lost = why;
    attempts = 0;
    delay = options.first_delay_;
    lost_at = next_attempt = clock::now();
  }
  /// After an attempt that has failed. Returns whether there is to be another one.
  bool go_on(error const& failed) {
    auto const now = clock::now();
    auto const half = delay / 2;
    next_attempt = now + half + time(protocol::random_below(static_cast<std::uint32_t>(half.count()) + 1));
    delay = delay > options.max_delay_ / 2 ? options.max_delay_ : delay * 2;
    bool const enough = options.give_up_after_.count() > 0 && now - lost_at >= options.give_up_after_;
    return may_heal(failed) && !enough;
  }
  instant deadline() const { return timeout.count() == 0 ? instant() : instant(later(timeout)); }
  static clock::time_point later(time t) {
    auto const now = clock::now();
    return t < std::chrono::floor<time>(clock::time_point::max() - now) ? now + t : clock::time_point::max();
  }
  /// The time until then, at least 1 ms; 0: any.
  static time left(instant const& until) {
    if (!until) return time(0);
    auto const t = std::chrono::ceil<time>(*until - clock::now());
    return t < time(1) ? time(1) : t;
  }
  static bool passed(instant const& until) { return until && clock::now() >= *until; }
  error too_late() const { return net::timed_out(timeout); }

  typename Mode::executor executor;
  conninfo::settings settings;
  feed_options options;
  std::vector<std::string> channels;
  time timeout;
  protocol::ref<net::pump<Mode>> pump;
  protocol::ref<net::inbox> box;
  std::optional<basic_listener<Mode>> listener;
  instant check_at; // nothing has been heard for so long then
  std::optional<error> lost;
  std::uint32_t attempts = 0;
  time delay{0};
  clock::time_point lost_at, next_attempt;
  bool closed = false;
  bool waits = false;
};

template <class Mode>
typename Mode::template task<void> basic_feed<Mode>::connect(state* s, std::chrono::milliseconds limit) {
  auto settings = s->settings;
  if (limit.count() != 0) settings.connect_timeout = limit;
  auto p = co_await net::dial<Mode>(s->executor, std::move(settings));
  protocol::ref<net::inbox> box(new net::inbox(s->channels, s->options.backlog_.notifications));
  p->crew().timeout = limit;
  auto r = p->borrow();
  listen_to(s->channels, r);
  auto made = co_await begin_listening<Mode>(p, std::move(r), box);
  s->listener.emplace(std::move(made));
  s->box = std::move(box);
  s->pump = std::move(p);
  if (auto const every = s->options.check_every_; every.count() > 0) s->check_at = state::later(every);
}

template <class Mode> typename Mode::template task<feed_event> basic_feed<Mode>::advance(state* s) {
  if (s->waits) throw error(errc::connection_busy, "somebody else waits for this feed");
  struct guard {
    bool& on;
    ~guard() { on = false; }
  } const one_at_a_time{s->waits = true};
  auto const until = s->deadline();
  if (!s->lost) {
    std::optional<notification> n;
    try {
      n = co_await hear(s, until);
    } catch (error const& e) {
      if (e.code() == errc::notifications_lost || s->closed) throw;
      bool const ours = Mode::is_cancellation(e.code()) || e.code() == errc::timeout;
      if (ours && !s->pump->session().closed()) throw;
      if (Mode::concurrent && Mode::is_cancellation(e.code())) throw;
      s->lose(e);
    }
    if (n) {
      feed_event event(std::move(*n));
      co_return event;
    }
  }
  if (s->pump->session().closed())
    co_await reconnect(s, until);
  else
    co_await Mode::yield(s->executor);
  if constexpr (Mode::concurrent) { // or nobody would be told
    bool const throws = co_await Mode::throws_if_cancelled();
    auto const cancellation = co_await Mode::cancellation_state();
    if (throws && Mode::was_cancelled(cancellation)) throw Mode::cancelled().unsent();
  }
  feed_event event(reconnected(*std::exchange(s->lost, std::nullopt), s->attempts));
  co_return event;
}

/// The next notification of the connection that there is, or why it has been lost.
template <class Mode> typename Mode::template task<notification> basic_feed<Mode>::hear(state* s, instant until) {
  if (state::passed(s->check_at)) s->check_at = state::later(s->options.check_every_); // nobody has looked since
  for (;;) {
    auto const sooner = until && (!s->check_at || *until < *s->check_at) ? until : s->check_at;
    s->pump->crew().timeout = state::left(sooner);
    try {
      auto n = co_await basic_listener<Mode>::take_next(s->pump, s->box);
      if (s->check_at) s->check_at = state::later(s->options.check_every_);
      co_return n;
    } catch (error const& e) {
      if (e.code() != errc::timeout || s->pump->session().closed()) throw;
      if (state::passed(until)) throw s->too_late().unsent();
    }
    if (!state::passed(s->check_at)) continue;
    if (!s->pump->session().idle())
      throw error(errc::connection_closed, "the server gave no sign of life for " +
                                               std::to_string(s->options.check_every_.count()) + " ms (check_every)");
    auto r = s->pump->borrow();
    wire::simple_query(r.bytes, "");
    r.expected = protocol::steps{protocol::step::simple};
    s->pump->submit_quietly(r);
    s->pump->give_back(std::move(r));
    s->check_at = state::later(s->options.check_every_);
  }
}

template <class Mode> typename Mode::template task<void> basic_feed<Mode>::reconnect(state* s, instant until) {
  // An attempt that never ends would be the end of all: where the options have no limit it is this.
  auto const patience = s->settings.connect_timeout.count() > 0 ? s->settings.connect_timeout : time(10'000);
  for (;;) {
    if (s->closed) throw error(errc::connection_closed, "close() was called");
    bool const in_time = !until || s->next_attempt < *until;
    auto const pause = std::chrono::ceil<time>((in_time ? s->next_attempt : *until) - clock::now());
    if (pause.count() > 0) co_await Mode::sleep(s->executor, pause);
    if (!in_time) throw s->too_late().unsent();
    ++s->attempts;
    std::exception_ptr failed;
    try {
      auto const limit = state::left(until);
      co_await connect(s, until && limit < patience ? limit : patience);
      if (!s->closed) co_return;
      s->drop(error(errc::connection_closed, "close() was called"));
      continue;
    } catch (error const& e) {
      if (Mode::concurrent && Mode::is_cancellation(e.code())) throw;
      if (state::passed(until)) throw s->too_late().unsent();
      if (!s->go_on(e)) failed = std::current_exception();
    }
    if (failed) std::rethrow_exception(failed);
  }
}

using feed = basic_feed<net::async_mode<>>;

template <class Executor>
asio::awaitable<basic_feed<net::async_mode<Executor>>, Executor> open_feed(options o, feed_options how,
                                                                           std::vector<std::string> channels) {
  using made = basic_feed<net::async_mode<Executor>>;
  auto executor = co_await asio::this_coro::executor;
  auto s =
      std::make_unique<typename made::state>(std::move(executor), settings_of(o), std::move(how), std::move(channels));
  co_await made::connect(s.get(), std::chrono::milliseconds(0));
  made f(std::move(s));
  co_return f;
}

/// Listens to these channels through a connection of its own, on the executor of the coroutine that awaits it. The
/// first attempt to connect throws as `connect` does; from then on the feed sees to its connection itself.
template <class Executor = asio::any_io_executor, std::convertible_to<std::string_view>... C>
  requires(sizeof...(C) != 0)
asio::awaitable<basic_feed<net::async_mode<Executor>>, Executor> listen(options const& o, feed_options const& how,
                                                                        C const&... channels) {
  std::vector<std::string> names;
  (names.emplace_back(std::string_view(channels)), ...);
  return open_feed<Executor>(o, how, std::move(names));
}
template <class Executor = asio::any_io_executor, std::convertible_to<std::string_view>... C>
  requires(sizeof...(C) != 0)
asio::awaitable<basic_feed<net::async_mode<Executor>>, Executor> listen(options const& o, C const&... channels) {
  return tusk::listen<Executor>(o, feed_options(), channels...);
}

namespace blocking {

using feed = basic_feed<net::blocking_mode>;

template <class Mode = net::blocking_mode, std::convertible_to<std::string_view>... C>
  requires(sizeof...(C) != 0)
basic_feed<Mode> listen(options const& o, feed_options const& how, C const&... channels) {
  std::vector<std::string> names;
  (names.emplace_back(std::string_view(channels)), ...);
  auto s = std::make_unique<typename basic_feed<Mode>::state>(typename Mode::executor(), settings_of(o), how,
                                                              std::move(names));
  basic_feed<Mode>::connect(s.get(), std::chrono::milliseconds(0)).get();
  return basic_feed<Mode>(std::move(s));
}
template <class Mode = net::blocking_mode, std::convertible_to<std::string_view>... C>
  requires(sizeof...(C) != 0)
basic_feed<Mode> listen(options const& o, C const&... channels) {
  return blocking::listen<Mode>(o, feed_options(), channels...);
}

} // namespace blocking
} // namespace tusk
