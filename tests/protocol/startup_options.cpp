// tusk tests: protocol/startup_options.cpp — versions of the protocol, tokens, keys: what a login can be asked to be.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/scripted_login.hpp"

#include <stdexcept>

using namespace scripted_login;
using tusk::conninfo::protocol_version;
using tusk::conninfo::settings;
using tusk::protocol::tls_facts;

namespace {

constexpr std::uint32_t v3_0 = 0x00030000, v3_2 = 0x00030002;

login newest(protocol_version least = protocol_version::v3_0) {
  return login([least](settings& s, tls_facts&) {
    s.min_protocol = least;
    s.max_protocol = protocol_version::v3_2;
  });
}
std::string version_offer(std::uint32_t version, std::vector<std::string> const& unknown = {}) {
  auto body = number(version) + number(static_cast<std::uint32_t>(unknown.size()));
  for (auto const& u : unknown) body += zero_terminated(u);
  return message('v', body);
}
std::string key(std::size_t n) { return message('K', number(std::uint32_t{42}) + std::string(n, 'k')); }

/// A login to a server that wants a token; `given` is what the program has.
login with_token(std::string given, bool tls = true) {
  return login([&](settings& s, tls_facts& f) {
    f.in_use = tls;
    s.oauth.issuer = "https://issuer.example";
    s.oauth.user = "ann";
    s.oauth_token = tusk::conninfo::token_from([given](tusk::conninfo::oauth_request const& r) {
      CHECK(r.issuer == "https://issuer.example");
      CHECK(r.user == "ann");
      return given;
    });
  });
}
std::string const bearer = sasl({"OAUTHBEARER"});

} // namespace

TEST_CASE("protocol 3.0 is asked for unless something else is wanted") {
  CHECK(login().startup_packet.substr(4, 4) == number(v3_0));
  CHECK(newest().startup_packet.substr(4, 4) == number(v3_2));
}

TEST_CASE("with protocol 3.2 keys have 4 to 256 bytes, with 3.0 they have 4") {
  for (std::size_t n : {4U, 32U, 256U}) {
    auto l = newest();
    l.reply(authentication_ok() + key(n) + ready());
    CHECK(l.session.started());
    CHECK(l.session.cancel_key().size() == n);
  }
  for (std::size_t n : {0U, 3U, 257U}) {
    auto l = newest();
    l.reply(authentication_ok());
    CHECK(l.refused(key(n), errc::protocol_violation).find("4 to 256") != std::string::npos);
  }
  login old;
  old.reply(authentication_ok());
  old.refused(key(32), errc::protocol_violation);
}

TEST_CASE("a server that has only 3.0 says so, and is spoken to in that") {
  auto l = newest();
  CHECK(l.reply(version_offer(v3_0)).empty());
  CHECK(l.machine->version() == protocol_version::v3_0);
  l.reply(authentication_ok());
  l.refused(key(32), errc::protocol_violation);
  auto good = newest();
  good.reply(version_offer(v3_0) + authentication_ok() + key(4) + ready());
  CHECK(good.session.started());
}

TEST_CASE("min_protocol_version is enforced") {
  auto l = newest(protocol_version::v3_2);
  CHECK(l.refused(version_offer(v3_0), errc::protocol_violation).find("min_protocol_version") != std::string::npos);
}

TEST_CASE("offers that no server makes") {
  std::string const offers[] = {
      version_offer(v3_2),                              // as was asked for
      version_offer(0x00030001),                        // never existed
      version_offer(0x00020000),                        // too old
      version_offer(0x00030003),                        // newer than was asked for
      version_offer(0x00040000),                        // the same
      version_offer(v3_0, {"_pq_.something"}),          // not asked for
      version_offer(v3_2, {"_pq_.something"}),          //
      version_offer(v3_0, {"user"}),                    // no option of the protocol
      message('v', number(v3_0)),                       // cut off
      message('v', number(v3_0) + number(1U)),          // one is announced, none is there
      message('v', number(v3_0) + number(0U) + "x"),    // too long
      message('v', number(v3_0) + number(0xffffffffU)), // a negative number of them
      message('v', number(v3_0) + number(0x7fffffffU)), // more than fit
      message('v', number(v3_0) + number(1U) + "abc"),  // not terminated
  };
  for (auto const& offer : offers) {
    auto l = newest();
    l.refused(offer, errc::protocol_violation);
  }
  auto twice = newest();
  twice.reply(version_offer(v3_0));
  twice.refused(version_offer(v3_0), errc::protocol_violation);
  auto late = newest();
  late.reply(authentication(3));
  late.refused(version_offer(v3_0), errc::protocol_violation);
  auto after = newest();
  after.reply(authentication_ok());
  after.refused(version_offer(v3_0), errc::protocol_violation);
  login unasked;
  unasked.refused(version_offer(v3_0), errc::protocol_violation);
}

TEST_CASE("replication goes into the startup message as it is") {
  login l([](settings& s, tls_facts&) { s.replication = "database"; });
  CHECK(l.startup_packet.find(zero_terminated("replication") + zero_terminated("database")) != std::string::npos);
  CHECK(login().startup_packet.find("replication") == std::string::npos);
}

