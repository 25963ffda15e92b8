// tusk: types/array.hpp — one-dimensional arrays as std::vector, std::array and std::span.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// An array of any type whose codec names an array type; elements may be std::optional, and are refused as NULL where
// they are not. Lower bounds are not kept: the first element is the first, whatever its subscript. More than one
// dimension is an error; multi_array.hpp has them. Must not know any element type.
#pragma once

#include <tusk/types/array_name.hpp>
#include <tusk/types/array_text.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

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

/// Can be an element. PostgreSQL has no arrays of arrays; multi_array.hpp has dimensions.
template <class T>
concept in_arrays =
    (codec<typename array_element<T>::value>::array != oid::none || of_users<typename array_element<T>::value>()) &&
    !requires { codec<typename array_element<T>::value>::is_array; };

/// Can be an element of a parameter. Many characters are a text or bytes, which std::string and std::span<std::byte>
/// are: who passes a std::vector<char> seldom means an array of the type "char".
template <class T>
concept sent_in_arrays =
    has_type<typename array_element<T>::value> && !std::same_as<typename array_element<T>::value, char>;

/// How an array begins (arrayfuncs.c in the server's sources, which the manual does not describe):
///
///     array     = dimensions has-nulls element-type *(length lower-bound) *element
///     element   = size bytes    ; size -1 and no bytes: NULL
///
/// all of them int32; dimensions is 0 for an empty array, 6 at most.
struct array_head {
  std::size_t size = 0; ///< elements; no more than there are bytes for
  oid element = oid::none;
  std::size_t dimensions = 0; ///< none where there are no elements
};

/// Reads the head of an array into `out`, which has room for one dimension, or for all that there can be.
inline array_head read_array_head(reader& in, std::span<array_dimension> out) noexcept {
  auto const dimensions = in.get<std::int32_t>();
  auto const has_nulls = in.get<std::int32_t>();
  auto const element = oid(in.get<std::uint32_t>());
  if (!in.ok()) return {};
  auto const count = static_cast<std::size_t>(dimensions);
  if (count > most_dimensions || (has_nulls | 1) != 1) {
    in.fail("it does not begin as an array does");
    return {};
  }
  if (count > out.size()) {
    in.fail("it has more than one dimension");
    return {};
  }
  std::size_t all = count == 0 ? 0 : 1;
  for (auto& d : out.first(count)) {
    d.size = in.get<std::int32_t>();
    d.lower_bound = in.get<std::int32_t>();
    std::int32_t end = 0;
    if (d.size < 0 || __builtin_add_overflow(d.lower_bound, d.size, &end) ||
        __builtin_mul_overflow(all, static_cast<std::size_t>(d.size), &all)) {
      in.fail("its bounds are impossible");
      return {};
    }
  }
  if (all > in.left() / 4) {
    in.fail("it ends too early");
    return {};
  }
  return {all, element, all == 0 ? 0 : count};
}

/// Writes the head of an array, and returns where it says that there are NULLs.
inline std::size_t write_array_head(std::span<array_dimension const> dimensions, oid element, writer& to) {
  to.put(static_cast<std::int32_t>(dimensions.size()));
  auto const has_nulls = to.bytes().size();
  to.put(std::int32_t(0));
  to.put(static_cast<std::uint32_t>(element));
  for (auto const& d : dimensions) {
    to.put(d.size);
    to.put(d.lower_bound);
  }
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
    if (codec<T>::array != oid::none) take(codec<T>::array);
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
  static constexpr oid array = oid::none;
  static constexpr bool is_array = true;
  static constexpr bool of_users = tusk::of_users<value>();
  static constexpr bool reads_of_users = tusk::reads_of_users<value>();
  static constexpr bool borrows = borrows_v<value>;

 protected:
  /// Reads the head and checks the type of the elements.
  static array_head head(reader& in) noexcept {
    std::array<array_dimension, 1> dimension;
    return head(in, dimension);
  }
  static array_head head(reader& in, std::span<array_dimension> dimensions) noexcept {
    auto const head = read_array_head(in, dimensions);
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
    if (values.size() > most) too_many(values.size(), to);
    std::array const one{array_dimension{static_cast<std::int32_t>(values.size()), 1}};
    write(values.empty() ? std::span<array_dimension const>() : one, values, to);
  }
  /// As many values as the dimensions make.
  template <class Container>
  static void write(std::span<array_dimension const> dimensions, Container const& values, writer& to) {
    if (values.size() > most) too_many(values.size(), to);
    auto const has_nulls = write_array_head(dimensions, codec<value>::oids[0], to);
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

  template <class Container> static void put_elements(Container const& values, std::string& out) {
    std::array const one{array_dimension{static_cast<std::int32_t>(values.size()), 1}};
    put_array_text<value>(values.empty() ? std::span<array_dimension const>() : one, values, out);
  }
  /// Reads an array of one dimension at most.
  static std::vector<T> parse_elements(std::string_view text) {
    auto scanned = scan_array<value>(text);
    if (scanned.dimensions.size() > 1) scanner(text, "array of one dimension").refuse();
    return take_elements(std::move(scanned.values));
  }
  /// What has been read, without NULLs where there may be none.
  static std::vector<T> take_elements(std::vector<std::optional<value>> scanned) {
    if constexpr (nullable) {
      return scanned;
    } else {
      std::vector<T> out;
      out.reserve(scanned.size());
      for (auto& one : scanned) {
        if (!one) null_element(out.size());
        out.push_back(std::move(*one));
      }
      return out;
    }
  }

 private:
  static constexpr std::size_t most = writer::max_value / 8; // MaxArraySize in the server's sources

  [[noreturn, gnu::cold, gnu::noinline]] static void too_many(std::size_t size, writer& to) {
    to.fail("it has " + std::to_string(size) + " elements, PostgreSQL takes " + std::to_string(most));
  }
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
    requires sent_in_arrays<T>
  {
    array_codec<T>::write(value, to);
  }
  static void put_text(std::vector<T> const& value, std::string& out)
    requires writes_text<typename array_element<T>::value>
  {
    array_codec<T>::put_elements(value, out);
  }
  static std::vector<T> parse(std::string_view text)
    requires reads_passing_text<typename array_element<T>::value>
  {
    return array_codec<T>::parse_elements(text);
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
    requires sent_in_arrays<T>
  {
    array_codec<T>::write(value, to);
  }
  static void put_text(std::array<T, N> const& value, std::string& out)
    requires writes_text<typename array_element<T>::value>
  {
    array_codec<T>::put_elements(value, out);
  }
  static std::array<T, N> parse(std::string_view text)
    requires reads_passing_text<typename array_element<T>::value>
  {
    auto elements = array_codec<T>::parse_elements(text);
    if (elements.size() != N) wrong_array_size(elements.size(), N);
    std::array<T, N> out{};
    for (std::size_t i = 0; i < N; ++i) out[i] = std::move(elements[i]);
    return out;
  }
};

/// A parameter only: an array of what already lies in memory.
template <in_arrays T, std::size_t N> struct codec<std::span<T, N>> : array_codec<T> {
  static constexpr std::string_view name = array_name<T>::of_span;

  static void encode(std::span<T const, N> value, writer& to)
    requires sent_in_arrays<T>
  {
    array_codec<T>::write(value, to);
  }
  static void put_text(std::span<T const, N> value, std::string& out)
    requires writes_text<typename array_element<T>::value>
  {
    array_codec<T>::put_elements(value, out);
  }
};

} // namespace tusk
