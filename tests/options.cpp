// tusk tests: options.hpp — the class that users see.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/options.hpp>

#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/refusal.hpp"
#include "support/table.hpp"
#include "support/variables.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>

using support::refused;
using tusk::errc;
using tusk::error;
using tusk::options;
using namespace std::string_view_literals;

namespace {

options from(std::map<std::string, std::string> values) {
  support::variables const source(std::move(values));
  return options::from_environment(tusk::conninfo::environment(source));
}

/// As every function that takes options.
std::string host_of(options const& o) { return o.get("host").value_or("(none)"); }

} // namespace

TEST_CASE("options: URL, keyword string and setters say the same") {
  options const url{"postgres://app:secret@db:5432/shop?sslmode=require"};
  options const string{"host=db port=5432 user=app password=secret dbname=shop sslmode=require"};
  auto const built = options{}.host("db").port(5432).user("app").password("secret").dbname("shop").sslmode("require");
  CHECK(url == string);
  CHECK(url == built);
  CHECK(url.get("password") == "secret");
  CHECK(url.get("port") == "5432");
  CHECK(url.get("sslrootcert") == std::nullopt);
  CHECK(url.get("no such keyword") == std::nullopt);
  CHECK(options("postgres://db/shop") == options("pg://db/shop"));
  CHECK_FALSE(options("port=5432") == options());
}

TEST_CASE("options: any string converts") {
  CHECK(host_of("postgres://h") == "h");
  CHECK(host_of(std::string("host=h")) == "h");
  CHECK(host_of("host=h rest"sv.substr(0, 6)) == "h");
  CHECK(host_of("") == "(none)");
  CHECK(host_of({}) == "(none)");
  CHECK(refused([] { options o(static_cast<char const*>(nullptr)); }).code() == errc::invalid_connection_string);
}

TEST_CASE("options: set() and the setters") {
  options o{"postgres://db"};
  o.set("application_name", "worker").set("port", "1").set("port", "2");
  CHECK(o.get("application_name") == "worker");
  CHECK(o.get("port") == "2");
  o.host("other").port("1,2").connect_timeout(5).sslsni(0).server_options("-c geqo=off").cancel_timeout(0);
  CHECK(o == options("host=other port=1,2 connect_timeout=5 sslsni=0 options='-c geqo=off' cancel_timeout=0 "
                     "application_name=worker"));
  auto const moved = std::move(o).user("me").set("dbname", "d");
  CHECK(moved.get("user") == "me");
  CHECK(moved.get("dbname") == "d");
}

TEST_CASE("options: what set() refuses, it names, and nothing has changed") {
  options o{"host=h sslmode=prefer"};
  auto const before = o;
  auto const set = [&](std::string_view keyword, std::string_view value) {
    return refused([&] { o.set(keyword, value); });
  };
  CHECK(set("sslmod", "require").what() ==
        std::string("unknown connection keyword \"sslmod\"; did you mean \"sslmode\"?"));
  CHECK(set("sslmode", "bogus").what() ==
        std::string("sslmode \"bogus\" is not one of disable, allow, prefer, require, verify-ca, verify-full"));
  CHECK(set("port", "70000").code() == errc::invalid_option);
  CHECK(set("ssl", "true").code() == errc::invalid_option); // an alias of URLs only
  CHECK(set("host", "a\0b"sv).code() == errc::invalid_option);
  CHECK(std::string_view(set("password", "hunter2\0x"sv).what()).find("hunter2") == std::string_view::npos);
  CHECK(set("application_name", "x\0user\0admin"sv).code() == errc::invalid_option);
  CHECK(refused([] { options{}.port(0); }).code() == errc::invalid_option);
  CHECK(refused([] { options{}.max_message_size(std::int64_t{1} << 40); }).code() == errc::invalid_option);
  CHECK(o == before);
}

TEST_CASE("options: a value stays one value, whatever is in it") {
  for (auto const* value : {"it's", "a\\b", "a b", "a,b", "a@b", "100%", "a;b", "host=evil", "postgres://evil/", "%41",
                            "?&=#", "***", "\xc3\xa4", "\n"}) {
    INFO(value);
    auto const o = options{}.user(value).dbname(value).application_name(value).server_options(value);
    CHECK(o.get("user") == value);
    CHECK(o.get("host") == std::nullopt);
    CHECK(options(to_string(o)) == o);
  }
}

