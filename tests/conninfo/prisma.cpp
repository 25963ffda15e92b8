// tusk tests: conninfo/prisma.hpp — Prisma's parameters in libpq's words.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/prisma.hpp>
#include <tusk/conninfo/settings.hpp>
#include <tusk/options.hpp>

#include "support/catch.hpp"
#include "support/settled.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

using namespace tusk::conninfo;
using namespace std::chrono_literals;

namespace {

environment const& no_files() {
  static support::variables const source(std::map<std::string, std::string>{{"HOME", "/no/such/home"}});
  static environment const env(source);
  return env;
}
std::string url(std::string const& query) { return "postgres://u@h/d?" + query; }
settings settled(std::string const& query) { return support::settled(url(query)); }
std::string refusal(std::string const& query) { return support::refusal(url(query)); }
/// sslmode|sslrootcert|sslcert after sslaccept was applied.
std::string applied(std::string const& query) {
  sources s(tusk::options(url(query)), no_files());
  apply_sslaccept(s);
  std::string out;
  for (auto const* name : {"sslmode", "sslrootcert", "sslcert"}) {
    auto const* const value = s.find(*find_keyword(name));
    out.append(value ? *value : "-").append("|");
  }
  return out;
}

} // namespace

TEST_CASE("prisma: schema is the search path, next to other options, whatever its name") {
  CHECK(settled("schema=public").options == "-c search_path=\"public\"");
  CHECK(settled("schema=app&options=-c%20geqo%3Doff").options == "-c geqo=off -c search_path=\"app\"");
  CHECK(settled("options=endpoint%3Dep-x&schema=app").options == "endpoint=ep-x -c search_path=\"app\"");
  CHECK(settled("schema=").options.empty());
  std::string options;
  add_search_path("my \"odd\\ one\"", options);
  CHECK(options == "-c search_path=\"my\\ \"\"odd\\\\\\ one\"\"\"");
}

TEST_CASE("prisma: pgbouncer=true keeps no statements, wherever it stands") {
  CHECK(settled("pgbouncer=true").statement_cache_size == 0);
  CHECK(settled("pgbouncer=true&statement_cache_size=100").statement_cache_size == 0);
  CHECK(settled("statement_cache_size=100&pgbouncer=true").statement_cache_size == 0);
  CHECK(settled("pgbouncer=false&statement_cache_size=100").statement_cache_size == 100);
  CHECK(settled("pgbouncer=false").statement_cache_size == 256);
  CHECK(refusal("pgbouncer=1") == "pgbouncer \"1\" is not one of true, false");
}

TEST_CASE("prisma: what is for a pool is kept for one") {
  auto const s =
      settled("connection_limit=5&pool_timeout=10&max_connection_lifetime=600&max_idle_connection_lifetime=0");
  CHECK(s.pool.connections == 5U);
  CHECK(s.pool.wait == 10s);
  CHECK(s.pool.lifetime == 600s);
  CHECK(s.pool.idle == 0s);
  auto const none = settled("");
  CHECK(!none.pool.connections);
  CHECK(!none.pool.wait);
  CHECK(!none.pool.lifetime);
  CHECK(!none.pool.idle);
  CHECK(refusal("connection_limit=0") == "connection_limit \"0\" leaves a pool without connections");
  CHECK(refusal("connection_limit=ten") == "connection_limit \"ten\" is not a number from 0 to 2147483647");
  CHECK_FALSE(refusal("pool_timeout=-1").empty());
}

TEST_CASE("prisma: socket_timeout is the time for each operation, in seconds") {
  CHECK(settled("socket_timeout=3").operation_timeout == 3s);
  CHECK(settled("").operation_timeout == 0s);
  CHECK_FALSE(refusal("socket_timeout=").empty());
}

TEST_CASE("prisma: sslaccept=strict verifies certificate and name") {
  CHECK(applied("sslaccept=strict") == "verify-full|system|-|");
  CHECK(applied("sslmode=require&sslaccept=strict") == "verify-full|system|-|");
  CHECK(applied("sslmode=prefer&sslcert=/ca.pem&sslaccept=strict") == "verify-full|/ca.pem||");
  CHECK(applied("sslaccept=strict&sslrootcert=/ca.pem") == "verify-full|/ca.pem|-|");
  CHECK(settled("sslaccept=strict&sslcert=/ca.pem&sslmode=require").sslmode == sslmode::verify_full);
  CHECK(settled("sslaccept=strict&sslcert=/ca.pem&sslmode=require").tls.root_file == "/ca.pem");
  CHECK(settled("sslaccept=strict&sslmode=require").tls.root_file == "system");
}

TEST_CASE("prisma: sslaccept=accept_invalid_certs is encryption without proof") {
  CHECK(applied("sslmode=require&sslaccept=accept_invalid_certs") == "require|-|-|");
  CHECK(applied("sslmode=require&sslaccept=accept_invalid_certs&sslcert=/ca.pem") == "require|-||");
  CHECK(settled("sslmode=require&sslaccept=accept_invalid_certs").sslmode == sslmode::require);
  CHECK(settled("sslmode=disable&sslaccept=accept_invalid_certs").sslmode == sslmode::disable);
}

TEST_CASE("prisma: what contradicts sslaccept is refused") {
  CHECK(refusal("sslmode=disable&sslaccept=strict") ==
        "sslaccept \"strict\" contradicts sslmode \"disable\"; leave one of them out");
  CHECK_THAT(refusal("sslmode=verify-full&sslaccept=accept_invalid_certs"), ContainsSubstring("contradicts"));
  CHECK_THAT(refusal("sslmode=bogus&sslaccept=strict"), StartsWith("sslmode \"bogus\""));
  CHECK_THAT(refusal("sslaccept=yes"), StartsWith("sslaccept \"yes\" is not one of strict"));
  CHECK_THAT(refusal("sslaccept=strict&sslcert=/c&sslkey=/k"), ContainsSubstring("leave sslaccept out"));
}
