// tusk tests: conninfo/file.hpp — small files of text.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/file.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"

#include <filesystem>
#include <string>
#include <string_view>

#include <sys/stat.h>

using namespace tusk::conninfo;

TEST_CASE("file: all of it is read, NUL bytes and all") {
  support::directory const dir;
  std::string const contents("a\0b\nc", 5);
  file const f(dir.file("f", contents));
  REQUIRE(f.is_open());
  CHECK(!f.unfit());
  CHECK((f.mode() & 0777U) == 0600);
  CHECK(f.read().str() == contents);
  CHECK(file(dir.file("empty", "")).read().empty());
}

TEST_CASE("file: what is missing, no file or huge is told apart") {
  support::directory const dir;
  file const missing(dir.path() + "/none");
  CHECK_FALSE(missing.is_open());
  CHECK(missing.error() == "No such file or directory");
  CHECK(file(dir.path()).unfit() == std::string("it is not a regular file"));
  auto const fifo = dir.path() + "/fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK(file(fifo).unfit() == std::string("it is not a regular file")); // and nothing waits for a writer
  auto const large = dir.file("large", "");
  std::filesystem::resize_file(large, file::max_size + 1); // a hole, no bytes
  CHECK(file(large).unfit() == std::string("it is larger than 16 MiB"));
}

TEST_CASE("file: lines are taken one by one") {
  std::string_view text = "a\n\nb\r\nc";
  std::string lines;
  while (!text.empty()) lines.append(take_line(text)).append("|");
  CHECK(lines == "a||b\r|c|");
}
