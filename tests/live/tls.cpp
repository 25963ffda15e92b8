// tusk: tests/live/tls.cpp — TLS against real servers: what is encrypted, what is verified, what is refused.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"
#include "support/proxy.hpp"

#include <cstddef>
#include <string>

#if !defined(TUSK_NO_TLS)

using namespace live;

namespace {

using tusk::transport;

/// To the server under test by TCP, whatever the transport under test is.
tusk::options at(std::string const& host, std::string const& mode) {
  return live::options().host(host).sslmode(mode).sslrootcert("");
}
std::string file(std::string const& name) { return live::main_server().file(name); }

void check_speaks(live::connection& db, transport expected) {
  CHECK(db.transport() == expected);
  CHECK(db.query_one<bool>("select ssl from pg_stat_ssl where pid = pg_backend_pid()") == (expected == transport::tls));
  live::check_usable(db);
}

} // namespace

TEST_CASE("tls: each sslmode, with a server that has it") {
  in_both_modes([](live::opener connect) {
    auto plain = connect(at("127.0.0.1", "disable"));
    check_speaks(plain, transport::tcp);
    auto preferred = connect(at("127.0.0.1", "prefer"));
    check_speaks(preferred, transport::tls);
    auto required = connect(at("127.0.0.1", "require"));
    check_speaks(required, transport::tls);
    auto verified = connect(at("127.0.0.1", "verify-ca").sslrootcert(file("ca.pem")));
    check_speaks(verified, transport::tls);
    auto named = connect(at("127.0.0.1", "verify-full").sslrootcert(file("ca.pem")));
    check_speaks(named, transport::tls);
    auto by_name = connect(at("localhost", "verify-full").sslrootcert(file("ca.pem")));
    check_speaks(by_name, transport::tls);
    auto const& s = live::main_server();
    auto by_default = connect("host=127.0.0.1 port=" + s.port() + " user=tusk_trust dbname=tusk");
    check_speaks(by_default, transport::tls);
  });
}

TEST_CASE("tls: never on a Unix socket") {
  in_both_modes([](live::opener connect) {
    for (auto const* mode : {"disable", "prefer"}) {
      auto db = connect(at(live::main_server().sockets(), mode));
      CHECK(db.transport() == transport::unix_socket);
      live::check_usable(db);
    }
  });
}

TEST_CASE("tls: a certificate that nobody vouches for") {
  in_both_modes([](live::opener connect) {
    for (auto const* mode : {"verify-ca", "verify-full"}) {
      auto const e = error_of([&] { connect(at("127.0.0.1", mode).sslrootcert(file("other-ca.pem"))); });
      CHECK(e.code() == errc::tls_failed);
      CHECK(e.safe_to_retry());
      CHECK_THAT(e.what(), ContainsSubstring("the certificate of \"127.0.0.1\" was refused"));
    }
    // As in libpq, a file with CAs is a wish to verify, even with require.
    auto const require = error_of([&] { connect(at("127.0.0.1", "require").sslrootcert(file("other-ca.pem"))); });
    CHECK(require.code() == errc::tls_failed);
  });
}

TEST_CASE("tls: a certificate for another name") {
  in_both_modes([](live::opener connect) {
    auto const e = error_of([&] { connect(at("127.0.0.2", "verify-full").sslrootcert(file("ca.pem"))); });
    CHECK(e.code() == errc::tls_failed);
    CHECK_THAT(e.what(), ContainsSubstring("127.0.0.2"));
    auto const trusting = connect(at("127.0.0.2", "verify-ca").sslrootcert(file("ca.pem")));
    CHECK(trusting.transport() == transport::tls);
    // `hostaddr` says where, `host` who.
    auto const elsewhere = connect(at("localhost", "verify-full").hostaddr("127.0.0.2").sslrootcert(file("ca.pem")));
    CHECK(elsewhere.transport() == transport::tls);
  });
}

TEST_CASE("tls: no file to verify with") {
  in_both_modes([](live::opener connect) {
    auto const e = error_of([&] { connect(at("127.0.0.1", "verify-ca").sslrootcert("/nowhere/ca.pem")); });
    CHECK(e.code() == errc::tls_failed);
    CHECK_THAT(e.what(), ContainsSubstring("/nowhere/ca.pem"));
    auto const key = error_of([&] { connect(at("127.0.0.1", "verify-ca").sslrootcert(file("port"))); });
    CHECK(key.code() == errc::tls_failed); // a file, but of no certificates
  });
}

