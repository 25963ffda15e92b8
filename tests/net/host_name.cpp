// tusk tests: names in certificates against hosts.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/catch.hpp"

#include <tusk/net/host_name.hpp>

using namespace std::string_literals;
using tusk::net::certificate_names;
using tusk::net::described;
using tusk::net::issued_for;

namespace {

auto const v4 = "\xc0\x00\x02\x01"s;   // 192.0.2.1
auto const v4_2 = "\xc0\x00\x02\x02"s; // 192.0.2.2
auto const v6 = "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"s;
auto const mapped = "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01"s; // ::ffff:192.0.2.1

certificate_names cn(std::string name) { return {{}, {}, std::move(name)}; }
certificate_names dns(std::string name) { return {{std::move(name)}, {}, {}}; }
certificate_names ip(std::string bytes) { return {{}, {std::move(bytes)}, {}}; }

struct row {
  certificate_names names;
  char const* host;
  bool matches;
};

} // namespace

TEST_CASE("certificate names: exact, as PostgreSQL's client decides") {
  row const rows[] = {
      {cn("a.test"), "a.test", true},
      {cn("a.test"), "A.TEST", true},
      {cn("a.test"), "b.a.test", false},
      {cn("a.test"), "a.tes", false},
      {cn("a.test"), "xa.test", false},
      {dns("a.test"), "a.test", true},
      {dns("a.test"), "b.test", false},
      {dns("A.Test"), "a.tesT", true},
      {dns("a.test."), "a.test", false},
      {dns("a.test"), "a.test.", false},
      {dns("a_b.test"), "a_b.test", true},
      {dns("xn--bcher-kva.test"), "XN--BCHER-KVA.TEST", true},
      {dns(""), "a.test", false},
      {dns("\xc3\x84.test"), "\xc3\xa4.test", false}, // no case beyond ASCII
      {dns("[.test"), "{.test", false},               // differ by 0x20 only
      {{}, "a.test", false},
      {{{"one.test", "two.test"}, {}, {}}, "two.test", true},
      {{{"localhost"}, {"\x7f\0\0\1"s}, {}}, "LOCALHOST", true},
      {{{"localhost"}, {"\x7f\0\0\1"s}, {}}, "127.0.0.1", true},
      {{{"localhost"}, {"\x7f\0\0\1"s}, {}}, "localhost.localdomain", false},
  };
  for (auto const& r : rows) {
    INFO(described(r.names) << " for " << r.host);
    CHECK(issued_for(r.names, r.host) == r.matches);
  }
}

TEST_CASE("certificate names: a wildcard is one whole label at the front") {
  row const rows[] = {
      {dns("*.w.test"), "x.w.test", true},
      {dns("*.w.test"), "X.W.TEST", true},
      {dns("*.w.test"), "x_y.w.test", true},
      {dns("*.w.test"), "w.test", false},
      {dns("*.w.test"), ".w.test", false},
      {dns("*.w.test"), "a.b.w.test", false},
      {dns("*.w.test"), "x.w.test.", false},
      {dns("*.w.test"), "x.v.test", false},
      {dns("*.w.test"), "xw.test", false},
      {dns("*.test"), "b.test", true},
      {dns("*.test"), "test", false},
      {dns("*.t"), "a.t", true},
      {dns("*."), "a.", false},
      {dns("*"), "a.test", false},
      {dns("*"), "a", false},
      {dns("f*.w.test"), "foo.w.test", false},
      {dns("f*.w.test"), "f*.w.test", true},
      {dns("*f.w.test"), "of.w.test", false},
      {dns("a.*.w.test"), "a.*.w.test", true},
      {dns("a.*.w.test"), "a.b.w.test", false},
      {dns("*.*.w.test"), "a.b.w.test", false},
      {dns("*.*.w.test"), "*.b.w.test", false},
      {cn("*.w.test"), "x.w.test", true},
      {cn("*.w.test"), "a.b.w.test", false},
      {cn("*.0.2.1"), "192.0.2.1", false},
      {dns("*.0.2.1"), "192.0.2.1", false},
      {dns("*.0.2.1"), "x.0.2.1", true}, // no address
  };
  for (auto const& r : rows) {
    INFO(described(r.names) << " for " << r.host);
    CHECK(issued_for(r.names, r.host) == r.matches);
  }
}

