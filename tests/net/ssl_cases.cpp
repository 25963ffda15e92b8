// tusk tests: the table of certificates, hosts, roots, revocation lists and keys: verified, refused, or without TLS.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each row of tests/data/ssl_cases.tsv connects by `dial` with the real filter to a server in memory that presents the
// row's certificate. Where the driver is stricter than what was observed, `stricter` says so.
#include "support/files.hpp"
#include "support/json.hpp"
#include "support/revocation.hpp"
#include "support/table.hpp"
#include "support/tls_visit.hpp"

#include <map>
#include <optional>

using namespace tusk_test;
using support::table_row;

namespace {

/// root -> intermediate -> servers, another root, and the files of the table.
struct authorities {
  identity root = make_root("root");
  identity intermediate = make_authority("intermediate", &root);
  identity other = make_root("other");
  identity client = issue(
      [] {
        certificate_spec s;
        s.common_names = {"client"};
        return s;
      }(),
      &root);
  std::map<std::string, identity> servers;
  support::directory dir;

  authorities() {
    auto const both = root.pem() + intermediate.pem();
    for (auto const& [name, text] : {std::pair("good", both),
                                     {"both", both},
                                     {"both1", intermediate.pem() + root.pem()},
                                     {"root-only", root.pem()},
                                     {"intermediate-only", intermediate.pem()},
                                     {"wrong", other.pem()},
                                     {"garbage", std::string("no certificate at all\n")},
                                     {"client.crt", client.pem()},
                                     {"garbage.crt", std::string("garbage")},
                                     {"client.key", written_key(client.key.get())},
                                     {"client-enc.key", written_key(client.key.get(), {false, "dUmmyP^#+"})},
                                     {"mismatch.key", written_key(other.key.get())}})
      dir.file(name, text);
    for (auto const permissions : {0400u, 0600u, 0644u, 0700u}) {
      char name[32];
      std::snprintf(name, sizeof name, "client-%04o.key", permissions);
      dir.file(name, written_key(client.key.get()), permissions);
    }
  }

  /// The certificate of the row, made once.
  identity const& server(table_row const& row) {
    auto const& name = row["cert"];
    if (auto const at = servers.find(name); at != servers.end()) return at->second;
    certificate_spec spec;
    spec.common_names = support::json::list(row["cert_cn_json"]);
    for (auto const& item : support::json::list(row["cert_san_json"])) {
      auto const value = item.substr(item.find(':') + 1);
      if (item.starts_with("DNS:"))
        spec.dns.push_back(value);
      else if (item.starts_with("IP:"))
        spec.addresses.push_back(tusk::net::address_bytes(value));
      else
        spec.uris.push_back(value);
    }
    identity const* issuer = &intermediate;
    if (name == "expired") spec.begins = -7200, spec.ends = -3600;
    if (name == "future") spec.begins = 3600, spec.ends = 7200;
    if (name == "eku_server") spec.extended_usage = "serverAuth";
    if (name == "eku_client") spec.extended_usage = "clientAuth";
    if (name == "other_ca") issuer = &other;
    if (name == "selfsigned") issuer = nullptr;
    return servers.emplace(name, issue(spec, issuer)).first->second;
  }

