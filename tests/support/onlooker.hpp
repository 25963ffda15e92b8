// tusk tests: those with connections of their own, who look at what a backend is doing, or keep it waiting.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/live.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>

namespace live {

class onlooker {
 public:
  onlooker() : db_(tusk::blocking::connect(options())) {}

  /// Looks until the backend `pid` waits for `event`, as pg_stat_activity calls it. False: it has not for half a
  /// minute.
  bool sees(std::uint32_t pid, std::string const& event) {
    return comes_true("select exists(select from pg_stat_activity where pid = $1 and wait_event = $2)", pid, event);
  }
  /// Looks until the backend is idle, in a transaction or not.
  bool sees_idle(std::uint32_t pid) {
    return comes_true("select exists(select from pg_stat_activity where pid = $1 and state like 'idle%')", pid);
  }
  /// Looks until the backend is gone.
  bool sees_end(std::uint32_t pid) {
    return comes_true("select not exists(select from pg_stat_activity where pid = $1)", pid);
  }
  void terminate(std::uint32_t pid) { db_.execute("select pg_terminate_backend($1)", static_cast<std::int32_t>(pid)); }

 private:
  template <class... A> bool comes_true(std::string const& sql, std::uint32_t pid, A const&... more) {
    auto const limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!db_.query_one<bool>(sql, static_cast<std::int32_t>(pid), more...)) {
      if (std::chrono::steady_clock::now() > limit) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1)); // leaves the machine to whom it looks at
    }
    return true;
  }
  tusk::blocking::connection db_;
};

/// Whoever runs `sql()` waits in the server, which reads nothing from him meanwhile, until this is opened.
class gate {
 public:
  gate() : db_(tusk::blocking::connect(options())), key_(std::to_string(db_.backend_pid())) {
    db_.execute("select pg_advisory_lock(" + key_ + ")");
  }
  std::string sql() const { return "select pg_advisory_xact_lock_shared(" + key_ + ")"; }
  void open() { db_.execute("select pg_advisory_unlock_all()"); }

 private:
  tusk::blocking::connection db_;
  std::string key_;
};

} // namespace live
