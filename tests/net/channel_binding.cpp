// tusk tests: logins bound to the TLS channel, under every algorithm that signs certificates.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The rows `cert_digest` of tests/data/channel_binding_cases.tsv: a server in memory with such a certificate checks the
// binding and counts what it is sent. tests/certificates does the same with real servers.
#include "support/table.hpp"
#include "support/tls_visit.hpp"
#include "support/unusual_certificates.hpp"

using namespace tusk_test;

namespace {

struct encounter : support::tls_visit {
  encounter(unusual_certificate const& c, std::string const& conninfo) : roots(c.signer.pem()) {
    site.tls.self = c.self;
    site.end_point = c.end_point();
    if (site.end_point.empty()) site.end_point = "no client can know this";
    site.roles = {{"u", {true, true, "pencil"}}};
    options = tusk::options("host=a.test hostaddr=127.0.0.1 user=u password=pencil connect_timeout=1 " + conninfo);
  }
  temporary_file roots;
};

} // namespace

TEST_CASE("channel binding: each kind of certificate in the table") {
  int bound = 0;
  for (auto const& row : support::table("channel_binding_cases.tsv")) {
    if (row["group"] != "cert_digest") continue;
    CAPTURE(row["id"], row["description"]);
    auto const& what = row["description"];
    auto const name = what.substr(19, what.find(',') - 19);
    unusual_certificate const certificate(name);
    encounter e(certificate, row["conninfo"]);
    auto const told = e.dial();
    if (row["result"] == "ok") {
      CHECK(told == "ssl");
      bool const off = row["conninfo"].find("disable") != std::string::npos;
      CHECK(e.site.gs2 == (off ? "n,," : "p=tls-server-end-point,,"));
      CHECK(e.site.passwords == 2);
      bound += !off;
    } else {
      CHECK(row["reason"] == "cert_has_no_digest");
      CHECK_THAT(told, ContainsSubstring("Ed25519, Ed448"));
      CHECK(e.site.passwords == 0);
    }
    CHECK(e.net.peers.size() == 1);
  }
  CHECK(bound > 8);
}

TEST_CASE("channel binding: every kind of certificate, every setting") {
  for (auto const* name :
       {"ec256-sha256", "ec384-sha384", "ec521-sha512", "ed25519", "ed448", "rsa-md5", "rsa-sha1", "rsa-sha224",
        "rsa-sha256", "rsa-sha3", "rsa-sha384", "rsa-sha512", "rsapss-sha256", "rsapss-sha384", "rsapss-sha512"}) {
    unusual_certificate const certificate(name);
    bool const defined = !certificate.end_point().empty();
    for (auto const* binding : {"disable", "prefer", "require"}) {
      CAPTURE(name, binding);
      encounter e(certificate, "sslmode=require channel_binding=" + std::string(binding));
      CHECK((e.dial() == "ssl") == (defined || std::string(binding) == "disable"));
    }
  }
}

TEST_CASE("channel binding: a certificate that cannot be bound to must be verified, or binding be given up by name") {
  unusual_certificate const certificate("ed25519");
  encounter e(certificate, "sslmode=verify-ca channel_binding=prefer");
  e.options.sslrootcert(e.roots.name());
  CHECK(e.dial() == "ssl");
  CHECK(e.site.gs2 == "n,,");
  encounter strict(certificate, "sslmode=verify-ca channel_binding=require");
  strict.options.sslrootcert(strict.roots.name());
  CHECK_THAT(strict.dial(), ContainsSubstring("channel_binding=require, and for the server's kind of certificate"));
  CHECK(strict.site.passwords == 0);
}

TEST_CASE("channel binding: somebody in the middle, with a certificate of his own, gets no login") {
  unusual_certificate const theirs("ec256-sha256"), his("rsa-sha256");
  encounter e(his, "sslmode=require");
  e.site.end_point = theirs.end_point(); // what the server behind him will compare with
  CHECK_THAT(e.dial(), ContainsSubstring("password authentication failed"));
  CHECK(e.site.gs2.starts_with("p="));
}
