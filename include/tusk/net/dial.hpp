// tusk: net/dial.hpp — from options to a connection that is logged in.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Tries each address of each host in turn, each with a socket, a session and a login of its own, so that nothing of a
// failed attempt can leak into the next. A deadline per address covers everything from connect() to ReadyForQuery.
// Which failures go on to the next address and which end the attempt follows libpq (what the server says about the user
// would be said by every other host too).
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/error.hpp>
#include <tusk/net/address.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/net/secure.hpp>
#include <tusk/protocol/startup.hpp>

#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace tusk::net {

/// Derivations longer than this let others run in between, about 3 ms with the CPU's SHA instructions.
inline constexpr unsigned derivation_slice = 20'000;

/// sslmode=allow begins without TLS, disable stays without.
inline bool begins_with_tls(conninfo::sslmode m) noexcept {
  return m != conninfo::sslmode::disable && m != conninfo::sslmode::allow;
}

/// One attempt at one address, with or without TLS.
template <class Mode> class attempt {
 public:
  template <class T> using task = typename Mode::template task<T>;

  attempt(pump<Mode>& p, conninfo::endpoint const& to, address const& at, bool tls)
      : pump_(p), to_(to), at_(at), tls_wanted_(tls) {}

  /// Throws what went wrong; `retry_otherwise()` and `reached_server()` then say what to make of it.
  task<void> run() {
    auto const& s = pump_.settings();
    typename Mode::alarm const limit(pump_.get_executor(), pump_.transport().socket(), s.connect_timeout);
    std::exception_ptr failed;
    try {
      co_await pump_.transport().socket().connect(at_, s);
      reached_ = true;
      if (tls_wanted_) co_await secure();
      co_await login(limit);
    } catch (std::system_error const& e) {
      // Once a socket is connected an error of the system means that the connection was lost.
      bool const foreign = dynamic_cast<error const*>(&e) == nullptr; // Asio's own
      bool const was_lost = (reached_ || foreign) && !Mode::is_cancellation(e.code());
      failed = was_lost ? std::make_exception_ptr(lost<Mode>(e)) : std::current_exception();
    } catch (...) {
      failed = std::current_exception();
    }
    if (!failed) co_return;
    if (limit.rang())
      throw error(errc::timeout,
                  "no answer within " + std::to_string(s.connect_timeout.count()) + " ms (connect_timeout)");
    std::rethrow_exception(failed);
  }

  /// A socket was connected: the failure is not about the way there.
  bool reached_server() const noexcept { return reached_; }
  /// sslmode=prefer goes on without TLS: the handshake failed, or the server refused this login over TLS. And allow
  /// goes on with it: the server refused this login without.
  bool retry_otherwise() const noexcept { return retry_otherwise_; }
  /// The server is not ready for anybody. That concerns all addresses of its host.
  bool not_ready() const noexcept { return not_ready_; }

 private:
  task<void> secure() {
    auto const& s = pump_.settings();
    bool const prefer = s.sslmode == conninfo::sslmode::prefer;
    if (tls_factory == nullptr) {
      if (prefer) co_return;
      throw error(errc::tls_unavailable, "sslmode demands TLS, and this program was built without it (TUSK_NO_TLS)");
    }
    auto const settings = tls_for(s, to_);
    std::exception_ptr failed;
    try {
      if (!co_await negotiate_tls<Mode>(pump_.transport(), settings) && !prefer)
        throw error(errc::tls_unavailable,
                    s.sslmode == conninfo::sslmode::allow
                        ? "the server refused the login without TLS (sslmode=allow), and has none"
                        : "sslmode demands TLS, and the server has none");
    } catch (error const& e) {
      retry_otherwise_ = prefer && e.code() == errc::tls_failed;
      failed = std::current_exception();
    }
    if (failed) std::rethrow_exception(failed);
    pump_.set_peer(at_, settings);
  }

  /// There is another way to come in.
  bool other_way(bool secure) const noexcept {
    auto const mode = pump_.settings().sslmode;
    if (at_.is_unix()) return false;
    return secure ? mode == conninfo::sslmode::prefer : mode == conninfo::sslmode::allow && tls_factory != nullptr;
  }

  /// Sends what there is to send. A server that has hung up may have said why before: that is still to be read.
  task<void> send() {
    auto& t = pump_.transport();
    try {
      while (!t.write(pump_.session())) co_await t.socket().writable();
    } catch (std::system_error const& e) {
      if (!hung_up(e.code())) throw;
    }
  }

  task<void> login(typename Mode::alarm const& limit) {
    auto& t = pump_.transport();
    auto& session = pump_.session();
    protocol::tls_facts facts;
    if (t.secure()) {
      facts.in_use = true;
      facts.verified = tls_for(pump_.settings(), to_).check != verify::nothing;
      facts.server_end_point = t.tls().server_end_point();
      facts.certificate_requested = t.tls().certificate_requested();
      facts.certificate_sent = t.tls().certificate_sent();
    }
    protocol::startup login(pump_.settings(), to_.password, facts);
    session.start(login);
    while (!session.started()) {
      while (session.deriving()) {
        session.derive(derivation_slice);
        if (limit.rang()) throw error(errc::timeout, "the deadline passed");
        if (session.deriving()) co_await Mode::yield(pump_.get_executor());
      }
      co_await send();
      std::size_t const n = co_await t.socket().read_some(t.room(session), false);
      bool const before = !login.authenticated();
      try {
        t.received(n, session);
      } catch (error const& e) {
        bool const refused = before && !login.authenticated() && e.server() != nullptr;
        not_ready_ = refused && e.sqlstate() == sqlstate::cannot_connect_now;
        retry_otherwise_ = refused && !not_ready_ && other_way(t.secure());
        throw;
      }
    }
  }

  pump<Mode>& pump_;
  conninfo::endpoint const& to_;
  address const& at_;
  bool tls_wanted_;
  bool reached_ = false;
  bool retry_otherwise_ = false;
  bool not_ready_ = false;
};

