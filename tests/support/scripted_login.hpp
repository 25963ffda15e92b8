// tusk tests: support/scripted_login.hpp — logins without a server: the test says what one would.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <tusk/auth/hmac.hpp>
#include <tusk/auth/pbkdf2.hpp>
#include <tusk/auth/scram_keys.hpp>
#include <tusk/auth/sha256.hpp>
#include <tusk/protocol/session.hpp>
#include <tusk/protocol/startup.hpp>

#include "support/catch.hpp"
#include "support/messages.hpp"

#include <array>
#include <concepts>
#include <cstring>
#include <string>
#include <vector>

namespace scripted_login {

using namespace messages;
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

inline std::string attribute(std::string const& message, std::string const& name) {
  auto const at = message.find("," + name + "=");
  REQUIRE(at != std::string::npos);
  auto const from = at + name.size() + 2;
  return message.substr(from, message.find(',', from) - from);
}

/// The server's side of SCRAM for the password `pencil`: what an honest one answers.
struct scram_server {
  std::string client_first_bare;
  std::string server_first;
  std::string first(std::string const& answer, int iterations = 4096) {
    auto const bare = answer.find("n=,r=");
    REQUIRE(bare != std::string::npos);
    client_first_bare = answer.substr(bare);
    server_first = "r=" + attribute(client_first_bare, "r") + "server,s=" + tusk::auth::base64_encode(salt()) +
                   ",i=" + std::to_string(iterations);
    return authentication(11, server_first);
  }
  std::string final(std::string const& answer, int iterations = 4096) {
    auto const message = answer.substr(5);
    auto const without_proof = message.substr(0, message.find(",p="));
    auto const signed_text = client_first_bare + "," + server_first + "," + without_proof;
    tusk::auth::pbkdf2 derivation(tusk::wire::as_bytes("pencil"), salt(), static_cast<std::uint32_t>(iterations));
    while (!derivation.step(100'000)) {}
    tusk::auth::scram_keys const keys(derivation.result());
    auto const signature = tusk::auth::hmac::of(keys.server_key, tusk::wire::as_bytes(signed_text));
    return authentication(12, "v=" + tusk::auth::base64_encode(signature));
  }
  static tusk::wire::byte_view salt() { return tusk::wire::as_bytes("0123456789abcdef"); }
};

inline std::string const welcome = parameter_status("server_version", "18.4") + backend_key(42, 7) + ready();

} // namespace scripted_login
