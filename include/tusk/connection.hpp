// tusk: connection.hpp — one connection to a server, in both modes from one source.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What can be asked of it stands in verbs.hpp; here is what it is: open or closed, known by its server's settings, and
// begun on by transactions and streams. Who moves the bytes is in net/.
#pragma once

#include <tusk/cancel_token.hpp>
#include <tusk/cursor.hpp>
#include <tusk/error.hpp>
#include <tusk/listener.hpp>
#include <tusk/net/dial.hpp>
#include <tusk/net/inbox.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/options.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/transaction.hpp>
#include <tusk/verbs.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// What carries a connection. (Not `unix`: GNU compilers define that as a macro unless told to follow the standard.)
enum class transport { tcp, unix_socket, tls };

/// As of the last reply.
enum class transaction_status { idle, in_transaction, failed };

/// A connection to one server. Movable; closes in its destructor, without waiting. In the asynchronous mode any number
/// of coroutines on the connection's executor may use it at the same time, their requests leave together and are
/// answered in order; in the blocking mode one thread at a time. It is either usable or closed: every error says which
/// by `is_open()`.
template <class Mode> class basic_connection : public basic_verbs<Mode> {
  using verbs = basic_verbs<Mode>;
  using verbs::pump_;

 public:
  template <class T> using task = typename verbs::template task<T>;

  explicit basic_connection(protocol::ref<net::pump<Mode>> p) : verbs(std::move(p), 0) {}
  basic_connection(basic_connection&&) noexcept = default;
  basic_connection& operator=(basic_connection&& other) noexcept {
    basic_connection replaced(std::move(other));
    std::swap(pump_, replaced.pump_);
    return *this;
  }
  ~basic_connection() { close(); } // statements and operations still hold the pump

  /// Begins a transaction. While it is open the connection's own verbs throw errc::connection_busy.
  task<basic_transaction<Mode>> begin(transaction_options const& o = {}) {
    auto r = this->request([&](protocol::request& to) {
      wire::simple_query(to.bytes, o.sql());
      to.expected = protocol::steps{protocol::step::simple};
    });
    return Mode::answer_of(begin_transaction<Mode>(pump_, std::move(r)));
  }
  /// Listens to these channels, whose names are taken as they are: `listen("jobs", "Über \"x\"")`. The listener keeps
  /// what comes until it is taken, as many as `keep` says. Any number of listeners may listen to a channel; each gets
  /// every notification. In a transaction that `script` has begun it takes effect at COMMIT. Errors:
  /// errc::invalid_parameter for a name that is empty, has a zero byte or more than 63 bytes.
  template <std::convertible_to<std::string_view>... C>
    requires(sizeof...(C) != 0)
  task<basic_listener<Mode>> listen(backlog keep, C const&... channels) {
    std::vector<std::string> names;
    names.reserve(sizeof...(C));
    (names.emplace_back(std::string_view(channels)), ...);
    return listen(keep, std::move(names));
  }
  template <std::convertible_to<std::string_view>... C>
    requires(sizeof...(C) != 0)
  task<basic_listener<Mode>> listen(C const&... channels) {
    return listen(backlog(), channels...);
  }
  /// The same for names that are not counted before.
  task<basic_listener<Mode>> listen(backlog keep, std::vector<std::string> channels) {
    auto r = this->request([&](protocol::request& to) { listen_to(channels, to); });
    protocol::ref<net::inbox> box(new net::inbox(std::move(channels), keep.notifications));
    return Mode::answer_of(begin_listening<Mode>(pump_, std::move(r), std::move(box)));
  }
  /// Makes the session as it was after connecting, on the server (ROLLBACK and DISCARD ALL) and here. Prepared
  /// statements stay usable: they are prepared again. Listeners have ended. Refused while a transaction or a stream has
  /// the connection.
  task<void> reset() { return Mode::answer_of(start_over(pump_)); }
  /// The time that each following operation may take; 0: any. What takes longer is cancelled as by a cancel_token, and
  /// throws errc::timeout; the connection stays usable unless the server does not answer for `cancel_timeout`.
  void timeout(std::chrono::milliseconds t) {
    pump_->crew().timeout = t.count() > 0 ? t : std::chrono::milliseconds(0);
  }
  /// For another thread or another coroutine, to end what this connection is doing.
  cancel_token get_cancel_token() const { return cancel_token(pump_->share_interruptor()); }

  /// False once the connection was closed, by either side or by an error.
  bool is_open() const noexcept { return pump_ && !pump_->session().closed(); }
  /// Closes without waiting. Whoever waits for an answer gets errc::connection_closed.
  void close() {
    if (is_open()) pump_->close(error(errc::connection_closed, "close() was called"));
  }
  /// A setting that the server reports, such as `server_version` or `TimeZone`, as it last reported it; empty if it
  /// does not. Valid until the next operation.
  std::string_view parameter(std::string_view name) const { return pump_->session().parameter(name); }
  /// As a number: 180004 for 18.4, 90624 for 9.6.24; 0 if the server does not tell.
  int server_version() const;
  std::uint32_t backend_pid() const noexcept { return pump_->session().backend_pid(); }
  tusk::transport transport() const noexcept {
    if (pump_->transport().secure()) return tusk::transport::tls;
    return pump_->peer()->is_unix() ? tusk::transport::unix_socket : tusk::transport::tcp;
  }
  tusk::transaction_status transaction_status() const noexcept {
    switch (pump_->session().status()) {
    case 'T': return tusk::transaction_status::in_transaction;
    case 'E': return tusk::transaction_status::failed;
    default: return tusk::transaction_status::idle;
    }
  }
  /// Calls `f` for every notice, such as those of RAISE NOTICE, between the replies among which it arrives. `f` must
  /// not throw: there is nobody to catch it (std::terminate is called). An empty function switches it off.
  void on_notice(std::function<void(notice const&)> f) {
    pump_->session().keep_notices(f != nullptr);
    pump_->audience().on_notice = std::move(f);
  }

 private:
  static typename Mode::template task<void> start_over(protocol::ref<net::pump<Mode>> p) {
    if (p->session().status() != 'I') {
      auto undo = p->borrow();
      wire::simple_query(undo.bytes, "rollback");
      undo.expected = protocol::steps{protocol::step::simple};
      co_await net::pump<Mode>::template perform<no_rows_wanted>(p, std::move(undo));
    }
    auto r = p->borrow();
    wire::simple_query(r.bytes, "discard all");
    r.expected = protocol::steps{protocol::step::simple};
    co_await net::pump<Mode>::template perform<no_rows_wanted>(p, std::move(r));
  }
};

template <class Mode> int basic_connection<Mode>::server_version() const {
  auto const text = parameter("server_version");
  int parts[3]{};
  std::size_t n = 0;
  for (char c : text) {
    if (c >= '0' && c <= '9')
      parts[n] = parts[n] * 10 + (c - '0');
    else if (c == '.' && n < 2)
      ++n;
    else
      break;
  }
  return parts[0] >= 10 ? parts[0] * 10000 + parts[1] : (parts[0] * 100 + parts[1]) * 100 + parts[2];
}

} // namespace tusk
