// tusk: types/array.hpp — one-dimensional arrays as std::vector, std::array and std::span.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// An array of any type whose codec names an array type; elements may be std::optional, and are refused as NULL where
// they are not. Lower bounds are not kept: the first element is the first, whatever its subscript. More than one
// dimension is an error. Must not know any element type, but for those that its header includes.
#pragma once

#include <tusk/types/codec.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tusk {

/// An element of an array in C++: T, or NULL where it is a std::optional.
template <class T> struct array_element {
  using value = std::remove_const_t<T>;
  static constexpr bool nullable = false;
};
template <class T> struct array_element<std::optional<T>> {
  using value = T;
  static constexpr bool nullable = true;
};
template <class T> struct array_element<std::optional<T> const> : array_element<std::optional<T>> {};

/// Can be an element.
template <class T>
concept in_arrays = (codec<typename array_element<T>::value>::array != oid::none);

/// How an array begins (arrayfuncs.c in the server's sources, which the manual does not describe):
///
///     array     = dimensions has-nulls element-type *(length lower-bound) *element
///     element   = size bytes    ; size -1 and no bytes: NULL
///
/// all of them int32; dimensions is 0 for an empty array, 6 at most.
struct array_head {
  std::size_t size = 0; ///< elements; no more than there are bytes for
  oid element = oid::none;
};

/// Reads the head of an array of at most one dimension.
inline array_head read_array_head(reader& in) noexcept {
  auto const dimensions = in.get<std::int32_t>();
  auto const has_nulls = in.get<std::int32_t>();
  auto const element = oid(in.get<std::uint32_t>());
  if (!in.ok()) return {};
  if (dimensions < 0 || dimensions > 6 || (has_nulls | 1) != 1) {
    in.fail("it does not begin as an array does");
    return {};
  }
  if (dimensions > 1) {
    in.fail("it has more than one dimension");
    return {};
  }
  if (dimensions == 0) return {0, element};
  auto const size = in.get<std::int32_t>();
  auto const lower_bound = in.get<std::int32_t>();
  std::int32_t end = 0;
  if (size < 0 || __builtin_add_overflow(lower_bound, size, &end)) {
    in.fail("its bounds are impossible");
    return {};
  }
  if (static_cast<std::size_t>(size) > in.left() / 4) {
    in.fail("it ends too early");
    return {};
  }
  return {static_cast<std::size_t>(size), element};
}

/// Writes the head of an array of `size` elements, and returns where it says that there are NULLs.
inline std::size_t write_array_head(std::size_t size, oid element, writer& to) {
  constexpr std::size_t most = writer::max_value / 8; // MaxArraySize in the server's sources
  if (size > most) to.fail("it has " + std::to_string(size) + " elements, PostgreSQL takes " + std::to_string(most));
  to.put(std::int32_t(size == 0 ? 0 : 1));
  auto const has_nulls = to.bytes().size();
  to.put(std::int32_t(0));
  to.put(static_cast<std::uint32_t>(element));
  if (size == 0) return has_nulls;
  to.put(static_cast<std::int32_t>(size));
  to.put(std::int32_t(1));
  return has_nulls;
}

/// Elements are numbered from 1 in messages.
[[noreturn, gnu::cold, gnu::noinline]] inline void bad_element(std::size_t index, char const* why) {
  throw error(errc::invalid_value, "element " + std::to_string(index + 1) + ": " + why);
}
[[noreturn, gnu::cold, gnu::noinline]] inline void null_element(std::size_t index) {
  throw error(errc::unexpected_null, "element " + std::to_string(index + 1) + " is NULL: use std::optional");
}
[[noreturn, gnu::cold, gnu::noinline]] inline void wrong_array_size(std::size_t sent, std::size_t wanted) {
  throw error(errc::invalid_value,
              "it has " + std::to_string(sent) + " elements, not " + std::to_string(wanted) + ": use std::vector");
}

