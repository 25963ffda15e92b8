// tusk tests: protocol/host_order.cpp — which host is tried next.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/protocol/host_order.hpp>

#include "support/catch.hpp"

#include <map>
#include <numeric>
#include <string>

using tusk::protocol::host_order;
using tusk::protocol::random_below;
using attrs = tusk::conninfo::target_session_attrs;

namespace {

tusk::conninfo::settings hosts(std::string const& names) {
  tusk::conninfo::settings s;
  for (char c : names) s.hosts.emplace_back().host = std::string(1, c);
  return s;
}
std::string all(host_order& order) {
  std::string names;
  while (auto const* const h = order.next()) names += h->host;
  return names;
}
std::uint32_t always_the_first(std::uint32_t) { return 0; }

} // namespace

TEST_CASE("hosts come in the order in which they are given, and then no more") {
  auto const s = hosts("abc");
  host_order order(s);
  CHECK(all(order) == "abc");
  CHECK(order.next() == nullptr);
  CHECK(order.wanted() == attrs::any);
}

TEST_CASE("for prefer-standby they come twice") {
  auto s = hosts("ab");
  s.target_session_attrs = attrs::prefer_standby;
  host_order order(s);
  for (auto wanted : {attrs::standby, attrs::any})
    for (auto const* name : {"a", "b"}) {
      auto const* const h = order.next();
      REQUIRE(h != nullptr);
      CHECK(h->host == name);
      CHECK(order.wanted() == wanted);
    }
  CHECK(order.next() == nullptr);
}

TEST_CASE("at random each order is as likely as any other") {
  auto s = hosts("abc");
  s.load_balance = true;
  std::map<std::string, int> seen;
  for (int i = 0; i < 6000; ++i) {
    host_order order(s);
    ++seen[all(order)];
  }
  CHECK(seen.size() == 6);
  for (auto const& [order, n] : seen) {
    CAPTURE(order, n);
    CHECK(n > 700); // 1000 are expected, with a deviation of 29
    CHECK(n < 1300);
  }
}

TEST_CASE("the order is drawn by Fisher and Yates, of hosts and of addresses") {
  auto s = hosts("abcd");
  s.load_balance = true;
  host_order order(s, always_the_first);
  CHECK(all(order) == "bcda");
  std::vector<int> addresses{1, 2, 3};
  order.arrange(addresses);
  CHECK(addresses == std::vector{2, 3, 1});
  std::vector<int> none;
  order.arrange(none);
  CHECK(none.empty());
}

TEST_CASE("random numbers stay below their limit and reach all of it") {
  for (std::uint32_t n : {1U, 2U, 3U, 7U, 0x80000001U}) {
    std::uint32_t most = 0;
    for (int i = 0; i < 200; ++i) {
      auto const drawn = random_below(n);
      CHECK(drawn < n);
      most = std::max(most, drawn);
    }
    CHECK(most >= n / 2);
  }
}
