// tusk tests: conninfo/tls.hpp — what the ssl keywords amount to.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/settings.hpp>
#include <tusk/options.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/settled.hpp"

#include <string>
#include <string_view>

using namespace tusk::conninfo;
using support::refusal;
using support::settled;
using support::values;

TEST_CASE("tls options: the defaults") {
  auto const s = settled("host=h");
  CHECK(s.sslmode == sslmode::prefer);
  auto const& t = s.tls;
  CHECK(t.negotiation == sslnegotiation::postgres);
  CHECK(t.root_file.empty());
  CHECK(t.crl_file == "/no/such/home/.postgresql/root.crl");
  CHECK(t.crl_directory.empty());
  CHECK(t.certificate_file == "/no/such/home/.postgresql/postgresql.crt");
  CHECK(t.key_file == "/no/such/home/.postgresql/postgresql.key");
  CHECK(t.key_password.empty());
  CHECK(t.certificate_mode == sslcertmode::allow);
  CHECK(t.sni);
  CHECK(t.lowest == tls_version::v1_2);
  CHECK(t.highest == tls_version::v1_3);
  CHECK(t.key_log_file.empty());
}

TEST_CASE("tls options: each mode") {
  for (auto const& [word, mode] : {std::pair("disable", sslmode::disable),
                                   {"allow", sslmode::allow},
                                   {"prefer", sslmode::prefer},
                                   {"require", sslmode::require},
                                   {"verify-ca", sslmode::verify_ca},
                                   {"verify-full", sslmode::verify_full}})
    CHECK(settled("sslmode=" + std::string(word)).sslmode == mode);
}

TEST_CASE("tls options: root certificates") {
  support::directory const dir;
  values const home{{"HOME", dir.path()}};
  CHECK(settled("host=h", home).tls.root_file.empty());
  auto const standard = dir.path() + "/.postgresql/root.crt";
  CHECK(settled("host=h sslmode=verify-ca", home).tls.root_file == standard); // missing: an error, but not yet
  dir.file(".postgresql/root.crt", "x");
  for (auto const* mode : {"allow", "prefer", "require", "verify-ca"})
    CHECK(settled("host=h sslmode=" + std::string(mode), home).tls.root_file == standard);
  CHECK(settled("host=h sslrootcert='' sslmode=require", home).tls.root_file == standard); // empty: not set
  CHECK(settled("host=h sslrootcert=/none sslmode=require", home).tls.root_file.empty());
  CHECK(settled("host=h sslrootcert=/none sslmode=verify-full", home).tls.root_file == "/none");
}

TEST_CASE("tls options: the roots of the system are trusted for names only") {
  for (auto const& s : {settled("host=h sslrootcert=system"), settled("host=h", {{"PGSSLROOTCERT", "system"}}),
                        settled("host=h sslrootcert=system sslmode=verify-full")}) {
    CHECK(s.sslmode == sslmode::verify_full);
    CHECK(s.tls.root_file == "system");
  }
  for (auto const* mode : {"disable", "allow", "prefer", "require", "verify-ca"}) {
    auto const weak = std::string("sslmode=") + mode;
    CHECK_THAT(refusal("host=h sslrootcert=system " + weak), ContainsSubstring("needs sslmode \"verify-full\""));
    CHECK_FALSE(refusal("host=h sslrootcert=system", {{"PGSSLMODE", mode}}).empty());
  }
  CHECK(settled("sslrootcert=./system sslmode=verify-ca").tls.root_file == "./system");
}

TEST_CASE("tls options: revocation lists") {
  values const home{{"HOME", "/home/u"}};
  auto const lists = [&](std::string_view text) {
    auto const t = settled(text, home).tls;
    return t.crl_file + "|" + t.crl_directory;
  };
  CHECK(lists("") == "/home/u/.postgresql/root.crl|");
  CHECK(lists("sslcrl=/a") == "/a|");
  CHECK(lists("sslcrldir=/d") == "|/d"); // takes the place of the standard file
  CHECK(lists("sslcrl=/a sslcrldir=/d") == "/a|/d");
  CHECK(lists("sslcrl='' sslcrldir=''") == "/home/u/.postgresql/root.crl|");
}

