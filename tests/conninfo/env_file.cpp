// tusk tests: conninfo/env_file.hpp — .env files, their quotes and comments, and what is refused.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/env_file.hpp>
#include <tusk/conninfo/settings.hpp>
#include <tusk/options.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/refusal.hpp"
#include "support/variables.hpp"

#include <random>
#include <string>
#include <string_view>

#include <sys/stat.h>

using support::refused;
using tusk::errc;
using tusk::error;
using tusk::options;
using tusk::conninfo::env_file;

namespace {

std::string value(std::string_view text, char const* name = "A") {
  env_file const file("/x/.env", text);
  auto const* const found = file(name);
  return found ? found : "(none)";
}
std::string broken(std::string_view text) {
  auto const e = refused([&] { value(text); });
  CHECK(e.code() == errc::invalid_connection_string);
  return e.what();
}

} // namespace

TEST_CASE("env_file: names, values, export and comments") {
  CHECK(value("A=b") == "b");
  CHECK(value("A=b\n") == "b");
  CHECK(value("\n# A=c\n  export  A = b \nB=d\n") == "b");
  CHECK(value("export=x\nA=b", "export") == "x");
  CHECK(value("A=b # comment\n") == "b");
  CHECK(value("A=b#c\n") == "b#c"); // a URL may have a "#" in it
  CHECK(value("A=#c\n") == "#c");
  CHECK(value("A= # c\n").empty());
  CHECK(value("A=\nB=c\n").empty());
  CHECK(value("A=b\r\nB=c\r\n") == "b");
  CHECK(value("A=b\r\nB=c\r\n", "B") == "c");
  CHECK(value("A=b=c d\n") == "b=c d");
  CHECK(value("A=b\nA=c\n") == "c"); // the last one counts
  CHECK(value("\xef\xbb\xbf"
              "A=b\n") == "b");
  CHECK(value("B=b\n") == "(none)");
  CHECK(value("AA=b\n") == "(none)");
  CHECK(value("") == "(none)");
  CHECK(value("next.js-like=1\nA=b") == "b");
  CHECK(value("A=b'c\"d\n") == "b'c\"d"); // quotes count at the beginning only
}

TEST_CASE("env_file: quotes") {
  CHECK(value("A='b c' # d\n") == "b c");
  CHECK(value("A='b\\n$c'\n") == "b\\n$c");
  CHECK(value("A=\"b\\nc\\t\\\"\\\\\\$\\q\"\n") == "b\nc\t\"\\$\\q");
  CHECK(value("A=`it's \"b\"`\n") == "it's \"b\"");
  CHECK(value("A=''\n").empty());
  // A key of another program's, over several lines.
  auto const* const key = "KEY=\"-----BEGIN\nA=no\n-----END\"\nA=b\n";
  CHECK(value(key) == "b");
  CHECK(value(key, "KEY") == "-----BEGIN\nA=no\n-----END");
}

TEST_CASE("env_file: nothing is expanded, and what asks for it is refused") {
  CHECK(value("A=endpoint=ep-x$pass\n") == "endpoint=ep-x$pass");
  CHECK(value("A=\"pa$word\"\n") == "pa$word");
  CHECK(value("A='${B}'\n") == "${B}");
  CHECK(value("A=\"\\${B}\"\n") == "${B}");
  CHECK(value("B=${C}\nA=b\n") == "b"); // nobody asks for B
  for (auto const* text : {"\nA=postgres://${USER}:hunter2@h\n", "\nA=\"postgres://${USER}:hunter2@h\"\n"})
    CHECK(broken(text) == "line 2: A has ${...} in it, which is not expanded; write the value itself, or "
                          "put it between single quotes if it is meant as it stands");
}

TEST_CASE("env_file: an error tells the line and nothing of its text") {
  CHECK(broken("A=b\nhunter2\n") == "file /x/.env, line 2: this is neither NAME=value nor a comment");
  CHECK(broken("A=b\n\n\nB='hunter2\nC=d\n") == "file /x/.env, line 4: the quote that opens here is never closed");
  CHECK(broken("B='a\nb'\nA='b' hunter2\n") ==
        "file /x/.env, line 3: something follows the closing quote; only a comment may");
  for (auto const* text : {"=b", "export\n", "export A\n", "A: hunter2\n", "A b=c", "'A'=b"})
    CHECK_THAT(broken(text), ContainsSubstring("neither NAME=value nor a comment"));
  CHECK_THAT(broken(std::string_view("A=hunter2\0x", 11)), ContainsSubstring("has a NUL byte"));
}

