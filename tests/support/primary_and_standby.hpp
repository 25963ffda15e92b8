// tusk tests: support/primary_and_standby.hpp — a primary and its standby, or poolers before them, as hosts in an
// order. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/live.hpp"

#include <string>

namespace live {

class primary_and_standby {
 public:
  /// Those that tests/run has given the names `prefix` and `prefix` STANDBY, each with a version behind it. Servers
  /// before 14 do not say at login what they are, and have a standby of their own; 15 speaks for the others.
  explicit primary_and_standby(std::string const& prefix = "")
      : primary(named(prefix)), standby(named(prefix + "STANDBY")) {}

  /// P and S, or D for a port where nobody listens.
  tusk::options in_order(std::string const& order, std::string const& database = "tusk") const {
    std::string hosts, ports;
    for (char c : order) {
      hosts += hosts.empty() ? "127.0.0.1" : ",127.0.0.1";
      ports += (ports.empty() ? "" : ",") + (c == 'P' ? primary.port() : c == 'S' ? standby.port() : std::string("1"));
    }
    return tusk::options().host(hosts).port(ports).user("tusk_trust").dbname(database).sslmode("disable");
  }
  server primary;
  server standby;

 private:
  static server named(std::string const& name) {
    auto const under_test = main_server().version();
    auto const version = std::to_string(under_test < 14 ? under_test : 15);
    return server(variable(("TUSK_TEST_SERVER_" + name + version).c_str()));
  }
};

/// P or S: where `db` has come to.
inline char place(connection db) { return db.query_one<bool>("select pg_is_in_recovery()") ? 'S' : 'P'; }

/// Each target_session_attrs, and where it leads.
struct way_to_go {
  char const* wanted;
  char from_ps;
  char from_sp;
};
inline constexpr way_to_go ways_to_go[] = {{"any", 'P', 'S'},       {"read-write", 'P', 'P'},
                                           {"read-only", 'S', 'S'}, {"primary", 'P', 'P'},
                                           {"standby", 'S', 'S'},   {"prefer-standby", 'S', 'S'}};

} // namespace live