/// What the attempts so far came to.
class failures {
 public:
  void add(std::string const& where, std::exception_ptr const& what) {
    try {
      std::rethrow_exception(what);
    } catch (error const& e) {
      all_.push_back(e.in(where).unsent());
    }
  }
  /// One failure as it is; several as one with all their words.
  [[noreturn]] void raise() const {
    if (all_.size() == 1) throw error(all_.front());
    std::string words;
    for (auto const& e : all_) words.append(words.empty() ? "" : "; ").append(e.what());
    throw error(errc::connect_failed, std::move(words)).unsent();
  }

 private:
  std::vector<error> all_;
};

/// The failure concerns the address alone: another one may do better.
inline bool goes_on(std::exception_ptr const& what, bool reached_server) {
  try {
    std::rethrow_exception(what);
  } catch (error const& e) {
    return e.code() == errc::timeout || (!reached_server && e.code().category() == std::system_category());
  }
}

template <class Mode> bool is_cancellation(std::exception_ptr const& what) {
  if constexpr (!Mode::concurrent) return false; // here a deadline is one of the failures
  try {
    std::rethrow_exception(what);
  } catch (std::system_error const& e) {
    return Mode::is_cancellation(e.code());
  } catch (...) {
    return false;
  }
}

inline std::string place_words(conninfo::endpoint const& to, address const* at) {
  auto words = std::string("connection to ");
  if (to.is_unix()) return words.append("socket ").append(printable(to.socket_path())).append(" failed");
  auto const& name = to.host.empty() ? to.hostaddr : to.host;
  words.append(printable(name)).append(" port ").append(std::to_string(to.port));
  if (at != nullptr) words.append(" (").append(at->text()).append(")");
  return words.append(" failed");
}

/// Connects and logs in. Throws the one failure, or errc::connect_failed with the words of all.
template <class Mode>
typename Mode::template task<protocol::ref<pump<Mode>>> dial(typename Mode::executor executor,
                                                             conninfo::settings settings) {
  failures failed;
  for (auto const& to : settings.hosts) {
    std::vector<address> addresses;
    std::exception_ptr problem;
    try {
      if (to.is_unix())
        addresses.push_back(address::unix_socket(to.socket_path()));
      else
        addresses = co_await Mode::resolve(executor, to.hostaddr.empty() ? to.host : to.hostaddr, to.port);
    } catch (...) {
      problem = std::current_exception();
    }
    if (problem) {
      if (is_cancellation<Mode>(problem)) throw Mode::cancelled();
      failed.add(place_words(to, nullptr), problem);
      continue;
    }
    bool stop = false;
    bool next_host = false;
    for (auto const& at : addresses) {
      bool tls = begins_with_tls(settings.sslmode) && !at.is_unix();
      for (bool again = true; again;) {
        protocol::ref<pump<Mode>> p(new pump<Mode>(executor, settings));
        p->set_peer(at, {});
        attempt<Mode> one(*p, to, at, tls);
        problem = nullptr;
        try {
          co_await one.run();
        } catch (...) {
          problem = std::current_exception();
        }
        if (!problem) co_return p;
        if (is_cancellation<Mode>(problem)) throw Mode::cancelled();
        failed.add(place_words(to, &at), problem);
        again = one.retry_otherwise();
        stop = !again && !one.not_ready() && !goes_on(problem, one.reached_server());
        next_host = one.not_ready();
        tls = !tls;
      }
      if (stop || next_host) break;
    }
    if (stop) break;
  }
  failed.raise();
}

} // namespace tusk::net