  /// Puts the row's lists into files and gives them to `o`.
  void lists(tusk::options& o, std::string const& crl, identity const& revoked) {
    auto const file = [&](std::string const& text) { o.set("sslcrl", dir.file("lists.pem", text)); };
    auto const full = revocation_list(root, {}) + revocation_list(intermediate, {&revoked});
    auto const clean = revocation_list(root, {}) + revocation_list(intermediate, {});
    if (crl == "none") return;
    if (crl == "missing") return void(o.set("sslcrl", dir.path() + "/no such file"));
    if (crl == "empty") return file("");
    if (crl == "garbage") return file("no list at all\n");
    if (crl == "clean" || crl == "root+server.crl") return file(clean);
    if (crl == "full") return file(full);
    if (crl == "leafonly") return file(revocation_list(intermediate, {}));
    if (crl.starts_with("client.crl")) return file(revocation_list(other, {}));
    if (crl == "inter_revoked") return file(revocation_list(root, {&intermediate}) + revocation_list(intermediate, {}));
    if (crl == "expired") {
      revocation const old{-7200, -3600};
      return file(revocation_list(root, {}, old) + revocation_list(intermediate, {}, old));
    }
    REQUIRE((crl == "crldir" || crl == "root+server-crldir"));
    dir.file("lists/" + revocation_file(root), revocation_list(root, {}));
    dir.file("lists/" + revocation_file(intermediate), revocation_list(intermediate, {&revoked}));
    o.set("sslcrldir", dir.path() + "/lists");
  }
};

/// Rows in which the driver refuses what libpq takes: a wildcard for an address.
bool stricter(table_row const& row) { return row["cert"].starts_with("wild_ip") && row["result"] == "ok"; }

std::string const& phrase(std::string const& reason) {
  static std::map<std::string, std::string> const phrases{
      {"rootcert_file_missing", "(sslrootcert) cannot be read"},
      {"rootcert_unreadable", "(sslrootcert) holds no certificate"},
      {"cert_verify_failed", "was refused: "},
      {"hostname_mismatch", "was refused: it is issued for"},
      {"embedded_nul", "a name with a zero byte inside"},
      {"client_cert_not_sent", "sslcertmode=require"},
      {"tls_range_invalid", "ssl_max_protocol_version"},
      {"tls_version_invalid", "is neither TLSv1.2 nor TLSv1.3"},
      {"key_permissions", "(sslkey) is open to others"},
      {"key_load_failed", "(sslkey) is not that of the certificate"},
      {"cert_unreadable", "(sslcert) holds no certificate"}};
  return phrases.at(reason);
}

/// A connection as the row asks for it.
struct case_run : support::tls_visit {
  case_run(authorities& p, table_row const& row) : pki(p) {
    auto const& cert = row["cert"];
    site.tls.self = pki.server(row);
    if (!cert.ends_with("_nochain") && cert != "selfsigned" && cert != "other_ca") site.tls.chain = {pki.intermediate};
    site.tls.asks = true;
    if (row["server_side_events"] == "tls_ok:TLSv1.2") site.tls.highest = TLS1_2_VERSION;
    site.roles["u"].without_tls = row["sslmode"] != "allow"; // else it would never come to TLS

    auto params = row["other_params"];
    for (std::size_t at; (at = params.find("<pki>")) != params.npos;) params.replace(at, 5, pki.dir.path());
    options = tusk::options(params);
    options.set("host", row["host"]);
    options.hostaddr("127.0.0.1").user("u").connect_timeout(1).sslmode(row["sslmode"]);
    auto const& roots = row["rootcert"];
    if (roots.starts_with("system"))
      options.sslrootcert("system");
    else
      options.sslrootcert(pki.dir.path() + "/" + (roots == "none" ? "no such file" : roots));
    pki.lists(options, row["crl"], site.tls.self);
  }
  authorities& pki;
};

} // namespace

TEST_CASE("ssl cases: every row of the table") {
  authorities pki;
  int failed = 0, passed = 0;
  for (auto const& row : support::table("ssl_cases.tsv")) {
    CAPTURE(row["id"], row["cert"], row["host"], row["sslmode"], row["rootcert"], row["crl"], row["other_params"]);
    case_run run(pki, row);
    std::optional<support::process_variable> roots;
    if (row["rootcert"] == "system+SSL_CERT_FILE=root") roots.emplace("SSL_CERT_FILE", pki.dir.path() + "/root-only");
    auto const told = run.dial();
    CHECK(told.find("dUmmyP") == std::string::npos);
    if (row["result"] == "ok" && !stricter(row)) {
      ++passed;
      CHECK(told == row["outcome_detail"]);
      auto const& events = row["server_side_events"];
      if (events.starts_with("sni:None")) CHECK(run.site.sni.empty());
      if (events.starts_with("sni:") && !events.starts_with("sni:None"))
        CHECK(events.starts_with("sni:" + run.site.sni + ","));
      if (events == "tls_ok:clientcert=True") CHECK(run.site.client_name == "client");
      if (events == "tls_ok:clientcert=False") CHECK(run.site.client_name.empty());
      if (events.starts_with("tls_ok:TLS")) CHECK(events == "tls_ok:" + run.site.version);
      continue;
    }
    ++failed;
    CHECK_THAT(told, ContainsSubstring(phrase(stricter(row) ? "hostname_mismatch" : row["outcome_detail"])));
    CHECK(run.site.passwords == 0);
    // Nothing but what sslmode=allow says in the clear has come to a server that was refused.
    if (row["outcome_detail"] != "client_cert_not_sent" && row["sslmode"] != "allow") CHECK(run.site.startup.empty());
  }
  CHECK(passed > 60);
  CHECK(failed > 60);
}
