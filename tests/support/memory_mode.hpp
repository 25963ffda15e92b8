// tusk tests: support/memory_mode.hpp — a mode whose sockets end in memory, at a peer that the test plays.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// As blocking_mode, without threads, sockets and clocks: the peer acts while the client waits, and time passes only
// when nothing else can happen. Waiting for ever is an error, so that no test hangs.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/error.hpp>
#include <tusk/net/address.hpp>
#include <tusk/net/direct.hpp>
#include <tusk/net/socket_options.hpp>
#include <tusk/protocol/exchange.hpp>
#include <tusk/protocol/ref.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace memory {

constexpr std::size_t unlimited = static_cast<std::size_t>(-1);

/// The far end of one connection.
struct peer {
  // ---- what the client sees ----
  void say(std::string_view bytes) { inbox.append(bytes); }
  /// The stream ends, or reading fails with this errno, once everything said has been read.
  void end() { ended = true; }
  void fail_reads(int number) { read_error = number; }
  /// Writing fails with this errno once `after` bytes have been written altogether.
  void fail_writes(int number, std::size_t after = 0) {
    write_error = number;
    writes_fail_after = after;
  }

  std::size_t window = unlimited;     ///< bytes that can be on the way to the peer before writing would block
  std::size_t most_write = unlimited; ///< bytes that one write takes
  std::size_t most_read = unlimited;  ///< bytes that one read gets
  bool accepts = true;                ///< false: connecting never ends
  bool asleep = false;                ///< it takes and says nothing

  /// Called while the client waits, with what it has written since; also when that is nothing.
  std::function<void(peer&, std::string_view fresh)> talk;
  /// Said in turn, each in answer to something new. Used when there is no `talk`.
  std::deque<std::string> replies;

  // ---- what became of it ----
  std::string where;               ///< as the client named it
  std::string got;                 ///< all that was written
  std::vector<std::size_t> writes; ///< the sizes of the writes
  bool closed = false;             ///< by the client
  bool live = false;               ///< connected

  // ---- for the socket ----
  std::string inbox;
  std::size_t seen = 0; // of `got`
  bool ended = false;
  int read_error = 0;
  int write_error = 0;
  std::size_t writes_fail_after = unlimited;

  /// The peer's turn. Returns whether it has taken or said anything.
  bool act() {
    if (asleep) return false;
    auto const fresh = got.substr(seen);
    auto const said = inbox.size();
    auto const was_over = ended || read_error != 0;
    seen = got.size();
    if (talk) {
      talk(*this, fresh);
    } else if (!fresh.empty() && !replies.empty()) {
      inbox += replies.front();
      replies.pop_front();
    }
    return !fresh.empty() || inbox.size() != said || was_over != (ended || read_error != 0);
  }
};

/// Where memory sockets connect to.
struct network {
  /// Sets up the peer for a new connection. May throw, as for an address where nobody listens.
  std::function<void(peer&)> on_connect;
  std::deque<peer> peers; ///< in the order of connecting
  std::map<std::string, std::vector<tusk::net::address>> names;
  std::chrono::milliseconds now{0};
  int yields = 0;
  std::chrono::milliseconds yield_takes{0};
};

struct memory_mode {
  template <class T> using task = tusk::net::direct<T>;
  template <class T> using answer = T;
  template <class T> static T answer_of(tusk::net::direct<T> t) { return t.get(); }

  static constexpr bool concurrent = false;
  struct executor {
    network* net;
  };
  struct seat : tusk::protocol::awaiter {};
  struct waiting_room {
    waiting_room(executor, tusk::protocol::counted&) {}
  };
  class alarm;

  class socket {
   public:
    explicit socket(executor e) : net_(e.net) {}
    socket(socket const&) = delete;
    socket& operator=(socket const&) = delete;
    ~socket() { close(); }

