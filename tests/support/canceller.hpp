// tusk tests: support/canceller.hpp — acts on another thread as soon as a backend sleeps: cancels it, for one.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/onlooker.hpp"

#include <cstdint>
#include <thread>
#include <utility>

namespace live {

/// Does `act(onlooker)` on another thread as soon as the backend `pid` is in pg_sleep.
class once_asleep {
 public:
  template <class Act>
  once_asleep(std::uint32_t pid, Act act)
      : thread_([pid, act = std::move(act)] {
          onlooker other;
          if (other.sees(pid, "PgSleep")) act(other);
        }) {}
  once_asleep(once_asleep const&) = delete;
  once_asleep& operator=(once_asleep const&) = delete;
  ~once_asleep() { thread_.join(); }

 private:
  std::thread thread_;
};

/// Cancels then.
class canceller {
 public:
  canceller(tusk::cancel_token token, std::uint32_t pid)
      : waits_(pid, [token = std::move(token)](onlooker&) { token.cancel(); }) {}

 private:
  once_asleep waits_;
};

/// What the server calls it, or what we do when it was not even sent.
inline bool is_cancelled(tusk::error const& e) {
  return e.sqlstate() == sqlstate::query_canceled || (e.code() == asio::error::operation_aborted && e.safe_to_retry());
}

} // namespace live
