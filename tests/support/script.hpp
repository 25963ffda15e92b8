// tusk tests: support/script.hpp — plays a conversation against a session.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A scenario is written once, as a function of a `script`: what the client asks, what must have been sent, what the
// server replies, what must have come of it. `play` runs it in every way that a network may deliver it: whole, one byte
// at a time, and cut off after each reply, by the end of the stream as by an error. However it is cut, everybody who
// waits must have been told, and the session must be closed.
#pragma once

#include <tusk/protocol/session.hpp>

#include "support/catch.hpp"
#include "support/messages.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <deque>
#include <exception>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// Collects what a sink is told, as text.
struct recorder : tusk::protocol::sink {
  void on_parameters(std::span<tusk::wire::oid const> p) override { log += "t" + std::to_string(p.size()) + " "; }
  void on_columns(std::span<tusk::wire::column const> c) override {
    log += "T";
    for (auto const& one : c) log += "(" + one.name + ")";
    log += " ";
  }
  void on_row(std::byte const* begin, std::byte const* end) override {
    log += "D" + std::to_string(end - begin) + " ";
    if (throw_in_row) throw std::runtime_error("the sink's own trouble");
  }
  void on_complete(std::string_view tag) override { log += "C(" + std::string(tag) + ") "; }
  std::string log;
  bool throw_in_row = false;
};

/// One who waits.
struct asker : tusk::protocol::awaiter {
  recorder to;
  std::uint64_t number = 0;
  /// What was thrown at it, in words; empty if nothing was.
  std::string failure() const {
    if (!error) return {};
    try {
      std::rethrow_exception(error);
    } catch (std::exception const& e) {
      return e.what();
    }
  }
  /// The error says that nothing of the request reached the server.
  bool unsent() const {
    if (!error) return false;
    try {
      std::rethrow_exception(error);
    } catch (tusk::error const& e) {
      return e.safe_to_retry();
    } catch (std::exception const&) {
      return false;
    }
  }
  std::error_code code() const {
    if (!error) return {};
    try {
      std::rethrow_exception(error);
    } catch (std::system_error const& e) {
      return e.code();
    } catch (std::exception const&) {
      return {};
    }
  }
};

class script {
 public:
  enum class way { whole, bytewise, cut_by_end, cut_by_error };
  struct cut {}; ///< thrown where the conversation is cut

