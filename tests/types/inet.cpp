// tusk: tests/types/inet.cpp — tusk::inet and tusk::cidr.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/inet.hpp>

#include "types/check.hpp"

#include <array>
#include <compare>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>

using namespace codec_test;
using tusk::cidr;
using tusk::inet;
using tusk::ip_family;

static_assert(std::is_trivially_copyable_v<inet> && sizeof(inet) == 18 && sizeof(cidr) == 18);
static_assert(!std::is_aggregate_v<inet>, "GCC 12 mishandles temporary aggregates in co_await expressions");
static_assert(std::is_convertible_v<cidr, inet> && !std::is_convertible_v<inet, cidr>);
static_assert(!std::is_convertible_v<std::string, inet>, "a text is no address before it is parsed");
static_assert(tusk::parameter_type<inet>() == oid::inet && tusk::parameter_type<cidr>() == oid::cidr);
static_assert(tusk::reads<inet>(oid::cidr) && !tusk::reads<cidr>(oid::inet) && !tusk::reads<inet>(oid::text));
static_assert(tusk::codec<inet>::array == oid::inet_array && tusk::codec<cidr>::array == oid::cidr_array);
static_assert(tusk::cpp_name<inet>() == "tusk::inet" && tusk::cpp_name<cidr>() == "tusk::cidr");
static_assert(inet::parse("192.168.1.5/24").prefix_length() == 24 && inet::parse("::1").prefix_length() == 128);
static_assert(inet::parse("192.168.1.5/24").network() == cidr::parse("192.168.1.0/24"));
static_assert(inet{} == inet::parse("0.0.0.0") && cidr{} == cidr::parse("0.0.0.0/32"));

