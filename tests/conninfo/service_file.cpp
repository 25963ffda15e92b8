// tusk tests: conninfo/service_file.hpp — the service file, against what libpq finds in it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/service_file.hpp>
#include <tusk/conninfo/settings.hpp>
#include <tusk/options.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/json.hpp"
#include "support/refusal.hpp"
#include "support/table.hpp"
#include "support/variables.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

using namespace tusk::conninfo;
using tusk::errc;
using tusk::error;

namespace {

using values = std::map<std::string, std::string>;
using support::refusal;
using pairs = std::vector<std::string>;

/// keyword=value of each assignment of the service s.
pairs found(std::string_view text, std::string_view service = "s") {
  pairs out;
  service_file("/etc/x.conf").read(service, text, [&](keyword const& k, std::string&& value, std::string&&) {
    out.push_back(std::string(k.name) + "=" + value);
  });
  return out;
}
std::string refused(std::string_view text) {
  return refusal([&] { found(text); });
}
std::string replaced(std::string text, std::string_view what, std::string_view by) {
  if (auto const at = text.find(what); at != text.npos) text.replace(at, what.size(), by);
  return text;
}

/// The files and variables of a row of the table.
struct stage {
  explicit stage(support::table_row const& row) {
    variables = support::json::object(row["env_json"]);
    variables.emplace("PGSYSCONFDIR", dir.path() + "/sys");
    variables["HOME"] = dir.path() + "/home";
    auto files = support::json::object(row["files_json"]);
    if (files.contains("note")) { // in the table as a description
      auto const base = std::string("[my_srv]\nhostaddr=127.0.0.1\nport=1\ndbname=svcdb\nuser=svcuser\n");
      auto const comment = "#" + std::string(1021, 'x') + "\n";
      files = {{"user", row["description"].find("before") == std::string::npos ? base + comment
                                                                               : "[other]\n" + comment + base}};
    }
    for (auto const& [name, contents] : files) {
      if (name == "user") variables.emplace("PGSERVICEFILE", dir.file("user.conf", contents));
      if (name == "home") dir.file("home/.pg_service.conf", contents);
      if (name == "sys") dir.file("sys/pg_service.conf", contents);
      if (name == "param") param = dir.file("param.conf", contents);
    }
    std::string encoded;
    percent_encode(param, "", encoded);
    text = replaced(replaced(support::json::string(row["conninfo_json"]), "{param}", param), "{parampct}", encoded);
  }
  settings settled() const {
    support::variables const source(variables);
    return resolve(tusk::options(text), environment(source));
  }
  support::directory dir;
  values variables;
  std::string param, text;
};

} // namespace

TEST_CASE("service_file: finds what libpq's newest release finds") {
  int refused_rows = 0;
  for (auto const& row : support::table("service_cases.tsv")) {
    stage const s(row);
    INFO("row " << row["id"] << ": " << row["description"] << ": " << s.text);
    if (row["result"] == "error") {
      CHECK(refusal([&] { s.settled(); }) != "");
      ++refused_rows;
      continue;
    }
    auto const expected = support::json::object(row["options_json_or_error_kind"]);
    auto const got = s.settled();
    CHECK(got.hosts.at(0).hostaddr == expected.at("hostaddr"));
    CHECK(std::to_string(got.hosts[0].port) == expected.at("port"));
    CHECK(got.user == expected.at("user"));
    CHECK(got.dbname == expected.at("dbname"));
    CHECK(got.options == expected.at("options"));
    CHECK(got.sslmode == (expected.at("sslmode") == "disable" ? sslmode::disable : sslmode::prefer));
  }
  CHECK(refused_rows > 10);
}

