// tusk: protocol/ref.hpp — shared ownership counted inside the object.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A connection is kept alive by its handle and by every operation under way. All of them run on one executor, one at a
// time, so the count is a plain int: std::shared_ptr would pay for atomics and a second allocation.
#pragma once

#include <utility>

namespace tusk::protocol {

class counted {
 public:
  counted() = default;
  counted(counted const&) = delete;
  counted& operator=(counted const&) = delete;

 protected:
  virtual ~counted() = default;

 private:
  template <class T> friend class ref;
  int owners_ = 0;
};

/// Owns a share of a T, which derives from `counted`.
template <class T> class ref {
 public:
  ref() = default;
  explicit ref(T* p) noexcept : p_(p) {
    if (p_ != nullptr) ++base().owners_;
  }
  ref(ref const& other) noexcept : ref(other.p_) {}
  ref(ref&& other) noexcept : p_(std::exchange(other.p_, nullptr)) {}
  ref& operator=(ref other) noexcept {
    std::swap(p_, other.p_);
    return *this;
  }
  ~ref() {
    if (p_ != nullptr && --base().owners_ == 0) delete &base();
  }
  T* operator->() const noexcept { return p_; }
  T& operator*() const noexcept { return *p_; }
  T* get() const noexcept { return p_; }
  explicit operator bool() const noexcept { return p_ != nullptr; }

 private:
  counted& base() const noexcept { return *p_; }
  T* p_ = nullptr;
};

} // namespace tusk::protocol
