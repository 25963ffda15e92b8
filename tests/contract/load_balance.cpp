// tusk tests: contract/load_balance.cpp — which of several hosts and addresses libpq comes to, and which it passes
// over. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each row of tests/data/load_balance_cases.tsv is dialled in a network in memory, where names have several addresses
// and the waiting for a silent server takes no time. Where the order is fixed, the connections that each address got
// are those of the table; where it is random, whom it reaches at all, and in what proportion, over so many tries that
// chance does not matter.
#include "support/catch.hpp"
#include "support/login.hpp"
#include "support/memory_mode.hpp"
#include "support/reaction.hpp"
#include "support/table.hpp"
#include "support/variables.hpp"

#include <tusk/net/dial.hpp>
#include <tusk/options.hpp>

#include <array>
#include <cerrno>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

using memory::peer;
using mode = memory::memory_mode;
using support::table_row;
using tusk::errc;
using namespace messages;

constexpr std::uint16_t port = 5433;
/// A share of these differs from what is expected by less than a tenth of all, except once in 10^14 runs.
constexpr int many = 1500;

/// What a server says to a startup message.
std::string greeting(std::string const& kind) {
  if (kind == "57P03") return fatal("57P03", "the database system is starting up");
  if (kind == "28000") return fatal("28000", "x");
  if (kind == "standby" || kind == "primary")
    return authentication_ok() + parameter_status("in_hot_standby", kind == "standby" ? "on" : "off") +
           parameter_status("default_transaction_read_only", "off") + ready();
  REQUIRE(kind == "up");
  return login::welcome();
}
/// The last digit of 127.0.0.1, .2 or .3, from 0; 3 for any other place.
std::size_t server_at(peer const& p) {
  if (!p.where.starts_with("127.0.0.") || !p.where.ends_with(":" + std::to_string(port))) return 3;
  return static_cast<std::size_t>(p.where[8] - '1');
}

class scene {
 public:
  explicit scene(table_row const& row) : servers_(live::split(row["servers"], " ")) {
    auto const at = [](char const* host) { return tusk::net::resolve(host, port, true).front(); };
    net.names["multi.test"] = {at("127.0.0.1"), at("127.0.0.2"), at("127.0.0.3")};
    net.names["multi2.test"] = {at("127.0.0.2"), at("127.0.0.3")};
    net.on_connect = [this](peer& p) { receive(p); };
    text_ = row["conninfo"];
    text_.replace(text_.find("PORT"), 4, std::to_string(port));
  }
  /// One try. Empty: connected.
  std::optional<tusk::error> dial() {
    std::map<std::string, std::string> const home{{"HOME", "/no/such/home"}};
    support::variables const source(home);
    try {
      auto const s =
          tusk::conninfo::resolve(tusk::options(text_ + " user=u dbname=d"), tusk::conninfo::environment(source));
      auto const p = tusk::net::dial<mode>({&net}, s).get();
      CHECK(p->session().started());
    } catch (tusk::error const& e) {
      return e;
    }
    return std::nullopt;
  }
  /// Connections so far, by address.
  std::array<int, 3> accepted() const { return accepted_; }
  memory::network net;

 private:
  void receive(peer& p) {
    auto const i = server_at(p);
    if (i == 3 || servers_[i] == "down") tusk::net::throw_errno(ECONNREFUSED, "connect");
    ++accepted_[i];
    auto const& kind = servers_[i];
    if (kind == "hangs") return;
    p.replies = {"N"}; // no TLS, which is asked for first
    if (kind != "no_tls") p.replies.push_back(greeting(kind));
  }
  std::vector<std::string> servers_;
  std::array<int, 3> accepted_{};
  std::string text_;
};

std::array<int, 3> three_numbers(std::string const& text) {
  auto const parts = live::split(text, " ");
  return {std::stoi(parts.at(0)), std::stoi(parts.at(1)), std::stoi(parts.at(2))};
}

void check_error(tusk::error const& e, std::string const& reason) {
  CAPTURE(e.what(), reason);
  CHECK(e.safe_to_retry() == (reason != "invalid_load_balance_hosts"));
  std::string const words = e.what();
  if (reason == "invalid_load_balance_hosts")
    CHECK((e.code() == errc::invalid_option && words.find("doesnotexist") != words.npos));
  else if (reason == "FATAL: x")
    CHECK((e.sqlstate() == "28000" && words.find("failed: x (28000)") != words.npos));
  else if (reason == "server_no_ssl")
    CHECK(e.code() == errc::tls_unavailable);
  else {
    REQUIRE(reason == "timeout | timeout | timeout");
    CHECK(e.code() == errc::connect_failed);
    for (auto const* host : {"a", "b", "c"})
      CHECK(words.find(std::string("connection to ") + host + " port") != words.npos);
    CHECK(words.find("no answer within 1000 ms (connect_timeout)") != words.npos);
  }
}

} // namespace

TEST_CASE("contract: every row of the table of hosts whose order is given") {
  int rows = 0;
  for (auto const& row : support::table("load_balance_cases.tsv")) {
    CAPTURE(row["id"], row["description"], row["servers"], row["conninfo"]);
    if (row["conninfo"].find("=random") != std::string::npos) continue;
    ++rows;
    scene s(row);
    bool const lets_in = row["outcomes"].starts_with("ok");
    for (int i = std::stoi(row["tries"]); i > 0; --i) {
      auto const failed = s.dial();
      CAPTURE(failed ? failed->what() : "connected");
      CHECK(failed.has_value() != lets_in);
      if (failed && !lets_in) check_error(*failed, row["errors"]);
    }
    CHECK(s.accepted() == three_numbers(row["accepted"]));
    // The time of a silent server is that which was observed, by the clock of the network.
    CHECK(s.net.now.count() == 1000 * std::stoi(row["seconds"]));
  }
  CHECK(rows == 15);
}

TEST_CASE("contract: every row of the table of hosts whose order is random") {
  int rows = 0;
  for (auto const& row : support::table("load_balance_cases.tsv")) {
    CAPTURE(row["id"], row["description"], row["servers"], row["conninfo"]);
    if (row["conninfo"].find("=random") == std::string::npos) continue;
    ++rows;
    scene s(row);
    for (int i = 0; i != many; ++i) CHECK(!s.dial());
    auto const observed = three_numbers(row["accepted"]);
    auto const tries = std::stoi(row["tries"]);
    auto const accepted = s.accepted();
    CHECK(accepted[0] + accepted[1] + accepted[2] == many); // each comes to one alone
    for (std::size_t i = 0; i != 3; ++i) {
      CAPTURE(i, accepted[i], observed[i]);
      // A half, a third, a quarter, all or none: what the table's few tries are nearest to.
      bool const two_level = row["conninfo"].find("multi2") != std::string::npos;
      auto const share = observed[i] == 0 || observed[i] == tries ? 1.0 * observed[i] / tries
                         : !two_level                             ? 1.0 / 3
                                                                  : (i == 0 ? 0.5 : 0.25);
      CHECK(accepted[i] >= many * (share - 0.1));
      CHECK(accepted[i] <= many * (share + 0.1));
      CHECK((accepted[i] == 0) == (observed[i] == 0));
    }
  }
  CHECK(rows == 5);
}
