// tusk: wire/bytes.hpp — numbers in network byte order, a growable buffer, a bounded reader and a writer.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The floor that both legs of the house stand on: the message loop and the codecs read and write bytes only through it.
// `reader` cannot leave its range whatever it is asked; `buffer` is the one place where message memory is allocated.
// Knows no message, no type and no socket.
#pragma once

#include <tusk/error.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tusk::wire {

/// Bytes of somebody else's.
using byte_view = std::span<std::byte const>;

/// The same memory as bytes, and as text.
inline byte_view as_bytes(std::string_view s) noexcept {
  return {reinterpret_cast<std::byte const*>(s.data()), s.size()};
}
inline std::string_view as_text(byte_view b) noexcept { return {reinterpret_cast<char const*>(b.data()), b.size()}; }

/// Converts between the host's byte order and the network's.
template <class U> constexpr U network_order(U v) noexcept {
  if constexpr (std::endian::native == std::endian::big || sizeof(U) == 1)
    return v;
  else if constexpr (sizeof(U) == 2)
    return U(__builtin_bswap16(v));
  else if constexpr (sizeof(U) == 4)
    return U(__builtin_bswap32(v));
  else
    return U(__builtin_bswap64(v));
}

/// The integer at `p`, which need not be aligned, in network byte order. `p` must have sizeof(T) bytes.
template <std::integral T> T load(std::byte const* p) noexcept {
  std::make_unsigned_t<T> v;
  std::memcpy(&v, p, sizeof v);
  return static_cast<T>(network_order(v));
}
/// Writes `value` to `p`, which need not be aligned, in network byte order.
template <std::integral T> void store(std::byte* p, T value) noexcept {
  auto const v = network_order(static_cast<std::make_unsigned_t<T>>(value));
  std::memcpy(p, &v, sizeof v);
}

/// Bytes that grow at the end: the memory of messages. Movable, not copyable. Every pointer into it ends with the next
/// growth. Keeps its memory when cleared.
class buffer {
 public:
  buffer() = default;
  buffer(buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  buffer& operator=(buffer&& other) noexcept {
    if (this != &other) {
      std::free(data_);
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
      capacity_ = std::exchange(other.capacity_, 0);
    }
    return *this;
  }
  ~buffer() { std::free(data_); }

  std::byte* data() noexcept { return data_; }
  std::byte const* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t capacity() const noexcept { return capacity_; }
  bool empty() const noexcept { return size_ == 0; }
  byte_view view() const noexcept { return {data_, size_}; }
  operator byte_view() const noexcept { return view(); }

  void clear() noexcept { size_ = 0; }
  /// Forgets the bytes from `n` on; `n` must not be larger than size().
  void truncate(std::size_t n) noexcept { size_ = n; }
  /// Gives the memory back.
  void release() noexcept { *this = buffer(); }
  /// Overwrites all its memory with zeros, also what was forgotten before, and forgets the bytes: for passwords. What
  /// growing left behind elsewhere is out of reach: reserve() before a secret goes in.
  void wipe() noexcept {
    for (std::byte volatile* p = data_; p != data_ + capacity_; p = p + 1) *p = std::byte{0};
    size_ = 0;
  }
  void reserve(std::size_t n) {
    if (n > capacity_) grow_to(n);
  }
  /// Lengthens by `n` uninitialised bytes and returns where they begin.
  std::byte* extend(std::size_t n) {
    if (capacity_ - size_ < n) [[unlikely]]
      grow_by(n);
    auto* p = data_ + size_;
    size_ += n;
    return p;
  }
  /// What is appended must not be in this buffer: growing moves it.
  void append(void const* p, std::size_t n) {
    auto* to = extend(n);
    if (n != 0) std::memcpy(to, p, n);
  }
  void append(byte_view b) { append(b.data(), b.size()); }
  void append(std::string_view s) { append(s.data(), s.size()); }

 private:
  [[gnu::noinline]] void grow_by(std::size_t n) {
    if (n > SIZE_MAX / 2 - size_) throw std::bad_alloc();
    auto const need = size_ + n;
    grow_to(need < 2 * capacity_ ? 2 * capacity_ : need < 256 ? 256 : need);
  }
  [[gnu::noinline]] void grow_to(std::size_t n) {
    auto* p = static_cast<std::byte*>(std::realloc(data_, n));
    if (p == nullptr) throw std::bad_alloc();
    data_ = p;
    capacity_ = n;
  }
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Reads one value, or one message, from front to back. Every read is checked; the first failure sticks, empties the
/// reader and makes all later reads return zeros, so that a decoder may check once at its end.
class reader {
 public:
  constexpr reader(std::byte const* begin, std::byte const* end) noexcept : p_(begin), end_(end) {}
  constexpr explicit reader(byte_view b) noexcept : p_(b.data()), end_(b.data() + b.size()) {}

  /// How many bytes are still to be read.
  constexpr std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - p_); }
  constexpr std::byte const* position() const noexcept { return p_; }
  constexpr bool ok() const noexcept { return why_ == nullptr; }
  /// What was wrong, a literal; nullptr while all is well.
  constexpr char const* why() const noexcept { return why_; }
  /// Marks the value as bad. `why` is a literal that completes "the value is bad: ".
  constexpr void fail(char const* why) noexcept {
    if (why_ == nullptr) why_ = why;
    p_ = end_;
  }

