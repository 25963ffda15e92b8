// tusk tests: the table of servers, users, sslmode and sslnegotiation: encrypted, plain or refused, and by which way.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each row of tests/data/negotiate_encryption.tsv connects by `dial` with the real filter to a server in memory that
// notes what it meets. tests/live/tls_modes.cpp does the same with real servers.
#include "support/table.hpp"
#include "support/tls_visit.hpp"

#include <map>

using namespace tusk_test;
using support::table_row;

namespace {

/// The server's certificate, and who vouches for it or not.
struct authorities {
  identity root = make_root("root");
  identity other = make_root("other");
  identity server = issue(
      [] {
        certificate_spec s;
        s.dns = {"db.test", "mock.test"};
        return s;
      }(),
      &root);
  temporary_file good{root.pem()};
  temporary_file wrong{other.pem()};
};

/// `key=value;key=value`; what has no "=" is no parameter.
std::map<std::string, std::string> parameters(std::string const& extra) {
  std::map<std::string, std::string> all;
  for (std::size_t at = 0; at < extra.size();) {
    auto const end = std::min(extra.find(';', at), extra.size());
    auto const item = extra.substr(at, end - at);
    if (auto const sign = item.find('='); sign != item.npos) all[item.substr(0, sign)] = item.substr(sign + 1);
    at = end + 1;
  }
  return all;
}

/// An event of the table that a certificate's refusal leads to at one end or the other: we refuse during the handshake.
std::string without_failures(std::string events) {
  for (std::string const what : {",tlsfail,directsslreject", ",tlsfail"})
    if (auto const at = events.find(what); at != events.npos) events.erase(at, what.size());
  return events;
}
int count(std::string const& events, std::string const& what) {
  int n = 0;
  for (auto at = events.find(what); at != events.npos; at = events.find(what, at + 1)) ++n;
  return n;
}

struct encounter : support::tls_visit {
  encounter(authorities const& pki, table_row const& row) {
    site.tls.self = pki.server;
    site.tls.alpn = "postgresql";
    site.roles = {{"testuser", {}},
                  {"ssluser", {true, false}},
                  {"nossluser", {false, true}},
                  {"pwuser", {true, true, "pw"}},
                  {"pwssl", {true, false, "pw"}},
                  {"u", {}},
                  {"postgres", {}}};
    site.has_tls = row["server"].find("ssl_off") == std::string::npos;
    auto given = parameters(row["extra"]);
    options.host("db.test")
        .hostaddr("127.0.0.1")
        .user(row["user"])
        .connect_timeout(1)
        .set("gssencmode", row["gssencmode"]);
    options.sslmode(row["sslmode"]).sslnegotiation(row["sslnegotiation"]);
    auto const roots = given["rootcert"];
    options.sslrootcert(roots == "good" ? pki.good.name() : roots == "wrong" ? pki.wrong.name() : "/no such file");
    if (auto const at = given.find("password"); at != given.end()) options.password(at->second);
    if (auto const at = given.find("host"); at != given.end()) options.host(at->second);
    if (given["host"] == "<socket dir>") options.host("/socket").hostaddr("");
    if (row["server"] == "mock") mock(row["extra"], pki);
  }

 private:
  /// The scripted servers of the table, by their description.
  void mock(std::string const& what, authorities const& pki) {
    auto const is = [&](char const* begin) { return what.starts_with(begin); };
    if (is("N -> "))
      site.has_tls = false;
    else if (is("S + injected"))
      site.answer = "S" + messages::fatal("28000", "evil text");
    else if (is("S + extra byte"))
      site.answer = "Sx";
    else if (is("S then immediate close"))
      site.answer = "S", site.hangs_up = true;
    else if (is("close instead"))
      site.answer = "", site.hangs_up = true;
    else if (is("E to SSLRequest"))
      site.answer = messages::fatal("0A000", "evil text");
    else if (is("unknown answer byte"))
      site.answer = what.substr(20, 1);
    else if (is("answer byte 0x00"))
      site.answer = std::string(1, '\0');
    else if (is("N + stuffed"))
      site.answer = "N" + login::welcome();
    else if (is("verify-full good cert"))
      options.host("mock.test").sslrootcert(pki.good.name());
    else if (is("verify-full no host"))
      options.host("").sslrootcert(pki.good.name());
    else if (is("ErrorResponse after TLS"))
      site.roles["u"].with_tls = false;
    else if (is("TLSv1.2 only"))
      site.tls.highest = TLS1_2_VERSION, options.set("ssl_min_protocol_version", "TLSv1.3");
    else
      REQUIRE((is("S then real TLS") || is("direct: TLS with ALPN")));
  }
};

std::string const& phrase(std::string const& reason) {
  static std::map<std::string, std::string> const phrases{
      {"server_no_ssl", "has none"},
      {"hba_reject", "no pg_hba.conf entry"},
      {"bad_password", "password authentication failed"},
      {"tls_error", "needs PostgreSQL 17 or newer"},
      {"server before 17 closes/garbles: TLS error", "needs PostgreSQL 17 or newer"},
      {"weak_sslmode_direct", "needs sslmode \"require\""},
      {"cert_verify_failed", "was refused: "},
      {"rootcert_missing", "(sslrootcert) cannot be read"},
      {"hostname_mismatch", "was refused: it is issued for"},
      {"unencrypted_data_after_ssl_response", "unencrypted bytes behind its answer"},
      {"tls_eof", "the TLS handshake was not completed"},
      {"server_closed", "closed the connection"},
      {"error_response_to_sslrequest", "not shown"},
      {"bad_ssl_answer_X", "does not speak PostgreSQL's protocol"},
      {"bad_ssl_answer_", "does not speak PostgreSQL's protocol"},
      {"no_host_for_verify_full", "a host name is needed"},
      {"tls_version_mismatch", "the TLS handshake with"}};
  return phrases.at(reason);
}

} // namespace

TEST_CASE("negotiate encryption: every row of the table") {
  authorities const pki;
  for (auto const& row : support::table("negotiate_encryption.tsv")) {
    CAPTURE(row["id"], row["server"], row["user"], row["sslmode"], row["sslnegotiation"], row["extra"], row["events"]);
    encounter e(pki, row);
    auto const told = e.dial();
    auto const stuffed = row["extra"].starts_with("N + stuffed"); // an attack, whatever was wanted
    if (row["outcome"] == "fail")
      CHECK_THAT(told, ContainsSubstring(stuffed ? "unencrypted bytes" : phrase(row["fail_reason"])));
    else
      CHECK(told == row["outcome"]);
    CHECK(told.find("evil") == told.npos);
    if (row["server"] != "mock") {
      auto const expected = without_failures(row["events"]);
      auto events = without_failures(e.site.events);
      if (row["server"].starts_with("15") && events == "connect,directsslreject") events = "connect";
      CHECK(events == (expected == "-" ? "" : expected));
      continue;
    }
    CHECK(static_cast<int>(e.net.peers.size()) == count("," + row["events"], ",conn"));
    CHECK(e.site.startup.empty() == (count(row["events"], "startup") == 0));
    // In the clear there is nothing but the request, unless the whole connection is.
    for (auto const& p : e.net.peers)
      if (row["outcome"] == "fail") CHECK((p.got.size() == 8 || p.got.substr(8, 1) == "\x16"));
  }
}
