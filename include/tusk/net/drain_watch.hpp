// tusk: net/drain_watch.hpp — sees to it that what is cancelled comes to an end.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// While somebody waits for a server to end what nobody wants any more, `cancel_timeout` is all the time it gets. A
// server ignores a CancelRequest that comes before it has begun the statement, and loses one now and then, and a pooler
// may not have a server yet: it is repeated at longer and longer intervals. Knows no session.
#pragma once

#include <chrono>
#include <optional>

namespace tusk::net {

/// What reminds of another CancelRequest: somebody who wakes the reader, or an end of his patience.
template <class Mode> struct reminder_of {
  using type = typename Mode::alarm;
};
template <class Mode>
  requires(Mode::concurrent)
struct reminder_of<Mode> {
  using type = typename Mode::reminder;
};

template <class Mode> class drain_watch {
 public:
  using executor = typename Mode::executor;
  using socket = typename Mode::socket;

  /// Closes `s` when the time is up. Does nothing while it is on.
  void begin(executor const& e, socket& s, std::chrono::milliseconds limit) {
    if (alarm_) return;
    alarm_.emplace(e, s, limit);
    auto const part = limit / 50;
    patience_ = part > least_patience ? part : least_patience;
  }
  /// When the time for another CancelRequest has come, `f` is called, or reading fails and `nudged()` is true.
  template <class F> void remind(executor const& e, socket& s, F f) {
    if (reminder_) return;
    if constexpr (Mode::concurrent)
      reminder_.emplace(e, patience_, f);
    else
      reminder_.emplace(e, s, patience_, true);
    patience_ *= 2;
  }
  bool nudged() const noexcept {
    if constexpr (Mode::concurrent)
      return false;
    else
      return reminder_ && reminder_->rang();
  }
  /// A CancelRequest is being sent.
  void reminded() noexcept { reminder_.reset(); }
  void end() noexcept {
    reminder_.reset();
    alarm_.reset();
  }
  bool on() const noexcept { return alarm_.has_value(); }
  bool rang() const noexcept { return alarm_ && alarm_->rang(); }

 private:
  static constexpr std::chrono::milliseconds least_patience{10};

  std::optional<typename Mode::alarm> alarm_;
  std::optional<typename reminder_of<Mode>::type> reminder_;
  std::chrono::milliseconds patience_{0}; // before the next one is sent
};

} // namespace tusk::net
