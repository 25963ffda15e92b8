// tusk tests: conninfo/values.hpp — what each keyword can be.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/values.hpp>

#include "support/refusal.hpp"

#include <string>
#include <string_view>

using namespace tusk::conninfo;
using tusk::errc;
using tusk::error;
using namespace std::string_view_literals;

namespace {

/// The words of the refusal; empty when the value is taken.
std::string refusal(keyword const& k, std::string_view value, std::string_view origin = {}) {
  return support::refusal([&] { value_check(k, value, origin).run(); });
}
bool taken(keyword const& k, std::string_view value) { return refusal(k, value).empty(); }

} // namespace

TEST_CASE("values: whole numbers as strtol() reads them") {
  for (auto const& [text, value] : {std::pair("0", 0),
                                    {" 5 ", 5},
                                    {"\t-1\n", -1},
                                    {"+7", 7},
                                    {"007", 7},
                                    {"2147483647", 2147483647},
                                    {"-2147483648", -2147483647 - 1}})
    CHECK(parse_integer(text) == value);
  for (auto const* text : {"", " ", "-", "+", "+-1", "- 1", "1.5", "0x1", "1 2", "1a", "abc", "2147483648",
                           "-2147483649", "99999999999999999999999999"})
    CHECK(parse_integer(text) == std::nullopt);
}

TEST_CASE("values: numbers") {
  CHECK(taken("connect_timeout"_keyword, " 5 "));
  CHECK(taken("connect_timeout"_keyword, "-1"));
  CHECK(refusal("connect_timeout"_keyword, "1.5") == "connect_timeout \"1.5\" is not a whole number of 32 bits");
  CHECK_FALSE(taken("keepalives"_keyword, ""));
  CHECK(taken("cancel_timeout"_keyword, "0"));
  CHECK_FALSE(taken("cancel_timeout"_keyword, "-1"));
  CHECK(taken("max_message_size"_keyword, "8192"));
  for (auto const* bad : {"", "0", "8191", "-1", "2147483648", "1GB"})
    CHECK_FALSE(taken("max_message_size"_keyword, bad));
}

TEST_CASE("values: ports") {
  for (auto const* good : {"", "1", "65535", " 1", "+1", "1,2,", ",", "5432,,5433"}) CHECK(taken("port"_keyword, good));
  for (auto const* bad : {"0", "65536", "-1", "abc", "0x1", " ", "1;2", "1, ", "1,x"})
    CHECK_FALSE(taken("port"_keyword, bad));
  CHECK(refusal("port"_keyword, "65536") ==
        "port \"65536\" is not a number from 1 to 65535, or a list of such, one for each host");
  CHECK(refusal("port"_keyword, "hunter2").find("hunter2") == std::string::npos);
  // Of a list each is judged with its host.
  for (auto const* list : {"0,1", "1,65536", "-1,99999"}) CHECK(taken("port"_keyword, list));
  for (auto const* list : {"999.1.1.1,::1", "127.0.0.1, ::1"}) CHECK(taken("hostaddr"_keyword, list));
  CHECK_FALSE(taken("hostaddr"_keyword, "999.1.1.1"));
}

TEST_CASE("values: one that may hold a piece of a password is not quoted") {
  CHECK(may_be_shown("port"_keyword, "5432,-1"));
  CHECK_FALSE(may_be_shown("port"_keyword, "5432x"));
  CHECK(may_be_shown("sslmode"_keyword, "bogus"));
  CHECK(refusal("sslmode"_keyword, "requirepassword=hunter2") ==
        "sslmode is not one of disable, allow, prefer, require, verify-ca, verify-full");
  CHECK(refusal("connect_timeout"_keyword, "5@hunter2") == "connect_timeout is not a whole number of 32 bits");
  for (auto const* value : {"abc", "1.5", "0x10", "5s", "30000ms", "none", " 5 x", "99999999999"})
    CHECK(may_be_shown("connect_timeout"_keyword, value));
  CHECK_FALSE(may_be_shown("connect_timeout"_keyword, "5hunter2"));
  for (auto const* value : {"allow", "verify_full", "Require", "", "no-verify"})
    CHECK(may_be_shown("sslmode"_keyword, value));
  for (auto const* value : {"requirehunter2", "pass%20word", "a-word-that-nobody-uses"})
    CHECK_FALSE(may_be_shown("sslmode"_keyword, value));
  CHECK(may_be_shown("hostaddr"_keyword, "db.example"));
}

