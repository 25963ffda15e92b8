// tusk: tests/wire/replication.cpp — the messages inside a replication stream's CopyData, both ways.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/wire/replication.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <string>
#include <variant>

using namespace tusk::wire;
using support::exact_bytes;
using support::from_hex;
using support::outcome_of;
using support::to_hex;
using tusk::errc;

namespace {

std::string const data = from_hex("77 0000000012345678 00000001abcdef00 fffffffffffffffe 0102ff");
std::string const keepalive = from_hex("6b 00000001abcdef00 0002b1a2c3d4e5f6 01");

/// From memory of exactly that size; a payload is looked at as long as it is there.
template <class F> void parsed(std::string const& bytes, F look) {
  exact_bytes const exact(as_bytes(bytes));
  look(parse_replication({exact.begin(), exact.end()}));
}
support::outcome refused(std::string const& bytes) {
  return outcome_of([&] { parsed(bytes, [](auto const&) {}); });
}

} // namespace

TEST_CASE("replication: XLogData") {
  parsed(data, [](replication_message const& m) {
    auto const& d = std::get<xlog_data>(m);
    CHECK(d.start == 0x12345678);
    CHECK(d.end == 0x1'abcd'ef00);
    CHECK(d.clock == -2);
    CHECK(to_hex(d.payload) == "0102ff");
  });
  parsed(data.substr(0, 25), [](replication_message const& m) { CHECK(std::get<xlog_data>(m).payload.empty()); });
}

TEST_CASE("replication: the primary keepalive") {
  parsed(keepalive, [](replication_message const& m) {
    auto const& k = std::get<primary_keepalive>(m);
    CHECK(k.end == 0x1'abcd'ef00);
    CHECK(k.clock == 0x2'b1a2'c3d4'e5f6);
    CHECK(k.reply_requested);
  });
  parsed(keepalive.substr(0, 17) + '\0',
         [](replication_message const& m) { CHECK_FALSE(std::get<primary_keepalive>(m).reply_requested); });
}

TEST_CASE("replication: cut, lengthened and unknown messages are violations of the protocol") {
  for (std::size_t n = 0; n < 25; ++n) CHECK(refused(data.substr(0, n)).code == errc::protocol_violation);
  for (std::size_t n = 0; n < keepalive.size(); ++n)
    CHECK(refused(keepalive.substr(0, n)).code == errc::protocol_violation);
  CHECK(refused(keepalive + '\0').text ==
        "the server broke the protocol: the primary keepalive: it is longer than its contents");
  CHECK(refused(keepalive.substr(0, 17) + '\2').text ==
        "the server broke the protocol: the primary keepalive: whether to reply is neither 0 nor 1");
  CHECK(refused("").text == "the server broke the protocol: the replication stream: it has a message without a type");
  for (int c = 0; c < 256; ++c) {
    auto const type = static_cast<char>(c);
    if (type == 'w' || type == 'k') continue;
    CHECK(refused(type + data.substr(1)).text ==
          "the server broke the protocol: the replication stream: it has a message of unknown type " + type_text(type));
  }
}

TEST_CASE("replication: the standby status update") {
  buffer to;
  to.append("before");
  standby_status status;
  status.written = 0x1'0000'0003;
  status.flushed = 0x1'0000'0002;
  status.applied = 1;
  status.clock = -1;
  put_standby_status(to, status);
  status.reply_requested = true;
  put_standby_status(to, status);
  std::string const once = "72 0000000100000003 0000000100000002 0000000000000001 ffffffffffffffff ";
  CHECK(to_hex(to) == to_hex("before" + from_hex(once + "00") + from_hex(once + "01")));
}
