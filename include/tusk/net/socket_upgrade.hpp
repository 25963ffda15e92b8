// tusk: net/socket_upgrade.hpp — from a TCP connection to the Unix socket of the same server, where there is one.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A server on this machine is cheaper to reach by its socket, but a URL may name it as localhost. It is asked where its
// sockets are; who answers there is the same server if it has the same system identifier and has started at the same
// time. If anything is in the way the first connection is kept, and nobody is told.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/net/address.hpp>
#include <tusk/net/ask.hpp>
#include <tusk/net/attempt.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/protocol/ref.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace tusk::net {

/// The elements of a setting that is a list of names: separated by commas, in double quotes where that is needed.
inline std::vector<std::string> names_of_list(std::string_view list) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < list.size();) {
    std::string name;
    if (list[i] == ' ') {
      ++i;
      continue;
    }
    if (list[i] == '"') {
      for (++i; i < list.size(); ++i) {
        if (list[i] == '"' && (++i == list.size() || list[i] != '"')) break;
        name += list[i];
      }
    } else
      while (i < list.size() && list[i] != ',' && list[i] != ' ') name += list[i++];
    while (i < list.size() && list[i] != ',') ++i;
    ++i;
    all.push_back(std::move(name));
  }
  return all;
}

template <class Mode> class socket_upgrade {
 public:
  template <class T> using task = typename Mode::template task<T>;

  socket_upgrade(protocol::ref<pump<Mode>>& found, typename Mode::executor const& e, conninfo::endpoint to)
      : found_(found), executor_(e), to_(std::move(to)), settings_(found->settings()) {
    // Whoever listens there has not proved anything yet: it gets no password, and no time to think.
    using method = conninfo::auth_method;
    for (auto const m : {method::password, method::md5, method::oauth}) settings_.require_auth.remove(m);
    if (settings_.connect_timeout.count() == 0 || settings_.connect_timeout > patience)
      settings_.connect_timeout = patience;
    to_.hostaddr.clear();
  }
  task<void> run() {
    auto const known = co_await identity(found_);
    if (known.size() != 4) co_return;
    unsigned port = 0;
    for (char c : known[2])
      port = port < 65536 && c >= '0' && c <= '9' ? port * 10 + static_cast<unsigned>(c - '0') : 65536;
    if (port > 65535) co_return;
    to_.port = static_cast<std::uint16_t>(port);
    for (auto const& directory : names_of_list(known[3])) {
      to_.host = directory;
      if (!to_.is_unix()) continue;
      std::exception_ptr problem;
      try {
        co_await try_socket(known);
      } catch (...) {
        problem = std::current_exception();
      }
      if (!problem) co_return;
      if (is_cancellation<Mode>(problem)) throw Mode::cancelled();
    }
  }

 private:
  static constexpr std::string_view question =
      "select system_identifier, extract(epoch from pg_postmaster_start_time()), current_setting('port'),"
      " current_setting('unix_socket_directories') from pg_control_system()";

  static constexpr std::chrono::milliseconds patience{1000};

  /// Who the server is. It gets a second for that, and the connection is usable afterwards, or closed.
  task<std::vector<std::string>> identity(protocol::ref<pump<Mode>> p) {
    struct limit {
      explicit limit(crew<Mode>& c) : of(c) { of.timeout = patience; }
      limit(limit const&) = delete;
      limit& operator=(limit const&) = delete;
      ~limit() { of.timeout = std::chrono::milliseconds(0); }
      crew<Mode>& of;
    };
    limit const while_asking(p->crew());
    co_return co_await ask<Mode>(p, question);
  }
  /// Returns if that was it.
  task<void> try_socket(std::vector<std::string> const& known) {
    auto const at = address::unix_socket(to_.socket_path());
    protocol::ref<pump<Mode>> p(new pump<Mode>(executor_, settings_));
    p->set_peer(at, {});
    attempt<Mode> one(*p, to_, at, false, conninfo::target_session_attrs::any, settings_.connect_timeout);
    co_await one.run();
    auto const there = co_await identity(p);
    if (there != known) throw error(errc::connect_failed, "another server listens there");
    found_ = std::move(p);
  }

  protocol::ref<pump<Mode>>& found_;
  typename Mode::executor const& executor_;
  conninfo::endpoint to_;
  conninfo::settings settings_;
};

/// Replaces `found`, a connection to `to`, by one through the server's Unix socket, if it has no TLS, none was
/// demanded, and the server tells where that socket is, which takes a superuser or a member of pg_read_all_settings.
template <class Mode>
typename Mode::template task<void> upgrade_to_unix_socket(protocol::ref<pump<Mode>>& found,
                                                          typename Mode::executor const& executor,
                                                          conninfo::endpoint const& to) {
  using conninfo::sslmode;
  auto const mode = found->settings().sslmode;
  bool const wanted = mode == sslmode::disable || mode == sslmode::allow || mode == sslmode::prefer;
  if (!wanted || found->transport().secure() || found->peer()->is_unix()) co_return;
  socket_upgrade<Mode> upgrade(found, executor, to);
  std::exception_ptr problem;
  try {
    co_await upgrade.run();
  } catch (...) {
    problem = std::current_exception();
  }
  if (problem && is_cancellation<Mode>(problem)) throw Mode::cancelled();
}

} // namespace tusk::net
