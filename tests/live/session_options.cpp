// tusk: tests/live/session_options.cpp — versions of the protocol, keys, peers and sockets: how a session can be asked
// to be. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"

#include <tusk/auth/base64.hpp>
#include <tusk/auth/pbkdf2.hpp>
#include <tusk/auth/scram_keys.hpp>
#include <tusk/conninfo/environment.hpp>

#include <chrono>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace {

using live::error_of;
using live::in_both_modes;
using tusk::errc;
using namespace std::chrono_literals;

/// A statement is cancelled by its deadline, and the connection usable afterwards: the server knows the key.
template <class Wait, class Connection> void check_cancelling(Wait const& wait, Connection& db) {
  db.timeout(20ms);
  CHECK(error_of([&] { wait(db.execute("select pg_sleep(60)")); }).code() == errc::timeout);
  db.timeout(0ms);
  live::check_alive(wait, db);
}

} // namespace

TEST_CASE("session: protocol 3.2 where the server has it, 3.0 where it has not; cancelling works in both") {
  bool const has = live::main_server().version() >= 18;
  live::each_mode([&](auto open, auto wait) {
    for (auto const* most : {"3.0", "3.2", "latest"}) {
      auto db = open(live::options().max_protocol_version(most));
      check_cancelling(wait, db);
    }
    auto const newest = live::options().min_protocol_version("3.2");
    if (has) {
      auto db = open(newest);
      check_cancelling(wait, db);
    } else {
      auto const e = error_of([&] { open(newest); });
      CHECK(e.code() == errc::protocol_violation);
      CHECK_THAT(e.what(), ContainsSubstring("min_protocol_version"));
    }
  });
}

TEST_CASE("session: SCRAM keys instead of a password") {
  auto admin = tusk::blocking::connect(live::options().user("tusk_admin"));
  // SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>
  auto const iterations = admin.query_one<int>(
      "select split_part(split_part(rolpassword, '$', 2), ':', 1)::int from pg_authid where rolname = 'tusk_scram'");
  auto const salt_text = admin.query_one<std::string>(
      "select split_part(split_part(rolpassword, '$', 2), ':', 2) from pg_authid where rolname = 'tusk_scram'");
  std::vector<std::byte> salt;
  REQUIRE(tusk::auth::base64_decode(salt_text, salt));
  tusk::auth::pbkdf2 derivation(tusk::wire::as_bytes("secret scram"), salt, static_cast<std::uint32_t>(iterations));
  while (!derivation.step(100'000)) {}
  tusk::auth::scram_keys const keys(derivation.result());
  auto const client = tusk::auth::base64_encode(keys.client_key);
  auto const server = tusk::auth::base64_encode(keys.server_key);
  in_both_modes([&](live::opener connect) {
    auto const o = live::options().user("tusk_scram");
    auto db = connect(tusk::options(o).scram_client_key(client).scram_server_key(server));
    CHECK(db.query_one<std::string>("select current_user") == "tusk_scram");
    auto const wrong = error_of([&] { connect(tusk::options(o).scram_client_key(server).scram_server_key(server)); });
    CHECK(wrong.sqlstate() == tusk::sqlstate::invalid_password);
    CHECK_THAT(wrong.what(), !ContainsSubstring(server));
    auto const imposter =
        error_of([&] { connect(tusk::options(o).scram_client_key(client).scram_server_key(client)); });
    CHECK(imposter.code() == errc::authentication_failed);
  });
}

TEST_CASE("session: requirepeer") {
  auto const& s = live::main_server();
  struct stat info{};
  REQUIRE(::stat((s.sockets() + "/.s.PGSQL." + s.port()).c_str(), &info) == 0);
  auto const owner = tusk::conninfo::user_name(info.st_uid);
  in_both_modes([&](live::opener connect) {
    auto const local = live::options().host(s.sockets()).sslmode("disable");
    CHECK(connect(tusk::options(local).requirepeer(owner)).query_one<int>("select 1") == 1);
    auto const e = error_of([&] { connect(tusk::options(local).requirepeer("nobody-at-all")); });
    CHECK(e.code() == errc::authentication_failed);
    CHECK_THAT(e.what(), ContainsSubstring("requirepeer is \"nobody-at-all\", and the server is run by \"" + owner));
    // Of no importance elsewhere, as in libpq.
    if (!live::over_unix())
      CHECK(connect(live::options().requirepeer("nobody-at-all")).query_one<int>("select 1") == 1);
  });
}

TEST_CASE("session: replication") {
  in_both_modes([&](live::opener connect) {
    auto db = connect(live::options().user("tusk_admin").replication("database"));
    auto const results = db.script("IDENTIFY_SYSTEM");
    REQUIRE(results.size() == 1);
    REQUIRE(results[0].rows().size() == 1);
    CHECK(results[0].rows()[0]["dbname"].as<std::string>() == live::variable("TUSK_TEST_DATABASE"));
  });
}

TEST_CASE("session: from TCP to the server's Unix socket, for those who may know where that is") {
  if (live::over_unix()) return; // it is there already
  live::each_mode([&](auto open, auto wait) {
    auto const upgrading = live::options().upgrade_to_unix_socket("true");
    auto const moved = live::over_tls() ? tusk::transport::tls : tusk::transport::unix_socket;
    auto db = open(tusk::options(upgrading).user("tusk_admin"));
    CHECK(db.transport() == moved);
    check_cancelling(wait, db);
    CHECK(open(upgrading).transport() == live::wanted_transport());                          // a role that may not
    CHECK(open(live::options().user("tusk_admin")).transport() == live::wanted_transport()); // not asked for
  });
}
