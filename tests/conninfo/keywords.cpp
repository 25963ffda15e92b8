// tusk tests: conninfo/keywords.hpp — the table of keywords.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/keywords.hpp>
#include <tusk/conninfo/values.hpp>

#include "support/catch.hpp"

#include <set>
#include <string>
#include <string_view>

using namespace tusk::conninfo;

TEST_CASE("keywords: every one of PostgreSQL 18 is there, once") {
  std::set<std::string_view> names, variables;
  for (auto const& k : keywords) {
    INFO(k.name);
    CHECK(names.insert(k.name).second);
    CHECK((!k.variable || variables.insert(k.variable).second));
    CHECK((!k.variable || std::string_view(k.variable).starts_with("PG")));
    CHECK((k.kind == kind::choice) == !k.words.empty());
    CHECK(find_keyword(k.name) == &k);
    if (!k.standard.empty() && k.status == status::supported) CHECK_NOTHROW(value_check(k, k.standard).run());
  }
  for (auto const* name : {"service",
                           "user",
                           "password",
                           "passfile",
                           "channel_binding",
                           "connect_timeout",
                           "dbname",
                           "host",
                           "hostaddr",
                           "port",
                           "client_encoding",
                           "options",
                           "application_name",
                           "keepalives",
                           "fallback_application_name",
                           "keepalives_idle",
                           "tcp_user_timeout",
                           "keepalives_interval",
                           "keepalives_count",
                           "sslmode",
                           "sslnegotiation",
                           "sslcompression",
                           "sslcert",
                           "sslkey",
                           "sslcertmode",
                           "sslpassword",
                           "sslrootcert",
                           "sslcrl",
                           "sslcrldir",
                           "sslsni",
                           "requirepeer",
                           "require_auth",
                           "min_protocol_version",
                           "max_protocol_version",
                           "ssl_min_protocol_version",
                           "ssl_max_protocol_version",
                           "gssencmode",
                           "krbsrvname",
                           "gsslib",
                           "gssdelegation",
                           "replication",
                           "target_session_attrs",
                           "load_balance_hosts",
                           "scram_client_key",
                           "scram_server_key",
                           "oauth_issuer",
                           "oauth_client_id",
                           "oauth_client_secret",
                           "oauth_scope",
                           "sslkeylogfile",
                           "servicefile",
                           "oauth_ca_file",
                           "max_message_size",
                           "cancel_timeout",
                           "upgrade_to_unix_socket",
                           "statement_cache_size",
                           "pgbouncer",
                           "schema",
                           "sslaccept",
                           "socket_timeout",
                           "connection_limit",
                           "pool_timeout",
                           "max_connection_lifetime",
                           "max_idle_connection_lifetime"})
    CHECK(names.erase(name) == 1);
  CHECK(names.empty());
  for (auto const* name : {"Host", "tty", "authtype", "ssl", "requiressl", ""}) CHECK(!find_keyword(name));
}

TEST_CASE("keywords: secrets are marked") {
  std::set<std::string_view> secret;
  for (auto const& k : keywords)
    if (k.secret) secret.insert(k.name);
  CHECK(secret == std::set<std::string_view>{"password", "sslpassword", "oauth_client_secret", "scram_client_key",
                                             "scram_server_key", "sslkeylogfile"});
}

TEST_CASE("keywords: the distance between names") {
  CHECK(distance("", "") == 0);
  CHECK(distance("user", "") == 4);
  CHECK(distance("user", "usr") == 1);
  CHECK(distance("user", "uesr") == 1);
  CHECK(distance("User-Name", "user_name") == 0);
  CHECK(distance("kitten", "sitting") == 3);
  CHECK(distance(std::string(33, 'a'), "a") == 255);
}

TEST_CASE("keywords: a wrong name is told the nearest one") {
  for (auto const& [wrong, right] : {std::pair("sslmod", "sslmode"),
                                     {"ssl_mode", "sslmode"},
                                     {"Host", "host"},
                                     {"hots", "host"},
                                     {"username", "user"},
                                     {"database", "dbname"},
                                     {"passwd", "password"},
                                     {"pasword", "password"},
                                     {"connect-timeout", "connect_timeout"},
                                     {"connection_timeout", "connect_timeout"},
                                     {"applicationName", "application_name"},
                                     {"requiressl", "sslmode"},
                                     {"target_session_attributes", "target_session_attrs"},
                                     {"loadbalancehosts", "load_balance_hosts"},
                                     {"xyzzy", ""},
                                     {"", ""},
                                     {"pgbounce", "pgbouncer"},
                                     {"currentSchema", "schema"},
                                     {"connectionLimit", "connection_limit"},
                                     {"statement-cache-capacity", "statement_cache_size"}}) {
    INFO(wrong);
    CHECK(nearest_keyword(wrong) == right);
  }
  CHECK(unknown_keyword("sslmod") == "unknown connection keyword \"sslmod\"; did you mean \"sslmode\"?");
  CHECK(unknown_keyword("xyzzy") == "unknown connection keyword \"xyzzy\"");
  for (auto const& odd : {std::string("a b"), std::string("p@ss"), std::string(41, 'a')})
    CHECK(unknown_keyword(odd).find(odd) == std::string::npos);
  CHECK(unknown_keyword("sslmod", quoting::never).find("sslmod") == std::string::npos);
  CHECK(unknown_keyword("hunter2").find("hunter2") != std::string::npos); // set() was given it as a name
  for (auto const* odd : {"hunter2", "passhunter", "pwdhunter", "abcdefghijklmnopqrstuvwxy"})
    CHECK(unknown_keyword(odd, quoting::careful).find(odd) == std::string::npos);
  for (auto const* plain : {"xyzzy", "api_key", "sslmod", "passwd", "ssl_min_protocol_version1"})
    CHECK(unknown_keyword(plain, quoting::careful).find(plain) != std::string::npos);
}
