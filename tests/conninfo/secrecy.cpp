// tusk tests: whatever bytes come in, nothing crashes, and no password comes out.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Errors are thrown far from where a password was read; `to_string` is for logs. Here a password stands where it
// belongs and everything around it is damaged, so that it is taken for other things, and every text that comes out is
// searched.
#include <tusk/conninfo/settings.hpp>
#include <tusk/options.hpp>

#include "support/catch.hpp"
#include "support/connection_strings.hpp"
#include "support/files.hpp"
#include "support/variables.hpp"

#include <map>
#include <random>
#include <string>
#include <string_view>

using namespace tusk::conninfo;
using tusk::error;
using tusk::options;

namespace {

constexpr std::string_view password = "hunter2";

bool shows(std::string_view text) { return text.find(password) != text.npos; }

environment const& no_files() {
  static support::variables const source(std::map<std::string, std::string>{
      {"HOME", "/no/such/home"}, {"PGSYSCONFDIR", "/no/such/directory"}, {"PGSERVICEFILE", "/no/such/file"}});
  static environment const env(source);
  return env;
}

/// What became of a string: the words of the error, and how far it came.
struct outcome {
  explicit outcome(std::string_view text) {
    try {
      options const o(text);
      parsed = true;
      shown = to_string(o);
      for (auto const& a : static_cast<assignments const&>(o)) kept = kept || (a.key().secret && shows(a.value));
      options const again(shown); // what is shown can be read
      resolve(o, no_files());
      resolved = true;
    } catch (error const& e) {
      told = e.what();
    }
  }
  bool parsed = false, resolved = false;
  bool kept = false; ///< the password is where a password belongs
  std::string told, shown;
};

} // namespace

TEST_CASE("secrecy: random bytes are refused or taken, and never crash") {
  std::mt19937 random(3);
  int parsed = 0;
  std::string text;
  for (int i = 0; i < 60000; ++i) {
    text = i % 3 == 0 ? "postgres://" : i % 3 == 1 ? "host=" : "";
    for (auto n = random() % 24; n > 0; --n) text += static_cast<char>(random() % (i % 2 ? 256 : 128));
    outcome const o(text);
    CHECK((o.resolved || !o.told.empty()));
    parsed += o.parsed;
  }
  CHECK(parsed > 5000);
}

TEST_CASE("secrecy: strings that are nearly right are refused or taken, and never crash") {
  support::connection_strings strings(4);
  int resolved = 0;
  for (int i = 0; i < 30000; ++i) resolved += outcome(strings.next()).resolved;
  CHECK(resolved > 1500);
}

TEST_CASE("secrecy: no error and no text shows a password, whatever happened to the string around it") {
  support::connection_strings strings(5);
  constexpr std::string_view around[][2] = {
      {"postgres://user:", "@host:5432/db?sslmode=require&connect_timeout=5"},
      {"postgres://user:pa", "ss@host/db"},
      {"postgres://user:pa%2F", "%40@h1:1,h2:2/db?application_name=a"},
      {"pg://:", "@/"},
      {"postgres://host/db?user=u&password=", "&sslmode=require&port=5432"},
      {"postgres://host/db?sslmode=require&sslpassword=", ""},
      {"postgresql://user@host/db?connect_timeout=10&password=", ""},
      {"host=h port=5432 user=u password=", " dbname=d sslmode=require"},
      {"password='", "' host=h connect_timeout=5"},
      {"host=h password = 'it\\'s ", " there' port=1,2"},
      {"host=h user=u sslmode=require password=", ""},
      {"hostaddr=::1 port=5432 sslpassword='", "' keepalives_idle=5"},
      {"postgres://user:endpoint=ep-x;", "@ep-x.neon.tech/db?sslmode=require&channel_binding=require"},
  };
  int refused = 0, kept = 0;
  for (int i = 0; i < 60000; ++i) {
    auto const& [front, back] = around[strings.below(std::size(around))];
    auto const text = strings.damaged(std::string(front), strings.below(4)) + std::string(password) +
                      strings.damaged(std::string(back), strings.below(4));
    outcome const o(text);
    refused += !o.told.empty();
    kept += o.kept;
    if (shows(o.told)) FAIL_CHECK("the error for " << text << " is: " << o.told);
    if (o.kept && shows(o.shown)) FAIL_CHECK(text << " is shown as " << o.shown);
  }
  CHECK(refused > 10000);
  CHECK(kept > 10000);
}
