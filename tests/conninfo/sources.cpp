// tusk tests: conninfo/sources.hpp — string, service file, environment, and which goes before which.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/settings.hpp>
#include <tusk/conninfo/sources.hpp>
#include <tusk/options.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/variables.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>

using namespace tusk::conninfo;

namespace {

using values = std::map<std::string, std::string>;

std::string value(sources const& s, std::string_view name) {
  auto const* const v = s.find(*find_keyword(name));
  return v ? *v : "(none)";
}
std::string_view origin(sources const& s, std::string_view name) { return s.origin(*find_keyword(name)); }
std::string refusal(tusk::options const& o, environment const& env) {
  try {
    resolve(o, env);
    return {};
  } catch (tusk::error const& e) {
    return e.what();
  }
}

} // namespace

TEST_CASE("sources: string, then service file, then environment, with the origin of each") {
  support::directory const dir;
  auto const file = dir.file("s.conf", "[s]\nhost=service\nport=1\nhost=again\ndbname=\n");
  support::variables const source(values{{"PGSERVICEFILE", file},
                                         {"PGSERVICE", "s"},
                                         {"PGHOST", "variable"},
                                         {"PGPORT", "2"},
                                         {"PGDATABASE", "variable"},
                                         {"PGUSER", "variable"},
                                         {"PGAPPNAME", "variable"}});
  sources const s(tusk::options("port=3 application_name="), environment(source));
  CHECK(value(s, "host") == "service");
  CHECK(origin(s, "host") == file + ", line 2");
  CHECK(value(s, "port") == "3");
  CHECK(origin(s, "port").empty());
  CHECK(value(s, "dbname").empty()); // given by the service, and empty: not the variable's
  CHECK(value(s, "user") == "variable");
  CHECK(origin(s, "user") == "PGUSER");
  CHECK(value(s, "application_name").empty());
  CHECK(value(s, "options") == "(none)");
  CHECK(value(s, "service") == "s");
}

TEST_CASE("sources: what from_environment() took stays below the service file") {
  support::directory const dir;
  support::variables const source(values{{"PGSERVICEFILE", dir.file("s.conf", "[s]\nhost=service\nsslmode=disable\n")},
                                         {"PGHOST", "variable"},
                                         {"PGUSER", "variable"},
                                         {"PGSSLMODE", "bogus"},
                                         {"PGSERVICE", "s"}});
  environment const env(source);
  auto const taken = tusk::options::from_environment(env);
  CHECK(taken.get("host") == "variable");
  sources const s(taken, env);
  CHECK(value(s, "host") == "service");
  CHECK(value(s, "sslmode") == "disable");
  CHECK(value(s, "user") == "variable");
  CHECK(origin(s, "user") == "PGUSER");
  auto changed = taken;
  changed.host("given");
  CHECK(value(sources(changed, env), "host") == "given");
}

TEST_CASE("sources: an error in a service's value tells file and line, and shows no password") {
  support::directory const dir;
  auto const file = dir.file("s.conf", "[s]\nsslmode=bogus\n[p]\npassword=hunter2\nport=hunter2\n");
  support::variables const source(values{{"PGSERVICEFILE", file}});
  environment const env(source);
  CHECK_THAT(refusal("service=s", env), StartsWith("sslmode \"bogus\" (from " + file + ", line 2) is not one of"));
  CHECK_THAT(refusal("service=p", env), StartsWith("port (from " + file + ", line 5) is not a number"));
  CHECK(refusal("service=p", env).find("hunter2") == std::string::npos);
}

TEST_CASE("sources: every variable of libpq is read") {
  std::set<std::string_view> const expected{"PGHOST",
                                            "PGHOSTADDR",
                                            "PGPORT",
                                            "PGDATABASE",
                                            "PGUSER",
                                            "PGPASSWORD",
                                            "PGPASSFILE",
                                            "PGREQUIREAUTH",
                                            "PGCHANNELBINDING",
                                            "PGSERVICE",
                                            "PGSERVICEFILE",
                                            "PGOPTIONS",
                                            "PGAPPNAME",
                                            "PGSSLMODE",
                                            "PGSSLCOMPRESSION",
                                            "PGSSLCERT",
                                            "PGSSLKEY",
                                            "PGSSLCERTMODE",
                                            "PGSSLROOTCERT",
                                            "PGSSLCRL",
                                            "PGSSLCRLDIR",
                                            "PGSSLSNI",
                                            "PGSSLNEGOTIATION",
                                            "PGREQUIREPEER",
                                            "PGSSLMINPROTOCOLVERSION",
                                            "PGKRBSRVNAME",
                                            "PGGSSENCMODE",
                                            "PGGSSLIB",
                                            "PGGSSDELEGATION",
                                            "PGSSLMAXPROTOCOLVERSION",
                                            "PGCONNECT_TIMEOUT",
                                            "PGCLIENTENCODING",
                                            "PGTARGETSESSIONATTRS",
                                            "PGLOADBALANCEHOSTS",
                                            "PGMINPROTOCOLVERSION",
                                            "PGMAXPROTOCOLVERSION",
                                            "PGOAUTHCAFILE"};
  std::set<std::string_view> seen;
  for (auto const& k : keywords) {
    if (!k.variable) continue;
    seen.insert(k.variable);
    if (k.name == "service") continue; // would be looked up
    support::variables const source(values{{k.variable, "x"}});
    assignments const nothing;
    sources const s(nothing, environment(source));
    CHECK(value(s, k.name) == "x");
    CHECK(s.origin(k) == k.variable);
  }
  CHECK(seen == expected);
  // PGREQUIRESSL, PGDATESTYLE, PGTZ and PGGEQO are no keyword's: settings.cpp. PGSYSCONFDIR: service_file.cpp.
}
