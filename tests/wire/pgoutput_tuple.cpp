// tusk: tests/wire/pgoutput_tuple.cpp — the columns of a row, cut and damaged.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/wire/pgoutput_tuple.hpp>

#include "support/catch.hpp"
#include "support/pgoutput.hpp"
#include "support/rows.hpp"

#include <string>

using namespace pgoutput_messages;
using tusk::wire::as_bytes;
using tusk::wire::pgoutput_tuple;
using tusk::wire::tuple_kind;

namespace {

/// Every column as its kind and its bytes, of a tuple that is followed by `more`; read from memory of exactly that
/// size.
std::string walked(std::string const& bytes, std::size_t more = 0) {
  support::exact_bytes const exact(as_bytes(bytes));
  tusk::wire::reader in(exact.begin(), exact.end());
  auto const t = pgoutput_tuple::read(in, "a test");
  if (!in.ok()) return in.why();
  CHECK(in.left() == more);
  std::string out = std::to_string(t.size());
  t.each([&](tuple_kind kind, std::size_t at) {
    out.append(" ").append(1, static_cast<char>(kind));
    if (kind != tuple_kind::text && kind != tuple_kind::binary) return;
    auto const length = tusk::wire::load<std::uint32_t>(t.bytes().data() + at);
    out += support::to_hex(t.bytes().subspan(at + 4, length));
  });
  return out;
}
std::string refusal(std::string const& bytes) {
  return support::outcome_of([&] { walked(bytes); }).text;
}

} // namespace

TEST_CASE("pgoutput_tuple: each kind of column") {
  auto const all = tuple({text("ab"), null(), binary(std::string("\0\xff", 2)), unchanged(), text("")});
  CHECK(walked(all) == "5 t6162 n b00ff u t");
  CHECK(walked(all + "N", 1) == "5 t6162 n b00ff u t"); // what follows is left
  CHECK(walked(tuple({})) == "0");
}

TEST_CASE("pgoutput_tuple: cut anywhere") {
  auto const all = tuple({text("ab"), null(), binary("x"), unchanged(), text("y")});
  for (std::size_t n = 0; n < all.size(); ++n) {
    INFO(n);
    auto const cut = all.substr(0, n);
    std::string outcome;
    auto const thrown = support::outcome_of([&] { outcome = walked(cut); });
    CHECK((outcome == "it ends too early" || thrown.code == tusk::errc::protocol_violation));
  }
}

TEST_CASE("pgoutput_tuple: columns that are none") {
  CHECK(refusal(tuple({text("a"), "x"})) == "the server broke the protocol: a test: column 2 is of unknown kind 'x'");
  CHECK(refusal(tuple({std::string(1, '\0')})) ==
        "the server broke the protocol: a test: column 1 is of unknown kind 0x00");
  CHECK(refusal(tuple({"t" + number(std::int32_t{-1})})) ==
        "the server broke the protocol: a test: column 1 has a negative length");
  CHECK(walked(tuple({"b" + number(std::int32_t{0x7fffffff}) + "xx"})) == "it ends too early");
  CHECK(refusal(number(std::uint16_t{0xffff}) + std::string(65534, 'n')) ==
        "the server broke the protocol: a test: it announces more columns than it has bytes for");
  CHECK(walked(number(std::uint16_t{0xffff}) + std::string(65535, 'n')).starts_with("65535 n n"));
}
