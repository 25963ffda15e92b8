// tusk tests: support/dialling.hpp — connecting in a network that is played: hosts, addresses, and who stands there.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/fake_tls.hpp"
#include "support/login.hpp"
#include "support/memory_mode.hpp"

#include <tusk/net/dial.hpp>

#include <cerrno>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace dial {

using memory::error_of;
using memory::peer;
using std::chrono::milliseconds;
using tusk::errc;
using tusk::conninfo::sslmode;
using namespace messages;
using mode = memory::memory_mode;
using login::welcome;

inline std::string const ssl_request("\0\0\0\x08\x04\xd2\x16\x2f", 8);
inline std::string const password = "s3cret-Pass";

inline void refuse(peer&) { tusk::net::throw_errno(ECONNREFUSED, "connect"); }
/// Answers each message in turn.
inline auto says(std::initializer_list<std::string> replies) {
  return [all = std::deque<std::string>(replies)](peer& p) { p.replies = all; };
}
/// Answers the first message and ends the stream.
inline auto says_and_ends(std::string words) {
  return [words](peer& p) {
    p.talk = [words](peer& me, std::string_view fresh) {
      if (fresh.empty()) return;
      me.say(words);
      me.end();
    };
  };
}
/// Lets in over TLS, having said these to the startup message.
inline auto over_tls(std::string words) { return says({"S", fake_tls::consent, fake_tls::data(words)}); }

/// A dialler whose hosts a and b have the addresses 10.0.0.1, .2 and 10.0.0.3, and what stands there.
struct dialling {
  explicit dialling(sslmode m = sslmode::disable) : settings(login::settings("a", 5433)) {
    settings.hosts.push_back(settings.hosts[0]);
    settings.hosts[1].host = "b";
    for (auto& h : settings.hosts) h.password = tusk::conninfo::secret(std::string(password));
    settings.sslmode = m;
    settings.connect_timeout = milliseconds(1000);
    net.names["a"] = {at("10.0.0.1"), at("10.0.0.2")};
    net.names["b"] = {at("10.0.0.3")};
    net.on_connect = [this](peer& p) {
      for (auto const& [ending, set_up] : there)
        if (p.where.find(ending) != p.where.npos) return set_up(p);
      if (!others) throw std::logic_error("nobody was to connect to " + p.where);
      others(p);
    };
  }
  static tusk::net::address at(char const* host) { return tusk::net::resolve(host, 5433, true).front(); }
  /// The first one alone.
  void only_first() { settings.hosts.resize(1), net.names["a"].resize(1); }

  tusk::protocol::ref<tusk::net::pump<mode>> connect() { return tusk::net::dial<mode>({&net}, settings).get(); }
  /// The error, which never tells the password, and must say that nothing has been done.
  tusk::error failure() {
    auto const e = error_of([&] { connect(); });
    CHECK(std::string(e.what()).find(password) == std::string::npos);
    CHECK(e.safe_to_retry());
    for (auto const& p : net.peers) CHECK(p.closed);
    return e;
  }
  /// The last digits of the addresses that were connected to, in order.
  std::string tried() const {
    std::string all;
    for (auto const& p : net.peers) all += p.where.substr(7, 1);
    return all;
  }
  peer& first() { return net.peers.front(); }
  peer& last() { return net.peers.back(); }

  fake_tls::installed tls;
  memory::network net;
  tusk::conninfo::settings settings;
  std::map<std::string, std::function<void(peer&)>> there;
  std::function<void(peer&)> others;
};

inline bool is_startup(std::string_view bytes) {
  return bytes.size() > 8 && bytes.substr(4, 4) == std::string("\0\3\0\0", 4);
}
inline std::string words(tusk::error const& e) { return e.what(); }

} // namespace dial
