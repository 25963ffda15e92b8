// tusk tests: conninfo/url.hpp — connection URLs, against what libpq makes of them.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/url.hpp>

#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/parsed.hpp"
#include "support/table.hpp"

#include <string>
#include <string_view>

namespace {

using namespace tusk::conninfo;
using tusk::errc;
using tusk::error;

using support::members;

members parsed(std::string_view text) { return support::parsed<url>(text); }
error refused(std::string_view text) { return support::not_parsed<url>(text); }

} // namespace

// The keyword strings of the table are in keyword_string.cpp.
TEST_CASE("url: reads as libpq's newest release does") {
  int seen = 0;
  for (auto const& row : support::table("uri_cases.tsv")) {
    if (row["kind"] != "uri") continue;
    ++seen;
    auto const text = support::json::string(row["input_json"]);
    INFO("row " << row["id"] << ": " << text);
    if (row["result"] == "ok") {
      CHECK(parsed(text) == support::json::object(row["kv_json"]));
      // The same under the two other schemes.
      auto const rest = text.substr(text.find("://"));
      CHECK(parsed("postgres" + rest) == parsed("pg" + rest));
      CHECK(parsed("postgres" + rest) == parsed("postgresql" + rest));
    } else {
      auto const unknown = row["error_kind"] == "uri_unknown_param";
      CHECK(refused(text).code() == (unknown ? errc::invalid_option : errc::invalid_connection_string));
    }
  }
  CHECK(seen > 90);
}

TEST_CASE("url: only three schemes, in lower case, from the first byte") {
  CHECK(url_prefix("postgres://") == 11);
  CHECK(url_prefix("postgresql://x") == 13);
  CHECK(url_prefix("pg://x") == 5);
  for (auto const* other : {"", "postgres:/", "Postgres://", " postgres://", "pgsql://", "http://", "postgresqls://"})
    CHECK(url_prefix(other) == 0);
}

TEST_CASE("url: the corners of the front") {
  CHECK(parsed("postgres://u:@h") == members{{"user", "u"}, {"host", "h"}});
  CHECK(parsed("postgres://u@") == members{{"user", "u"}});
  CHECK(parsed("postgres://h1:,h2:/") == members{{"host", "h1,h2"}, {"port", ","}});
  CHECK(parsed("postgres://[::1],[::2]:5?user=u") == members{{"host", "::1,::2"}, {"port", ",5"}, {"user", "u"}});
  CHECK(parsed("postgres://h?") == members{{"host", "h"}});
  CHECK(parsed("postgres://h?user=u&") == members{{"host", "h"}, {"user", "u"}});
  CHECK(parsed("postgres://a%2Cb/") == members{{"host", "a,b"}});
  CHECK(parsed("postgres://h/a/b") == members{{"host", "h"}, {"dbname", "a/b"}});
  CHECK(parsed("postgres://h/a%2fb+c") == members{{"host", "h"}, {"dbname", "a/b+c"}});
  CHECK(parsed("postgres:// /") == members{{"host", ""}});
  CHECK(parsed("postgres://h/ d ?user= u &dbname= e%20") == members{{"host", "h"}, {"dbname", "e "}, {"user", "u"}});
  for (auto const* bad :
       {"postgres://[::1", "postgres://[]", "postgres://[::1]x", "postgres://h1 ,h2/", "postgres://h%",
        "postgres://h%0", "postgres://h%00", "postgres://h%g0", "postgres://h/%0g", "postgres://h?a",
        "postgres://h?user=u&&", "postgres://h?user=a=b", "postgres://u%:p@h", "postgres://u:p%4@h"})
    CHECK(refused(bad).code() == errc::invalid_connection_string);
  CHECK(refused("postgres://h?User=u").code() == errc::invalid_option);
}

TEST_CASE("url: an error tells the place and a way out") {
  CHECK(refused("postgres://h/a%zz").what() == std::string("connection URL, byte 14: a \"%\" in this part is not "
                                                           "followed by two hexadecimal digits (write %25)"));
  CHECK_THAT(refused("postgres://h?sslmod=require").what(), ContainsSubstring("\"sslmod\"; did you mean \"sslmode\"?"));
  CHECK_THAT(refused("postgres://h?ssl=False").what(), ContainsSubstring("did you mean \"sslmode\"?"));
}

TEST_CASE("url: no error repeats what may be a password") {
  for (auto const* text : {
           "postgres://user:hunter2%@h/db",
           "postgres://user:hunter2 x@h/db",
           "postgres://user:pa/hunter2?hunter2=1@h/db",
           "postgres://user:pa/ss?hunter2@h/db",
           "postgres://h/db?password=pa&hunter2=1",
           "postgres://h/db?password=pa&hunter2",
           "postgres://h/db?password=pa=hunter2",
           "postgres://h/db?sslpassword=hunter2%",
           "postgres://user:[hunter2]@[::1/db",
           "postgres://user:x@[::1]hunter2/db",
           "postgres://h/db?hunter2!=1",
       }) {
    INFO(text);
    CHECK(std::string_view(refused(text).what()).find("hunter2") == std::string_view::npos);
  }
}
