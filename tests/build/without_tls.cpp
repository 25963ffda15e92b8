// tusk tests: a program without OpenSSL authenticates by SCRAM, and says so when TLS is asked for.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Compiled with TUSK_NO_TLS and linked with nothing but the system's libraries; one check a line, as in a user's
// program.
#include <tusk/tusk.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

int failed = 0, passed = 0;

void check(bool ok, char const* what) {
  ++(ok ? passed : failed);
  if (!ok) std::printf("FAILED: %s\n", what);
}

tusk::options server(char const* directory) {
  std::string port;
  std::ifstream(std::string(directory) + "/port") >> port;
  tusk::options o;
  o.host("127.0.0.1").port(port).dbname("tusk").user("tusk_scram").password("secret scram");
  return o;
}

tusk::error error_of(tusk::options const& o) {
  try {
    tusk::blocking::connect(o).close();
  } catch (tusk::error const& e) {
    return e;
  }
  return tusk::error(tusk::errc::no_rows, "it connects");
}

} // namespace

int main() {
  char const* const directory = std::getenv("TUSK_TEST_SERVER_15");
  if (directory == nullptr) {
    std::puts("skipped: TUSK_TEST_SERVER_15 is not set (./tests/run starts the servers and sets it)");
    return 77;
  }
  auto const o = server(directory);
  auto db = tusk::blocking::connect(o);
  check(db.query_one<std::string>("select current_user::text") == "tusk_scram", "SCRAM without OpenSSL");
  check(db.transport() == tusk::transport::tcp, "the connection is not encrypted");

  auto wrong = o;
  wrong.password("another");
  check(error_of(wrong).sqlstate() == tusk::sqlstate::invalid_password, "a wrong password is refused");

  auto encrypted = o;
  encrypted.sslmode("require");
  check(error_of(encrypted).code() == tusk::errc::tls_unavailable, "sslmode=require is refused, never ignored");

  for (auto const* mode : {"require", "verify-full"})
    check(error_of(tusk::options(o).sslmode(mode).sslnegotiation("direct")).code() == tusk::errc::tls_unavailable,
          "nor is TLS at once");
  for (auto const* mode : {"disable", "allow", "prefer"})
    check(tusk::blocking::connect(tusk::options(o).sslmode(mode)).transport() == tusk::transport::tcp,
          "modes that do without TLS do without it");
  auto const refused = error_of(tusk::options(o).sslmode("allow").user("tusk_ssl").password("secret ssl"));
  check(refused.sqlstate() == tusk::sqlstate::invalid_authorization_specification, "allow has no other way to try");
  check(error_of(tusk::options(o).sslcertmode("require")).code() == tusk::errc::authentication_failed,
        "a certificate that must be shown cannot be");

  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
