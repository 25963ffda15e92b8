// tusk: tests/asio_address.cpp — Asio's addresses as inet and its networks as cidr.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/asio_address.hpp>

#include "types/check.hpp"

#include <string>

using namespace codec_test;
using asio::ip::address;
using asio::ip::address_v4;
using asio::ip::address_v6;
using asio::ip::make_network_v4;
using asio::ip::make_network_v6;

static_assert(tusk::parameter_type<address>() == oid::inet && tusk::codec<address>::array == oid::inet_array);
static_assert(tusk::reads<address_v4>(oid::inet) && !tusk::reads<address>(oid::cidr) &&
              !tusk::reads<address>(oid::text));
static_assert(tusk::cpp_name<address>() == "asio::ip::address" &&
              tusk::cpp_name<address_v4>() == "asio::ip::address_v4" &&
              tusk::cpp_name<address_v6>() == "asio::ip::address_v6");

namespace {

constexpr auto v4 = "02200004c0a80105";
constexpr auto v6 = "0380001020010db8000000000000000000000001";

} // namespace

TEST_CASE("asio address: bytes both ways") {
  CHECK(decode<address>(v4) == asio::ip::make_address("192.168.1.5"));
  CHECK(decode<address>(v6) == asio::ip::make_address("2001:db8::1"));
  CHECK(decode<address_v4>(v4) == asio::ip::make_address_v4("192.168.1.5"));
  CHECK(decode<address_v6>(v6) == asio::ip::make_address_v6("2001:db8::1"));
  CHECK(encode(asio::ip::make_address("192.168.1.5")) == v4);
  CHECK(encode(asio::ip::make_address("2001:db8::1")) == v6);
  CHECK(encode(asio::ip::make_address_v4("192.168.1.5")) == v4);
  CHECK(encode(asio::ip::make_address_v6("2001:db8::1")) == v6);
  CHECK(encode(address()) == "0220000400000000");
  for (auto text : {"::ffff:1.2.3.4", "fe80::1", "::"}) {
    auto const one = asio::ip::make_address(text);
    CHECK(decode<address>(encode(one)) == one); // stays an IPv6 address
  }
}

TEST_CASE("asio address: a network prefix is not lost") {
  auto const why = "it has a network prefix: use tusk::inet";
  CHECK(refused<address>("02180004c0a80105") == why);
  CHECK(refused<address_v4>("02180004c0a80105") == why);
  CHECK(refused<address>("0340001020010db8000000000000000000000001") == why);
  CHECK(refused<address_v6>("0340001020010db8000000000000000000000001") == why);
}

TEST_CASE("asio address: the other family is refused") {
  CHECK(refused<address_v4>(v6) == "it is an IPv6 address: use asio::ip::address");
  CHECK(refused<address_v6>(v4) == "it is an IPv4 address: use asio::ip::address");
}

TEST_CASE("asio address: text both ways") {
  auto const text = [](auto const& value) {
    std::string out;
    tusk::put_text(value, out);
    return out;
  };
  CHECK(text(asio::ip::make_address("192.168.1.5")) == "192.168.1.5");
  CHECK(text(asio::ip::make_address_v6("::ffff:1.2.3.4")) == "::ffff:1.2.3.4");
  CHECK(tusk::from_text<address>("2001:db8::1") == asio::ip::make_address("2001:db8::1"));
  CHECK(tusk::from_text<address_v4>("192.168.1.5/32") == asio::ip::make_address_v4("192.168.1.5"));
  CHECK_THROWS_WITH(tusk::from_text<address>("10.0.0.1/8"),
                    "\"10.0.0.1/8\" is no asio::ip::address: it has a network prefix: use tusk::inet");
  CHECK_THROWS_WITH(tusk::from_text<address_v4>("::1"),
                    "\"::1\" is no asio::ip::address_v4: it is an IPv6 address: use asio::ip::address");
  CHECK_THROWS_AS(tusk::from_text<address_v6>("localhost"), tusk::error);
}

TEST_CASE("asio address: a scope is refused") {
  auto scoped = asio::ip::make_address_v6("fe80::1");
  scoped.scope_id(7);
  auto const why =
      "the address has the scope id 7, which PostgreSQL cannot store: set it to 0 where it does not matter";
  CHECK(unsendable(scoped) == why);
  CHECK(unsendable(address(scoped)) == why);
}

TEST_CASE("asio address: an earlier value is overwritten, its scope too") {
  auto out = asio::ip::make_address_v6("fe80::1");
  out.scope_id(7);
  CHECK(decode_into(unhex(v6), out).why == "");
  CHECK(out == asio::ip::make_address_v6("2001:db8::1"));
  CHECK(out.scope_id() == 0);
}

TEST_CASE("asio address: damaged forms") {
  for (auto sent : {v4, v6}) {
    CHECK(storm<address>(unhex(sent)).refused > 20);
    storm<address_v4>(unhex(sent));
    storm<address_v6>(unhex(sent));
  }
  CHECK(refused<address>("") == "it ends too early");
}

TEST_CASE("asio network: to cidr and back") {
  for (auto text : {"192.168.1.0/24", "0.0.0.0/0", "10.1.2.3/32"}) {
    auto const network = tusk::to_cidr(make_network_v4(text));
    CHECK(to_string(network) == text);
    CHECK(tusk::to_network_v4(network) == make_network_v4(text));
  }
  for (auto text : {"2001:db8::/32", "::/0", "::1/128"}) {
    auto const network = tusk::to_cidr(make_network_v6(text));
    CHECK(to_string(network) == text);
    CHECK(tusk::to_network_v6(network) == make_network_v6(text));
  }
}

TEST_CASE("asio network: what no cidr is") {
  CHECK_THROWS_WITH(tusk::to_cidr(make_network_v4("192.168.1.5/24")),
                    "192.168.1.5/24 is no cidr: bits behind its prefix are set, its network is 192.168.1.0/24");
  CHECK(to_string(tusk::to_cidr(make_network_v4("192.168.1.5/24").canonical())) == "192.168.1.0/24");
  CHECK_THROWS_AS(tusk::to_cidr(make_network_v6("2001:db8::1/64")), tusk::error);
  auto scoped = asio::ip::make_address_v6("fe80::");
  scoped.scope_id(7);
  CHECK_THROWS_WITH(
      tusk::to_cidr(asio::ip::network_v6(scoped, 10)),
      "the address has the scope id 7, which PostgreSQL cannot store: set it to 0 where it does not matter");
  CHECK_THROWS_WITH(tusk::to_network_v4(tusk::cidr::parse("::/0")), "::/0 is no network of IPv4");
  CHECK_THROWS_WITH(tusk::to_network_v6(tusk::cidr::parse("0.0.0.0/0")), "0.0.0.0/0 is no network of IPv6");
}
