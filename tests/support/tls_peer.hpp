// tusk tests: support/tls_peer.hpp — a server in memory that speaks PostgreSQL's login behind real TLS.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Plays the far end of a memory_mode's connections, without sockets and threads: it takes SSLRequest or a ClientHello,
// shakes hands as the test's tls_server, reads the startup message, lets in or asks for a password, and notes what
// happened in the words of the tables: connect, sslaccept, sslreject, directsslaccept, authok, ...
#pragma once

#include "support/login.hpp"
#include "support/memory_mode.hpp"
#include "support/scram_server.hpp"
#include "support/tls_server.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace support {

/// What the server has, and what came of it.
struct tls_site {
  // ---- how it behaves ----
  bool has_tls = true;
  bool takes_direct = true;          ///< as PostgreSQL 17 and newer
  std::optional<std::string> answer; ///< to a request for TLS, in place of S or N
  bool hangs_up = false;             ///< after that answer
  tusk_test::server_settings tls;
  std::string end_point; ///< the hash of its certificate for channel binding; empty: it offers none
  struct role {
    bool with_tls = true;
    bool without_tls = true;
    std::string password{}; ///< empty: trusted
  };
  std::map<std::string, role> roles{{"u", {}}};

  // ---- what became of it ----
  std::string events;
  void note(std::string const& what) { events += (events.empty() ? "" : ",") + what; }
  std::string sni, version, client_name, startup;
  int connections = 0;
  int passwords = 0; ///< messages with a password or a SASL answer
  int cancels = 0;
  bool last_was_tls = false;
  std::string gs2;
};

/// One connection. `talk` of a memory::peer.
class tls_guest {
 public:
  explicit tls_guest(tls_site& site) : site_(&site) { site.note(site.connections++ == 0 ? "connect" : "reconnect"); }

  void operator()(memory::peer& p, std::string_view fresh) {
    if (fresh.empty()) return;
    if (!begun_) return begin(p, fresh);
    if (!tls_) return take(p, std::string(fresh));
    tls_->feed(tusk::wire::as_bytes(fresh));
    if (!shaken_) {
      shaken_ = tls_->handshake();
      p.say(tls_->take());
      if (shaken_) shaken_hands();
      if (!shaken_ && !tls_->alert().empty()) return failed(p);
    }
    if (!shaken_) return;
    auto const plain = tls_->read();
    if (!tls_->alert().empty() && !tls_->saw_close()) return failed(p);
    if (!plain.empty()) take(p, plain);
    p.say(tls_->take());
  }

 private:
  static std::uint32_t number(std::string_view at) {
    return tusk::wire::load<std::uint32_t>(reinterpret_cast<std::byte const*>(at.data()));
  }
  void begin(memory::peer& p, std::string_view fresh) {
    begun_ = true;
    if (fresh == std::string_view("\0\0\0\x08\x04\xd2\x16\x2f", 8)) {
      auto const words = site_->answer.value_or(site_->has_tls ? "S" : "N");
      site_->note(words.starts_with('S') ? "sslaccept" : "sslreject");
      p.say(words);
      if (site_->hangs_up) return p.end();
      if (words.starts_with('S')) tls_.emplace(site_->tls);
    } else if (fresh[0] == '\x16') {
      if (!site_->has_tls || !site_->takes_direct) {
        site_->note("directsslreject");
        return p.end();
      }
      direct_ = true;
      tls_.emplace(site_->tls);
      (*this)(p, fresh);
    } else {
      take(p, std::string(fresh));
    }
  }
  void shaken_hands() {
    if (direct_) site_->note("directsslaccept");
    site_->sni = tls_->sni();
    site_->version = SSL_get_version(tls_->ssl());
    site_->client_name = tls_->client_name();
  }
  void failed(memory::peer& p) {
    site_->note("tlsfail");
    p.end();
  }
  void say(memory::peer& p, std::string const& words) {
    if (tls_)
      tls_->write(words);
    else
      p.say(words);
  }
  void refuse(memory::peer& p, char const* event, char const* code, char const* words) {
    site_->note(event);
    say(p, messages::fatal(code, words));
    ended_ = true;
  }
  void let_in(memory::peer& p) {
    site_->note("authok");
    site_->last_was_tls = tls_.has_value();
    say(p, login::welcome());
  }
  void take(memory::peer& p, std::string const& bytes) {
    in_ += bytes;
    if (ended_) return;
    if (!started_) {
      if (in_.size() < 8 || in_.size() < number(in_)) return;
      auto const message = in_.substr(0, number(in_));
      in_.erase(0, message.size());
      if (message == login::cancel_request) {
        ++site_->cancels;
        site_->last_was_tls = tls_.has_value();
        return p.end();
      }
      started_ = true;
      site_->startup = message;
      return welcome(p, message);
    }
    while (in_.size() >= 5 && in_.size() >= 1 + number(std::string_view(in_).substr(1))) {
      auto const length = 1 + number(std::string_view(in_).substr(1));
      auto const body = in_.substr(5, length - 5);
      if (in_[0] == 'p') answer(p, body);
      in_.erase(0, length);
    }
  }
  void welcome(memory::peer& p, std::string const& message) {
    auto const at = message.find(std::string("user\0", 5), 8) + 5;
    auto const name = message.substr(at, message.find('\0', at) - at);
    auto const found = site_->roles.find(name);
    if (found == site_->roles.end() || !(tls_ ? found->second.with_tls : found->second.without_tls))
      return refuse(p, "authfail", "28000", "no pg_hba.conf entry");
    if (found->second.password.empty()) return let_in(p);
    scram_.emplace(found->second.password, tls_ ? site_->end_point : std::string());
    say(p, scram_->request());
  }
  void answer(memory::peer& p, std::string const& body) {
    ++site_->passwords;
    if (!scram_) return;
    auto const words = scram_->answer(body);
    site_->gs2 = scram_->gs2();
    if (words.empty()) return refuse(p, "pwfail", "28P01", "password authentication failed");
    say(p, words);
    if (words.find("v=") != words.npos) let_in(p);
  }

  tls_site* site_;
  std::optional<tusk_test::tls_server> tls_;
  std::optional<scram_server> scram_;
  std::string in_;
  bool begun_ = false;
  bool direct_ = false;
  bool shaken_ = false;
  bool started_ = false;
  bool ended_ = false;
};

/// Everybody who connects meets a guest's host of `site`, which must outlive the network.
inline void serve(memory::network& net, tls_site& site) {
  net.on_connect = [&site](memory::peer& p) {
    auto const guest = std::make_shared<tls_guest>(site);
    p.talk = [guest](memory::peer& me, std::string_view fresh) { (*guest)(me, fresh); };
  };
}

} // namespace support