TEST_CASE("options: to_string() masks and reads back") {
  auto const text = to_string(options{"postgres://app:secret@db:5432/shop?sslmode=require"});
  CHECK(text == "postgres://app:***@db:5432/shop?sslmode=require");
  CHECK(options(text).get("password") == "***");
  CHECK(to_string(options()) == "postgres:///");
  for (auto const* string :
       {"password=hunter2", "sslpassword=hunter2", "oauth_client_secret=hunter2", "scram_client_key=hunter2",
        "scram_server_key=hunter2", "sslkeylogfile=hunter2", "postgres://u:%68unter2@h",
        "postgres://h?pass%77ord=hunter2", "postgres://u:hunter2/x@h"}) {
    INFO(string);
    auto const masked = to_string(options(string));
    CHECK(masked.find("hunter2") == std::string::npos);
    CHECK_NOTHROW(options(masked));
  }
}

TEST_CASE("options: a connection string that is broken, foreign or has a NUL") {
  CHECK(refused([] { options o("host=a\0b"sv); }).code() == errc::invalid_connection_string);
  CHECK(refused([] { options o("postgres://a\0b"sv); }).code() == errc::invalid_connection_string);
  CHECK(refused([] { options o("\0"sv); }).code() == errc::invalid_connection_string);
  CHECK(refused([] { options o("postgres://[::1"); }).code() == errc::invalid_connection_string);
  CHECK(refused([] { options o("bogus=1"); }).code() == errc::invalid_option);
  for (auto const* text : {"Postgres://user:hunter2@h", "mysql://hunter2", "postgre://hunter2=x"}) {
    auto const e = refused([&] { options o(text); });
    CHECK(e.code() == errc::invalid_connection_string);
    CHECK_THAT(e.what(), ContainsSubstring("postgres://, postgresql:// or pg://"));
    CHECK(std::string_view(e.what()).find("hunter2") == std::string_view::npos);
  }
  CHECK(options("password=a://b").get("password") == "a://b");
}

TEST_CASE("options: no error of the table of connection strings repeats a password") {
  int seen = 0;
  for (auto const& row : support::table("uri_cases.tsv")) {
    auto const text = support::json::string(row["input_json"]);
    INFO(text);
    if (row["result"] == "ok") {
      auto const host = options(text).get("host").value_or("");
      bool const doubtful = host.find('@', 1) != host.npos; // the rest of a password, most likely
      CHECK(options(to_string(options(text))).get("host").value_or("") == (doubtful ? "***" : host));
      continue;
    }
    ++seen;
    auto const e = refused([&] { options o(text); });
    auto const told = std::string_view(e.what());
    if (text.find('@') != text.npos) CHECK(told.find(text) == std::string_view::npos);
    CHECK(told.find("p w") == std::string_view::npos);
    CHECK(told.find("abc") == std::string_view::npos);
  }
  CHECK(seen > 20);
}

TEST_CASE("options: from the environment") {
  auto const e =
      from({{"PGHOST", "h"}, {"PGUSER", "u"}, {"PGPASSWORD", "p"}, {"PGSSLMODE", "require"}, {"PGPORT", ""}});
  CHECK(e == options("host=h user=u password=p sslmode=require port="));
  CHECK(from({{"DATABASE_URL", "postgres://a/b"}, {"PGHOST", "h"}}) == options("host=a dbname=b"));
  CHECK(from({{"DATABASE_URL", "host=a"}}) == options("host=a"));
  CHECK(from({{"DATABASE_URL", ""}, {"PGHOST", "h"}}) == options("host=h"));
  CHECK(from({{"PGREQUIRESSL", "1"}}) == options("sslmode=require"));
  CHECK(from({{"PGREQUIRESSL", "1"}, {"PGSSLMODE", "disable"}}) == options("sslmode=disable"));
  CHECK(from({}) == options());

  CHECK_THAT(
      refused([] { from({{"DATABASE_URL", "http://u:hunter2@h"}}); }).what(),
      StartsWith("DATABASE_URL: this is not a connection string of PostgreSQL: this is the address of a web page"));
  CHECK(from({{"PGSERVICE", "s"}, {"PGSERVICEFILE", "/f"}}) == options("service=s servicefile=/f"));
  CHECK_THAT(refused([] { from({{"PGSSLMODE", "bogus"}}); }).what(), ContainsSubstring("(from PGSSLMODE)"));
  CHECK_THAT(refused([] { from({{"PGSSLMINPROTOCOLVERSION", "x"}}); }).what(),
             ContainsSubstring("(from PGSSLMINPROTOCOLVERSION) is neither TLSv1.2 nor"));
}
