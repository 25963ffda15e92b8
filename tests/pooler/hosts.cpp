// tusk: tests/pooler/hosts.cpp — what a server behind a pooler is: said by way of it, or asked through it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/primary_and_standby.hpp"

#include <string>

namespace {

using live::error_of;
using live::in_both_modes;
using live::place;
using tusk::errc;

/// A pooler before a primary and one before its standby. PgBouncer passes on what the first server of a pool has said
/// at login.
struct poolers : live::primary_and_standby {
  poolers() : primary_and_standby("BOUNCER") {}
};

/// By transactions, and by sessions.
char const* const pools[] = {"", "_sessions"};

} // namespace

TEST_CASE("pooler: target_session_attrs finds what is wanted, wherever it stands") {
  poolers const two;
  in_both_modes([&](live::opener connect) {
    for (auto const* pool : pools) {
      auto const database = std::string("tusk").append(pool);
      for (auto const& c : live::ways_to_go) {
        CAPTURE(database, c.wanted);
        CHECK(place(connect(two.in_order("PS", database).target_session_attrs(c.wanted))) == c.from_ps);
        CHECK(place(connect(two.in_order("SP", database).target_session_attrs(c.wanted))) == c.from_sp);
      }
      CHECK(place(connect(two.in_order("P", database).target_session_attrs("prefer-standby"))) == 'P');
    }
  });
}

TEST_CASE("pooler: a server that is not what is wanted is refused through it, and the connection given back") {
  poolers const two;
  in_both_modes([&](live::opener connect) {
    for (auto const* pool : pools) {
      auto const database = std::string("tusk").append(pool);
      for (int i = 0; i < 3; ++i) { // more than the pooler has connections to the server
        auto const primary = error_of([&] { connect(two.in_order("P", database).target_session_attrs("standby")); });
        CHECK(primary.code() == errc::unsuitable_server);
        CHECK_THAT(primary.what(), ContainsSubstring("the session is on the primary (target_session_attrs=standby)"));
        auto const standby = error_of([&] { connect(two.in_order("S", database).target_session_attrs("read-write")); });
        CHECK(standby.code() == errc::unsuitable_server);
        CHECK_THAT(standby.what(), ContainsSubstring("the session is read-only (target_session_attrs=read-write)"));
      }
    }
  });
}

TEST_CASE("pooler: a primary whose transactions are read-only is one to read from") {
  poolers const two;
  in_both_modes([&](live::opener connect) {
    for (auto const* pool : pools) {
      auto const database = std::string("tusk_read_only").append(pool);
      CAPTURE(database);
      for (auto const* wanted : {"any", "read-only", "primary", "prefer-standby"})
        CHECK(place(connect(two.in_order("P", database).target_session_attrs(wanted))) == 'P');
      for (auto const* wanted : {"read-write", "standby"})
        CHECK(error_of([&] { connect(two.in_order("P", database).target_session_attrs(wanted)); }).code() ==
              errc::unsuitable_server);
    }
  });
}
