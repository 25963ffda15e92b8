// tusk: types/bit_string.hpp — bit and varbit as tusk::bit_string.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Packed as it is sent: eight bits in a byte, the first bit the most significant one. A column bit(n) takes only values
// of n bits, which its server checks: here the size belongs to the value. Must not know other types.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// A sequence of bits, numbered from 0 in the order in which they are written. Empty by default.
class bit_string {
 public:
  bit_string() = default;
  /// `size` bits, all alike.
  explicit bit_string(std::size_t size, bool value = false)
      : bytes_(bytes_for(size), std::byte{static_cast<unsigned char>(value ? 0xff : 0)}), size_(size) {
    if (value && size % 8 != 0) bytes_.back() &= ~padding(size);
  }
  /// `size` bits out of packed bytes. Throws error (errc::invalid_value) if they are not as many bytes as that takes,
  /// or if bits behind the last one are set.
  static bit_string from_bytes(wire::byte_view packed, std::size_t size) {
    if (auto const* why = flaw(size, packed)) throw error(errc::invalid_value, std::string("no bit string: ") + why);
    bit_string bits;
    bits.bytes_.assign(packed.begin(), packed.end());
    bits.size_ = size;
    return bits;
  }
  /// Reads what PostgreSQL reads, and no blanks:
  ///
  ///     bits = ["b"] *bit  |  "x" *hexadecimal-digit    ; all letters of either case, each digit four bits
  ///     bit  = "0"  |  "1"
  ///
  /// Throws error (errc::invalid_value) on anything else.
  static bit_string parse(std::string_view text);

  // What was moved from is empty, of which the bytes alone would not be enough.
  bit_string(bit_string&& other) noexcept
      : bytes_(std::exchange(other.bytes_, {})), size_(std::exchange(other.size_, 0)) {}
  bit_string& operator=(bit_string&& other) noexcept {
    bytes_ = std::exchange(other.bytes_, {});
    size_ = std::exchange(other.size_, 0);
    return *this;
  }
  bit_string(bit_string const&) = default;
  bit_string& operator=(bit_string const&) = default;
  ~bit_string() = default;

  /// In bits.
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  /// The packed bits; those behind the last one are zero. Valid until the next change.
  wire::byte_view bytes() const& noexcept { return bytes_; }
  wire::byte_view bytes() const&& = delete; // would end with this value

  /// `i` must be less than size().
  bool operator[](std::size_t i) const noexcept { return (bytes_[i / 8] & place(i)) != std::byte{0}; }
  void set(std::size_t i, bool value = true) noexcept {
    if (value)
      bytes_[i / 8] |= place(i);
    else
      bytes_[i / 8] &= ~place(i);
  }
  void push_back(bool value) {
    if (size_ % 8 == 0) bytes_.push_back(std::byte{0});
    ++size_;
    set(size_ - 1, value);
  }
  void clear() noexcept {
    bytes_.clear();
    size_ = 0;
  }

  friend bool operator==(bit_string const&, bit_string const&) = default;
  /// As servers order them: by the packed bytes, then by size. So is 0 < 00 < 1.
  friend auto operator<=>(bit_string const&, bit_string const&) = default;

  /// The largest size that PostgreSQL has (VARBITMAXLEN in its sources).
  static constexpr std::size_t max_size = 2147483640;

 private:
  friend struct codec<bit_string>;

  static constexpr std::size_t bytes_for(std::size_t size) noexcept { return size / 8 + (size % 8 != 0 ? 1 : 0); }
  static constexpr std::byte place(std::size_t i) noexcept { return std::byte{0x80} >> i % 8; }
  /// The bits of the last byte that are behind the end, where there are any.
  static constexpr std::byte padding(std::size_t size) noexcept { return std::byte{0xff} >> size % 8; }
  /// What is wrong with so many bits in these bytes; nullptr if nothing is.
  static constexpr char const* flaw(std::size_t size, wire::byte_view packed) noexcept {
    if (packed.size() != bytes_for(size)) return "its bytes are not as many as its bits need";
    if (size % 8 != 0 && (packed.back() & padding(size)) != std::byte{0}) return "bits behind its last one are set";
    return nullptr;
  }

  std::vector<std::byte> bytes_; // first, so that it is compared first
  std::size_t size_ = 0;
};

/// As PostgreSQL writes it: 1010.
inline std::string to_string(bit_string const& bits) {
  std::string text(bits.size(), '0');
  for (std::size_t i = 0; i < bits.size(); ++i)
    if (bits[i]) text[i] = '1';
  return text;
}

inline bit_string bit_string::parse(std::string_view text) {
  scanner from(text, "bit string: write its bits, such as 1010, or x and hexadecimal digits, such as xff");
  bool const hexadecimal = from.eat('x') || from.eat('X');
  if (!hexadecimal && !from.eat('b')) from.eat('B');
  bit_string bits;
  bits.bytes_.reserve(bytes_for(from.rest().size() * (hexadecimal ? 4 : 1)));
  while (!from.done()) {
    auto const digit = scanner::hex_digit(from.take(1).front());
    if (digit < 0 || (!hexadecimal && digit > 1)) from.refuse();
    for (int bit = hexadecimal ? 8 : 1; bit != 0; bit /= 2) bits.push_back((digit & bit) != 0);
  }
  return bits;
}

/// A parameter is a varbit, which every server turns into a bit(n) where that is wanted.
///
///     value = size bytes    ; int32, in bits
template <> struct codec<bit_string> {
  static constexpr std::array oids{oid::varbit, oid::bit};
  static constexpr oid array = oid::varbit_array;
  static constexpr std::string_view name = "tusk::bit_string";

  static void decode(reader& in, bit_string& out) {
    auto const size = in.get<std::int32_t>();
    auto const packed = in.rest();
    if (!in.ok()) return;
    if (size < 0 || static_cast<std::size_t>(size) > bit_string::max_size) return in.fail("its size is impossible");
    auto const bits = static_cast<std::size_t>(size);
    if (auto const* why = bit_string::flaw(bits, packed)) return in.fail(why);
    out.bytes_.assign(packed.begin(), packed.end());
    out.size_ = bits;
  }
  static void encode(bit_string const& value, writer& to) {
    if (value.size() > bit_string::max_size)
      to.fail("it has " + std::to_string(value.size()) + " bits, PostgreSQL takes " +
              std::to_string(bit_string::max_size) + " at most");
    to.put(static_cast<std::int32_t>(value.size()));
    to.put(value.bytes());
  }
};

} // namespace tusk
