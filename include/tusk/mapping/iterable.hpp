// tusk: mapping/iterable.hpp — whatever a for loop runs over, as an array: sets, lists, views.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The elements are written as they come, in one pass and without a container between, and counted meanwhile: the count
// stands before them and is filled in last. What C++ calls a range is called an iterable here, because PostgreSQL's
// ranges are something else. Knows arguments and the form of arrays, no element type.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/params.hpp>
#include <tusk/mapping/passes_as.hpp>
#include <tusk/types/array.hpp>
#include <tusk/types/array_text.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/quoted.hpp>
#include <tusk/wire/bytes.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tusk::mapping {

/// A for loop runs over an lvalue of A, which may be const.
template <class A>
concept walkable = requires(A& a) {
  typename std::iter_value_t<decltype(std::ranges::begin(a))>;
  std::ranges::end(a);
};

/// What the loop runs over for an argument, which is const: the argument, or a copy where only that can be walked, as
/// of std::views::filter, which remembers where it begins.
template <class A> using walked_t = std::conditional_t<walkable<A const>, A const, A>;
template <class A> using iterator_t = decltype(std::ranges::begin(std::declval<walked_t<A>&>()));
template <class A> using sentinel_t = decltype(std::ranges::end(std::declval<walked_t<A>&>()));

/// An argument that has elements, and is no value by itself. A path, whose elements are paths, is none.
template <class A>
concept iterable = !has_codec<A> && walkable<walked_t<A>> && !std::same_as<std::iter_value_t<iterator_t<A>>, A>;

template <iterable A> using iterable_element_t = std::iter_value_t<iterator_t<A>>;

/// A value of an array, in the form in which it is sent.
template <iterable A> using iterable_value_t = sent_as_t<argument_value_t<iterable_element_t<A>>>;

/// An iterable on its way into a message.
template <class A> struct each_of {
  A const* values;
};

// ---- refusals -------------------------------------------------------------------------------------------------------

template <class T> void derived_from_array_codec(array_codec<T> const*);

/// A T is sent as an array itself.
template <class T>
inline constexpr bool is_sent_as_array = requires(codec<T> const* c) { derived_from_array_codec(c); };
template <class A> inline constexpr bool is_sent_as_array<each_of<A>> = true;

template <class T> inline constexpr bool is_map_entry = false;
template <class K, class V> inline constexpr bool is_map_entry<std::pair<K const, V>> = true;

template <class T>
concept character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
                    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

enum class iterable_refusal : std::uint8_t {
  none,
  not_when_const,
  endless,
  map,
  characters,
  bytes,
  nested,
  unsendable,
  no_array_type
};

template <iterable A> consteval iterable_refusal why_not_iterable() {
  using enum iterable_refusal;
  using element = iterable_element_t<A>;
  using value = iterable_value_t<A>;
  if constexpr (!walkable<A const> && !std::copy_constructible<A>)
    return not_when_const;
  else if constexpr (std::same_as<sentinel_t<A>, std::unreachable_sentinel_t>)
    return endless;
  else if constexpr (is_map_entry<element> || requires { typename A::mapped_type; })
    return map;
  else if constexpr (character<element>)
    return characters;
  else if constexpr (std::same_as<element, std::byte> || std::same_as<element, unsigned char>)
    return bytes;
  else if constexpr (is_sent_as_array<value>)
    return nested;
  else if constexpr (is_null<element>)
    return no_array_type;
  else if constexpr (!sendable<value>)
    return unsendable;
  else if constexpr (codec<value>::array == oid::none && !of_users<value>())
    return no_array_type;
  else
    return none;
}

/// An iterable that is sent.
template <class A>
concept sent_iterable = iterable<A> && why_not_iterable<A>() == iterable_refusal::none;

template <iterable A> struct sent_as<A> {
  using type = each_of<A>;
  static type of(A const& values) noexcept { return {std::addressof(values)}; }

  /// Says by a static_assert why A is not sent.
  static consteval void refuse() {
    using enum iterable_refusal;
    constexpr auto why = why_not_iterable<A>();
    static_assert(why != not_when_const,
                  "tusk: a parameter is const, and this range can neither be walked when it is const nor be copied, as "
                  "a view that owns its elements: keep them in a variable and pass a view of that");
    static_assert(why != endless, "tusk: this range has no end: take some of it, as with std::views::take");
    static_assert(why != map, "tusk: a map is no array: pass its keys and its values as two arrays, for unnest");
    static_assert(why != characters, "tusk: a range of characters is no array: pass a text as std::string_view");
    static_assert(why != bytes, "tusk: a range of bytes is no array: pass a bytea as std::span<std::byte const> or "
                                "std::vector<std::byte>");
    static_assert(why != nested, "tusk: PostgreSQL has no arrays of arrays: pass a tusk::array, which has dimensions, "
                                 "instead of a range of ranges");
    static_assert(why != no_array_type, "tusk: PostgreSQL has no array type for the elements of this range");
    if constexpr (why == unsendable) check_argument<iterable_element_t<A>>();
  }
};