TEST_CASE("service_file: lines") {
  CHECK(found("[s]\nhost=a\n") == pairs{"host=a"});
  CHECK(found("[s]\r\nhost=a\r\n\tport=5 \r\n") == pairs{"host=a", "port=5"});
  CHECK(found("[s] # text\nhost= a =b\nuser='q'") == pairs{"host= a =b", "user='q'"});
  CHECK(found("[s]x\nhost=\n") == pairs{"host="});
  CHECK(found("[t]\nhost=t\n[s]\nhost=s\n[u]\nhost=u\n[s]\nport=1\n") == pairs{"host=s"});
  CHECK(found("host=before\n[s]\n") == pairs{});
  CHECK(found("[s]\n#host=a\n  #\n\n") == pairs{});
  CHECK(found("[]\nhost=a\n", "") == pairs{"host=a"});
  CHECK(found("") == pairs{});
  CHECK(found("[s]\nstatement_cache_size=0") == pairs{"statement_cache_size=0"});
  CHECK(found("#" + std::string(1020, 'x') + "\n[s]\nhost=a") == pairs{"host=a"}); // 1022 with the newline
}

TEST_CASE("service_file: an error tells file and line and no more of the line than a keyword") {
  CHECK(refused("[s]\n\nhst=a\n") ==
        "service file /etc/x.conf, line 3 has an unknown connection keyword \"hst\"; did you mean \"host\"?");
  CHECK_THAT(refused("[s]\nhost = a\n"), ContainsSubstring("no blanks stand around \"=\""));
  CHECK(refused("[s]\nhunter2\n") ==
        "service file /etc/x.conf, line 2 is none of [service], keyword=value and # comment");
  CHECK_THAT(refused("[s]\nldap://ldap.example/dc=x?one\n"),
             ContainsSubstring("asks for LDAP, which is not supported"));
  CHECK_THAT(refused("[s]\nservice=t\n"), ContainsSubstring("line 2 names another service"));
  CHECK_THAT(refused("[s]\nservicefile=/x\n"), ContainsSubstring("line 2 names another service"));
  CHECK_THAT(refused("[s]\nrequiressl=1\n"), ContainsSubstring("\"requiressl\"; did you mean \"sslmode\"?"));
  CHECK_THAT(refused("[s]\nssl=true\n"), ContainsSubstring("\"ssl\"; did you mean \"sslmode\"?"));
  CHECK_THAT(refused(std::string("[s]\nuser=a\0b\n", 13)), ContainsSubstring("line 2 has a NUL byte"));
  CHECK_THAT(refused("[t]\n" + std::string(1022, 'x') + "\n[s]\n"), ContainsSubstring("line 2 is longer than 1022"));
  CHECK(refused("[t]\nhst=a\nldap://x\n[s]\nhost=a\n[u]\nnonsense\n").empty()); // others are not looked at
}

TEST_CASE("service_file: what is missing, no file, or not defined is told with the places") {
  support::directory const dir;
  auto const told = [&](std::string_view text, values variables) {
    variables.emplace("HOME", dir.path());
    variables.emplace("PGSYSCONFDIR", dir.path() + "/sys");
    support::variables const source(variables);
    return refusal([&] { resolve(tusk::options(text), environment(source)); });
  };
  auto const system = dir.path() + "/sys/pg_service.conf";
  CHECK(told("service=s", {}) ==
        "service \"s\" is not defined: there is no file named by servicefile or PGSERVICEFILE, "
        "no ~/.pg_service.conf and no " +
            system);
  CHECK(told("service=s servicefile=/none", {}) == "service file /none cannot be opened: No such file or directory");
  CHECK_THAT(told("service=s", {{"PGSERVICEFILE", dir.path()}}), ContainsSubstring("it is not a regular file"));
  auto const fifo = dir.path() + "/fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THAT(told("service=s", {{"PGSERVICEFILE", fifo}}), ContainsSubstring("it is not a regular file"));
  auto const own = dir.file(".pg_service.conf", "[t]\nhost=t\n");
  CHECK(told("service=s", {}) == "service \"s\" is not defined in " + own);
  dir.file("sys/pg_service.conf", "[u]\n");
  CHECK(told("service=s", {}) == "service \"s\" is not defined in " + own + " and " + system);
  CHECK(told("service=u", {}).empty());
  CHECK(told("servicefile=/none", {}).empty()); // nothing without a service
}
