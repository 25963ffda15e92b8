// tusk tests: auth/channel_binding.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/channel_binding.hpp>

#include "support/catch.hpp"

#include <string>

using tusk::auth::channel_binding;

TEST_CASE("each choice of channel binding has its mechanism, header and input") {
  CHECK(channel_binding::none().mechanism() == std::string("SCRAM-SHA-256"));
  CHECK(channel_binding::none().header() == "n,,");
  CHECK(channel_binding::none().input() == "n,,");
  CHECK(channel_binding::unused().mechanism() == std::string("SCRAM-SHA-256"));
  CHECK(channel_binding::unused().header() == "y,,");
  CHECK(channel_binding::unused().input() == "y,,");
  std::string const hash("\0\xff,", 3);
  auto const bound = channel_binding::tls_server_end_point(tusk::wire::as_bytes(hash));
  CHECK(bound.mechanism() == std::string("SCRAM-SHA-256-PLUS"));
  CHECK(bound.header() == "p=tls-server-end-point,,");
  CHECK(bound.input() == "p=tls-server-end-point,," + hash);
}
