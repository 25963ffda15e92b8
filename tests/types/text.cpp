// tusk: tests/types/text.cpp — std::string and std::string_view.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/text.hpp>

#include "types/check.hpp"

#include <string>
#include <string_view>

using namespace codec_test;
using namespace std::string_literals;
using namespace std::string_view_literals;

static_assert(tusk::borrows_v<std::string_view> && !tusk::borrows_v<std::string>);
static_assert(tusk::sent_as_text<std::string>() && tusk::parameter_type<std::string_view>() == oid::none);
static_assert(tusk::reads<std::string>(oid::name) && tusk::reads<std::string>(oid::bpchar));
static_assert(tusk::reads<std::string>(oid::jsonb) && !tusk::reads<std::string>(oid::bytea));
static_assert(!tusk::reads<std::string>(oid::int4) && !tusk::reads<std::string>(oid::char_));

TEST_CASE("text: bytes as they are") {
  CHECK(decode<std::string>("") == "");
  CHECK(decode<std::string>("c3bc20ff01") == "\xc3\xbc \xff\x01");
  CHECK(encode("\xc3\xbc \x01\x7f"s) == "c3bc20017f");
  CHECK(encode(""sv) == "");
  CHECK(encode(std::string_view{}) == "");
}

TEST_CASE("text: an earlier value is overwritten and its memory kept") {
  std::string out(1000, 'x');
  auto const* memory = out.data();
  CHECK(decode_into(unhex("6162"), out).why == "");
  CHECK(out == "ab");
  CHECK(out.data() == memory);
  CHECK(decode_into(unhex(""), out).why == "");
  CHECK(out == "");
}

TEST_CASE("text: a view borrows the received bytes") {
  auto const sent = unhex("616263");
  tusk::reader in{tusk::wire::byte_view(sent)};
  std::string_view out;
  tusk::codec<std::string_view>::decode(in, out);
  CHECK(out == "abc");
  CHECK(static_cast<void const*>(out.data()) == sent.data());
  CHECK(in.left() == 0);
}

TEST_CASE("text: a jsonb loses its version byte, and only a jsonb does") {
  CHECK(decode<std::string>("017b7d", oid::jsonb) == "{}");
  CHECK(decode<std::string>("017b7d", oid::text) == "\x01{}");
  CHECK(decode<std::string>("7b7d", oid::json) == "{}");
  CHECK(refused<std::string>("027b7d", oid::jsonb) == "its jsonb version is not 1");
  CHECK(refused<std::string>("", oid::jsonb) == "it ends too early");
}

TEST_CASE("text: NUL is refused, with its place") {
  CHECK(unsendable("a\0b"s) == "byte 2 of its 3 is NUL, which PostgreSQL's text cannot hold");
  CHECK(unsendable("\0"sv) == "byte 1 of its 1 is NUL, which PostgreSQL's text cannot hold");
  CHECK(unsendable(std::string(1000, 'x') + '\0') ==
        "byte 1001 of its 1001 is NUL, which PostgreSQL's text cannot hold");
  CHECK(unsendable("\x01\x7f"sv) == "");
}

TEST_CASE("text: what bytes can be a text") {
  using namespace std::string_view_literals;
  for (auto good : {""sv, "a"sv, "\t\r\n"sv, "\xc3\xa9"sv, "\xe2\x82\xac"sv, "\xf0\x9f\x98\x80"sv})
    CHECK(tusk::looks_like_text(good));
  for (auto bad : {"\0"sv, "a\x01"sv, "\x7f"sv, "\x80"sv, "\xc3"sv, "\xc0\x80"sv, "\xe2\x82"sv, "\xf5\x80\x80\x80"sv,
                   "\xc3("
                   ""sv})
    CHECK(!tusk::looks_like_text(bad));
  CHECK(refused<std::string>("6162", oid(16384)) == "");
  CHECK(refused<std::string>("610062", oid(16384)) ==
        "its type is not sent as text: cast it in the query, as in column::text");
  CHECK(refused<std::string>("610062", oid::text) == ""); // the server knows its own texts
}
