// tusk: net/dial.hpp — from options to a connection that is logged in.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Tries each address of each host in turn. Which failures go on to the next address, which to the next host and which
// end it all follows libpq: what the server says about the user would be said by every other host too. Moves to the
// server's Unix socket afterwards where that was asked for.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/error.hpp>
#include <tusk/net/address.hpp>
#include <tusk/net/attempt.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/net/socket_upgrade.hpp>
#include <tusk/protocol/host_order.hpp>
#include <tusk/protocol/ref.hpp>

#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace tusk::net {

/// What the attempts so far came to.
class failures {
 public:
  void add(std::string const& where, std::exception_ptr const& what) {
    try {
      std::rethrow_exception(what);
    } catch (error const& e) {
      if (where != last_place_) said_.reset();
      last_place_ = where;
      if (e.server() != nullptr && !said_) said_ = *e.server();
      all_.push_back(e.in(where).unsent());
    }
  }
  /// One failure as it is; several as one with all their words, and with what the server at the last place said. (With
  /// and without TLS it may say two things; of these the first is about how we wanted to come in.)
  [[noreturn]] void raise() const {
    if (all_.size() == 1) throw error(all_.front());
    std::string words;
    for (auto const& e : all_) words.append(words.empty() ? "" : "; ").append(e.what());
    throw(said_ ? error(errc::connect_failed, std::move(words), *said_) : error(errc::connect_failed, std::move(words)))
        .unsent();
  }

 private:
  std::vector<error> all_;
  std::string last_place_;
  std::optional<notice> said_; ///< at the last place
};

/// The failure concerns the address alone: another one may do better.
inline bool goes_on(std::exception_ptr const& what, bool reached_server) {
  try {
    std::rethrow_exception(what);
  } catch (error const& e) {
    return e.code() == errc::timeout || (!reached_server && e.code().category() == std::system_category());
  }
}

inline std::string place_words(conninfo::endpoint const& to, address const* at) {
  auto words = std::string("connection to ");
  if (to.is_unix()) return words.append("socket ").append(printable(to.socket_path())).append(" failed");
  auto const& name = to.host.empty() ? to.hostaddr : to.host;
  words.append(printable(name));
  if (to.unusable.empty()) words.append(" port ").append(std::to_string(to.port));
  if (at != nullptr) words.append(" (").append(at->text()).append(")");
  return words.append(" failed");
}

/// The way to a session: host by host, address by address.
template <class Mode> class dialer {
 public:
  template <class T> using task = typename Mode::template task<T>;
  using executor = typename Mode::executor;

  dialer(executor e, conninfo::settings s) : executor_(std::move(e)), settings_(std::move(s)) {}
  dialer(dialer const&) = delete;
  dialer& operator=(dialer const&) = delete;

  /// Throws the one failure, or errc::connect_failed with the words of all.
  task<protocol::ref<pump<Mode>>> run() {
    while (auto const* const to = hosts_.next()) {
      co_await try_host(*to);
      if (found_) {
        if (settings_.upgrade_to_unix_socket) co_await upgrade_to_unix_socket<Mode>(found_, executor_, *to);
        co_return std::move(found_);
      }
      if (stopped_) break;
    }
    failed_.raise();
  }

 private:
  task<std::vector<address>> resolve(conninfo::endpoint const& to) {
    std::vector<address> addresses;
    if (to.is_unix())
      addresses.push_back(address::unix_socket(to.socket_path()));
    else
      addresses = co_await Mode::resolve(executor_, to.hostaddr.empty() ? to.host : to.hostaddr, to.port);
    hosts_.arrange(addresses);
    co_return addresses;
  }
  task<void> try_host(conninfo::endpoint const& to) {
    if (!to.unusable.empty()) {
      failed(std::make_exception_ptr(error(errc::invalid_option, to.unusable)), to, nullptr);
      co_return;
    }
    std::vector<address> addresses;
    std::exception_ptr problem;
    try {
      addresses = co_await resolve(to);
    } catch (...) {
      problem = std::current_exception();
    }
    if (problem) failed(problem, to, nullptr);
    for (auto const& at : addresses) {
      co_await try_address(to, at);
      if (found_ || stopped_ || host_failed_) break;
    }
  }
  task<void> try_address(conninfo::endpoint const& to, address const& at) {
    bool tls = begins_with_tls(settings_.sslmode) && !at.is_unix();
    auto patience = settings_.connect_timeout; // for both ways together, as libpq has it
    for (bool again = true; again;) {
      protocol::ref<pump<Mode>> p(new pump<Mode>(executor_, settings_));
      p->set_peer(at, {});
      attempt<Mode> one(*p, to, at, tls, hosts_.wanted(), patience);
      std::exception_ptr problem;
      try {
        co_await one.run();
      } catch (...) {
        problem = std::current_exception();
      }
      if (!problem) {
        found_ = std::move(p);
        co_return;
      }
      failed(problem, to, &at);
      again = one.retry_otherwise();
      host_failed_ = one.host_failed();
      stopped_ = !again && !host_failed_ && !goes_on(problem, one.reached_server());
      tls = !tls;
      patience = one.patience();
    }
  }
  void failed(std::exception_ptr const& problem, conninfo::endpoint const& to, address const* at) {
    if (is_cancellation<Mode>(problem)) throw Mode::cancelled();
    failed_.add(place_words(to, at), problem);
  }

  executor executor_;
  conninfo::settings settings_;
  protocol::host_order hosts_{settings_};
  failures failed_;
  protocol::ref<pump<Mode>> found_;
  bool stopped_ = false;     // another host would not do better
  bool host_failed_ = false; // another address of this host would not
};

/// Connects and logs in. Throws the one failure, or errc::connect_failed with the words of all.
template <class Mode>
typename Mode::template task<protocol::ref<pump<Mode>>> dial(typename Mode::executor executor,
                                                             conninfo::settings settings) {
  dialer<Mode> d(std::move(executor), std::move(settings));
  co_return co_await d.run();
}

} // namespace tusk::net