TEST_CASE("tls: a server without it") {
  in_both_modes([](live::opener connect) {
    auto const without = [](std::string const& mode) {
      return at("127.0.0.1", mode).port(live::server_without_tls().port()).dbname("tusk");
    };
    for (auto const* mode : {"require", "verify-ca", "verify-full"}) {
      auto const e = error_of([&] { connect(without(mode).sslrootcert(file("ca.pem"))); });
      CHECK(e.code() == errc::tls_unavailable);
      CHECK_THAT(e.what(), ContainsSubstring("sslmode demands TLS, and the server has none"));
    }
    for (auto const* mode : {"disable", "prefer"}) {
      auto db = connect(without(mode));
      check_speaks(db, transport::tcp);
    }
  });
}

TEST_CASE("tls: roles that must use it, and roles that must not") {
  in_both_modes([](live::opener connect) {
    auto const only_with = at("127.0.0.1", "require").user("tusk_ssl").password("secret ssl");
    auto with = connect(only_with);
    check_speaks(with, transport::tls);
    auto const refused = error_of([&] { connect(tusk::options(only_with).sslmode("disable")); });
    CHECK(refused.sqlstate() == tusk::sqlstate::invalid_authorization_specification);
    auto const only_without = at("127.0.0.1", "disable").user("tusk_nossl").password("secret nossl");
    auto without = connect(only_without);
    check_speaks(without, transport::tcp);
    CHECK(error_of([&] { connect(tusk::options(only_without).sslmode("require")); }).sqlstate() ==
          tusk::sqlstate::invalid_authorization_specification);
    // prefer goes on without TLS when the server refuses the login over it, require does not.
    auto preferring = connect(tusk::options(only_without).sslmode("prefer"));
    check_speaks(preferring, transport::tcp);
  });
}

TEST_CASE("tls: SCRAM-SHA-256-PLUS binds the login to the channel") {
  in_both_modes([](live::opener connect) {
    auto const scram = at("127.0.0.1", "require").user("tusk_scram").password("secret scram");
    for (auto const* binding : {"disable", "prefer", "require"}) {
      auto db = connect(tusk::options(scram).channel_binding(binding));
      check_speaks(db, transport::tls);
    }
    auto const plain = error_of([&] { connect(tusk::options(scram).sslmode("disable").channel_binding("require")); });
    CHECK(plain.code() == errc::authentication_failed);
    CHECK_THAT(plain.what(), ContainsSubstring("channel_binding=require, and the connection has no TLS"));
    for (auto const* role : {"tusk_trust", "tusk_md5", "tusk_clear"}) {
      auto const e = error_of(
          [&] { connect(at("127.0.0.1", "require").user(role).password("secret").channel_binding("require")); });
      CHECK(e.code() == errc::authentication_failed);
      CHECK_THAT(e.what(), ContainsSubstring("channel_binding=require"));
    }
    auto const wrong = error_of([&] { connect(tusk::options(scram).password("x").channel_binding("require")); });
    CHECK(wrong.sqlstate() == tusk::sqlstate::invalid_password);
  });
}

TEST_CASE("tls: the line is cut at many places of handshake and login") {
  in_both_modes([](live::opener connect) {
    std::size_t whole = 0;
    {
      live::proxy between(true);
      auto db = connect(between.options_with_tls());
      whole = between.bytes_received();
    }
    REQUIRE(whole > 1000);
    for (std::size_t n = 0; n < whole; n += n < 20 ? 1 : 97) {
      live::proxy between(true);
      between.cut_after(n);
      auto const e = error_of([&] { connect(between.options_with_tls()); });
      CHECK((e.code() == errc::connection_closed || e.code() == errc::tls_failed));
    }
  });
}

TEST_CASE("tls: the line is cut in the middle of a result") {
  in_both_modes([](live::opener connect) {
    for (std::size_t const more : {1u, 5u, 29u, 1000u, 17'000u, 200'000u}) {
      live::proxy between(true);
      auto db = connect(between.options_with_tls());
      between.cut_after(between.bytes_received() + more);
      CHECK(error_of([&] { db.query<int>("select generate_series(1, 100000)"); }).code() == errc::connection_closed);
      live::check_closed(db);
    }
  });
}

TEST_CASE("tls: large values both ways", "[slow]") {
  in_both_modes([](live::opener connect) {
    auto db = connect(at("127.0.0.1", "require"));
    std::string text(20'000'000, 'x');
    for (std::size_t i = 0; i < text.size(); i += 1000) text[i] = static_cast<char>('a' + i % 26);
    CHECK((db.query_one<std::string>("select $1::text", text) == text));
    CHECK(db.query<int>("select generate_series(1, 100000)").size() == 100'000);
    live::check_usable(db);
  });
}

TEST_CASE("tls: what is sent cannot be read in between") {
  in_both_modes([](live::opener connect) {
    live::proxy between(true);
    auto db = connect(between.options_with_tls().user("tusk_clear").password("secret clear"));
    CHECK(between.sent() == "?"); // no startup message, no password: the rest is no message to whoever listens
    CHECK(between.received().empty());
    check_speaks(db, transport::tls);
  });
}

#endif
