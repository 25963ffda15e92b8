// tusk tests: support/scripted_guest.hpp — one connection of a server that does what a script says, and notes what
// came. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A script stands in a table of tests/data: "expect first; send 4e; tls; expect msg; sleep; close". What comes is noted
// in the words of these tables: sslrequest, startup:3.0, cancel:<key>, tls_ok, msg:Q, close, client_eof. Behind its
// script it reads on, and answers one statement, by which a client can find out whether its connection is usable.
#pragma once

#include "support/messages.hpp"
#include "support/sockets.hpp"
#include "support/table.hpp"
#include "support/tls_server.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace live {

/// For a connection whose script is at its end.
inline constexpr std::string_view are_you_there = "select 'still there'";

struct scripted_step {
  std::string verb; ///< expect, send, tls, close, sleep
  std::string what;
};
using server_script = std::vector<scripted_step>;

/// The parts of `text` between `separator`s, which are not part of them.
inline std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (;;) {
    auto const at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == text.npos) return parts;
    text.remove_prefix(at + separator.size());
  }
}
/// A script for each connection, in the order of their coming.
inline std::vector<server_script> server_scripts(std::string_view text) {
  std::vector<server_script> all;
  for (auto const& connection : split(text, " | ")) {
    auto& steps = all.emplace_back();
    for (auto const& step : split(connection, "; ")) {
      auto const blank = std::min(step.find(' '), step.size());
      steps.push_back({step.substr(0, blank), step.substr(std::min(blank + 1, step.size()))});
      if (auto& s = steps.back(); s.verb == "send") s.what = support::from_hex(s.what);
    }
  }
  return all;
}

class scripted_guest {
 public:
  scripted_guest(descriptor d, server_script script, tusk_test::server_settings tls)
      : socket_(std::move(d)), script_(std::move(script)), tls_settings_(std::move(tls)), events_("conn") {}

  int fd() const noexcept { return socket_.get(); }
  bool gone() const noexcept { return !socket_; }
  /// The client has ended its side, which is not to be waited for again.
  bool ended() const noexcept { return ended_; }
  std::string const& events() const noexcept { return events_; }
  /// The key of a CancelRequest has come since the last call.
  bool has_cancelled() noexcept { return std::exchange(cancelled_, false); }
  /// Somebody has cancelled what it was asked last.
  void cancel() {
    if (!std::exchange(unanswered_, false)) return;
    say(messages::error_response("57014", "canceling statement due to user request") + messages::ready());
  }
  /// Does what can be done without waiting. `awake`: it does not sleep any longer.
  void act(bool awake) {
    if (gone()) return;
    receive();
    while (!gone() && at_ != script_.size() && step(awake)) {}
    while (!gone() && at_ == script_.size() && rest()) {}
    if (!gone() && ended_ && !sleeps()) end();
  }

 private:
  bool sleeps() const { return at_ != script_.size() && script_[at_].verb == "sleep"; }
  void note(std::string const& event) { events_ += "," + event; }
  void leave() { socket_ = descriptor(); }
  void end() {
    if (at_ != script_.size()) note(tls_ && !shaken_ && tls_bytes_ ? "tls_err" : "client_eof");
    leave();
  }
  void receive() {
    char room[65536];
    for (;;) {
      auto const n = ::recv(socket_.get(), room, sizeof room, MSG_DONTWAIT);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (n <= 0) {
        ended_ = true;
        return;
      }
      take_in(std::string_view(room, static_cast<std::size_t>(n)));
    }
  }
  void take_in(std::string_view bytes) {
    if (!tls_) {
      in_ += bytes;
      return;
    }
    tls_bytes_ = true;
    tls_->feed(tusk::wire::as_bytes(bytes));
    if (shaken_) in_ += tls_->read();
  }
  void say(std::string_view bytes) {
    if (!shaken_) return send_all(socket_.get(), bytes);
    tls_->write(bytes);
    send_all(socket_.get(), tls_->take());
  }
  bool step(bool awake) {
    auto const& s = script_[at_];
    bool done = true;
    if (s.verb == "send")
      say(s.what);
    else if (s.verb == "tls")
      done = shake_hands(s.what);
    else if (s.verb == "expect")
      done = s.what == "first" ? take_first() : take_message();
    else if (s.verb == "sleep")
      done = awake;
    else if (s.verb == "close") {
      note("close");
      leave();
    } else
      throw std::invalid_argument("no step of a script: " + s.verb);
    if (done) ++at_;
    return done;
  }
  bool shake_hands(std::string const& how) {
    if (!tls_) {
      for (auto const& word : split(how, " ")) {
        if (word.starts_with("alpn=")) tls_settings_.alpn = word.substr(5);
        if (word == "max=TLSv1_2") tls_settings_.highest = TLS1_2_VERSION;
      }
      tls_.emplace(tls_settings_);
      if (!in_.empty()) take_in(std::exchange(in_, {}));
    }
    bool const done = tls_->handshake();
    send_all(socket_.get(), tls_->take());
    if (!done) return false;
    shaken_ = true;
    note("tls_ok");
    in_ += tls_->read();
    return true;
  }
  std::uint32_t number(std::size_t at) const {
    return tusk::wire::load<std::uint32_t>(reinterpret_cast<std::byte const*>(in_.data()) + at);
  }
  /// The first message has no type: a request for TLS, a CancelRequest or the startup message.
  bool take_first() {
    if (in_.size() < 8 || in_.size() < number(0)) return false;
    auto const length = number(0);
    auto const code = number(4);
    if (code == 80877103) {
      note("sslrequest");
    } else if (code == 80877102) {
      note("cancel:" + support::to_hex(in_.substr(8, length - 8)));
      cancelled_ = true;
    } else {
      note("startup:" + std::to_string(code >> 16) + "." + std::to_string(code & 0xffff));
    }
    in_.erase(0, length);
    return true;
  }
  bool message_is_whole() const { return in_.size() >= 5 && in_.size() >= 1 + number(1); }
  bool take_message() {
    if (!message_is_whole()) return false;
    char const type = in_[0];
    note(std::string("msg:") + type);
    in_.erase(0, 1 + number(1));
    if (type == 'f' && at_ != script_.size()) { // a COPY ends with this, whatever else was to come
      at_ = script_.size();
      say(messages::error_response("57014", "COPY from stdin failed") + messages::ready());
      return false;
    }
    return true;
  }
  bool rest() {
    if (!message_is_whole()) return false;
    if (in_ == messages::message('Q', std::string(are_you_there) + '\0')) {
      in_.clear();
      say(messages::command_complete("HERE") + messages::ready());
      return true;
    }
    unanswered_ = in_[0] == 'Q';
    return take_message();
  }

  descriptor socket_;
  server_script script_;
  std::size_t at_ = 0;
  tusk_test::server_settings tls_settings_;
  std::optional<tusk_test::tls_server> tls_;
  std::string in_;
  std::string events_;
  bool shaken_ = false;
  bool tls_bytes_ = false; // some came since TLS was to begin
  bool ended_ = false;
  bool cancelled_ = false;
  bool unanswered_ = false;
};

} // namespace live
