// tusk: auth/secret.hpp — memory that is wiped, and a comparison that tells nothing.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Passwords, keys and everything computed on the way to them live in a `secret` or in containers with the
// `wiping_allocator`: whenever such memory is given back, by growth too, it is overwritten first. Must not know what
// the bytes mean.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tusk::auth {

/// Overwrites `n` bytes with zeros, also when the compiler can see that nobody reads them again.
inline void wipe(void* p, std::size_t n) noexcept {
  if (n != 0) std::memset(p, 0, n);
  asm volatile("" : : "r"(p) : "memory"); // the zeros may be looked at here, so they must be written
}

/// Whether both have the same bytes. Takes the same time wherever they differ; their lengths are not hidden.
[[nodiscard]] inline bool equal_in_constant_time(std::span<std::byte const> a, std::span<std::byte const> b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned char volatile difference = 0; // volatile: a loop that stops early would be a legal optimisation
  for (std::size_t i = 0; i != a.size(); ++i)
    difference = static_cast<unsigned char>(difference | unsigned(a[i] ^ b[i]));
  return difference == 0;
}

/// An allocator that wipes what it gives back.
template <class T, class Underlying = std::allocator<T>> struct wiping_allocator {
  static_assert(std::is_trivially_copyable_v<T>);
  using value_type = T;
  template <class U> struct rebind {
    using other = wiping_allocator<U, typename std::allocator_traits<Underlying>::template rebind_alloc<U>>;
  };

  wiping_allocator() = default;
  template <class U, class V> wiping_allocator(wiping_allocator<U, V> const&) noexcept {}
  T* allocate(std::size_t n) { return Underlying().allocate(n); }
  void deallocate(T* p, std::size_t n) noexcept {
    wipe(p, n * sizeof(T));
    Underlying().deallocate(p, n);
  }
  bool operator==(wiping_allocator const&) const noexcept { return true; }
};

template <class T> using wiping_vector = std::vector<T, wiping_allocator<T>>;

/// Text that nobody else may see. Movable; copied only by name, with `secret(other.view())`.
class secret {
 public:
  secret() = default;
  explicit secret(std::string_view text) { append(text); }
  secret(secret&&) = default;
  secret& operator=(secret&&) = default;
  ~secret() = default;

  /// Borrowed until the next change.
  std::string_view view() const noexcept { return {reinterpret_cast<char const*>(bytes_.data()), bytes_.size()}; }
  std::span<std::byte const> bytes() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return bytes_.size(); }
  bool empty() const noexcept { return bytes_.empty(); }

  void reserve(std::size_t n) { bytes_.reserve(n); }
  void push_back(char c) { append({&c, 1}); }
  void append(std::string_view text) {
    auto const before = bytes_.size();
    bytes_.resize(before + text.size());
    if (!text.empty()) std::memcpy(bytes_.data() + before, text.data(), text.size());
  }
  /// Wipes the text and gives its memory back.
  void clear() noexcept { wiping_vector<std::byte>().swap(bytes_); }

 private:
  wiping_vector<std::byte> bytes_;
};

/// Wipes an object when the scope ends, also by an exception.
class wipe_at_exit {
 public:
  template <class T> explicit wipe_at_exit(T& object) noexcept : p_(&object), n_(sizeof object) {
    static_assert(std::is_trivially_copyable_v<T>);
  }
  wipe_at_exit(wipe_at_exit const&) = delete;
  wipe_at_exit& operator=(wipe_at_exit const&) = delete;
  ~wipe_at_exit() { wipe(p_, n_); }

 private:
  void* p_;
  std::size_t n_;
};

} // namespace tusk::auth