/// The array types of all column types that T reads, codec<T>::array first.
template <in_arrays T> consteval auto array_types() {
  constexpr auto each = [](auto const& take) {
    take(codec<T>::array);
    for (std::size_t i = 1; i < codec<T>::oids.size(); ++i)
      if (array_of(codec<T>::oids[i]) != oid::none) take(array_of(codec<T>::oids[i]));
    if constexpr (reads_also<T>)
      for (auto type : codec<T>::also)
        if (array_of(type) != oid::none) take(array_of(type));
    if constexpr (decodable<T>) { // two arrays of old that have a type of their own
      if (reads<T>(oid::int2)) take(oid::int2vector);
      if (reads<T>(oid::oid)) take(oid::oidvector);
    }
  };
  constexpr std::size_t count = [each] {
    std::size_t n = 0;
    each([&n](oid) { ++n; });
    return n;
  }();
  std::array<oid, count> types{};
  std::size_t n = 0;
  each([&](oid type) { types[n++] = type; });
  return types;
}

/// What all arrays of T's have in common; T may be a std::optional.
template <in_arrays T> struct array_codec {
  using value = typename array_element<T>::value;
  static constexpr bool nullable = array_element<T>::nullable;

  static constexpr auto oids = array_types<value>();
  static constexpr oid array = oid::none; // PostgreSQL has no arrays of arrays
  static constexpr bool borrows = borrows_v<value>;

 protected:
  /// Reads the head and checks the type of the elements.
  static array_head head(reader& in) noexcept {
    auto const head = read_array_head(in);
    if (in.ok() && !reads<value>(head.element)) in.fail("its elements are of another type than expected");
    return head;
  }

  /// Reads as many elements as `out` has.
  template <class Container> static void read(reader& in, oid type, Container& out) {
    if constexpr (fixed_width<value>) {
      constexpr std::uint64_t each = 4 + codec<value>::width;
      if (in.left() == out.size() * each && read_full(in.position(), type, out)) [[likely]] {
        in.take(in.left());
        return;
      }
    }
    std::size_t index = 0;
    for (auto&& to : out) {
      auto const size = in.get<std::int32_t>();
      if (size == -1) { // NULL
        if constexpr (nullable)
          to.reset();
        else
          null_element(index);
      } else {
        auto const bytes = in.take(static_cast<std::uint32_t>(size)); // any other negative one is more than there is
        if (!in.ok()) return;
        reader one(bytes);
        read_one(one, type, to);
        if (!one.ok()) bad_element(index, one.why());
        if (one.left() != 0) bad_element(index, "it is longer than its type");
      }
      ++index;
    }
  }

  template <class Container> static void write(Container const& values, writer& to) {
    auto const has_nulls = write_array_head(values.size(), codec<value>::oids[0], to);
    std::size_t index = 0;
    try {
      for (auto const& one : values) {
        if constexpr (nullable) {
          if (one)
            write_one(*one, to);
          else {
            wire::store(to.bytes().data() + has_nulls, std::int32_t(1));
            to.put(std::int32_t(-1));
          }
        } else
          write_one(one, to);
        ++index;
      }
    } catch (error const& e) {
      throw e.in("element " + std::to_string(index + 1));
    }
  }

 private:
  /// The loop for elements that are all there and as long as their type: false if one is not, or is bad.
  template <class Container> static bool read_full(std::byte const* at, oid type, Container& out) {
    constexpr std::size_t width = codec<value>::width;
    for (auto&& to : out) {
      if (wire::load<std::uint32_t>(at) != width) [[unlikely]]
        return false;
      reader one(at + 4, at + 4 + width);
      read_one(one, type, to);
      if (!one.ok() || one.left() != 0) [[unlikely]]
        return false;
      at += 4 + width;
    }
    return true;
  }

  /// `to` is a value, an optional one, or what a std::vector<bool> has instead of references.
  template <class Element> static void read_one(reader& one, oid type, Element& to) {
    if constexpr (std::same_as<Element, value>) {
      decode_as(one, to, type);
    } else if constexpr (nullable) {
      if (!to) to.emplace();
      decode_as(one, *to, type);
    } else {
      value v{};
      decode_as(one, v, type);
      to = v;
    }
  }

  static void write_one(value const& one, writer& to) {
    auto const size = to.begin_length();
    codec<value>::encode(one, to);
    to.end_length(size);
  }
};

