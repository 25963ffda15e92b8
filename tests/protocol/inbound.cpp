// tusk tests: protocol/inbound.cpp — messages out of a stream of bytes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/protocol/inbound.hpp>

#include "support/catch.hpp"
#include "support/messages.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

using tusk::errc;
using tusk::protocol::inbound;
using tusk::protocol::message;

namespace {

void receive(inbound& in, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const room = in.room();
    REQUIRE(!room.empty());
    auto const n = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), n);
    in.received(n);
    bytes.remove_prefix(n);
  }
}

} // namespace

TEST_CASE("messages come out whole and in order, however they arrive") {
  std::string stream;
  std::vector<std::string> bodies;
  for (std::size_t n : {0u, 1u, 5u, 70'000u, 3u, 64u * 1024u, 200'000u, 2u}) {
    bodies.emplace_back(n, static_cast<char>('a' + n % 26));
    stream += messages::message('D', bodies.back());
  }
  for (std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, stream.size()}) {
    inbound in(1 << 20);
    std::vector<std::string> got;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      receive(in, std::string_view(stream).substr(at, piece));
      for (message m; in.take(m);) {
        CHECK(m.type == 'D');
        got.emplace_back(tusk::wire::as_text(m.body()));
      }
    }
    CHECK(got == bodies);
    CHECK(in.empty());
  }
}

TEST_CASE("a length below its own four bytes, or above the limit of its kind, is refused at once") {
  for (char const type : {'Z', 'D'})
    for (std::uint32_t length : {0u, 3u, 0x80000000u, 0xffffffffu}) { // it is signed
      inbound in(1 << 20);
      receive(in, type + messages::number(length));
      message m;
      try {
        in.take(m);
        FAIL("it was taken");
      } catch (tusk::error const& e) {
        CHECK(e.code() == errc::protocol_violation);
      }
    }
  inbound in(1000);
  receive(in, "D" + messages::number(std::uint32_t{1001}));
  message m;
  try {
    in.take(m);
    FAIL("it was taken");
  } catch (tusk::error const& e) {
    CHECK(e.code() == errc::protocol_violation); // before login nobody is told about max_message_size
  }
  in = inbound(100'000);
  receive(in, "D" + messages::number(std::uint32_t{100'001}));
  try {
    in.take(m);
    FAIL("it was taken");
  } catch (tusk::error const& e) {
    CHECK(e.code() == errc::message_too_large);
  }
}
