// tusk tests: conninfo/passfile.hpp — the password file, against what libpq finds in it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/passfile.hpp>
#include <tusk/conninfo/settings.hpp>
#include <tusk/options.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/json.hpp"
#include "support/table.hpp"
#include "support/variables.hpp"

#include <filesystem>
#include <string>
#include <string_view>

#include <sys/stat.h>

using namespace tusk::conninfo;

namespace {

std::string found(std::string contents, std::string_view host = "h") {
  auto const password = passfile::of(std::move(contents)).find(host, "5432", "db", "me");
  return password ? password->str() : "(none)";
}

} // namespace

TEST_CASE("passfile: finds what libpq finds") {
  for (auto const& row : support::table("passfile_cases.tsv")) {
    INFO("row " << row["id"] << ": " << row["description"]);
    support::directory const dir;
    bool const long_line = row["description"] == "long line"; // in the table as an expression
    auto const contents = long_line ? std::string(5000, '#') + "\n*:*:*:*:" + std::string(3000, 'p') + "\n"
                                    : support::json::string(row["file_content_json"]);
    auto path = dir.file("pass", contents, static_cast<unsigned>(std::stoi(row["mode"], nullptr, 8)));
    if (row["filetype"] == "dir") path = dir.path();
    if (row["filetype"] == "symlink") {
      std::filesystem::create_symlink(path, dir.path() + "/link");
      path = dir.path() + "/link";
    }

    auto variables = support::json::object(row["env_json"]);
    auto text = support::json::string(row["conninfo_json"]);
    if (row["how_given"] == "env") variables["PGPASSFILE"] = path;
    // The table was made where the default socket directory is /tmp.
    if (auto const at = text.find("host=/tmp"); at != text.npos)
      text.replace(at, 9, "host=" + default_socket_directory());
    // Replication, where it matters here, only leaves the database's name empty.
    if (auto const at = text.find(" replication=true"); at != text.npos) text.erase(at);
    tusk::options options(text);
    if (row["how_given"] == "param") options.set("passfile", path);

    support::variables const source(variables);
    auto const got = resolve(options, environment(source));
    auto const expected = long_line                        ? std::string(3000, 'p')
                          : row["password_json"] == "null" ? ""
                                                           : support::json::string(row["password_json"]);
    CHECK(got.hosts.at(0).password == expected);
    CHECK(got.passfile_ignored.empty() == row["stderr_warning"].empty());
    bool const asked = got.hosts[0].password_from_file;
    CHECK(asked == (!expected.empty() && !(variables.contains("PGPASSWORD") && !variables["PGPASSWORD"].empty())));
  }
}

TEST_CASE("passfile: lines") {
  CHECK(found("") == "(none)");
  CHECK(found("h:5432:db:me:p") == "p"); // no newline at the end
  CHECK(found("h:5432:db:me:p\r\r\n") == "p");
  CHECK(found("#h:5432:db:me:no\nh:5432:db:me:p\n") == "p");
  CHECK(found(" h:5432:db:me:no\n") == "(none)");
  CHECK(found("h:5432:db:me\n") == "(none)");
  CHECK(found("h:5432:db:me:\nh:5432:db:me:p\n").empty()); // the first that fits, even with nothing
  CHECK(found("h:5432:db:me:a\\:b\\\\c:d") == "a:b\\c");
  CHECK(found("\\h:*:\\d\\b:*:p") == "p");
  CHECK(found("**:*:*:*:p") == "(none)");
  CHECK(found("h\\") == "(none)");
  CHECK(found("::1:*:*:*:p", "::1") == "p");
  CHECK(found("\\:\\:1:*:*:*:p", "::1") == "p");
  CHECK(found("hh:*:*:*:p") == "(none)");
  CHECK(found("H:*:*:*:p") == "(none)");
}

TEST_CASE("passfile: what is no file, is missing, or can be read by others") {
  support::directory const dir;
  CHECK(passfile::read(dir.path() + "/none").ignored().empty());
  CHECK(passfile::read("").ignored().empty());
  auto const fifo = dir.path() + "/fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(passfile::read(fifo).ignored() == "the password file " + fifo + " was ignored: it is not a regular file");
  for (unsigned const mode : {0601U, 0602U, 0604U, 0610U, 0620U, 0640U}) {
    auto const file = passfile::read(dir.file("open", "*:*:*:*:p\n", mode));
    CHECK_THAT(file.ignored(), ContainsSubstring("group or others have access"));
    CHECK(!file.find("h", "1", "d", "u"));
  }
  auto const large = dir.file("large", "*:*:*:*:p\n");
  std::filesystem::resize_file(large, file::max_size + 1); // a hole, no bytes
  CHECK_THAT(passfile::read(large).ignored(), ContainsSubstring("larger than 16 MiB"));
}

TEST_CASE("passfile: each host has its own password") {
  support::directory const dir;
  auto const path = dir.file("home/.pgpass", "a:1:db:me:one\n10.0.0.1:2:db:me:two\nlocalhost:5432:db:me:local\n");
  support::variables const source({{"HOME", dir.path() + "/home"}});
  auto const got =
      resolve(tusk::options("host=a,,,b hostaddr=,10.0.0.1,, port=1,2,,4 dbname=db user=me"), environment(source));
  REQUIRE(got.hosts.size() == 4);
  CHECK(got.hosts[0].password == "one");
  CHECK(got.hosts[1].password == "two"); // no name: by its address
  CHECK(got.hosts[2].password == "local");
  CHECK(got.hosts[3].password.empty());
  CHECK_FALSE(got.hosts[3].password_from_file);
}
