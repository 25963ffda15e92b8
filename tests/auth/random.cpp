// tusk tests: auth/random.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/random.hpp>

#include "support/catch.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace tusk;

TEST_CASE("random_bytes fills the whole of what it is given") {
  // In 64 fills each of the bytes is other than zero at least once, or chance is 2^-512 against us.
  std::vector<std::byte> seen(1000), bytes(1000);
  for (int i = 0; i != 64; ++i) {
    auth::random_bytes(bytes);
    for (std::size_t k = 0; k != bytes.size(); ++k) seen[k] |= bytes[k];
  }
  for (auto b : seen) CHECK(b != std::byte{0});
  auth::random_bytes({});
}

TEST_CASE("random_bytes does not repeat itself") {
  std::set<std::array<std::byte, 18>> seen;
  for (int i = 0; i != 2000; ++i) {
    std::array<std::byte, 18> bytes;
    auth::random_bytes(bytes);
    CHECK(seen.insert(bytes).second);
  }
}

TEST_CASE("random_bytes differ in a forked child") {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  std::array<std::byte, 16> ours{}, theirs{};
  auto const child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auth::random_bytes(theirs);
    _exit(write(ends[1], theirs.data(), theirs.size()) == 16 ? 0 : 1);
  }
  auth::random_bytes(ours);
  CHECK(read(ends[0], theirs.data(), theirs.size()) == 16);
  int status = 1;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(ours != theirs);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("random_bytes goes on after a signal and after a short read") {
  static int calls;
  calls = 0;
  auth::random_source* const source = [](void* to, std::size_t n) -> ssize_t {
    if (++calls % 2 == 1) {
      errno = EINTR;
      return -1;
    }
    std::memset(to, calls, 1);
    return n == 0 ? 0 : 1;
  };
  std::array<std::byte, 3> bytes{};
  auth::random_bytes(bytes, source);
  CHECK(calls == 6);
  CHECK(bytes == std::array{std::byte{2}, std::byte{4}, std::byte{6}});
}

TEST_CASE("random_bytes throws when there are none") {
  std::array<std::byte, 3> bytes{};
  auto const code_of = [&](auth::random_source* source) {
    try {
      auth::random_bytes(bytes, source);
    } catch (error const& e) {
      return e.code();
    }
    return std::error_code();
  };
  CHECK(code_of([](void*, std::size_t) -> ssize_t { return errno = ENOSYS, -1; }) == std::errc::function_not_supported);
  CHECK(code_of([](void*, std::size_t) -> ssize_t { return 0; }) == std::errc::io_error);
}
