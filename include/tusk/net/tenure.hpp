// tusk: net/tenure.hpp — somebody has a connection to himself: a transaction, a stream.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Requests carry the number of the tenure for which they are made, and the pump accepts only those of the innermost
// one: what is asked of the connection itself meanwhile fails at once instead of slipping into somebody's transaction.
// Tenures nest; when an outer one ends, those within it end first.
#pragma once

#include <tusk/error.hpp>

#include <cstdint>
#include <string>

namespace tusk::net {

class tenures;

/// Stays where it is as long as it holds the connection.
class tenure {
 public:
  tenure() = default;
  tenure(tenure const&) = delete;
  tenure& operator=(tenure const&) = delete;

  /// What its requests carry; 0 while it has not begun.
  std::uint32_t number() const noexcept { return number_; }
  bool held() const noexcept { return held_; }

 protected:
  ~tenure() = default;
  /// Somebody further out has ended: it is over for this one.
  virtual void revoked() noexcept = 0;

 private:
  friend class tenures;
  tenure* below_ = nullptr;
  char const* words_ = "";
  std::uint32_t number_ = 0;
  bool held_ = false;
};

/// A connection's stack of them. The number 0 stands for the connection itself.
class tenures {
 public:
  /// Whose requests are accepted.
  std::uint32_t current() const noexcept { return top_ != nullptr ? top_->number_ : 0; }
  /// Whether the tenure of this number has not ended; others may have begun within it.
  bool lasts(std::uint32_t number) const noexcept {
    for (auto const* t = top_; t != nullptr; t = t->below_)
      if (t->number_ == number) return true;
    return number == 0;
  }
  /// Throws errc::connection_busy unless requests that carry `number` are accepted.
  void check(std::uint32_t number) const {
    if (number != current()) [[unlikely]]
      refuse(number);
  }
  /// `t` begins, on behalf of `outer`. `words`, which live for ever, tell others why they are refused.
  void begin(tenure& t, std::uint32_t outer, char const* words) {
    check(outer);
    t.below_ = top_;
    t.words_ = words;
    t.number_ = ++last_;
    t.held_ = true;
    top_ = &t;
  }
  void end(tenure& t) noexcept {
    if (!t.held_) return;
    while (top_ != &t) {
      auto& inner = *top_;
      pop();
      inner.revoked();
    }
    pop();
  }

 private:
  void pop() noexcept {
    top_->held_ = false;
    top_ = top_->below_;
  }
  [[noreturn, gnu::cold]] void refuse(std::uint32_t number) const {
    if (number > current() || top_ == nullptr)
      throw error(errc::connection_busy, "this transaction or stream has ended").unsent();
    for (auto const* t = top_; t != nullptr; t = t->below_)
      if (t->below_ == nullptr ? number == 0 : t->below_->number_ == number)
        throw error(errc::connection_busy, t->words_).unsent();
    throw error(errc::connection_busy, "this transaction or stream has ended").unsent();
  }
  tenure* top_ = nullptr;
  std::uint32_t last_ = 0;
};

} // namespace tusk::net
