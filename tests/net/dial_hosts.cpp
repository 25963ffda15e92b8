// tusk tests: net/dial_hosts.cpp — several hosts: which kind of session is wanted, and in which order they are tried.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/dialling.hpp"

#include <set>

using namespace dial;
using kind = tusk::conninfo::target_session_attrs;

namespace {

/// A server that says at login what it is, as those from 14 on do.
std::string told(bool standby, bool read_only = false) {
  return authentication_ok() + parameter_status("in_hot_standby", standby ? "on" : "off") +
         parameter_status("default_transaction_read_only", read_only ? "on" : "off") + ready();
}
std::string answer(std::string const& value) {
  return row_description({{"a", tusk::wire::oid::text}}) + data_row({value}) + command_complete("SELECT 1") + ready();
}
std::string query(std::string const& sql) { return message('Q', sql + std::string(1, '\0')); }
std::string const goodbye = message('X', "");

} // namespace

TEST_CASE("each kind of session finds its host") {
  struct {
    kind wanted;
    char const* tried;
  } const all[] = {{kind::any, "1"},      {kind::read_write, "3"}, {kind::read_only, "1"},
                   {kind::primary, "13"}, {kind::standby, "1"},    {kind::prefer_standby, "1"}};
  for (auto const& c : all) {
    CAPTURE(static_cast<int>(c.wanted));
    dialling d;
    d.settings.target_session_attrs = c.wanted;
    d.there[".1:"] = says({told(true)});
    d.there[".2:"] = [](peer&) { FAIL("another address of the same host is the same server"); };
    d.there[".3:"] = says({told(false)});
    auto const p = d.connect();
    CHECK(p->session().started());
    CHECK(d.tried() == (c.wanted == kind::read_write ? "13" : c.tried));
    if (d.net.peers.size() == 2) CHECK(d.first().got.ends_with(goodbye));
    if (d.net.peers.size() == 2) CHECK(d.first().closed);
  }
}

TEST_CASE("a primary where transactions are read-only by default is one, but not to write to") {
  for (auto wanted : {kind::read_write, kind::read_only, kind::primary}) {
    dialling d;
    d.settings.target_session_attrs = wanted;
    d.there[".1:"] = says({told(false, true)});
    d.there[".3:"] = says({told(false)});
    auto const p = d.connect();
    CHECK(d.tried() == (wanted == kind::read_write ? "13" : "1"));
  }
}

TEST_CASE("a server that does not say what it is, is asked") {
  struct {
    kind wanted;
    char const* question;
    char const* yes;
    char const* no;
  } const all[] = {{kind::read_write, "show transaction_read_only", "off", "on"},
                   {kind::read_only, "show transaction_read_only", "on", "off"},
                   {kind::primary, "select pg_catalog.pg_is_in_recovery()", "f", "t"},
                   {kind::standby, "select pg_catalog.pg_is_in_recovery()", "t", "f"},
                   {kind::prefer_standby, "select pg_catalog.pg_is_in_recovery()", "t", "f"}};
  for (auto const& c : all) {
    CAPTURE(c.question, static_cast<int>(c.wanted));
    dialling d;
    d.settings.target_session_attrs = c.wanted;
    d.there[".1:"] = says({welcome(), answer(c.no)});
    d.there[".3:"] = says({welcome(), answer(c.yes)});
    auto const p = d.connect();
    CHECK(d.tried() == "13");
    CHECK(d.first().got.ends_with(query(c.question) + goodbye));
    CHECK(d.last().got.ends_with(query(c.question)));
    CHECK(p->session().idle());
    CHECK(p->session().status() == 'I');
  }
}

TEST_CASE("a server that cannot answer, or not in time, is passed over like one that does not fit") {
  dialling d;
  d.settings.target_session_attrs = kind::primary;
  d.there[".3:"] = says({told(false)});
  SECTION("an error") { d.there[".1:"] = says({welcome(), error_response("42501", "permission denied") + ready()}); }
  SECTION("no row") { d.there[".1:"] = says({welcome(), command_complete("SELECT 0") + ready()}); }
  SECTION("nonsense") { d.there[".1:"] = says({welcome(), message('D', "")}); }
  SECTION("the end") {
    d.there[".1:"] = [](peer& p) {
      p.talk = [n = 0](peer& me, std::string_view fresh) mutable {
        if (fresh.empty()) return;
        if (n++ == 0) return me.say(welcome());
        me.end();
      };
    };
  }
  SECTION("silence, which connect_timeout ends") { d.there[".1:"] = says({welcome()}); }
  auto const p = d.connect();
  CHECK(d.tried() == "13");
}

