// tusk: tests/large_object.cpp — what becomes of a server's answers about large objects.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/large_object.hpp>

#include "support/catch.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using tusk::errc;
using tusk::oid;

namespace {

std::vector<tusk::column> one_column(oid type) {
  std::vector<tusk::column> c(1);
  c[0].name = "it";
  c[0].type = type;
  c[0].format = 1;
  return c;
}
/// Hands a row of one value to a sink.
template <class T> void give(tusk::protocol::sink& to, T const& value) {
  tusk::wire::buffer row;
  tusk::writer w(row);
  w.put(std::int16_t(1));
  auto const place = w.begin_length();
  tusk::codec<T>::encode(value, w);
  w.end_length(place);
  to.on_row(row.data(), row.data() + row.size());
}
std::span<std::byte const> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }
template <class F> tusk::error thrown(F f) {
  try {
    f();
  } catch (tusk::error const& e) {
    return e;
  }
  FAIL("nothing was thrown");
  std::abort();
}

} // namespace

TEST_CASE("rows are put one behind the other where they are wanted") {
  std::array<std::byte, 6> room{};
  auto const columns = one_column(oid::bytea);
  tusk::bytes_into to({}, room);
  to.on_columns(columns);
  CHECK(to.take() == 0);
  give(to, bytes("ab"));
  give(to, bytes(""));
  give(to, bytes("cde"));
  CHECK(to.take() == 5);
  CHECK(tusk::wire::as_text(room) == std::string_view("abcde\0", 6));
  to.on_restart();
  give(to, bytes("fghijk"));
  CHECK(to.take() == 6);
  CHECK(tusk::wire::as_text(room) == "fghijk");
}

TEST_CASE("more than was asked for is not taken") {
  std::array<std::byte, 6> room{};
  auto const columns = one_column(oid::bytea);
  tusk::bytes_into to({}, std::span(room).first(4));
  to.on_columns(columns);
  give(to, bytes("abc"));
  CHECK(thrown([&] { give(to, bytes("de")); }).code() == errc::invalid_value);
  CHECK(tusk::wire::as_text(room) == std::string_view("abc\0\0\0", 6));
}

TEST_CASE("what is no bytea is no part of a large object") {
  std::array<std::byte, 6> room{};
  auto const columns = one_column(oid::text);
  tusk::bytes_into to({}, room);
  CHECK(thrown([&] { to.on_columns(columns); }).code() == errc::column_mismatch);
}

TEST_CASE("the server has to have written all") {
  auto const columns = one_column(oid::int4);
  auto const answered = [&](std::size_t sent, std::int32_t written) {
    tusk::all_written w({}, sent);
    w.on_columns(columns);
    give(w, written);
    w.take();
  };
  CHECK_NOTHROW(answered(10, 10));
  CHECK_NOTHROW(answered(0, 0));
  auto const e = thrown([&] { answered(10, 9); });
  CHECK(e.code() == errc::invalid_value);
  CHECK_THAT(e.what(), ContainsSubstring("9 of 10"));
  CHECK_THROWS_AS(answered(0xffff'ffff, -1), tusk::error);
  CHECK_THROWS_AS(tusk::all_written({}, 0).take(), tusk::error);
}