/// Texts joined at compile time.
template <std::string_view const&... Parts> struct joined {
  static constexpr auto letters = [] {
    std::array<char, (Parts.size() + ...)> out{};
    std::size_t n = 0;
    for (auto part : {Parts...})
      for (char c : part) out[n++] = c;
    return out;
  }();
  static constexpr std::string_view text{letters.data(), letters.size()};
};

/// N in digits.
template <std::size_t N> struct spelled_number {
  static constexpr auto digits = [] {
    std::array<char, 20> out{};
    auto at = out.size();
    auto n = N;
    do out[--at] = static_cast<char>('0' + n % 10);
    while ((n /= 10) != 0);
    return std::pair(out, at);
  }();
  static constexpr std::string_view text{digits.first.data() + digits.second, digits.first.size() - digits.second};
};

/// How arrays of T, or of std::optional<T>, are named in messages: as one writes them.
template <class T, std::size_t N = 0> struct array_name {
  static constexpr std::string_view value = cpp_name<typename array_element<T>::value>();
  static constexpr std::string_view optional = array_element<T>::nullable ? "std::optional<" : "";
  static constexpr std::string_view optional_end = array_element<T>::nullable ? ">" : "";
  static constexpr std::string_view vector = "std::vector<", array = "std::array<", span = "std::span<";
  static constexpr std::string_view end = ">", const_end = " const>", comma = ", ", size = spelled_number<N>::text;

  static constexpr std::string_view of_vector = joined<vector, optional, value, optional_end, end>::text;
  static constexpr std::string_view of_array = joined<array, optional, value, optional_end, comma, size, end>::text;
  static constexpr std::string_view of_span = joined<span, optional, value, optional_end, const_end>::text;
};

template <in_arrays T> struct codec<std::vector<T>> : array_codec<T> {
  static constexpr std::string_view name = array_name<T>::of_vector;

  static void decode(reader& in, std::vector<T>& out)
    requires decodable<typename array_element<T>::value>
  {
    auto const head = array_codec<T>::head(in);
    if (!in.ok()) return;
    out.resize(head.size);
    array_codec<T>::read(in, head.element, out);
  }
  static void encode(std::vector<T> const& value, writer& to)
    requires encodable<typename array_element<T>::value>
  {
    array_codec<T>::write(value, to);
  }
};

/// Reads arrays of exactly N elements.
template <in_arrays T, std::size_t N> struct codec<std::array<T, N>> : array_codec<T> {
  static constexpr std::string_view name = array_name<T, N>::of_array;

  static void decode(reader& in, std::array<T, N>& out)
    requires decodable<typename array_element<T>::value>
  {
    auto const head = array_codec<T>::head(in);
    if (!in.ok()) return;
    if (head.size != N) wrong_array_size(head.size, N);
    array_codec<T>::read(in, head.element, out);
  }
  static void encode(std::array<T, N> const& value, writer& to)
    requires encodable<typename array_element<T>::value>
  {
    array_codec<T>::write(value, to);
  }
};

/// A parameter only: an array of what already lies in memory.
template <in_arrays T, std::size_t N> struct codec<std::span<T, N>> : array_codec<T> {
  static constexpr std::string_view name = array_name<T>::of_span;

  static void encode(std::span<T const, N> value, writer& to)
    requires encodable<typename array_element<T>::value>
  {
    array_codec<T>::write(value, to);
  }
};

} // namespace tusk
