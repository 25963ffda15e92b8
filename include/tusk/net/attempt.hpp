// tusk: net/attempt.hpp — one attempt to get a session at one address: connecting, TLS, login.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Has a socket, a session and a login of its own, so that nothing of it can leak into the next. A deadline covers
// everything from connect() to ReadyForQuery and the question whether the server is of the kind that is wanted. When it
// fails it says what that means for others; whether there are others it does not know.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/error.hpp>
#include <tusk/net/address.hpp>
#include <tusk/net/ask.hpp>
#include <tusk/net/peer_user.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/net/secure.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/session_kind.hpp>
#include <tusk/protocol/startup.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <system_error>

namespace tusk::net {

/// Derivations longer than this let others run in between, about 3 ms with the CPU's SHA instructions.
inline constexpr unsigned derivation_slice = 20'000;

/// sslmode=allow begins without TLS, disable stays without.
inline bool begins_with_tls(conninfo::sslmode m) noexcept {
  return m != conninfo::sslmode::disable && m != conninfo::sslmode::allow;
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

/// One attempt at one address, with or without TLS.
template <class Mode> class attempt {
 public:
  template <class T> using task = typename Mode::template task<T>;

  attempt(pump<Mode>& p, conninfo::endpoint const& to, address const& at, bool tls,
          conninfo::target_session_attrs wanted, std::chrono::milliseconds patience)
      : pump_(p), to_(to), at_(at), tls_wanted_(tls), kind_(wanted), patience_(patience) {}

  /// Throws what went wrong; `retry_otherwise()` and `reached_server()` then say what to make of it.
  task<void> run() {
    auto const& s = pump_.settings();
    typename Mode::alarm const limit(pump_.get_executor(), pump_.transport().socket(), patience_);
    std::exception_ptr failed;
    try {
      co_await pump_.transport().socket().connect(at_, s);
      reached_ = true;
      if (at_.is_unix() && !s.requirepeer.empty())
        require_peer(pump_.transport().socket().native_handle(), s.requirepeer);
      if (tls_wanted_) co_await secure();
      co_await login(limit);
      co_await check_kind();
    } catch (std::system_error const& e) {
      // Once a socket is connected an error of the system means that the connection was lost.
      bool const foreign = dynamic_cast<error const*>(&e) == nullptr; // Asio's own
      bool const was_lost = (reached_ || foreign) && !Mode::is_cancellation(e.code());
      failed = was_lost ? std::make_exception_ptr(lost<Mode>(e)) : std::current_exception();
    } catch (...) {
      failed = std::current_exception();
    }
    if (!failed) co_return;
    patience_ = limit.left();
    bool const late = limit.rang();
    retry_otherwise_ = retry_otherwise_ && !late;
    if (late)
      throw error(errc::timeout,
                  "no answer within " + std::to_string(s.connect_timeout.count()) + " ms (connect_timeout)");
    std::rethrow_exception(failed);
  }

  /// What is left of the time that it had; 0 if it had no limit.
  std::chrono::milliseconds patience() const noexcept { return patience_; }
  /// A socket was connected: the failure is not about the way there.
  bool reached_server() const noexcept { return reached_; }
  /// sslmode=prefer goes on without TLS: the handshake failed, or the server refused this login over TLS. And allow
  /// goes on with it: the server refused this login without.
  bool retry_otherwise() const noexcept { return retry_otherwise_; }
  /// The server is not ready for anybody, or is not of the kind that is wanted. That concerns all addresses of its
  /// host.
  bool host_failed() const noexcept { return host_failed_; }

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
    verified_ = settings.check != verify::nothing;
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
      facts.verified = verified_;
      facts.server_end_point = t.tls().server_end_point();
      facts.certificate_requested = t.tls().certificate_requested();
      facts.certificate_sent = t.tls().certificate_sent();
    }
    facts.local = at_.is_unix();
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
        host_failed_ = refused && e.sqlstate() == sqlstate::cannot_connect_now;
        retry_otherwise_ = refused && !host_failed_ && other_way(t.secure());
        throw;
      }
    }
  }

  /// target_session_attrs.
  task<void> check_kind() {
    auto fits = kind_.fits([&](std::string_view name) { return pump_.session().parameter(name); });
    if (!fits) {
      host_failed_ = true; // if it cannot be asked
      text_row answer;
      co_await ask_kind(answer);
      auto const values = answer.take();
      fits = !values.empty() && kind_.fits_by_answer(values.front());
    }
    host_failed_ = !*fits;
    if (*fits) co_return;
    auto const why = error(errc::unsuitable_server, kind_.words());
    pump_.close(why);
    throw why;
  }

  /// Not through the pump, which would cancel a question that is not answered in time, and wait for the end of that.
  task<void> ask_kind(text_row& answer) {
    auto& session = pump_.session();
    auto& t = pump_.transport();
    protocol::request question;
    wire::simple_query(question.bytes, kind_.question());
    question.expected = protocol::steps{protocol::step::simple};
    struct asker : protocol::awaiter { // in this frame, which may be destroyed meanwhile
      asker(protocol::session& s, protocol::request const& r, text_row& to) : of(s), number(s.submit(r, &to, this)) {}
      asker(asker const&) = delete;
      asker& operator=(asker const&) = delete;
      ~asker() { of.abandon(number); }
      protocol::session& of;
      std::uint64_t number;
    };
    asker const waiting(session, question, answer);
    co_await send();
    while (!waiting.done) {
      std::size_t const n = co_await t.socket().read_some(t.room(session), false);
      t.received(n, session);
    }
    session.take_done();
    if (waiting.error) std::rethrow_exception(waiting.error);
  }

  pump<Mode>& pump_;
  conninfo::endpoint const& to_;
  address const& at_;
  bool tls_wanted_;
  protocol::session_kind kind_;
  std::chrono::milliseconds patience_;
  bool verified_ = false; // the server's certificate
  bool reached_ = false;
  bool retry_otherwise_ = false;
  bool host_failed_ = false;
};

} // namespace tusk::net