TEST_CASE("env_file: options come from DATABASE_URL, else from the variables of libpq") {
  support::directory const dir;
  auto const from = [&](std::string_view text) { return options::from_env_file(dir.file(".env", text)); };
  CHECK(from("# mine\nexport DATABASE_URL=\"postgres://app:s3cret@db/shop\" # theirs\nPGHOST=h\n") ==
        options("postgres://app:s3cret@db/shop"));
  CHECK(from("PGHOST=h\nPGPORT=6543\nDATABASE_URL=\nOTHER=1\n") == options("host=h port=6543"));
  auto const path = dir.path() + "/.env";
  auto const told = [&](std::string_view text) { return std::string(refused([&] { from(text); }).what()); };
  for (auto const* nothing : {"", "DATABASE_URL=\n", "DATABASE_URL=''\n"})
    CHECK_THAT(told(nothing), ContainsSubstring("has neither DATABASE_URL nor"));
  CHECK(from("DATABASE_URL=postgres://\n") == options());
  CHECK(told("OTHER=1\n") == "file " + path + " has neither DATABASE_URL nor a variable of libpq such as PGHOST");
  CHECK_THAT(told("PGHOST=${H}\n"), StartsWith("file " + path + ": line 1: PGHOST has ${...} in it"));
  CHECK(from("PGHOST=${H}\nDATABASE_URL=postgres://h/d\n") == options("postgres://h/d")); // nobody asks for PGHOST
  CHECK_THAT(told("DATABASE_URL=https://hunter2@x/\n"), StartsWith("file " + path + ": DATABASE_URL: this is not a"));
  CHECK_THAT(told("PGSSLMODE=bogus\n"), StartsWith("file " + path + ": sslmode \"bogus\" (from PGSSLMODE)"));
  CHECK_THAT(told("PGHOST=h\nPGTZ=UTC\n"), ContainsSubstring("PGTZ counts only in the environment"));
  CHECK(refused([&] { options::from_env_file(dir.path() + "/none"); }).what() ==
        "file " + dir.path() + "/none cannot be opened: No such file or directory");
  CHECK_THAT(refused([&] { options::from_env_file(dir.path()); }).what(), ContainsSubstring("not a regular file"));
}

TEST_CASE("env_file: a service of the process does not go before the file, one of the file does") {
  support::directory const dir;
  auto const service = dir.file("s.conf", "[s]\nhost=service\n");
  support::variables const process({{"PGSERVICE", "s"}, {"PGSERVICEFILE", service}, {"PGUSER", "process"}});
  auto const settled = [&](std::string const& text) {
    auto const o = options::from_env_file(dir.file(".env", text));
    return tusk::conninfo::resolve(o, tusk::conninfo::environment(process));
  };
  CHECK(settled("PGHOST=file\n").hosts.at(0).host == "file");
  CHECK(settled("PGHOST=file\n").user == "process"); // what the file does not say
  CHECK(settled("PGHOST=file\nPGSERVICE=s\n").hosts.at(0).host == "service");
  CHECK(settled("PGPORT=1\n").hosts.at(0).host == "service");
}

TEST_CASE("env_file: no bytes crash it, and no error repeats them") {
  std::mt19937 random(7);
  auto const below = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  constexpr std::string_view pieces[] = {"A", "=", "'",  "\"", "`",       "\\",      "\n",   "\r\n", "#",
                                         " ", "$", "${", "}",  "export ", "hunter2", "\xff", "\t"};
  int taken = 0;
  for (int i = 0; i < 50000; ++i) {
    std::string text = below(3) ? "A=hunter2 '" : "";
    for (auto n = below(12); n-- > 0;) text += pieces[below(std::size(pieces))];
    if (below(50) == 0) text += '\0';
    try {
      value(text);
      ++taken;
    } catch (error const& e) {
      if (std::string_view(e.what()).find("hunter2") != std::string_view::npos) FAIL(text << ": " << e.what());
    }
  }
  CHECK(taken > 1000);
  CHECK(taken < 49000);
}