TEST_CASE("when nobody fits, all of them are named, and what they are") {
  dialling d;
  d.others = says({told(false)});
  SECTION("standby") {
    d.settings.target_session_attrs = kind::standby;
    auto const e = d.failure();
    CHECK(e.code() == errc::connect_failed);
    CHECK(words(e) ==
          "connection to a port 5433 (10.0.0.1:5433) failed: the session is on the primary "
          "(target_session_attrs=standby); connection to b port 5433 (10.0.0.3:5433) failed: the session is "
          "on the primary (target_session_attrs=standby)");
    CHECK(d.tried() == "13");
  }
  SECTION("read-only, of one host") {
    d.only_first();
    d.settings.target_session_attrs = kind::read_only;
    auto const e = d.failure();
    CHECK(e.code() == errc::unsuitable_server);
    CHECK(words(e).ends_with("failed: the session is not read-only (target_session_attrs=read-only)"));
  }
}

TEST_CASE("prefer-standby takes anything in a second pass through all hosts") {
  dialling d;
  d.settings.target_session_attrs = kind::prefer_standby;
  SECTION("nobody is one: the first that lets in") {
    d.others = says({told(false)});
    auto const p = d.connect();
    CHECK(d.tried() == "131");
  }
  SECTION("one host alone is tried twice") {
    d.only_first();
    d.others = says({told(false)});
    auto const p = d.connect();
    CHECK(d.tried() == "11");
  }
  SECTION("the standby is the last") {
    d.there[".1:"] = says({told(false)});
    d.there[".3:"] = says({told(true)});
    auto const p = d.connect();
    CHECK(d.tried() == "13");
  }
  SECTION("what is down is tried again, too") {
    d.there[".1:"] = d.there[".2:"] = refuse;
    d.there[".3:"] = says({told(false)});
    auto const p = d.connect();
    CHECK(d.tried() == "123123");
  }
  SECTION("an error about the user ends the first pass and all") {
    d.there[".1:"] = says_and_ends(fatal("28P01", "password authentication failed"));
    CHECK(d.failure().sqlstate() == tusk::sqlstate::invalid_password);
    CHECK(d.tried() == "1");
  }
}

TEST_CASE("load_balance_hosts=random spreads over hosts, and over the addresses of each") {
  std::map<std::string, int> first;
  std::set<std::string> orders;
  int const tries = 400;
  for (int i = 0; i < tries; ++i) {
    dialling d;
    d.settings.load_balance = true;
    d.others = refuse;
    d.failure();
    auto const order = d.tried();
    orders.insert(order);
    ++first[order.substr(0, 1)];
    CHECK((order == "123" || order == "213" || order == "312" || order == "321")); // a host's addresses stay together
  }
  CHECK(orders.size() == 4);
  CHECK(first["3"] > tries / 4); // a half is expected: each host has the same chance, not each address
  CHECK(first["3"] < tries * 3 / 4);
  CHECK(first["1"] > tries / 16);
  CHECK(first["2"] > tries / 16);
}

TEST_CASE("without it the order is that which was given") {
  for (int i = 0; i < 50; ++i) {
    dialling d;
    d.others = refuse;
    d.failure();
    CHECK(d.tried() == "123");
  }
}

TEST_CASE("the random order is drawn once: the second pass of prefer-standby keeps it") {
  for (int i = 0; i < 20; ++i) {
    dialling d;
    d.net.names["a"].resize(1);
    d.settings.load_balance = true;
    d.settings.target_session_attrs = kind::prefer_standby;
    d.others = says({told(false)});
    auto const p = d.connect();
    CHECK((d.tried() == "131" || d.tried() == "313"));
  }
}

TEST_CASE("a login that is refused twice at one address keeps what the server said first") {
  dialling d(sslmode::prefer);
  d.only_first();
  d.there[".1:"] = [n = 0](peer& p) mutable {
    p.replies = n++ == 0 ? std::deque<std::string>{"S", fake_tls::consent,
                                                   fake_tls::data(fatal("28P01", "password authentication failed"))}
                         : std::deque<std::string>{fatal("28000", "no pg_hba.conf entry")};
  };
  auto const e = d.failure();
  CHECK(d.tried() == "11");
  CHECK(e.code() == errc::connect_failed);
  CHECK(e.sqlstate() == tusk::sqlstate::invalid_password);
  CHECK(words(e).find("password authentication failed") != std::string::npos);
  CHECK(words(e).find("no pg_hba.conf entry") != std::string::npos);
}

TEST_CASE("what one server said is not what the next one did not say") {
  dialling d;
  d.there[".1:"] = says_and_ends(fatal("57P03", "the database system is starting up"));
  d.there[".3:"] = refuse;
  auto const e = d.failure();
  CHECK(e.code() == errc::connect_failed);
  CHECK(e.server() == nullptr);
}
