// tusk: mapping/tuple.hpp — std::tuple and std::pair as values of composite types and as records.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For what needs no struct of its own: `select row(1, 'a')`, an array of such, a parameter of a composite type. As the
// row type of a query a tuple stays a row, whose elements are the columns; inside of a row, of an array, of another
// composite or of a std::optional it is one value. Knows composites and the names of their attributes' types.
#pragma once

#include <tusk/mapping/composite.hpp>
#include <tusk/mapping/params.hpp>
#include <tusk/mapping/reflect.hpp>
#include <tusk/mapping/value.hpp>
#include <tusk/types/array_name.hpp>
#include <tusk/types/codec.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tusk::mapping {

template <class... M> struct attributes<std::tuple<M...>> {
  using members = types<M...>;
  template <class Value, class F> static constexpr void each(Value& value, F&& f) { std::apply(f, value); }
  template <std::size_t I> static consteval std::size_t name_to_print() { return I; }
};
template <class A, class B> struct attributes<std::pair<A, B>> {
  using members = types<A, B>;
  template <class Value, class F> static constexpr void each(Value& value, F&& f) { f(value.first, value.second); }
  template <std::size_t I> static consteval std::size_t name_to_print() { return I; }
};

/// An element can be an attribute of a parameter, also where the tuple only refers to it, as that of std::tie does.
template <class M>
concept writes_attribute =
    is_null<std::remove_cvref_t<M>> || writes_text<sent_as_t<value_type_t<std::remove_cvref_t<M>>>>;
template <class M>
concept reads_attribute_text = reads_passing_text<value_type_t<M>>;

/// A tuple is sent as itself; if it is not, then because of one of its elements.
template <class T, class... M> struct sent_as_tuple {
  using type = T;
  static T const& of(T const& value) noexcept { return value; }
  static consteval void refuse() {
    if constexpr ((check_argument<std::remove_cvref_t<M>>() && ...))
      static_assert(writes_text<T>, "tusk: composites are sent as text, and an element of this tuple has no text form");
  }
};
template <class First, class... More>
struct sent_as<std::tuple<First, More...>> : sent_as_tuple<std::tuple<First, More...>, First, More...> {};
template <class A, class B> struct sent_as<std::pair<A, B>> : sent_as_tuple<std::pair<A, B>, A, B> {};

/// An attribute's type in messages, with what separates it from the one before.
template <class M, bool First> struct attribute_name {
  static constexpr std::string_view before = First ? "" : ", ", value = cpp_name<value_type_t<M>>(),
                                    optional = is_nullable<M> ? "std::optional<" : "", end = is_nullable<M> ? ">" : "";
  static constexpr std::string_view text = joined<before, optional, value, end>::text;
};

/// How a tuple is named in messages: as one writes it.
template <class First, class... More> struct tuple_name {
  static constexpr std::string_view tuple = "std::tuple<", pair = "std::pair<", end = ">";
  static constexpr std::string_view of_tuple =
      joined<tuple, attribute_name<First, true>::text, attribute_name<More, false>::text..., end>::text;
  static constexpr std::string_view of_pair =
      joined<pair, attribute_name<First, true>::text, attribute_name<More, false>::text..., end>::text;
};

/// What is read into a tuple, and sent as one, needs that of each of its elements.
template <class T, class... M> struct tuple_codec : composite<T> {
  static void decode(reader& in, T& out)
    requires(column_value<M> && ...)
  {
    composite<T>::decode(in, out);
  }
  static void put_text(T const& value, std::string& out)
    requires(writes_attribute<M> && ...)
  {
    composite<T>::put_text(value, out);
  }
  static T parse(std::string_view text)
    requires(reads_attribute_text<M> && ...)
  {
    return composite<T>::parse(text);
  }
};

} // namespace tusk::mapping

namespace tusk {

/// Attributes by their position; std::optional where one may be NULL.
template <class First, class... More>
struct codec<std::tuple<First, More...>> : mapping::tuple_codec<std::tuple<First, More...>, First, More...> {
  static constexpr std::string_view name = mapping::tuple_name<First, More...>::of_tuple;
};
template <class A, class B> struct codec<std::pair<A, B>> : mapping::tuple_codec<std::pair<A, B>, A, B> {
  static constexpr std::string_view name = mapping::tuple_name<A, B>::of_pair;
};

} // namespace tusk
