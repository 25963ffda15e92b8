// tusk: net/direct.hpp — a coroutine that never suspends: what `task<T>` is in the blocking mode.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The protocol's coroutines are written once, for tasks that may suspend. Here everything they await is ready, so the
// call runs to its end before it returns. Frames come from a small list of each thread, or every call would cost an
// allocation. Knows nothing of sockets or messages.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace tusk::net {

/// Coroutine frames of this thread that are not in use, by size in steps of 128 bytes. Larger than 4 KiB are not kept.
class frame_cache {
 public:
  frame_cache() = default;
  frame_cache(frame_cache const&) = delete;
  frame_cache& operator=(frame_cache const&) = delete;
  ~frame_cache() {
    for (auto* head : free_)
      while (head != nullptr) {
        auto* const next = head->next;
        ::operator delete(head);
        head = next;
      }
    gone() = true;
  }

  static void* get(std::size_t n) {
    auto const k = (n - 1) / step;
    if (k >= classes || gone()) return ::operator new(n);
    auto& cache = self();
    if (auto* const head = cache.free_[k]; head != nullptr) {
      cache.free_[k] = head->next;
      --cache.count_[k];
      return head;
    }
    return ::operator new((k + 1) * step);
  }
  static void put(void* p, std::size_t n) noexcept {
    auto const k = (n - 1) / step;
    if (k >= classes || gone() || self().count_[k] == most) return ::operator delete(p);
    auto& cache = self();
    cache.free_[k] = ::new (p) block{cache.free_[k]};
    ++cache.count_[k];
  }

 private:
  static constexpr std::size_t step = 128;
  static constexpr std::size_t classes = 32;
  static constexpr unsigned char most = 16; ///< frames kept per size: as deep as calls nest

  struct block {
    block* next;
  };
  static frame_cache& self() {
    static thread_local frame_cache cache;
    return cache;
  }
  /// Destructors of other thread-local objects may still use connections after this one's.
  static bool& gone() noexcept {
    static thread_local bool is_gone = false;
    return is_gone;
  }
  block* free_[classes] = {};
  unsigned char count_[classes] = {};
};

template <class T> class direct;

/// What promises of all result types share. The exception is stored and rethrown by `get()`: letting it leave through
/// unhandled_exception() destroys the frame twice on GCC 12.
struct direct_promise_base {
  static void* operator new(std::size_t n) { return frame_cache::get(n); }
  static void operator delete(void* p, std::size_t n) noexcept { frame_cache::put(p, n); }
  std::suspend_never initial_suspend() const noexcept { return {}; }
  std::suspend_always final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }
  std::exception_ptr error;
};

template <class T> struct direct_promise : direct_promise_base {
  direct<T> get_return_object() noexcept;
  template <class U> void return_value(U&& u) { value.emplace(std::forward<U>(u)); }
  std::optional<T> value;
};
template <> struct direct_promise<void> : direct_promise_base {
  direct<void> get_return_object() noexcept;
  void return_void() const noexcept {}
};

/// The finished result of a coroutine, or its exception.
template <class T> class [[nodiscard]] direct {
 public:
  using promise_type = direct_promise<T>;
  explicit direct(std::coroutine_handle<promise_type> h) noexcept : h_(h) {}
  direct(direct&& other) noexcept : h_(std::exchange(other.h_, nullptr)) {}
  direct& operator=(direct&&) = delete;
  ~direct() {
    if (h_) h_.destroy();
  }

  /// The value, once; or throws what the coroutine threw.
  T get() {
    auto& p = h_.promise();
    if (p.error) std::rethrow_exception(std::exchange(p.error, nullptr));
    if constexpr (!std::is_void_v<T>) return std::move(*p.value);
  }
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  T await_resume() { return get(); }

 private:
  std::coroutine_handle<promise_type> h_;
};

template <class T> direct<T> direct_promise<T>::get_return_object() noexcept {
  return direct<T>(std::coroutine_handle<direct_promise<T>>::from_promise(*this));
}
inline direct<void> direct_promise<void>::get_return_object() noexcept {
  return direct<void>(std::coroutine_handle<direct_promise<void>>::from_promise(*this));
}

/// An awaitable that already has its value: what the blocking mode's operations return, without a frame.
template <class T> struct ready {
  T value;
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  T await_resume() noexcept { return std::move(value); }
};
template <> struct ready<void> {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

} // namespace tusk::net
