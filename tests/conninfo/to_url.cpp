// tusk tests: conninfo/to_url.hpp — assignments written as a URL, and read back.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/to_url.hpp>
#include <tusk/conninfo/url.hpp>

#include "support/catch.hpp"

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tusk::conninfo;

namespace {

using pairs = std::vector<std::pair<char const*, char const*>>;

assignments of(pairs const& values) {
  assignments a;
  for (auto const& [name, value] : values) REQUIRE(a.put(name, value));
  return a;
}
std::string written(assignments const& a, secrets s = secrets::shown) { return url_writer(a, s).write(); }
assignments reread(std::string const& text) {
  assignments a;
  url(text).read(a);
  return a;
}

} // namespace

TEST_CASE("to_url: looks as a person would write it") {
  CHECK(written({}) == "postgres:///");
  CHECK(written(of({{"host", "db"}, {"port", "5432"}, {"user", "app"}, {"dbname", "shop"}, {"sslmode", "require"}})) ==
        "postgres://app@db:5432/shop?sslmode=require");
  CHECK(written(of({{"host", "a,b"}, {"port", "1,2"}})) == "postgres://a:1,b:2/");
  CHECK(written(of({{"host", "::1,fe80::1%eth0"}, {"port", ",5"}})) == "postgres://[::1],[fe80::1%25eth0]:5/");
  CHECK(written(of({{"host", "/run/pg"}, {"user", "me@corp"}})) == "postgres://me%40corp@%2Frun%2Fpg/");
  // What the front of a URL cannot say.
  CHECK(written(of({{"host", "a,b"}})) == "postgres:///?host=a,b");
  CHECK(written(of({{"host", "a,b"}, {"port", "5"}})) == "postgres:///?host=a,b&port=5");
  CHECK(written(of({{"port", "1,2"}})) == "postgres:///?port=1,2");
  CHECK(written(of({{"host", ""}, {"port", "5"}, {"user", ""}})) == "postgres://:5/?host=&user=");
  CHECK(written(of({{"options", "-c geqo=off"}})) == "postgres:///?options=-c%20geqo%3Doff");
}

TEST_CASE("to_url: secrets are masked, and what may be a piece of one") {
  auto const a = of({{"user", "u"},
                     {"password", "hunter2"},
                     {"sslpassword", "hunter2"},
                     {"oauth_client_secret", "hunter2"},
                     {"scram_client_key", "hunter2"},
                     {"scram_server_key", "hunter2"},
                     {"sslkeylogfile", "hunter2"}});
  auto const text = written(a, secrets::masked);
  CHECK(text == "postgres://u:***@/?sslpassword=***&sslkeylogfile=***&scram_client_key=***&scram_server_key=***&"
                "oauth_client_secret=***");
  CHECK(*reread(text).find("password"_keyword) == "***");
  CHECK(written(of({{"password", ""}}), secrets::masked) == "postgres:///?password=");
  CHECK(written(reread("postgres://user:hun/ter2@host/db"), secrets::masked) == "postgres://user:***/***");
}

TEST_CASE("to_url: 100 000 generated ones read back the same") {
  std::mt19937 random(20240607); // fixed: a failure must come again
  auto const below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  // Every byte is possible, those with a meaning in one of the grammars are frequent.
  constexpr std::string_view special = " '\\\"%@:/?#[]&=,+;.-*$\t\n\x01\x7f\xc3\xa4\xff";
  std::string value;
  int seen_in_front = 0;
  for (int i = 0; i < 100000; ++i) {
    assignments a;
    for (auto n = below(6) + 1; n-- > 0;) {
      // The first six have special places in a URL.
      auto const& k = keywords[below(below(2) ? 6 : keyword_count)];
      value.clear();
      for (auto size = below(9); size-- > 0;)
        value += below(2)   ? static_cast<char>('a' + below(26))
                 : below(8) ? special[below(special.size())]
                            : static_cast<char>(1 + below(255));
      a.put(k, std::string(value));
    }
    auto const text = written(a);
    if (!(reread(text) == a)) FAIL("not the same: " << text);
    seen_in_front += text.find('@') != text.npos;
  }
  CHECK(seen_in_front > 10000);
}
