// tusk tests: net/dial_tls.cpp — what sslmode makes of a server's answers: TLS, plain, twice, or not at all.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/dialling.hpp"

using namespace dial;

namespace {

/// A dialler to one address, and what its connections meet one after the other.
struct in_turn : dialling {
  explicit in_turn(sslmode m) : dialling(m) {
    only_first();
    others = [this](peer& p) {
      auto const n = net.peers.size();
      if (n > met.size()) throw std::logic_error("one connection too many");
      met[n - 1](p);
    };
  }
  bool connect() {
    pump = dialling::connect();
    return pump->transport().secure();
  }
  peer& nth(std::size_t i) { return net.peers.at(i); }

  std::vector<std::function<void(peer&)>> met;
  tusk::protocol::ref<tusk::net::pump<mode>> pump;
};
auto plain(std::string const& words) { return says({words}); }

} // namespace

TEST_CASE("disable never asks for TLS") {
  in_turn d(sslmode::disable);
  d.met = {plain(welcome())};
  CHECK(!d.connect());
  CHECK(is_startup(d.nth(0).got));
}

TEST_CASE("with TLS everything goes through it") {
  for (auto m : {sslmode::prefer, sslmode::require, sslmode::verify_ca, sslmode::verify_full}) {
    in_turn d(m);
    d.met = {over_tls(welcome())};
    CHECK(d.connect());
    auto const got = d.nth(0).got;
    REQUIRE(got.starts_with(ssl_request + fake_tls::greeting));
    auto const inside = fake_tls::decoded(got.substr(8 + fake_tls::greeting.size()));
    CHECK(is_startup(inside));
    CHECK(d.pump->session().backend_pid() == 7);
  }
}

TEST_CASE("prefer: a server without TLS is spoken to in the clear, on the same connection") {
  in_turn d(sslmode::prefer);
  d.met = {says({"N", welcome()})};
  CHECK(!d.connect());
  CHECK(d.nth(0).got.starts_with(ssl_request));
  CHECK(is_startup(d.nth(0).got.substr(8)));
}

TEST_CASE("demanded TLS is never given up") {
  for (auto m : {sslmode::require, sslmode::verify_ca, sslmode::verify_full}) {
    in_turn none(m);
    none.met = {says({"N", welcome()})};
    CHECK(none.failure().code() == errc::tls_unavailable);
    CHECK(none.nth(0).got == ssl_request);

    in_turn broken(m);
    broken.met = {says({"S", fake_tls::refusal})};
    CHECK(broken.failure().code() == errc::tls_failed);

    in_turn refused(m);
    refused.met = {over_tls(fatal("28000", "no pg_hba.conf entry for SSL"))};
    CHECK(refused.failure().sqlstate() == tusk::sqlstate::invalid_authorization_specification);
  }
}

TEST_CASE("prefer: after a failed handshake a new connection goes without TLS") {
  in_turn d(sslmode::prefer);
  SECTION("refused") { d.met = {says({"S", fake_tls::refusal}), plain(welcome())}; }
  SECTION("ended by the server") {
    d.met = {[](peer& p) {
               p.talk = [](peer& me, std::string_view fresh) {
                 if (fresh == ssl_request) me.say("S");
                 if (fresh == fake_tls::greeting) me.end();
               };
             },
             plain(welcome())};
  }
  CHECK(!d.connect());
  CHECK(d.nth(0).closed);
  CHECK(is_startup(d.nth(1).got));
  CHECK(d.nth(1).where == d.nth(0).where);
}

TEST_CASE("prefer: a login that is refused over TLS is tried without") {
  in_turn d(sslmode::prefer);
  auto const refusal = fatal("28000", "no pg_hba.conf entry for SSL");
  SECTION("and may be let in then") {
    d.met = {over_tls(refusal), plain(welcome())};
    CHECK(!d.connect());
    CHECK(d.pump->session().backend_pid() == 7);
  }
  SECTION("or not: both are told") {
    d.met = {over_tls(refusal), plain(fatal("28000", "no entry without SSL either"))};
    auto const e = d.failure();
    CHECK(e.code() == errc::connect_failed);
    auto const words = std::string(e.what());
    CHECK(words.find("entry for SSL") < words.find("without SSL either"));
  }
  SECTION("not once it was let in") {
    d.met = {over_tls(authentication_ok() + fatal("3D000", "no such database"))};
    CHECK(d.failure().sqlstate() == tusk::sqlstate::invalid_catalog_name);
  }
  SECTION("not when the server is not ready for anybody") {
    d.met = {over_tls(fatal("57P03", "starting up"))};
    CHECK(d.failure().sqlstate() == tusk::sqlstate::cannot_connect_now);
  }
  SECTION("not when it is we who refuse") {
    d.settings.require_auth.read("scram-sha-256");
    d.met = {over_tls(welcome())};
    CHECK(d.failure().code() == errc::authentication_failed);
  }
  SECTION("not when the connection is lost") {
    d.met = {[](peer& p) {
      p.talk = [](peer& me, std::string_view fresh) {
        if (fresh == ssl_request) me.say("S");
        if (fresh == fake_tls::greeting) me.say(fake_tls::consent);
        if (fresh.starts_with('d')) me.end();
      };
    }};
    CHECK(d.failure().code() == errc::connection_closed);
  }
  SECTION("not when the server breaks the protocol") {
    d.met = {over_tls(ready())};
    CHECK(d.failure().code() == errc::protocol_violation);
  }
}

