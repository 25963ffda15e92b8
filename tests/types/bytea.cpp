// tusk: tests/types/bytea.cpp — std::vector<std::byte> and spans of bytes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/bytea.hpp>

#include "types/check.hpp"

#include <array>
#include <span>

using namespace codec_test;

using view = std::span<std::byte const>;

static_assert(tusk::decodable<view> && tusk::borrows_v<view> && !tusk::borrows_v<bytes>);
static_assert(tusk::encodable<std::span<std::byte>> && !tusk::decodable<std::span<std::byte>>);
static_assert(tusk::encodable<std::span<std::byte const, 4>> && !tusk::decodable<std::span<std::byte const, 4>>);
static_assert(tusk::parameter_type<view>() == oid::bytea && tusk::parameter_type<bytes>() == oid::bytea);

TEST_CASE("bytea: any byte passes") {
  bytes all;
  for (int i = 0; i < 256; ++i) all.push_back(std::byte(i));
  CHECK(decode<bytes>(all) == all);
  CHECK(encode_bytes(all) == all);
  CHECK(encode_bytes(view(all)) == all);
  CHECK(encode_bytes(std::span(all)) == all);
  CHECK(encode(std::span<std::byte const, 2>(all.data(), 2)) == "0001");
}

TEST_CASE("bytea: none is a value too") {
  CHECK(decode<bytes>("").empty());
  CHECK(encode(bytes{}) == "");
  CHECK(encode(view{}) == "");
}

TEST_CASE("bytea: an earlier value is overwritten and its memory kept") {
  bytes out(100, std::byte{1});
  auto const* memory = out.data();
  CHECK(decode_into(unhex("00ff"), out).why == "");
  CHECK(hex(out) == "00ff");
  CHECK(out.data() == memory);
}

TEST_CASE("bytea: a span borrows the received bytes") {
  auto const sent = unhex("616263");
  tusk::reader in{tusk::wire::byte_view(sent)};
  view out;
  tusk::codec<view>::decode(in, out);
  CHECK(out.data() == sent.data());
  CHECK(out.size() == 3);
  CHECK(in.left() == 0);
}

TEST_CASE("bytea: text both ways") {
  using blob = std::vector<std::byte>;
  blob const all{std::byte{0}, std::byte{0x7f}, std::byte{0xff}};
  CHECK(text_of(all) == "\\x007fff");
  CHECK(text_of(std::span<std::byte const>(all)) == "\\x007fff");
  CHECK(text_of(blob{}) == "\\x");
  CHECK(tusk::from_text<blob>("\\x007fFF") == all);
  CHECK(tusk::from_text<blob>("\\x").empty());
  for (auto wrong : {"", "x00", "\\", "\\x0", "\\x0g", "\\x00 ", "00"})
    CHECK(unreadable<blob>(wrong) ==
          '"' + std::string(wrong) + "\" is no bytea: write \\x and two hexadecimal digits for each byte");
}