TEST_CASE("a token is sent to a server that wants one") {
  auto l = with_token("abc.def");
  auto const answer = l.reply(bearer);
  std::string const said = "n,,\x01"
                           "auth=Bearer abc.def\x01\x01";
  CHECK(answer ==
        message('p', zero_terminated("OAUTHBEARER") + number(static_cast<std::uint32_t>(said.size())) + said));
  l.reply(authentication_ok() + welcome);
  CHECK(l.session.started());
}

TEST_CASE("the server's reasons for refusing a token are told, and it gets the byte that it waits for") {
  auto l = with_token("abc");
  l.reply(bearer);
  CHECK(l.reply(authentication(11, R"({"status":"invalid_token"})")) == message('p', "\x01"));
  try {
    l.reply(fatal("28000", "OAuth bearer authentication failed"));
    FAIL("no error");
  } catch (tusk::error const& e) {
    CHECK(e.sqlstate() == tusk::sqlstate::invalid_authorization_specification);
    CHECK(std::string(e.what()).find("invalid_token") != std::string::npos);
    CHECK(std::string(e.what()).find("abc") == std::string::npos);
  }
  auto let_in = with_token("abc");
  let_in.reply(bearer);
  let_in.reply(authentication(11, "{}"));
  let_in.refused(authentication_ok());
  auto twice = with_token("abc");
  twice.reply(bearer);
  twice.reply(authentication(11, "{}"));
  twice.refused(authentication(11, "{}"));
  auto final = with_token("abc");
  final.reply(bearer);
  final.refused(authentication(12, "v=x"));
}

TEST_CASE("no token leaves where it must not") {
  CHECK(with_token("abc", false).refused(bearer).find("without TLS") != std::string::npos);
  login local([](settings& s, tls_facts& f) {
    f.local = true;
    s.oauth_token = tusk::conninfo::token_from([](tusk::conninfo::oauth_request const&) { return "abc"; });
  });
  CHECK(!local.reply(bearer).empty());
  auto bad = with_token("abc\n");
  CHECK(bad.refused(bearer, errc::invalid_option).find("abc") == std::string::npos);
  login(true).refused(bearer, errc::password_required);
  for (auto const* methods : {"scram-sha-256", "!oauth", "none", "password,md5"}) {
    CAPTURE(methods);
    auto l = with_token("abc");
    REQUIRE(l.settings.require_auth.read(methods) == nullptr);
    l.refused(bearer);
  }
  auto bound = with_token("abc");
  bound.settings.channel_binding = channel_binding::require;
  bound.refused(bearer);
}

TEST_CASE("a program that cannot get a token says why, and that is what is told") {
  login l([](settings& s, tls_facts& f) {
    f.in_use = true;
    s.oauth_token = tusk::conninfo::token_from(
        [](tusk::conninfo::oauth_request const&) -> std::string { throw std::runtime_error("no token today"); });
  });
  CHECK_THROWS_WITH(l.reply(bearer), "no token today");
}

TEST_CASE("SCRAM comes before a token, unless require_auth says otherwise") {
  auto both = with_token("abc");
  CHECK(both.reply(sasl({"OAUTHBEARER", "SCRAM-SHA-256"})).substr(5, 14) == zero_terminated("SCRAM-SHA-256"));
  auto token = with_token("abc");
  REQUIRE(token.settings.require_auth.read("oauth") == nullptr);
  CHECK(token.reply(sasl({"SCRAM-SHA-256", "OAUTHBEARER"})).substr(5, 12) == zero_terminated("OAUTHBEARER"));
}

TEST_CASE("keys serve instead of a password, and prove the server, too") {
  auto const keys = scram_server::keys_of("pencil");
  for (bool honest : {true, false}) {
    login l([&](settings& s, tls_facts&) {
      s.scram_client_key = tusk::conninfo::secret(tusk::auth::base64_encode(keys.client_key));
      s.scram_server_key =
          tusk::conninfo::secret(tusk::auth::base64_encode(honest ? keys.server_key : keys.client_key));
    });
    l.password.clear();
    scram_server server("pencil");
    auto const final = l.reply(answer(server, l.reply(sasl({"SCRAM-SHA-256"}))));
    if (honest) {
      l.reply(answer(server, final) + authentication_ok() + welcome);
      CHECK(l.session.started());
    } else
      l.refused(answer(server, final));
  }
}

TEST_CASE("one key alone is refused before anything is sent") {
  for (bool client : {true, false}) {
    login l([&](settings& s, tls_facts&) {
      (client ? s.scram_client_key : s.scram_server_key) =
          tusk::conninfo::secret(tusk::auth::base64_encode(std::array<std::byte, 32>{}));
    });
    CHECK(l.refused(sasl({"SCRAM-SHA-256"})).find("go together") != std::string::npos);
  }
}

TEST_CASE("keys are no password") {
  for (auto const& request : {authentication(3), authentication(5, "salt")}) {
    login l([&](settings& s, tls_facts&) {
      s.scram_client_key = s.scram_server_key =
          tusk::conninfo::secret(tusk::auth::base64_encode(std::array<std::byte, 32>{}));
    });
    l.password.clear();
    l.begin({});
    l.refused(request, errc::password_required);
  }
}
