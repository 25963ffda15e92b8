// tusk tests: conninfo/keyword_string.hpp — keyword strings, against what libpq makes of them.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/keyword_string.hpp>

#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/parsed.hpp"
#include "support/table.hpp"

#include <string>
#include <string_view>

namespace {

using namespace tusk::conninfo;
using support::members;
using tusk::errc;
using tusk::error;

members parsed(std::string_view text) { return support::parsed<keyword_string>(text); }
error refused(std::string_view text) { return support::not_parsed<keyword_string>(text); }

} // namespace

TEST_CASE("keyword string: reads as libpq's newest release does") {
  int seen = 0;
  for (auto const& row : support::table("uri_cases.tsv")) {
    if (row["kind"] != "kv") continue;
    ++seen;
    auto const text = support::json::string(row["input_json"]);
    INFO("row " << row["id"] << ": " << text);
    if (row["result"] == "ok")
      CHECK(parsed(text) == support::json::object(row["kv_json"]));
    else
      CHECK(refused(text).code() ==
            (row["error_kind"] == "unknown_option" ? errc::invalid_option : errc::invalid_connection_string));
  }
  CHECK(seen > 40);
}

TEST_CASE("keyword string: the corners") {
  CHECK(parsed("").empty());
  CHECK(parsed("user=") == members{{"user", ""}});
  CHECK(parsed("user=a\\") == members{{"user", "a"}});
  CHECK(parsed("user=a\\ b\\\\") == members{{"user", "a b\\"}});
  CHECK(parsed("user='a b'dbname='c'") == members{{"user", "a b"}, {"dbname", "c"}});
  CHECK(parsed("user='' user = 'a\\'b'") == members{{"user", "a'b"}});
  CHECK(parsed("\v\fuser\v=\fa\vdbname=b") == members{{"user", "a"}, {"dbname", "b"}});
  CHECK(parsed("requiressl=1") == members{{"sslmode", "require"}});
  CHECK(refused("user='a b''c'").code() == errc::invalid_connection_string); // no doubling of quotes
}

TEST_CASE("keyword string: an error tells the place and never the text, which may be a password") {
  CHECK(refused("user=a dbname").what() == std::string("connection string, byte 8: \"=\" is missing after this word"));
  CHECK(refused("user='a").what() ==
        std::string("connection string, byte 6: the quote that opens here is never closed"));
  CHECK(refused("user='a\\").code() == errc::invalid_connection_string);
  CHECK_THAT(refused("usr=a").what(), ContainsSubstring("\"usr\"; did you mean \"user\"? at byte 1"));
  for (auto const* text : {"password=my hunter2", "password=my hunter2=1", "sslpassword=x hunter2=1",
                           "password='my' hunter2=1", "password='hunter2", "password=a host hunter2"}) {
    INFO(text);
    CHECK(std::string_view(refused(text).what()).find("hunter2") == std::string_view::npos);
  }
}