namespace {

struct known {
  char const* sent;
  char const* text;
};

// Bytes and text from a server; more of them are in tests/data/types_expected.tsv.
constexpr known addresses[] = {
    {"02200004ffffffff", "255.255.255.255"},
    {"02180004c0a80105", "192.168.1.5/24"},
    {"020000040a000001", "10.0.0.1/0"},
    {"0380001000000000000000000000000000000001", "::1"},
    {"0340001020010db8000000000000000000000001", "2001:db8::1/64"},
    {"0380001000000000000000000000000001020304", "::1.2.3.4"},
    {"0300001000000000000000000000000000000000", "::/0"},
    {"03800010ffffffffffffffffffffffffffffffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
};
constexpr known networks[] = {
    {"0200010400000000", "0.0.0.0/0"},
    {"02200104c0a80105", "192.168.1.5/32"},
    {"0300011000000000000000000000000000000000", "::/0"},
    {"0380011000000000000000000000000000000001", "::1/128"},
    {"0320011020010db8000000000000000000000000", "2001:db8::/32"},
};

} // namespace

TEST_CASE("inet: bytes and text, both ways") {
  for (auto const& [sent, text] : addresses) {
    INFO(text);
    auto const address = decode<inet>(sent);
    CHECK(to_string(address) == text);
    CHECK(inet::parse(text) == address);
    CHECK(encode(address) == sent);
  }
}

TEST_CASE("cidr: bytes and text, both ways, and as inet") {
  for (auto const& [sent, text] : networks) {
    INFO(text);
    auto const network = decode<cidr>(sent);
    CHECK(to_string(network) == text);
    CHECK(cidr::parse(text) == network);
    CHECK(encode(network) == sent);
    CHECK(decode<inet>(sent, oid::cidr) == inet(network));
  }
}

TEST_CASE("inet: what it is made of") {
  std::array const four{std::byte{10}, std::byte{1}, std::byte{2}, std::byte{3}};
  auto const address = inet::v4(four, 8);
  CHECK(to_string(address) == "10.1.2.3/8");
  CHECK(address.is_v4());
  CHECK(address.family() == ip_family::v4);
  CHECK(hex(address.bytes()) == "0a010203");
  CHECK(address.prefix_length() == 8);
  CHECK_FALSE(address.is_host());
  CHECK(inet::v4(four).is_host());
  CHECK(to_string(address.network()) == "10.0.0.0/8");
  CHECK(host_text(address) == "10.1.2.3");

  std::array<std::byte, 16> sixteen{};
  sixteen[0] = std::byte{0xfe};
  sixteen[1] = std::byte{0x80};
  sixteen[15] = std::byte{1};
  auto const longer = inet::v6(sixteen, 10);
  CHECK(to_string(longer) == "fe80::1/10");
  CHECK(longer.family() == ip_family::v6);
  CHECK(longer.bytes().size() == 16);
  CHECK_FALSE(longer.is_host());
  CHECK(inet::v6(sixteen).is_host());
  CHECK(to_string(cidr::v6(sixteen)) == "fe80::1/128");
  CHECK(cidr::v4(four).is_host());
  auto const network = cidr::v4(four);
  CHECK(hex(network.bytes()) == "0a010203");
  CHECK(network.family() == ip_family::v4);
  CHECK(network.is_v4());
}

TEST_CASE("inet: a prefix longer than the address is refused") {
  std::array<std::byte, 4> const four{};
  std::array<std::byte, 16> const sixteen{};
  CHECK_THROWS_WITH(inet::v4(four, 33), "a prefix of 33 bits is longer than an IPv4 address, which has 32");
  CHECK_THROWS_WITH(inet::v6(sixteen, 129), "a prefix of 129 bits is longer than an IPv6 address, which has 128");
  CHECK_THROWS_AS(cidr::v4(four, 256), tusk::error);
}

TEST_CASE("inet: text of IPv6 as servers write it") {
  // Each is what a server writes for it.
  for (auto text : {"::",
                    "::1",
                    "::2",
                    "::ffff",
                    "::0.1.0.2",
                    "::1.2.3.4",
                    "::ffff:1.2.3.4",
                    "::ffff:0.0.0.0",
                    "::fffe:102:304",
                    "::ffff:0:102:304",
                    "1::",
                    "1::8",
                    "1:0:3:4:5:6:7:8",
                    "0:2:3:4:5:6:7:0",
                    "::3:4:5:6:7:8",
                    "1:0:0:4::8",
                    "1::4:0:0:8:0",
                    "1:2:3:4:5:6::",
                    "64:ff9b::102:304",
                    "abcd:ef01:2345:6789:abcd:ef01:2345:6789"}) {
    INFO(text);
    CHECK(to_string(inet::parse(text)) == text);
  }
  CHECK(to_string(inet::parse("::1:0")) == "::0.1.0.0");
  CHECK(to_string(inet::parse("::0.0.255.255")) == "::ffff");
  CHECK(to_string(inet::parse("::102:304")) == "::1.2.3.4");
  CHECK(to_string(inet::parse("::ffff:102:304")) == "::ffff:1.2.3.4");
  CHECK(to_string(inet::parse("::ffff:0:1.2.3.4")) == "::ffff:0:102:304");
  CHECK(to_string(inet::parse("0:0:3:4:5:6:7:8")) == "::3:4:5:6:7:8");
  CHECK(to_string(inet::parse("0:2:3:4:5:6:7:0")) == "0:2:3:4:5:6:7:0");
  CHECK(to_string(inet::parse("1:0:0:4:0:0:0:8")) == "1:0:0:4::8");
  CHECK(to_string(inet::parse("1:0:0:4:5:0:0:8")) == "1::4:5:0:0:8");
  CHECK(to_string(inet::parse("1:2:3:4:5:6:0:0")) == "1:2:3:4:5:6::");
}

TEST_CASE("inet: what is read besides") {
  CHECK(to_string(inet::parse("192.168.1.5/32")) == "192.168.1.5");
  CHECK(to_string(inet::parse("2001:DB8:0:0:0:0:0:1/128")) == "2001:db8::1");
  CHECK(to_string(inet::parse("2001:0db8::0001")) == "2001:db8::1");
  CHECK(to_string(inet::parse("1:2:3:4:5:6:1.2.3.4")) == "1:2:3:4:5:6:102:304");
  CHECK(to_string(inet::parse("1:2:3:4:5:6:7::")) == "1:2:3:4:5:6:7:0");
  CHECK(to_string(inet::parse("::2:3:4:5:6:7:8")) == "0:2:3:4:5:6:7:8");
  CHECK(to_string(inet::parse("1::1.2.3.4")) == "1::102:304");
  CHECK(to_string(cidr::parse("10.0.0.0")) == "10.0.0.0/32");
  CHECK(to_string(cidr::parse("2001:db8::")) == "2001:db8::/128");
}

TEST_CASE("inet: anything else is refused, and shown") {
  for (auto text : {
           "",
           " ",
           "1",
           "10.1",
           "10.1/16",
           "1.2.3",
           "1.2.3.",
           ".1.2.3",
           "1.2.3.4.",
           "1.2.3.4.5",
           "1..2.3",
           "256.1.1.1",
           "1.2.3.4/",
           "1.2.3.4/33",
           "1.2.3.4/-1",
           "1.2.3.4/024",
           "1.2.3.4/00",
           "1.2.3.4/4 ",
           " 1.2.3.4",
           "1.2.3.4 ",
           "01.2.3.4",
           "1.2.3.04",
           "00.0.0.0",
           "0x7f.0.0.1",
           "1.2.3.4/8/8",
           "1.2.3.4/99999999999",
           "a.b.c.d",
           ":",
           ":::",
           ":1",
           "1:",
           "::1:",
           "1:2:3:4:5:6:7",
           "1:2:3:4:5:6:7:",
           "1:2:3:4:5:6:7:8:",
           "1:2:3:4:5:6:7:8:9",
           "1:2:3:4:5:6:7:8::",
           "::1:2:3:4:5:6:7:8",
           "1::2::3",
           "1:::2",
           "12345::",
           "g::",
           "::1/129",
           "::1/",
           "::1%eth0",
           "fe80::1%1",
           "[::1]",
           "::1.2.3",
           "::1.2.3.4.5",
           "::1.2.3.256",
           "::1.2.3.4:5",
           "1:2:3:4:5:6:7:1.2.3.4",
           "1.2.3.4::",
           "1.2.3.4:5",
       }) {
    INFO(text);
    auto const shown = '"' + std::string(text) + "\" is no ";
    CHECK(unreadable<inet>(text) == shown + "inet: write an address such as 192.168.1.5/24 or 2001:db8::1");
    CHECK(unreadable<cidr>(text) == shown + "cidr: write a network such as 192.168.1.0/24 or 2001:db8::/32");
  }
  CHECK(unreadable<inet>(std::string_view("1.2.3.4\0", 8)).starts_with("\"1.2.3.4\\x00\" is no inet"));
}

TEST_CASE("cidr: bits behind the prefix are refused, never dropped") {
  auto const why = "192.168.1.5/24 is no cidr: bits behind its prefix are set, its network is 192.168.1.0/24";
  CHECK(unreadable<cidr>("192.168.1.5/24") == why);
  CHECK_THROWS_WITH(cidr(inet::parse("192.168.1.5/24")), why);
  CHECK(unreadable<cidr>("2001:db8::1/127") ==
        "2001:db8::1/127 is no cidr: bits behind its prefix are set, its network is 2001:db8::/127");
  CHECK(unreadable<cidr>("0.0.0.1/0") != "");
  CHECK(to_string(cidr(inet::parse("192.168.1.4/30"))) == "192.168.1.4/30");
}

TEST_CASE("inet: every prefix length has its network") {
  for (unsigned n = 0; n <= 128; ++n) {
    auto const address = inet::parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/" + std::to_string(n));
    auto const network = address.network();
    CHECK(network.prefix_length() == n);
    unsigned set = 0;
    for (auto const byte : network.bytes())
      for (unsigned bit = 0; bit < 8; ++bit) set += std::to_integer<unsigned>(byte >> bit & std::byte{1});
    CHECK(set == n);
    CHECK(cidr::parse(to_string(network)) == network);
    CHECK(inet::parse(to_string(address)) == address);
  }
}

TEST_CASE("inet: ordered as on servers") {
  // ORDER BY of a server.
  constexpr std::string_view ordered[] = {
      "0.0.0.0/0", "10.0.0.1/0", "10.0.0.0/8", "10.0.0.1/8",    "10.255.0.0/8",   "10.0.0.0/9",
      "10.0.0.0",  "10.0.0.1",   "127.0.0.1",  "128.0.0.0/1",   "128.0.0.0",      "255.255.255.255",
      "::/0",      "ffff::/0",   "::1",        "2001:db8::/32", "2001:db8::1/32", "2001:db8::",
  };
  for (std::size_t i = 0; i < std::size(ordered); ++i)
    for (std::size_t j = 0; j < std::size(ordered); ++j) {
      INFO(ordered[i] << ' ' << ordered[j]);
      CHECK((inet::parse(ordered[i]) <=> inet::parse(ordered[j])) == (i <=> j));
      CHECK((inet::parse(ordered[i]) == inet::parse(ordered[j])) == (i == j));
    }
  CHECK(cidr::parse("10.0.0.0/8") < cidr::parse("10.0.0.0/9"));
  CHECK(cidr::parse("10.0.0.0/8") == inet::parse("10.0.0.0/8"));
  CHECK(cidr::parse("10.0.0.0/8") < inet::parse("10.0.0.1/8"));
}

TEST_CASE("inet: hashed") {
  std::unordered_set<inet> const hosts{inet::parse("1.2.3.4"), inet::parse("1.2.3.4/31"), inet::parse("102:304::"),
                                       inet::parse("1.2.3.4/32")};
  CHECK(hosts.size() == 3);
  std::unordered_set<cidr> const ranges{cidr::parse("::/0"), cidr::parse("0.0.0.0/0"), cidr::parse("::/0")};
  CHECK(ranges.size() == 2);
}

TEST_CASE("inet: impossible bytes") {
  CHECK(refused<inet>("") == "it ends too early");
  CHECK(refused<inet>("022000") == "it ends too early");
  CHECK(refused<inet>("02200004c0a801") == "it ends too early");
  CHECK(refused<inet>("02200004c0a8010500") == "bytes are left over");
  CHECK(refused<inet>("01200004c0a80105") == "its family is neither IPv4 nor IPv6");
  CHECK(refused<inet>("0a80001000000000000000000000000000000001") == "its family is neither IPv4 nor IPv6");
  CHECK(refused<inet>("02210004c0a80105") == "its prefix is longer than its address");
  CHECK(refused<inet>("0381001000000000000000000000000000000001") == "its prefix is longer than its address");
  CHECK(refused<inet>("02200204c0a80105") == "it says of itself neither that it is an inet nor that it is a cidr");
  CHECK(refused<inet>("02200010c0a80105") == "its length is not that of its family");
  CHECK(refused<inet>("03800004c0a80105") == "its length is not that of its family");
  CHECK(refused<cidr>("02180104c0a80105") == "bits behind its prefix are set");
  CHECK(refused<cidr>("02180104") == "it ends too early");
  CHECK(refused<cidr>("02180104c0a8010000") == "bytes are left over");
}

TEST_CASE("inet: damaged forms") {
  for (auto const& one : addresses) CHECK(storm<inet>(unhex(one.sent)).refused > 20);
  for (auto const& one : networks) {
    storm<cidr>(unhex(one.sent));
    storm<inet>(unhex(one.sent), oid::cidr);
  }
}

TEST_CASE("inet: an earlier value is overwritten") {
  auto out = inet::parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  CHECK(decode_into(unhex("02200004c0a80105"), out).why == "");
  CHECK(out == inet::parse("192.168.1.5"));
}
