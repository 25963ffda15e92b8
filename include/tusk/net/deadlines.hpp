// tusk: net/deadlines.hpp — the time that each operation on a connection may take.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// In a mode where many operations wait at once, one timer of the connection serves them all: it is set for the earliest
// deadline and runs only while somebody has one, so that it never keeps a loop from ending. In the other mode the
// socket itself watches the clock. Knows no session.
#pragma once

#include <chrono>
#include <optional>

namespace tusk::net {

/// One operation's deadline, in its place; for a mode in which one operation at a time waits.
template <class Mode> class deadline {
 public:
  void begin(typename Mode::executor const& e, typename Mode::socket& s, std::chrono::milliseconds limit) {
    alarm_.emplace(e, s, limit);
  }
  void end() noexcept { alarm_.reset(); }
  bool passed() const noexcept { return alarm_.has_value(); }

 private:
  std::optional<typename Mode::alarm> alarm_;
};

template <class Mode> class deadlines;

template <class Mode>
  requires(Mode::concurrent)
class deadline<Mode> {
 public:
  deadline() = default;
  deadline(deadline const&) = delete;
  deadline& operator=(deadline const&) = delete;
  /// The time was up before the operation was done.
  bool passed() const noexcept { return passed_; }

 private:
  friend class deadlines<Mode>;
  typename Mode::clock::time_point when_{};
  deadline* previous_ = nullptr;
  deadline* next_ = nullptr;
  bool listed_ = false;
  bool passed_ = false;
};

/// All deadlines of a connection, the earliest in front.
template <class Mode> class deadlines {
 public:
  using item = deadline<Mode>;
  using clock = typename Mode::clock;

  explicit deadlines(typename Mode::executor const& e) : timer_(e) {}

  /// `expire` is called, from the loop, when the time of some is up.
  template <class F> void add(item& d, std::chrono::milliseconds limit, F expire) {
    d.when_ = later(clock::now(), limit);
    d.passed_ = false;
    d.listed_ = true;
    d.previous_ = back_;
    while (d.previous_ != nullptr && d.previous_->when_ > d.when_) d.previous_ = d.previous_->previous_;
    d.next_ = d.previous_ != nullptr ? d.previous_->next_ : front_;
    (d.previous_ != nullptr ? d.previous_->next_ : front_) = &d;
    (d.next_ != nullptr ? d.next_->previous_ : back_) = &d;
    if (front_ == &d) timer_.set(d.when_, std::move(expire));
  }
  void remove(item& d) noexcept {
    if (!d.listed_) return;
    unlink(d);
    if (front_ == nullptr) timer_.cancel();
  }
  /// Takes out one whose time is up; nullptr when there is none, then the timer is set for the next.
  template <class F> item* take_passed(F expire) {
    if (front_ == nullptr) return nullptr;
    auto& d = *front_;
    if (d.when_ > clock::now()) {
      timer_.set(d.when_, std::move(expire));
      return nullptr;
    }
    unlink(d);
    d.passed_ = true;
    return &d;
  }

 private:
  /// The largest time there is, where the sum would be beyond.
  static typename clock::time_point later(typename clock::time_point from, std::chrono::milliseconds by) {
    return by < std::chrono::floor<std::chrono::milliseconds>(clock::time_point::max() - from)
               ? from + by
               : clock::time_point::max();
  }
  void unlink(item& d) noexcept {
    (d.previous_ != nullptr ? d.previous_->next_ : front_) = d.next_;
    (d.next_ != nullptr ? d.next_->previous_ : back_) = d.previous_;
    d.previous_ = d.next_ = nullptr;
    d.listed_ = false;
  }
  typename Mode::timer timer_;
  item* front_ = nullptr;
  item* back_ = nullptr;
};

/// A connection's `deadlines`, or nothing where the socket watches the clock.
template <class Mode> struct deadlines_of {
  struct type {
    explicit type(typename Mode::executor const&) {}
  };
};
template <class Mode>
  requires(Mode::concurrent)
struct deadlines_of<Mode> {
  using type = deadlines<Mode>;
};

} // namespace tusk::net
