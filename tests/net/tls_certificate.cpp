// tusk tests: net/tls_certificate.hpp — what a certificate says, and what helps against a refusal.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/tls_certificate.hpp>

#include "support/catch.hpp"
#include "support/tls_server.hpp"

using namespace tusk_test;
using namespace tusk::net;
using namespace std::string_literals;

TEST_CASE("certificates: names are taken out as raw bytes") {
  certificate_spec spec;
  spec.common_names = {"one.test", "two.test"};
  spec.dns = {"a.test", "b\0c"s, "*.w.test"};
  spec.addresses = {"\xc0\0\2\1"s, std::string(16, '\1')};
  spec.uris = {"https://u.test/"};
  auto const names = names_of(issue(spec).certificate.get());
  CHECK(names.dns == spec.dns);
  CHECK(names.addresses == spec.addresses);
  CHECK(names.common_name == "one.test");

  certificate_spec long_name;
  long_name.common_names = {std::string(64, 'n')};
  CHECK(names_of(issue(long_name).certificate.get()).common_name == std::string(64, 'n'));
  auto const none = names_of(issue({}).certificate.get());
  CHECK(none.dns.empty());
  CHECK_FALSE(none.common_name);
}

TEST_CASE("certificates: alternative names that cannot be read are an error") {
  certificate_spec spec;
  spec.common_names = {"a.test"};
  spec.raw_alternatives = "no ASN.1";
  CHECK_THROWS_AS(names_of(issue(spec).certificate.get()), tusk::error);
}

TEST_CASE("certificates: advice says what to change") {
  tls_settings s;
  s.root_file = "/my/root.crt";
  auto const advice = [&](int code) { return refusal_advice(code, s); };
  CHECK_THAT(advice(X509_V_ERR_CERT_HAS_EXPIRED), ContainsSubstring("renew it"));
  CHECK_THAT(advice(X509_V_ERR_INVALID_PURPOSE), ContainsSubstring("not issued for a TLS server"));
  CHECK_THAT(advice(X509_V_ERR_UNABLE_TO_GET_CRL), ContainsSubstring("a list of each CA of the chain"));
  CHECK_THAT(advice(X509_V_ERR_CRL_HAS_EXPIRED), ContainsSubstring("fetch a new list"));
  CHECK_THAT(advice(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT), ContainsSubstring("\"/my/root.crt\" (sslrootcert)"));
  CHECK(advice(X509_V_ERR_CERT_REVOKED).empty());
  s.root_file = "system";
  CHECK_THAT(advice(X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN), ContainsSubstring("(sslrootcert=system)"));
}