TEST_CASE("values: numeric addresses") {
  for (auto const* good : {"", "127.0.0.1", "127.1", "0x7f.1", "::1", "fe80::1%eth0", "::ffff:1.2.3.4", "1.1.1.1,::1",
                           "127.0.0.1,,", "2001:DB8::1"})
    CHECK(taken("hostaddr"_keyword, good));
  for (auto const* bad :
       {"[::1]", "localhost", "127.0.0.1 ", "1.2.3.4.5", "256.1.1.1", "::1%", ":::", "1.2.3.4/8", "/tmp", "dead"})
    CHECK_FALSE(taken("hostaddr"_keyword, bad));
  CHECK_FALSE(taken("hostaddr"_keyword, std::string(200, '1')));
}

TEST_CASE("values: words") {
  for (auto const* mode : {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
    CHECK(taken("sslmode"_keyword, mode));
  for (auto const* mode : {"", "Require", "verify_full", "require ", "disable|prefer", "true"})
    CHECK_FALSE(taken("sslmode"_keyword, mode));
  CHECK(refusal("sslmode"_keyword, "bogus", "PGSSLMODE") ==
        "sslmode \"bogus\" (from PGSSLMODE) is not one of disable, allow, prefer, require, verify-ca, verify-full");
  for (auto const* kind : {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"})
    CHECK(taken("target_session_attrs"_keyword, kind));
  CHECK(refusal("target_session_attrs"_keyword, "master") ==
        "target_session_attrs \"master\" is not one of any, read-write, read-only, primary, standby, prefer-standby");
  CHECK_FALSE(taken("gssencmode"_keyword, "require"));
  CHECK(taken("gssencmode"_keyword, "prefer"));
  CHECK_FALSE(taken("min_protocol_version"_keyword, "3.1"));
  for (auto const* version : {"3.0", "3.2", "latest"}) CHECK(taken("max_protocol_version"_keyword, version));
  CHECK(taken("krbsrvname"_keyword, "anything"));
}

TEST_CASE("values: versions of TLS") {
  for (auto const* good : {"", "TLSv1.2", "tlsv1.3", "TLSV1.3"}) CHECK(taken("ssl_min_protocol_version"_keyword, good));
  for (auto const* bad : {"TLSv1.4", "1.2", "TLSv1.2 ", "TLS1.2", "SSLv3"})
    CHECK_THAT(refusal("ssl_min_protocol_version"_keyword, bad), ContainsSubstring("is neither TLSv1.2 nor TLSv1.3"));
  for (auto const* old : {"TLSv1", "tlsv1.1"})
    CHECK_THAT(refusal("ssl_max_protocol_version"_keyword, old), ContainsSubstring("is too old: TLSv1.2 is the least"));
}

TEST_CASE("values: encodings") {
  for (auto const* good : {"", "auto", "UTF8", "UTF-8", "utf8", "utf_8", "Unicode"})
    CHECK(taken("client_encoding"_keyword, good));
  for (auto const* bad : {"LATIN1", "SQL_ASCII", "utf16", "Auto", "utf8utf8utf8", " "})
    CHECK_FALSE(taken("client_encoding"_keyword, bad));
}

TEST_CASE("values: a known keyword that is not supported is refused, never ignored") {
  for (auto const& k : keywords) {
    if (k.status != status::not_yet || k.kind == kind::key) continue;
    INFO(k.name);
    CHECK(refusal(k, "x") == std::string(k.name) + " is not supported yet; leave it out");
    CHECK(taken(k, "")); // empty: not set
  }
}

TEST_CASE("values: SCRAM keys are checked and never shown") {
  auto const key = std::string(43, 'A') + "=";
  CHECK(taken("scram_client_key"_keyword, key));
  for (auto const& bad : {std::string("xyz"), std::string("!!!!"), std::string(), key + "=", std::string(44, 'A'),
                          std::string(42, 'A') + "=="}) {
    auto const text = refusal("scram_server_key"_keyword, bad);
    CHECK(text == "scram_server_key is not the base64 form of 32 bytes");
  }
}

TEST_CASE("values: a word's place among those of its keyword, and back") {
  STATIC_REQUIRE(place_of("a", "a|bc|d") == 0);
  STATIC_REQUIRE(place_of("d", "a|bc|d") == 2);
  for (auto const* other : {"", "b", "bcd", "e", "a|bc", "|"}) CHECK(place_of(other, "a|bc|d") == 3);
  for (auto const* other : {"", "b", "a|bc"}) CHECK_FALSE(is_word(other, "a|bc|d"));
  CHECK(is_word("bc", "a|bc|d"));
  auto const& k = "target_session_attrs"_keyword;
  for (int i = 0; auto const* word : {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"}) {
    CHECK(enumerator<int>(k, word) == i);
    CHECK(word_of(k, i++) == word);
  }
  CHECK(word_of(k, 6).empty());
}

TEST_CASE("values: a NUL is refused for every keyword, and what follows it is not shown") {
  for (auto const& k : keywords)
    CHECK(refusal(k, "5432\0hunter2"sv) == std::string(k.name) + " has a NUL byte in it, which no option can have");
}
