// tusk: protocol/host_order.hpp — which host is tried next, and what kind of session is wanted of it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The hosts come as they are given or, with load_balance_hosts=random, in an order that is drawn once for a connection.
// prefer-standby goes through all of them twice: for a standby, then for anything (PostgreSQL documentation,
// "Connecting to Multiple Hosts"). Knows no address and no socket.
#pragma once

#include <tusk/auth/random.hpp>
#include <tusk/conninfo/settings.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tusk::protocol {

/// A random number below `n`, each with the same probability.
inline std::uint32_t random_below(std::uint32_t n) {
  auto const limit = UINT32_MAX - UINT32_MAX % n; // what lies above would favour the small ones
  std::uint32_t drawn = 0;
  do auth::random_bytes(std::as_writable_bytes(std::span(&drawn, 1)));
  while (drawn >= limit);
  return drawn % n;
}

class host_order {
 public:
  using random_source = std::uint32_t(std::uint32_t below);

  /// `s` must outlive it.
  explicit host_order(conninfo::settings const& s, random_source* random = random_below)
      : random_(s.load_balance ? random : nullptr), wanted_(s.target_session_attrs) {
    for (auto const& h : s.hosts) hosts_.push_back(&h);
    arrange(hosts_);
  }

  /// nullptr after the last.
  conninfo::endpoint const* next() {
    if (at_ == hosts_.size() && wanted_ == attrs::prefer_standby && !second_) {
      second_ = true;
      at_ = 0;
    }
    return at_ == hosts_.size() ? nullptr : hosts_[at_++];
  }
  /// Of the host that came last.
  conninfo::target_session_attrs wanted() const noexcept {
    if (wanted_ != attrs::prefer_standby) return wanted_;
    return second_ ? attrs::any : attrs::standby;
  }
  /// The same for the addresses of a host. (Fisher and Yates.)
  template <class T> void arrange(std::vector<T>& all) const {
    if (random_ == nullptr) return;
    for (std::size_t n = all.size(); n > 1; --n) {
      auto const chosen = random_(static_cast<std::uint32_t>(n));
      std::swap(all[n - 1], all[chosen]);
    }
  }

 private:
  using attrs = conninfo::target_session_attrs;

  random_source* random_;
  conninfo::target_session_attrs wanted_;
  std::vector<conninfo::endpoint const*> hosts_;
  std::size_t at_ = 0;
  bool second_ = false;
};

} // namespace tusk::protocol
