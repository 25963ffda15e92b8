// tusk tests: auth/oauth_bearer.cpp — the messages of RFC 7628, and what is no token.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/oauth_bearer.hpp>

#include "support/catch.hpp"

#include <string>

using tusk::auth::is_bearer_token;
using tusk::auth::oauth_bearer_response;

TEST_CASE("the client's first message carries the token, and neither a user nor a host") {
  CHECK(oauth_bearer_response("abc.DEF-123_~+/==") == "n,,\x01"
                                                      "auth=Bearer abc.DEF-123_~+/==\x01\x01");
}

TEST_CASE("a token is what RFC 6750 allows") {
  for (auto const* good : {"a", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", "a.b.c", "-._~+/", "0="})
    CHECK(is_bearer_token(good));
  for (auto const* bad : {"", "=", "==", "a=b", "a b", "a\n", "Bearer abc",
                          "a\x01"
                          "b",
                          "a,b", "\"a\"", "ä", "a\t"})
    CHECK_FALSE(is_bearer_token(bad));
  CHECK_FALSE(is_bearer_token(std::string("a\0b", 3)));
}

TEST_CASE("what is no token is refused, without being shown") {
  for (auto const* bad : {"s3cret\n", "Bearer s3cret",
                          "s3cret\x01"
                          "auth=x"}) {
    try {
      oauth_bearer_response(bad);
      FAIL();
    } catch (tusk::error const& e) {
      CHECK(e.code() == tusk::errc::invalid_option);
      CHECK(std::string(e.what()).find("s3cret") == std::string::npos);
    }
  }
  CHECK_THROWS_WITH(oauth_bearer_response(""), Catch::Matchers::Contains("the OAuth token is empty"));
}