TEST_CASE("allow: begins without TLS, and asks for it when the login is refused") {
  in_turn d(sslmode::allow);
  auto const refusal = fatal("28000", "no pg_hba.conf entry without SSL");
  SECTION("let in at once") {
    d.met = {plain(welcome())};
    CHECK(!d.connect());
    CHECK(is_startup(d.nth(0).got));
    CHECK(d.tls.made().empty());
  }
  SECTION("let in with TLS, by a connection of its own") {
    d.met = {plain(refusal), over_tls(welcome())};
    CHECK(d.connect());
    CHECK(d.nth(0).closed);
    CHECK(d.nth(1).got.starts_with(ssl_request + fake_tls::greeting));
    CHECK(d.nth(1).where == d.nth(0).where);
  }
  SECTION("refused in both ways: both are told") {
    d.met = {plain(refusal), over_tls(fatal("28000", "no entry for SSL either"))};
    auto const words = std::string(d.failure().what());
    CHECK(words.find("without SSL") < words.find("for SSL either"));
  }
  SECTION("a server without TLS") {
    d.met = {plain(refusal), says({"N", welcome()})};
    auto const words = std::string(d.failure().what());
    CHECK(words.find("refused the login without TLS (sslmode=allow), and has none") != std::string::npos);
    CHECK(d.nth(1).got == ssl_request);
  }
  SECTION("a handshake that fails is the end") {
    d.met = {plain(refusal), says({"S", fake_tls::refusal})};
    CHECK(d.failure().code() == errc::connect_failed);
  }
  SECTION("not once it was let in") {
    d.met = {plain(authentication_ok() + fatal("3D000", "no such database"))};
    CHECK(d.failure().sqlstate() == tusk::sqlstate::invalid_catalog_name);
  }
  SECTION("not when the server is not ready for anybody") {
    d.met = {plain(fatal("57P03", "starting up"))};
    CHECK(d.failure().sqlstate() == tusk::sqlstate::cannot_connect_now);
  }
  SECTION("not when it is we who refuse, nor when the line is cut, nor on nonsense") {
    d.settings.require_auth.read("scram-sha-256");
    for (auto const& words : {welcome(), ready(), std::string("HTTP/1.1 400 Bad Request\r\n")}) {
      in_turn other(sslmode::allow);
      other.settings.require_auth = d.settings.require_auth;
      other.met = {plain(words)};
      CHECK_THROWS_AS(other.connect(), tusk::error);
      CHECK(other.net.peers.size() == 1);
    }
    d.met = {[](peer& p) {
      p.talk = [](peer& me, std::string_view fresh) {
        if (!fresh.empty()) me.end();
      };
    }};
    CHECK(d.failure().code() == errc::connection_closed);
  }
  SECTION("not on a Unix socket") {
    d.settings.hosts[0].host = "/socket";
    d.met = {plain(refusal)};
    CHECK(d.failure().sqlstate() == tusk::sqlstate::invalid_authorization_specification);
  }
  SECTION("not in a program without TLS") {
    auto const before = std::exchange(tusk::net::tls_factory, nullptr);
    d.met = {plain(refusal)};
    CHECK(d.failure().sqlstate() == tusk::sqlstate::invalid_authorization_specification);
    tusk::net::tls_factory = before;
  }
}

