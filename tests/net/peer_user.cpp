// tusk tests: net/peer_user.cpp — who listens behind a Unix socket.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/peer_user.hpp>

#include "support/catch.hpp"

#include <string>

using tusk::errc;
using tusk::conninfo::user_name;
using tusk::net::peer_user;
using tusk::net::require_peer;

namespace {

struct pair {
  pair() { REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0); }
  pair(pair const&) = delete;
  pair& operator=(pair const&) = delete;
  ~pair() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  int ends[2];
};

} // namespace

TEST_CASE("the kernel knows the user of the other end") {
  pair const p;
  CHECK(peer_user(p.ends[0]) == ::geteuid());
  CHECK_THROWS_AS(peer_user(-1), tusk::error);
}

TEST_CASE("only the user that is required will do") {
  pair const p;
  auto const me = user_name(::geteuid());
  if (!me.empty()) CHECK_NOTHROW(require_peer(p.ends[0], me));
  for (auto const& other : {std::string("somebody-else"), me + "x", std::string()}) {
    try {
      require_peer(p.ends[0], other);
      FAIL("anybody will do");
    } catch (tusk::error const& e) {
      CHECK(e.code() == errc::authentication_failed);
      CHECK(std::string(e.what()).find("requirepeer is \"" + other + "\"") != std::string::npos);
    }
  }
}