template <iterable A> struct element_of<A> {
  using type = iterable_element_t<A>;
};

// ---- writing --------------------------------------------------------------------------------------------------------

/// MaxArraySize in the server's sources.
inline constexpr std::size_t most_elements = writer::max_value / 8;

/// Writes the elements of A, one after the other.
template <sent_iterable A> class element_writer {
  using element = iterable_element_t<A>;
  using value = iterable_value_t<A>;

 public:
  /// Appends the binary form of an array. Throws error(errc::invalid_parameter), which names the element: one that
  /// cannot be sent, and the first that is more than `most`.
  static void write(A const& values, writer& to, std::size_t most = most_elements) {
    auto const start = to.bytes().size();
    std::array const dimension{array_dimension{0, 1}};
    auto const has_nulls = write_array_head(dimension, codec<value>::oids[0], to);
    auto const size = to.bytes().size() - sizeof(std::int32_t) * 2;
    auto const count = walk(values, most, [&](element const& one) {
      if constexpr (is_optional<element>) {
        if (one) return write_value(*one, to);
        wire::store(to.bytes().data() + has_nulls, std::int32_t(1));
        to.put(std::int32_t(-1));
      } else {
        write_value(one, to);
      }
    });
    if (count == 0) { // an array without elements has no dimensions either
      to.bytes().truncate(start);
      write_array_head({}, codec<value>::oids[0], to);
    } else {
      wire::store(to.bytes().data() + size, static_cast<std::int32_t>(count));
    }
  }

  /// Appends the text form.
  static void put_text(A const& values, std::string& out, std::size_t most = most_elements) {
    static constexpr char ends[] = {'{', '}', array_delimiter<value>(), '\0'};
    out += '{';
    bool first = true;
    std::string text;
    walk(values, most, [&](element const& one) {
      if (!first) out += array_delimiter<value>();
      first = false;
      text.clear();
      if constexpr (is_optional<element>) {
        if (!one) {
          out += "NULL";
          return;
        }
        put_value_text(*one, text);
      } else {
        put_value_text(one, text);
      }
      put_quoted(text, quoting::in_arrays(ends), out);
    });
    out += '}';
  }

 private:
  /// Calls f with each element and returns how many there were.
  template <class F> static std::size_t walk(A const& values, std::size_t most, F f) {
    if constexpr (walkable<A const>) {
      return walk_over(values, most, f);
    } else {
      A copy(values);
      return walk_over(copy, most, f);
    }
  }
  template <class Values, class F> static std::size_t walk_over(Values& values, std::size_t most, F& f) {
    std::size_t count = 0;
    try {
      for (auto&& one : values) {
        if (count == most)
          throw error(errc::invalid_parameter, "PostgreSQL's arrays have " + std::to_string(most) + " at most");
        f(one); // what is no reference to an element but stands for one becomes one here
        ++count;
      }
    } catch (error const& e) {
      throw e.in("element " + std::to_string(count + 1));
    }
    return count;
  }

  using argument = argument_value_t<element>;
  static void write_value(argument const& one, writer& to) {
    auto const length = to.begin_length();
    codec<value>::encode(sent_as<argument>::of(one), to);
    to.end_length(length);
  }
  static void put_value_text(argument const& one, std::string& out) {
    tusk::put_text<value>(sent_as<argument>::of(one), out);
  }
};

} // namespace tusk::mapping

namespace tusk {

/// A parameter only.
template <mapping::sent_iterable A> struct codec<mapping::each_of<A>> {
  using value = mapping::iterable_value_t<A>;

  static constexpr std::array oids{codec<value>::array};
  static constexpr oid array = oid::none;
  static constexpr bool of_users = tusk::of_users<value>();

  static void encode(mapping::each_of<A> const& each, writer& to)
    requires has_type<value>
  {
    mapping::element_writer<A>::write(*each.values, to);
  }
  static void put_text(mapping::each_of<A> const& each, std::string& out)
    requires writes_text<value>
  {
    mapping::element_writer<A>::put_text(*each.values, out);
  }
};

} // namespace tusk
