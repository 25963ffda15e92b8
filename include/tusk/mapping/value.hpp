// tusk: mapping/value.hpp — one field of a row turned into one C++ value.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// `value` is the only code in the driver that does this; rows, cursors and dynamic fields all come here. A field is an
// Int32 length and that many bytes, length -1 is NULL (DataRow in "Message Formats"). It returns where the next field
// begins, so that no state of a row has to be kept in memory (that alone costs 40 %). Knows codecs, no column and no
// row.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace tusk::mapping {

/// What a codec sees of a member: std::optional is taken off, it stands for NULL.
template <class M> struct value_type {
  using type = M;
};
template <class T> struct value_type<std::optional<T>> {
  using type = T;
};
template <class M> using value_type_t = typename value_type<M>::type;
template <class M> inline constexpr bool is_nullable = !std::is_same_v<M, value_type_t<M>>;

/// M can be filled from a column.
template <class M>
concept column_value = !std::is_reference_v<M> && !std::is_const_v<M> && decodable<value_type_t<M>>;

/// Why a field could not be read.
struct fault {
  enum class reason : std::uint8_t { none, malformed, null, value };
  reason what = reason::none;
  char const* why = nullptr;     ///< a literal; of a `value` what the codec said, of a `malformed` what is wrong
  std::byte const* at = nullptr; ///< where the field begins
};

/// Fills in `why` and returns nullptr.
[[gnu::noinline, gnu::cold]] inline std::byte const* refuse(fault& f, fault::reason what, char const* why,
                                                            std::byte const* at) noexcept {
  f.what = what;
  f.why = why;
  f.at = at;
  return nullptr;
}

/// Decodes the `n` bytes behind the length at `at`. `Also` is one of codec::also, or none for those of codec::oids.
template <class M, oid Also = oid::none>
[[gnu::always_inline]] inline std::byte const* decode_bytes(std::byte const* at, std::size_t n, M& member, fault& f) {
  reader in(at + 4, at + 4 + n);
  auto const decode = [&](auto& out) __attribute__((always_inline)) {
    if constexpr (Also == oid::none)
      codec<value_type_t<M>>::decode(in, out);
    else
      codec<value_type_t<M>>::decode(in, out, Also);
  };
  if constexpr (is_nullable<M>) {
    if (!member) member.emplace();
    decode(*member);
  } else
    decode(member);
  if (in.ok() && in.left() == 0) [[likely]]
    return at + 4 + n;
  return refuse(f, fault::reason::value, in.ok() ? "it is too long" : in.why(), at);
}

/// Any field at all: also NULL, a width that is not the usual one, and nonsense. Kept out of the straight line.
template <class M, oid Also = oid::none>
[[gnu::noinline]] std::byte const* unusual_value(std::byte const* at, std::byte const* end, M& member, fault& f) {
  auto const left = static_cast<std::size_t>(end - at);
  if (left < 4) [[unlikely]]
    return refuse(f, fault::reason::malformed, "it ends where the length of a field is due", at);
  auto const length = wire::load<std::int32_t>(at);
  if (length >= 0) [[likely]] {
    auto const n = static_cast<std::size_t>(length);
    if (n > left - 4) [[unlikely]]
      return refuse(f, fault::reason::malformed, "a field reaches beyond its end", at);
    return decode_bytes<M, Also>(at, n, member, f);
  }
  if (length != -1) return refuse(f, fault::reason::malformed, "a field has a negative length", at);
  if constexpr (is_nullable<M>) {
    member.reset();
    return at + 4;
  } else
    return refuse(f, fault::reason::null, nullptr, at);
}

/// Reads the field at `at` into `member`, which may hold an earlier row's value and keeps its memory. Returns where the
/// next field begins, or nullptr with `f` filled in. Reads nothing at or behind `end`. What a codec throws passes.
template <class M, oid Also = oid::none>
[[gnu::always_inline]] inline std::byte const* value(std::byte const* at, std::byte const* end, M& member, fault& f) {
  if constexpr (Also == oid::none && fixed_width<value_type_t<M>>) {
    constexpr std::size_t width = codec<value_type_t<M>>::width;
    static_assert(width < 0x10000, "tusk: codec<T>::width is for small values");
    // As integers: no object is so near the end of the address space that this overflows, and the sum is what is
    // returned, which saves three instructions for each field.
    if (reinterpret_cast<std::uintptr_t>(at) + 4 + width <= reinterpret_cast<std::uintptr_t>(end) &&
        wire::load<std::uint32_t>(at) == width) [[likely]]
      return decode_bytes(at, width, member, f);
  } else if (auto const left = static_cast<std::size_t>(end - at); left >= 4) [[likely]] {
    // A negative length becomes larger than anything that is left.
    auto const n = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(wire::load<std::int32_t>(at)));
    if (n <= left - 4) [[likely]]
      return decode_bytes<M, Also>(at, n, member, f);
  }
  return unusual_value<M, Also>(at, end, member, f);
}

/// `value` for a member whose type is known by its address only.
using read_function = std::byte const* (*)(std::byte const* at, std::byte const* end, void* member, fault& f);

template <class M, oid Also = oid::none>
std::byte const* read_value(std::byte const* at, std::byte const* end, void* member, fault& f) {
  return value<M, Also>(at, end, *static_cast<M*>(member), f);
}

} // namespace tusk::mapping
