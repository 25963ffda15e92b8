// tusk: net/audience.hpp — those who hear what a server says without being asked.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Notices go to a function, notifications to the inboxes of all who listen to their channel. What the session has kept
// is handed out by whoever reads, between two pieces of input. Wakes nobody and sends nothing.
#pragma once

#include <tusk/error.hpp>
#include <tusk/net/inbox.hpp>
#include <tusk/protocol/session.hpp>

#include <cstdint>
#include <functional>
#include <string_view>

namespace tusk::net {

class audience {
 public:
  /// `s` outlives it.
  explicit audience(protocol::session& s) : session_(s) {}
  audience(audience const&) = delete;
  audience& operator=(audience const&) = delete;

  /// Must not throw.
  std::function<void(notice const&)> on_notice;

  static bool has(inbox const& box) noexcept { return box.joined_; }
  /// Whether anybody listens to it.
  bool hears(std::string_view channel) const noexcept {
    for (auto const* b = first_; b != nullptr; b = b->next_)
      if (b->hears(channel)) return true;
    return false;
  }
  /// `box` takes in what comes from now on, and outlives its stay here.
  void join(inbox& box) noexcept {
    box.joined_ = true;
    box.since_ = session_.next_number();
    box.previous_ = nullptr;
    box.next_ = first_;
    if (first_ != nullptr) first_->previous_ = &box;
    first_ = &box;
    session_.keep_notifications(true);
  }
  void leave(inbox& box) noexcept {
    if (!box.joined_) return;
    box.joined_ = false;
    (box.previous_ != nullptr ? box.previous_->next_ : first_) = box.next_;
    if (box.next_ != nullptr) box.next_->previous_ = box.previous_;
    session_.keep_notifications(first_ != nullptr);
  }
  void deliver(protocol::news const& all) noexcept {
    auto const handler = on_notice; // which may replace itself
    for (auto const& n : all.notices)
      if (handler) handler(n);
    for (auto const& n : all.notifications)
      for (auto* b = first_; b != nullptr; b = b->next_)
        if (b->hears(n.channel)) b->put(n);
    if (all.discarded_before != 0) discard(all.discarded_before);
  }

 private:
  /// The exchange before `number` has ended all listening; who has joined since listens anew.
  void discard(std::uint64_t number) noexcept {
    for (auto* b = first_; b != nullptr;) {
      auto& box = *b;
      b = b->next_;
      if (box.since_ >= number) continue;
      box.end(error(errc::listener_closed, "the session was reset: DISCARD ALL has ended this listener"));
      leave(box);
    }
  }
  protocol::session& session_;
  inbox* first_ = nullptr;
};

} // namespace tusk::net
