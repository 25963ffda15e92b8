// tusk tests: support/scripted_login.hpp — logins without a server: the test says what one would.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <tusk/protocol/session.hpp>
#include <tusk/protocol/startup.hpp>

#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/scram_server.hpp"

#include <array>
#include <concepts>
#include <cstring>
#include <string>
#include <vector>

namespace scripted_login {

using namespace messages;
using support::scram_server;
using tusk::errc;
using tusk::conninfo::channel_binding;

/// A login of user `ann`, password `pencil`, against replies written by the test.
struct login {
  /// `change` may change the settings before the login begins.
  template <class F>
    requires std::invocable<F, tusk::conninfo::settings&, tusk::protocol::tls_facts&>
  explicit login(F change) : password("pencil"), session(1 << 20) {
    settings.hosts.resize(1);
    settings.user = "ann";
    settings.dbname = "shop";
    tusk::protocol::tls_facts facts;
    change(settings, facts);
    begin(facts);
  }
  explicit login(bool tls = false, channel_binding policy = channel_binding::prefer, std::string_view require_auth = {},
                 std::string given = "pencil", bool certificate_hash = true, bool verified = false)
      : password(std::move(given)), session(1 << 20) {
    settings.hosts.resize(1);
    settings.user = "ann";
    settings.dbname = "shop";
    settings.channel_binding = policy;
    REQUIRE(settings.require_auth.read(require_auth) == nullptr);
    tusk::protocol::tls_facts facts;
    facts.in_use = tls;
    facts.verified = verified;
    if (certificate_hash) facts.server_end_point = hash;
    begin(facts);
  }
  void begin(tusk::protocol::tls_facts const& facts) {
    machine.emplace(settings, password, facts);
    session.start(*machine);
    startup_packet = sent();
  }
  std::string sent() {
    auto const bytes = session.unsent();
    std::string out(tusk::wire::as_text(bytes));
    session.sent(bytes.size());
    return out;
  }
  /// Returns what the client answers.
  std::string reply(std::string const& bytes) {
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      session.room()[0] = static_cast<std::byte>(bytes[at]);
      session.received(1);
    }
    while (session.deriving()) session.derive(1000);
    return sent();
  }
  /// The login must fail here; returns why. Nothing may have been answered.
  std::string refused(std::string const& bytes, errc code = errc::authentication_failed) {
    try {
      reply(bytes);
    } catch (tusk::error const& e) {
      CHECK(e.code() == code);
      CHECK(session.unsent().empty());
      CHECK(std::string(e.what()).find("pencil") == std::string::npos);
      return e.what();
    }
    FAIL("the client went on");
    return {};
  }
  std::array<std::byte, 4> hash_bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  tusk::wire::byte_view hash{hash_bytes};
  tusk::conninfo::settings settings;
  std::string password;
  tusk::protocol::session session;
  std::optional<tusk::protocol::startup> machine;
  std::string startup_packet;
};

/// What an honest server answers to this message of the client.
inline std::string answer(scram_server& server, std::string const& message) {
  REQUIRE(message.starts_with('p'));
  auto const words = server.answer(message.substr(5));
  REQUIRE(!words.empty());
  REQUIRE(!server.client_nonce().empty());
  return words;
}

inline std::string const welcome = parameter_status("server_version", "18.4") + backend_key(42, 7) + ready();

} // namespace scripted_login