TEST_CASE("direct: the handshake at once, and no other way") {
  in_turn d(GENERATE(sslmode::require, sslmode::verify_ca, sslmode::verify_full));
  d.settings.tls.negotiation = tusk::conninfo::sslnegotiation::direct;
  SECTION("agreed") {
    d.met = {says({fake_tls::consent, fake_tls::data(welcome())})};
    CHECK(d.connect());
    CHECK(d.nth(0).got.starts_with(fake_tls::greeting));
  }
  SECTION("refused") {
    d.met = {says({fake_tls::refusal})};
    CHECK(d.failure().code() == errc::tls_failed);
  }
  SECTION("by a server that hangs up, as those before 17 do") {
    d.met = {[](peer& p) {
      p.talk = [](peer& me, std::string_view fresh) {
        if (!fresh.empty()) me.end();
      };
    }};
    auto const e = d.failure();
    CHECK(e.code() == errc::tls_failed);
    CHECK(std::string(e.what()).find("sslnegotiation=direct needs PostgreSQL 17 or newer") != std::string::npos);
  }
  SECTION("the login is refused") {
    d.met = {says({fake_tls::consent, fake_tls::data(fatal("28000", "no entry"))})};
    CHECK(d.failure().sqlstate() == tusk::sqlstate::invalid_authorization_specification);
  }
  CHECK(d.net.peers.size() == 1);
}

TEST_CASE("prefer: an attack, an error or nonsense in place of an answer is no reason to go without TLS") {
  for (auto const& answer :
       {"S" + error_response("28000", "x"), "N" + welcome(), fatal("0A000", "no"), std::string("X")}) {
    in_turn d(sslmode::prefer);
    d.met = {says({answer})};
    CHECK(d.failure().code() == errc::protocol_violation);
    CHECK(d.nth(0).got == ssl_request);
  }
}

TEST_CASE("prefer: silence during the handshake is a timeout, and no reason either") {
  in_turn d(sslmode::prefer);
  d.met = {says({"S"})};
  CHECK(d.failure().code() == errc::timeout);
}

TEST_CASE("a program without TLS") {
  struct without {
    without() { tusk::net::tls_factory = nullptr; }
  };
  SECTION("does not ask for it where it is only preferred") {
    in_turn d(sslmode::prefer);
    without const none;
    d.met = {plain(welcome())};
    CHECK(!d.connect());
    CHECK(is_startup(d.nth(0).got));
  }
  SECTION("says so where it is demanded") {
    in_turn d(sslmode::require);
    bool const direct = GENERATE(false, true);
    if (direct) d.settings.tls.negotiation = tusk::conninfo::sslnegotiation::direct;
    without const none;
    d.met = {plain(welcome())};
    auto const e = d.failure();
    CHECK(e.code() == errc::tls_unavailable);
    CHECK(std::string(e.what()).find("TUSK_NO_TLS") != std::string::npos);
    CHECK(d.nth(0).got.empty());
  }
}

TEST_CASE("how far the certificate is to be checked") {
  using tusk::net::verify;
  tusk::conninfo::endpoint to;
  to.host = "db.test";
  to.hostaddr = "10.0.0.1";
  auto s = login::settings();
  auto const check = [&](sslmode m, std::string root) {
    s.sslmode = m;
    s.tls.root_file = std::move(root);
    return tusk::net::tls_for(s, to).check;
  };
  CHECK(check(sslmode::prefer, "") == verify::nothing);
  CHECK(check(sslmode::require, "") == verify::nothing);
  CHECK(check(sslmode::prefer, "root.crt") == verify::chain); // as libpq: where there is a file it is used
  CHECK(check(sslmode::require, "root.crt") == verify::chain);
  CHECK(check(sslmode::verify_ca, "root.crt") == verify::chain);
  CHECK(check(sslmode::verify_full, "root.crt") == verify::chain_name);
  s.tls.sni = false;
  auto const t = tusk::net::tls_for(s, to);
  CHECK(t.host == "db.test");
  CHECK(t.root_file == "root.crt");
  CHECK(!t.sni);
}

TEST_CASE("CancelRequest goes through TLS with the settings of the session") {
  bool const direct = GENERATE(false, true);
  in_turn d(sslmode::require);
  d.settings.cancel_timeout = milliseconds(100);
  d.settings.tls.certificate_file = "client.crt";
  d.met = {over_tls(welcome()), says({"S", fake_tls::consent})};
  if (direct) {
    d.settings.tls.negotiation = tusk::conninfo::sslnegotiation::direct;
    d.met = {says({fake_tls::consent, fake_tls::data(welcome())}), says({fake_tls::consent})};
  }
  REQUIRE(d.connect());
  {
    mode::alarm const limit({&d.net}, d.pump->transport().socket(), milliseconds(10));
    auto r = login::request("slow");
    CHECK(error_of([&] { tusk::net::pump<mode>::perform<login::collector>(d.pump, std::move(r)).get(); }).code() ==
          errc::timeout);
  }
  CHECK(d.nth(1).got == (direct ? "" : ssl_request) + fake_tls::greeting + fake_tls::data(login::cancel_request));
  REQUIRE(d.tls.made().size() == 2);
  CHECK(d.tls.made()[1].host == d.tls.made()[0].host);
  CHECK(d.tls.made()[1].certificate_file == "client.crt");
}