  /// The next integer or floating-point number (IEEE 754), in network byte order.
  template <class T>
    requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
  T get() noexcept {
    if (left() < sizeof(T)) [[unlikely]] {
      fail("it ends too early");
      return T{};
    }
    auto const* at = p_;
    p_ += sizeof(T);
    if constexpr (std::is_same_v<T, float>)
      return std::bit_cast<float>(load<std::uint32_t>(at));
    else if constexpr (std::is_same_v<T, double>)
      return std::bit_cast<double>(load<std::uint64_t>(at));
    else
      return load<T>(at);
  }
  /// The next `n` bytes; empty after a failure. Borrowed.
  byte_view take(std::size_t n) noexcept {
    if (left() < n) [[unlikely]] {
      fail("it ends too early");
      return {};
    }
    auto const* at = p_;
    p_ += n;
    return {at, n};
  }
  /// All that is left. Borrowed.
  byte_view rest() noexcept { return take(left()); }
  /// The text up to the next zero byte, which is consumed. Borrowed.
  std::string_view text() noexcept {
    auto const* zero = left() == 0 ? nullptr : std::memchr(p_, 0, left());
    if (zero == nullptr) [[unlikely]] {
      fail("a text without its terminating zero");
      return {};
    }
    auto const n = static_cast<std::size_t>(static_cast<std::byte const*>(zero) - p_);
    auto const s = as_text(take(n));
    ++p_;
    return s;
  }

 private:
  std::byte const* p_;
  std::byte const* end_;
  char const* why_ = nullptr;
};

/// Appends values in network byte order to a buffer.
class writer {
 public:
  explicit writer(buffer& to) noexcept : to_(&to) {}

  /// Appends an integer or floating-point number (IEEE 754) in network byte order.
  template <class T>
    requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
  void put(T value) {
    auto* at = to_->extend(sizeof(T));
    if constexpr (std::is_same_v<T, float>)
      store(at, std::bit_cast<std::uint32_t>(value));
    else if constexpr (std::is_same_v<T, double>)
      store(at, std::bit_cast<std::uint64_t>(value));
    else
      store(at, value);
  }
  void put(byte_view bytes) {
    bound(bytes.size()); // before they are copied
    to_->append(bytes);
  }
  void put(std::string_view text) { put(as_bytes(text)); }
  /// Refuses the value. `why` completes the sentence "parameter $1 cannot be sent: ".
  [[noreturn]] void fail(std::string why) { throw error(errc::invalid_parameter, std::move(why)); }

  /// Leaves room for a 32-bit length and returns its place for `end_length`.
  std::size_t begin_length() {
    to_->extend(4);
    return to_->size() - 4;
  }
  /// Writes the number of bytes put since, without the four of the length itself.
  void end_length(std::size_t place) {
    auto const n = to_->size() - place - 4;
    bound(n);
    store(to_->data() + place, static_cast<std::uint32_t>(n));
  }
  buffer& bytes() noexcept { return *to_; }

  /// The largest value that a server accepts (MaxAllocSize in its sources).
  static constexpr std::size_t max_value = 0x3fffffff;

 private:
  void bound(std::size_t n) {
    if (n > max_value) [[unlikely]]
      fail("it has " + std::to_string(n) + " bytes, PostgreSQL takes 1073741823 at most");
  }
  buffer* to_;
};

} // namespace tusk::wire
