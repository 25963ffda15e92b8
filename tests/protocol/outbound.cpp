// tusk tests: protocol/outbound.cpp — offsets of what is sent.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/protocol/outbound.hpp>

#include "support/catch.hpp"

#include <string>

using tusk::protocol::outbound;

TEST_CASE("offsets count from the first byte of the connection") {
  outbound out;
  CHECK(out.end() == 0);
  out.bytes().append("abcdef");
  CHECK(out.end() == 6);
  out.take(2);
  CHECK(out.taken() == 2);
  CHECK(tusk::wire::as_text(out.untaken()) == "cdef");
  out.take(4);
  CHECK(out.empty());
  CHECK(out.taken() == 6);
  out.bytes().append("gh");
  CHECK(out.taken() == 6);
  CHECK(out.end() == 8);
  CHECK(tusk::wire::as_text(out.untaken()) == "gh");
}

TEST_CASE("what was not taken can be withdrawn from the middle") {
  outbound out;
  out.bytes().append("0123456789");
  out.take(10);
  out.bytes().append("abcdefgh");
  out.take(2);
  out.withdraw(13, 16);
  CHECK(tusk::wire::as_text(out.untaken()) == "cgh");
  CHECK(out.end() == 15);
  out.withdraw(12, 15);
  CHECK(out.empty());
}

TEST_CASE("large memory is given back") {
  outbound out;
  out.bytes().append(std::string(outbound::kept_size + 1, 'x'));
  out.take(outbound::kept_size + 1);
  CHECK(out.bytes().capacity() == 0);
  CHECK(out.end() == outbound::kept_size + 1);
}

TEST_CASE("a queue that is never empty does not grow for ever, and keeps its offsets") {
  outbound out;
  std::string const piece(100'000, 'x');
  out.bytes().append("first");
  for (std::size_t i = 1; i <= 200; ++i) {
    out.bytes().append(piece);
    out.take(piece.size());
    REQUIRE(out.bytes().capacity() <= 4 * outbound::kept_size);
    REQUIRE(out.taken() == i * piece.size());
    REQUIRE(out.end() == i * piece.size() + 5);
  }
  out.bytes().append("last");
  CHECK(tusk::wire::as_text(out.untaken()) == "xxxxxlast");
  out.withdraw(out.taken() + 1, out.taken() + 5);
  CHECK(tusk::wire::as_text(out.untaken()) == "xlast");
}

TEST_CASE("what is sent while logging in is overwritten") {
  outbound out;
  out.set_confidential(true);
  auto const room = out.bytes().capacity();
  out.bytes().append("pencil");
  auto const* at = out.bytes().data();
  out.take(6);
  CHECK(out.bytes().capacity() == room); // still the same memory
  out.bytes().extend(6);
  REQUIRE(out.bytes().data() == at);
  for (int i = 0; i < 6; ++i) CHECK(at[i] == std::byte{0});
}