TEST_CASE("tls options: TLS at once needs a mode that never goes without") {
  for (auto const* mode : {"require", "verify-ca", "verify-full"})
    CHECK(settled("sslnegotiation=direct sslmode=" + std::string(mode)).tls.negotiation == sslnegotiation::direct);
  CHECK(settled("sslnegotiation=direct sslrootcert=system").tls.negotiation == sslnegotiation::direct);
  for (auto const* mode : {"disable", "allow", "prefer"})
    CHECK(refusal("sslnegotiation=direct sslmode=" + std::string(mode)) ==
          "sslnegotiation \"direct\" needs sslmode \"require\", \"verify-ca\" or \"verify-full\", not \"" +
              std::string(mode) + "\": a server that has no TLS could not say so");
  CHECK_FALSE(refusal("sslnegotiation=direct").empty());
  CHECK_FALSE(refusal("host=/tmp sslnegotiation=direct").empty());
  CHECK_FALSE(refusal("", {{"PGSSLNEGOTIATION", "direct"}}).empty());
}

TEST_CASE("tls options: versions") {
  auto const range = [](std::string_view text) {
    auto const t = settled(text).tls;
    return std::pair(t.lowest, t.highest);
  };
  auto constexpr v2 = tls_version::v1_2, v3 = tls_version::v1_3;
  CHECK(range("ssl_min_protocol_version=TLSv1.3") == std::pair(v3, v3));
  CHECK(range("ssl_min_protocol_version='' ssl_max_protocol_version=tlsv1.2") == std::pair(v2, v2));
  CHECK(range("ssl_min_protocol_version=TLSV1.2 ssl_max_protocol_version=TLSv1.3") == std::pair(v2, v3));
  CHECK(refusal("ssl_min_protocol_version=TLSv1.3 ssl_max_protocol_version=TLSv1.2") ==
        "ssl_min_protocol_version \"TLSv1.3\" is above ssl_max_protocol_version \"TLSv1.2\"");
  for (auto const* old : {"TLSv1", "tlsv1.1"})
    for (auto const* which : {"ssl_min_protocol_version", "ssl_max_protocol_version"})
      CHECK(refusal(std::string(which) + "=" + old) ==
            std::string(which) + " \"" + old + "\" is too old: TLSv1.2 is the least that the driver speaks");
  CHECK(refusal("", {{"PGSSLMINPROTOCOLVERSION", "SSLv3"}}) ==
        "ssl_min_protocol_version \"SSLv3\" (from PGSSLMINPROTOCOLVERSION) is neither TLSv1.2 nor TLSv1.3");
}

TEST_CASE("tls options: the certificate that we show") {
  auto const s = settled("sslcert=/c sslkey=/k sslpassword=hunter2 sslcertmode=require sslsni=0 sslkeylogfile=/l");
  CHECK(s.tls.certificate_file == "/c");
  CHECK(s.tls.key_file == "/k");
  CHECK(s.tls.key_password == "hunter2");
  CHECK(s.tls.certificate_mode == sslcertmode::require);
  CHECK_FALSE(s.tls.sni);
  CHECK(s.tls.key_log_file == "/l");
  auto const e = settled("", {{"PGSSLCERT", "/c"}, {"PGSSLKEY", "/k"}, {"PGSSLCERTMODE", "disable"}, {"PGSSLSNI", ""}});
  CHECK(e.tls.certificate_file == "/c");
  CHECK(e.tls.key_file == "/k");
  CHECK(e.tls.certificate_mode == sslcertmode::disable);
  CHECK_FALSE(e.tls.sni); // as in libpq, all but 1 is no
  for (auto const* no : {"2", "true", "on"}) CHECK_FALSE(settled("sslsni=" + std::string(no)).tls.sni);
  CHECK_FALSE(refusal("sslcertmode=''").empty());
  CHECK(refusal("sslcompression=1").empty()); // nothing has compressed for years
}
