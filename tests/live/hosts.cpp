// tusk: tests/live/hosts.cpp — a primary and its standby: which of them is wanted, and in which order they are tried.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/primary_and_standby.hpp"

#include <string>

namespace {

using live::error_of;
using live::in_both_modes;
using live::place;
using pair = live::primary_and_standby;
using tusk::errc;

} // namespace

TEST_CASE("hosts: target_session_attrs finds the one that is wanted, wherever it stands") {
  pair const servers;
  in_both_modes([&](live::opener connect) {
    for (auto const& c : live::ways_to_go) {
      CAPTURE(c.wanted);
      CHECK(place(connect(servers.in_order("PS").target_session_attrs(c.wanted))) == c.from_ps);
      CHECK(place(connect(servers.in_order("SP").target_session_attrs(c.wanted))) == c.from_sp);
      CHECK(place(connect(servers.in_order("DSDP").target_session_attrs(c.wanted))) == c.from_sp);
    }
  });
}

TEST_CASE("hosts: a server before 14 is asked what it is, a newer one has said it") {
  pair const servers;
  bool const says = servers.primary.version() >= 14;
  in_both_modes([&](live::opener connect) {
    auto onlooker = connect(servers.in_order("P"));
    auto const last_query_of = [&](live::connection const& db) {
      return onlooker.query_one<std::string>("select query from pg_stat_activity where pid = $1", db.backend_pid());
    };
    for (auto const* wanted : {"any", "read-write", "primary"}) {
      CAPTURE(wanted);
      auto const db = connect(servers.in_order("P").target_session_attrs(wanted));
      CHECK(db.parameter("in_hot_standby") == (says ? "off" : ""));
      CHECK(db.parameter("default_transaction_read_only") == (says ? "off" : ""));
      auto const* const question =
          wanted == std::string("read-write") ? "show transaction_read_only" : "select pg_catalog.pg_is_in_recovery()";
      CHECK(last_query_of(db) == (says || wanted == std::string("any") ? "" : question));
    }
  });
}

TEST_CASE("hosts: where nobody is what is wanted, all are named") {
  pair const servers;
  in_both_modes([&](live::opener connect) {
    auto const none = error_of([&] { connect(servers.in_order("PDP").target_session_attrs("standby")); });
    CHECK(none.code() == errc::connect_failed);
    CHECK_THAT(none.what(), ContainsSubstring("the session is on the primary (target_session_attrs=standby)"));
    CHECK_THAT(none.what(), ContainsSubstring("Connection refused"));
    auto const one = error_of([&] { connect(servers.in_order("S").target_session_attrs("read-write")); });
    CHECK(one.code() == errc::unsuitable_server);
    CHECK(one.safe_to_retry());
    CHECK(place(connect(servers.in_order("P").target_session_attrs("prefer-standby"))) == 'P');
    CHECK(place(connect(servers.in_order("DP").target_session_attrs("prefer-standby"))) == 'P');
  });
}

TEST_CASE("hosts: a session that is read-only by its settings is not one to write to") {
  pair const servers;
  in_both_modes([&](live::opener connect) {
    auto const only_reads = [&](char const* wanted) {
      return servers.in_order("P").server_options("-c default_transaction_read_only=on").target_session_attrs(wanted);
    };
    for (auto const* wanted : {"any", "read-only", "primary", "prefer-standby"})
      CHECK(place(connect(only_reads(wanted))) == 'P');
    for (auto const* wanted : {"read-write", "standby"})
      CHECK(error_of([&] { connect(only_reads(wanted)); }).code() == errc::unsuitable_server);
  });
}

TEST_CASE("hosts: load_balance_hosts=random comes to each of them") {
  pair const servers;
  in_both_modes([&](live::opener connect) {
    int primary = 0;
    int const tries = 40;
    for (int i = 0; i < tries; ++i)
      primary += place(connect(servers.in_order("PS").load_balance_hosts("random"))) == 'P';
    CHECK(primary > 0); // one in 10^12 runs would fail here
    CHECK(primary < tries);
    CHECK(place(connect(servers.in_order("DDP").load_balance_hosts("random"))) == 'P');
  });
}

TEST_CASE("hosts: what one server says of the user is not asked of the next") {
  pair const servers;
  in_both_modes([&](live::opener connect) {
    auto const e = error_of([&] { connect(servers.in_order("PS").user("tusk_scram").password("wrong")); });
    CHECK(e.sqlstate() == tusk::sqlstate::invalid_password);
    CHECK_THAT(e.what(), !ContainsSubstring(servers.standby.port()));
  });
}

TEST_CASE("hosts: IPv6") {
  pair const servers;
  in_both_modes([&](live::opener connect) {
    std::string const end = "]:" + servers.primary.port() + "/tusk?sslmode=disable";
    try {
      CHECK(place(connect("postgres://tusk_trust@[::1" + end)) == 'P');
      CHECK(place(connect("postgres://tusk_trust@[0:0:0:0:0:0:0:1" + end)) == 'P');
    } catch (tusk::error const& e) { // a machine without IPv6, which is then what must be said
      CHECK((e.code() == std::errc::address_not_available || e.code() == std::errc::address_family_not_supported ||
             e.code() == std::errc::network_unreachable));
    }
  });
}