    bool is_open() const noexcept { return peer_ != nullptr; }
    int native_handle() const noexcept { return -1; }
    void close() noexcept {
      if (peer_ != nullptr) std::exchange(peer_, nullptr)->closed = true;
    }
    tusk::net::ready<void> connect(tusk::net::address const& to, tusk::conninfo::settings const&) {
      close();
      auto& p = net_->peers.emplace_back();
      p.where = to.text();
      peer_ = &p;
      if (net_->on_connect) net_->on_connect(p);
      if (!p.accepts) stuck("connecting");
      p.live = true;
      return {};
    }
    std::ptrdiff_t try_write(tusk::wire::byte_view b) {
      auto& p = open("send");
      auto const on_the_way = p.got.size() - p.seen;
      auto n = std::min({b.size(), p.most_write, p.window - std::min(p.window, on_the_way)});
      if (p.write_error != 0) {
        if (p.got.size() >= p.writes_fail_after)
          tusk::net::throw_errno(p.write_error, "the connection was lost while sending");
        n = std::min(n, p.writes_fail_after - p.got.size());
      }
      if (n == 0) return -1;
      p.got += tusk::wire::as_text(b.first(n));
      p.writes.push_back(n);
      return static_cast<std::ptrdiff_t>(n);
    }
    tusk::net::ready<std::size_t> read_some(std::span<std::byte> to, bool writing) {
      for (;;) {
        auto& p = open("read");
        if (expired()) ring();
        if (!p.inbox.empty()) {
          auto const n = std::min({to.size(), p.inbox.size(), p.most_read});
          std::memcpy(to.data(), p.inbox.data(), n);
          p.inbox.erase(0, n);
          return {n};
        }
        if (p.read_error != 0) tusk::net::throw_errno(p.read_error, "the connection was lost");
        if (p.ended) throw tusk::error(tusk::errc::connection_closed, "the server closed the connection");
        bool const progress = p.act();
        if (writing && p.got.size() - p.seen < p.window) return {0};
        if (!progress) stuck("reading");
      }
    }
    tusk::net::ready<void> writable() {
      auto& p = open("write");
      while (p.got.size() - p.seen >= p.window)
        if (!p.act()) stuck("writing");
      return {};
    }
    void shield(bool) noexcept {}

   private:
    friend class memory_mode::alarm;
    peer& open(char const* doing) const {
      if (peer_ == nullptr) tusk::net::throw_errno(EBADF, doing);
      return *peer_;
    }
    bool expired() const noexcept { return deadline_ && net_->now >= *deadline_; }
    [[noreturn]] static void ring() { throw tusk::error(tusk::errc::timeout, "the deadline passed"); }
    [[noreturn]] void stuck(std::string const& doing) {
      if (!deadline_) throw std::logic_error(doing + " would wait for ever");
      net_->now = std::max(net_->now, *deadline_);
      ring();
    }
    network* net_;
    peer* peer_ = nullptr;
    std::optional<std::chrono::milliseconds> deadline_;
  };

  class alarm {
   public:
    alarm(executor e, socket& s, std::chrono::milliseconds after, bool only_sooner = false)
        : net_(e.net), socket_(s), before_(s.deadline_) {
      if (after.count() <= 0) return;
      until_ = net_->now + after;
      if (!only_sooner || !before_ || *until_ < *before_) s.deadline_ = until_;
    }
    alarm(alarm const&) = delete;
    alarm& operator=(alarm const&) = delete;
    ~alarm() { socket_.deadline_ = before_; }
    bool rang() const noexcept { return until_ && net_->now >= *until_; }
    std::chrono::milliseconds left() const noexcept {
      return until_ ? std::max(std::chrono::milliseconds(1), *until_ - net_->now) : std::chrono::milliseconds(0);
    }

   private:
    network* net_;
    socket& socket_;
    std::optional<std::chrono::milliseconds> before_;
    std::optional<std::chrono::milliseconds> until_;
  };

  static tusk::net::ready<std::vector<tusk::net::address>> resolve(executor e, std::string const& host,
                                                                   std::uint16_t port) {
    if (auto const at = e.net->names.find(host); at != e.net->names.end()) return {at->second};
    auto numeric = tusk::net::resolve(host, port, true);
    if (numeric.empty()) tusk::net::host_not_found(host, "the network of this test has no such name");
    return {std::move(numeric)};
  }
  static tusk::net::ready<void> yield(executor e) {
    ++e.net->yields;
    e.net->now += e.net->yield_takes;
    return {};
  }
  static tusk::net::ready<bool> throws_if_cancelled() { return {true}; }
  static tusk::net::ready<void> throws_if_cancelled(bool) { return {}; }
  static bool is_end(std::error_code const&) { return false; }
  static bool is_cancellation(std::error_code const& e) { return e == tusk::make_error_code(tusk::errc::timeout); }
  static tusk::error cancelled() { return tusk::error(tusk::errc::timeout, "the deadline passed"); }
};

/// The error that `run` throws. Anything else that it throws comes through; nothing is a std::logic_error.
template <class F> tusk::error error_of(F run) {
  try {
    run();
  } catch (tusk::error const& e) {
    return e;
  }
  throw std::logic_error("no error was thrown");
}

} // namespace memory
