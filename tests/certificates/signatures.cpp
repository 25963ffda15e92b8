// tusk: tests/certificates/signatures.cpp — logins bound to real servers' certificates, whatever has signed those.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Needs a server of its own: it gives it one certificate after another. What the server computes of its certificate and
// what the driver does must be the same, or the login fails.
#include "support/live.hpp"

#if !defined(TUSK_NO_TLS)

#include "support/revocation.hpp"
#include "support/table.hpp"
#include "support/unusual_certificates.hpp"

#include <chrono>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include <sys/stat.h>
#include <unistd.h>

namespace {

using live::error_of;
using live::in_both_modes;
using tusk::errc;
using tusk_test::unusual_certificate;
using namespace std::chrono_literals;

tusk::options to_server() {
  auto const& s = live::main_server();
  return tusk::options("host=localhost hostaddr=127.0.0.1 dbname=tusk user=tusk_scram")
      .port(s.port())
      .password("secret scram");
}

/// Writes a file that the server's user, to whom its directory of data belongs, may read.
std::string write(std::string const& name, std::string const& text) {
  auto const& s = live::main_server();
  auto path = s.file(name);
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(text.data(), static_cast<std::streamsize>(text.size()));
  struct stat owner;
  bool const good = ::stat(s.file("data").c_str(), &owner) == 0 && ::chmod(path.c_str(), 0600) == 0 &&
                    (::geteuid() != 0 || ::chown(path.c_str(), owner.st_uid, owner.st_gid) == 0);
  if (!good) throw std::runtime_error("cannot give " + path + " to the server");
  return path;
}

/// Has the server present this certificate, and waits until it does.
void install(std::string const& name, unusual_certificate const& c, std::string const& roots) {
  auto const& s = live::main_server();
  auto admin = tusk::blocking::connect(tusk::options("dbname=tusk user=postgres").host(s.sockets()).port(s.port()));
  admin.script("alter system set ssl_cert_file = '" + write(name + ".pem", c.self.pem()) + "'");
  admin.script("alter system set ssl_key_file = '" + write(name + ".key", tusk_test::written_key(c.self.key.get())) +
               "'");
  admin.script("select pg_reload_conf()");
  auto const o = to_server().sslmode("verify-full").sslrootcert(roots).channel_binding("disable");
  for (auto const until = std::chrono::steady_clock::now() + 30s;; std::this_thread::sleep_for(5ms)) try {
      tusk::blocking::connect(o);
      return;
    } catch (tusk::error const& e) {
      if (std::chrono::steady_clock::now() > until) throw;
    }
}

/// The certificate of that name is presented; each name's is made once.
unusual_certificate const& present(std::string const& name, std::string const& roots) {
  static std::map<std::string, unusual_certificate> made;
  auto const& c = made.try_emplace(name, name).first->second;
  static std::string presented;
  write("signer.pem", c.signer.pem());
  if (std::exchange(presented, name) != name) install(name, c, roots);
  return c;
}

} // namespace

TEST_CASE("certificates: each kind in the table, with each setting, at a real server") {
  auto const roots = live::main_server().file("signer.pem");
  int refused = 0;
  for (auto const& row : support::table("channel_binding_cases.tsv")) {
    if (row["group"] != "cert_digest") continue;
    CAPTURE(row["id"], row["description"]);
    auto const name = row["description"].substr(19, row["description"].find(',') - 19);
    // No server loads these with OpenSSL's usual settings. tests/net/channel_binding.cpp has them.
    if (name == "rsa-md5" || name == "rsa-sha1") continue;
    present(name, roots);
    for (auto const m : {live::mode::blocking, live::mode::asynchronous}) {
      live::opener const connect(m);
      auto o = tusk::options(row["conninfo"] + " dbname=tusk host=localhost hostaddr=127.0.0.1 sslrootcert=/none");
      o.port(live::main_server().port()).user("tusk_scram").password("secret scram");
      if (row["result"] == "ok") {
        auto db = connect(o);
        CHECK(db.transport() == tusk::transport::tls);
        continue;
      }
      auto const e = error_of([&] { connect(o); });
      CHECK(e.code() == errc::authentication_failed);
      CHECK_THAT(e.what(), ContainsSubstring("Ed25519, Ed448"));
      ++refused;
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("certificates: every kind, bound and verified") {
  auto const roots = live::main_server().file("signer.pem");
  for (auto const* name :
       {"ec256-sha256", "ec384-sha384", "ec521-sha512", "ed25519", "ed448", "rsa-sha224", "rsa-sha256", "rsa-sha3",
        "rsa-sha384", "rsa-sha512", "rsapss-sha256", "rsapss-sha384", "rsapss-sha512"}) {
    CAPTURE(name);
    bool const defined = !present(name, roots).end_point().empty();
    auto const base = to_server().sslmode("verify-full").sslrootcert(roots);
    for (auto const m : {live::mode::blocking, live::mode::asynchronous}) {
      live::opener const connect(m);
      for (auto const* binding : {"disable", "prefer"}) {
        auto db = connect(tusk::options(base).channel_binding(binding));
        live::check_usable(db);
      }
      auto const bound = tusk::options(base).channel_binding("require").require_auth("scram-sha-256");
      if (defined)
        CHECK(connect(bound).transport() == tusk::transport::tls);
      else
        CHECK(error_of([&] { connect(bound); }).code() == errc::authentication_failed);
    }
  }
}

#endif