TEST_CASE("certificate names: addresses are compared as bytes") {
  row const rows[] = {
      {ip(v4), "192.0.2.1", true},
      {ip(v4), "192.0.2.2", false},
      {ip(v4), "192.000.002.001", true},
      {ip(v4), "0xC0000201", true},
      {ip(v4), "3221225985", true},
      {ip(v4), "192.0.513", true},
      {ip(v4), "192.0.2.1/32", false},
      {ip(v4), "192.0.2.1 x", false}, // inet_aton alone takes it
      {ip(v4), "192.0.2.1 ", false},
      {ip(v4), "::ffff:192.0.2.1", false},
      {ip(mapped), "::ffff:192.0.2.1", true},
      {ip(mapped), "192.0.2.1", false},
      {ip(v6), "2001:db8::1", true},
      {ip(v6), "2001:DB8:0::1", true},
      {ip(v6), "2001:db8:0:0:0:0:0:1", true},
      {ip(v6), "[2001:db8::1]", false},
      {ip(v6), "2001:db8::1%lo", false},
      {ip(v6), "::1", false},
      {ip(v4 + "\xff\xff\xff\xff"s), "192.0.2.1", false}, // address and mask, as in name constraints
      {ip(""), "a.test", false},
      {dns("192.0.2.1"), "192.0.2.1", true}, // by text
      {dns("192.0.2.1"), "192.000.002.001", false},
      {cn("192.0.2.1"), "192.0.2.1", true},
      {cn("192.0.2.1"), "192.0.2.01", false},
  };
  for (auto const& r : rows) {
    INFO(described(r.names) << " for " << r.host);
    CHECK(issued_for(r.names, r.host) == r.matches);
  }
}

TEST_CASE("certificate names: the CN counts only without an alternative name of the host's kind") {
  certificate_names const cn_dns{{"a.test"}, {}, "cn.test"};
  CHECK_FALSE(issued_for(cn_dns, "cn.test"));
  CHECK(issued_for(cn_dns, "a.test"));
  certificate_names const ip_cn_dns{{"a.test"}, {}, "192.0.2.1"};
  CHECK(issued_for(ip_cn_dns, "192.0.2.1"));
  certificate_names const ip_cn_ip{{}, {v4_2, v6}, "192.0.2.1"};
  CHECK_FALSE(issued_for(ip_cn_ip, "192.0.2.1"));
  CHECK(issued_for(ip_cn_ip, "192.0.2.2"));
  CHECK(issued_for(ip_cn_ip, "2001:db8::1"));
  certificate_names const cn_ip{{}, {v4}, "a.test"};
  CHECK(issued_for(cn_ip, "a.test"));
  CHECK(issued_for(cn_ip, "192.0.2.1"));
}

TEST_CASE("certificate names: zero bytes and empty hosts are errors") {
  CHECK_THROWS_AS(issued_for(cn("a.test\0.evil.test"s), "a.test"), tusk::error);
  CHECK_THROWS_AS(issued_for(cn("a.test\0.evil.test"s), "a.test\0.evil.test"s), tusk::error);
  CHECK_THROWS_AS(issued_for(dns("a.test\0"s), "a.test"), tusk::error);
  CHECK_THROWS_AS(issued_for(dns("192.0.2.1\0"s), "192.0.2.1"), tusk::error);
  CHECK_THROWS_AS(issued_for(dns("a.test"), ""), tusk::error);
  CHECK_FALSE(issued_for(dns("a.test"), "a.test\0"s));
  CHECK(issued_for({{"a.test"}, {}, "b\0c"s}, "a.test")); // the CN is not looked at
  try {
    issued_for(cn("a.test\0.evil.test"s), "a.test");
    FAIL("no error");
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::tls_failed);
    CHECK(e.what() == "the server's certificate has a name with a zero byte inside: \"a.test\\x00.evil.test\""s);
  }
}

TEST_CASE("what is written as an address") {
  using tusk::net::written_as_address;
  for (auto const* host : {"127.0.0.1", "1", "999.999", "...", "::1", "fe80::1%eth0", "a:b"})
    CHECK(written_as_address(host));
  for (auto const* host : {"", "localhost", "1a.test", "0x7f000001", "db.example"})
    CHECK_FALSE(written_as_address(host));
}

TEST_CASE("names for a message") {
  CHECK(described({}) == "no name");
  CHECK(described(cn("a.test")) == "\"a.test\"");
  CHECK(described({{"a.test"}, {v4, v6, "xyz"}, "not shown"}) ==
        "\"a.test\", \"192.0.2.1\", \"2001:db8::1\", \"a malformed address\"");
  CHECK(described({{"1", "2", "3", "4", "5", "6", "7"}, {}, {}}) == "\"1\", \"2\", \"3\", \"4\", \"5\" and 2 more");
  CHECK(described(dns("a\nb")) == "\"a\\x0ab\"");
}
