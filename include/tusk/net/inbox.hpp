// tusk: net/inbox.hpp — the notifications that one listener has not taken yet.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Bounded. When it is full what is there stays and what comes is dropped, counted, and told at the place where it is
// missing: nothing is lost silently. It outlives the connection, so that what has arrived can still be taken. Knows
// neither who waits for it nor how.
#pragma once

#include <tusk/error.hpp>
#include <tusk/notification.hpp>
#include <tusk/protocol/ref.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::net {

class inbox final : public protocol::counted {
 public:
  /// What the bytes of all are bounded by is this times the most notifications. A server's longest has less.
  static constexpr std::size_t bytes_each = 8192;

  /// Takes in `most` notifications of these channels.
  inbox(std::vector<std::string> channels, std::size_t most) : channels_(std::move(channels)), most_(most) {}

  std::vector<std::string> const& channels() const noexcept { return channels_; }
  bool hears(std::string_view channel) const noexcept {
    for (auto const& c : channels_)
      if (c == channel) return true;
    return false;
  }
  void put(notification const& n) noexcept {
    auto const size = bytes_of(n);
    if (items_.size() >= most_ || size > most_ * bytes_each - bytes_) {
      ++lost_;
      return;
    }
    try {
      items_.push_back({n, lost_});
      bytes_ += size;
      lost_ = 0;
    } catch (std::bad_alloc const&) {
      ++lost_;
    }
  }
  /// No more will come.
  void end(error const& why) noexcept {
    if (!ended_) ended_ = why;
  }
  std::size_t size() const noexcept { return items_.size(); }
  /// `take` has something to return, or to throw.
  bool ready() const noexcept { return !items_.empty() || lost_ != 0 || ended_; }
  /// The oldest. Throws errc::notifications_lost, once, where some are missing, and at the end why it has ended.
  notification take() {
    auto& missing = items_.empty() ? lost_ : items_.front().lost_before;
    if (missing != 0) [[unlikely]]
      throw_lost(std::exchange(missing, 0));
    if (items_.empty()) throw error(*ended_);
    auto n = std::move(items_.front().what);
    items_.pop_front();
    bytes_ -= bytes_of(n);
    return n;
  }

 private:
  friend class audience;
  struct item {
    notification what;
    std::uint64_t lost_before;
  };
  static std::size_t bytes_of(notification const& n) noexcept { return n.channel.size() + n.payload.size(); }
  [[noreturn, gnu::cold]] void throw_lost(std::uint64_t n) const {
    throw error(errc::notifications_lost, std::to_string(n) +
                                              " notifications were dropped here: nobody took them and " +
                                              std::to_string(most_) + " were waiting (the backlog)");
  }

  std::vector<std::string> channels_;
  std::size_t most_;
  std::size_t bytes_ = 0;
  std::deque<item> items_;
  std::uint64_t lost_ = 0; // since the newest item
  std::optional<error> ended_;
  // In the audience, if it is in one; the exchanges before that number were submitted before it joined.
  bool joined_ = false;
  std::uint64_t since_ = 0;
  inbox* previous_ = nullptr;
  inbox* next_ = nullptr;
};

} // namespace tusk::net