  /// Logs in, so that the session is ready for requests. It keeps `cached` statements prepared; without any, the names
  /// that it gives are always the same.
  explicit script(way w = way::whole, int cut_after = -1, std::size_t cached = 0)
      : way_(w), cut_after_(cut_after), session(1 << 24, cached) {
    settings_.hosts.resize(1);
    settings_.user = settings_.dbname = "u";
    login_.emplace(settings_, "", tusk::protocol::tls_facts{});
    session.start(*login_);
    sent("");
    session_receive(messages::authentication_ok() + messages::backend_key(7, 9) + messages::ready());
    REQUIRE(session.started());
  }
  /// Submits a request of these bytes, whose replies are to be `expected`.
  asker& ask(std::string_view bytes, tusk::protocol::steps expected) {
    auto& a = askers_.emplace_back();
    tusk::protocol::request r;
    r.bytes.append(bytes);
    r.expected = expected;
    a.number = session.submit(r, &a.to, &a);
    return a;
  }
  /// Submits `r`. In a pipeline each part has a sink of its own, which must live as long as this.
  asker& ask(tusk::protocol::request const& r) {
    auto& a = askers_.emplace_back();
    a.number = session.submit(r, &a.to, &a);
    return a;
  }
  /// The same, told to a sink of its own, which must live as long as this.
  asker& ask(tusk::protocol::request const& r, tusk::protocol::sink& to) {
    auto& a = askers_.emplace_back();
    a.number = session.submit(r, &to, &a);
    return a;
  }
  void ask_quietly(std::string_view bytes, tusk::protocol::steps expected) {
    tusk::protocol::request r;
    r.bytes.append(bytes);
    r.expected = expected;
    session.submit(r, nullptr, nullptr);
  }
  std::string unsent() const { return std::string(tusk::wire::as_text(session.unsent())); }
  /// Everything that may be sent has been sent; `expected`, if not empty, is what it must be.
  void sent(std::string_view expected) {
    auto const bytes = session.unsent();
    if (!expected.empty()) CHECK(tusk::wire::as_text(bytes) == expected);
    session.sent(bytes.size());
  }
  /// The server replies.
  void reply(std::string const& bytes) {
    if (way_ == way::cut_by_end || way_ == way::cut_by_error) {
      if (replies_++ == cut_after_) {
        // Half of the reply arrives, then nothing any more.
        session_receive(bytes.substr(0, bytes.size() / 2));
        session.fail(way_ == way::cut_by_end
                         ? tusk::error(tusk::errc::connection_closed, "the server closed the connection")
                         : tusk::error(std::make_error_code(std::errc::connection_reset), "reset"));
        throw cut();
      }
    }
    session_receive(bytes);
  }
  /// The server replies something that must close the session; returns the error's words.
  std::string reply_refused(std::string const& bytes, tusk::errc expected = tusk::errc::protocol_violation) {
    try {
      session_receive(bytes);
    } catch (tusk::error const& e) {
      CHECK(e.code() == expected);
      session.fail(e);
      return e.what();
    }
    FAIL("the session accepted what it should have refused");
    return {};
  }
  /// As that, to one who asked and had been answered `before`: he is told, and not that nothing was run.
  void reply_refused(asker const& a, std::string const& before, std::string const& bad) {
    reply(before);
    reply_refused(bad);
    CHECK(a.done);
    CHECK(!a.failure().empty());
    CHECK(!a.not_run);
    check_closed();
  }
  /// After a cut.
  void check_closed() {
    CHECK(session.closed().has_value());
    CHECK(session.next() == tusk::protocol::want::done);
    CHECK(session.unsent().empty());
    for (auto* w = session.take_done(); w != nullptr; w = w->next_done) CHECK(w->done);
    for (auto& a : askers_) {
      if (forgotten_.contains(&a)) continue;
      CHECK(a.done);
    }
  }
  void abandon(asker& a) {
    session.abandon(a.number);
    forgotten_.insert(&a);
  }
  /// As a timeout does it.
  void interrupt() { session.interrupt(tusk::error(tusk::errc::timeout, "enough")); }

 private:
  void session_receive(std::string const& bytes) {
    std::size_t const most = way_ == way::bytewise ? 1 : bytes.size();
    for (std::size_t at = 0; at < bytes.size();) {
      auto const room = session.room();
      REQUIRE(!room.empty());
      auto const n = std::min({most, room.size(), bytes.size() - at});
      std::memcpy(room.data(), bytes.data() + at, n);
      at += n;
      session.received(n);
    }
  }
  way way_;
  int cut_after_;
  int replies_ = 0;
  tusk::conninfo::settings settings_;
  std::optional<tusk::protocol::startup> login_;
  std::deque<asker> askers_;
  std::set<asker*> forgotten_;

 public:
  tusk::protocol::session session;
};

/// Runs the scenario whole and one byte at a time, to its end. It must not keep anything from one run to the next.
template <class F> void play_uncut(F scenario, std::size_t cached = 0) {
  for (auto way : {script::way::whole, script::way::bytewise}) {
    CAPTURE(static_cast<int>(way));
    script s(way, -1, cached);
    scenario(s);
  }
}
/// Runs the scenario in every way.
template <class F> void play(F scenario, std::size_t cached = 0) {
  play_uncut(scenario, cached);
  for (auto way : {script::way::cut_by_end, script::way::cut_by_error})
    for (int after = 0;; ++after) {
      CAPTURE(static_cast<int>(way), after);
      script s(way, after, cached);
      try {
        scenario(s);
        break; // there was no reply left to cut
      } catch (script::cut const&) {
        s.check_closed();
      }
    }
}
