// tusk tests: auth/base64.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/base64.hpp>

#include "support/catch.hpp"

#include <optional>
#include <string>
#include <vector>

using namespace tusk;

namespace {

std::string encode(std::string_view text) { return auth::base64_encode(wire::as_bytes(text)); }

std::optional<std::string> decode(std::string_view text) {
  std::vector<std::byte> out;
  if (!auth::base64_decode(text, out)) return std::nullopt;
  return std::string(wire::as_text(out));
}

} // namespace

TEST_CASE("base64 gives the examples of RFC 4648") {
  struct {
    char const* text;
    char const* encoded;
  } const cases[]{{"", ""},
                  {"f", "Zg=="},
                  {"fo", "Zm8="},
                  {"foo", "Zm9v"},
                  {"foob", "Zm9vYg=="},
                  {"fooba", "Zm9vYmE="},
                  {"foobar", "Zm9vYmFy"},
                  {"\xfb\xff\xbf", "+/+/"}};
  for (auto const& c : cases) {
    CHECK(encode(c.text) == c.encoded);
    CHECK(decode(c.encoded) == c.text);
  }
}

TEST_CASE("base64 round trips every byte at every place") {
  for (int c = 0; c != 256; ++c)
    for (std::size_t n = 1; n <= 5; ++n)
      for (std::size_t i = 0; i != n; ++i) {
        std::string text(n, 'a');
        text[i] = static_cast<char>(c);
        CHECK(decode(encode(text)) == text);
      }
}

TEST_CASE("base64 accepts one text for each sequence of bytes") {
  // Every text of four characters of a small set: what decodes must encode to itself.
  std::string_view const set("AQgw8/+=- \n\0", 12);
  int accepted = 0;
  for (char a : set)
    for (char b : set)
      for (char c : set)
        for (char d : set) {
          std::string const text{a, b, c, d};
          auto const bytes = decode(text);
          if (!bytes) continue;
          ++accepted;
          CHECK(encode(*bytes) == text);
        }
  // Seven digits: 7^4 whole groups; x and x= of two and one bytes where the bits behind the end are zero.
  CHECK(accepted == 7 * 7 * 7 * 7 + 7 * 7 * 5 + 7 * 4);
}

TEST_CASE("base64 refuses what is not exactly Base64") {
  for (auto text :
       {"Z",     "Zg",    "Zg=",  "Zg===",  "=",    "==",   "===",     "====", "Z===", "Zg=g", "Zg==Zg==",
        "Zm9v=", "Zm9vZ", "Zm 9", "Zm9v\n", "Zm9-", "Zm9_", "Zm9\xff", "Zh==", "Zm9=", " Zm9", "Zm9v\n\n\n\n"}) {
    INFO(text);
    CHECK_FALSE(decode(text));
  }
}
