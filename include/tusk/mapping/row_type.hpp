// tusk: mapping/row_type.hpp — which C++ types a row may become, and why the others are refused.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A row type is a single value, a std::tuple or std::pair (columns by position), or an aggregate (columns by name).
// Every refusal is one static_assert: the sentence gives the reason, the compiler's line around it the type. Knows
// reflection and codecs, no column.
#pragma once

#include <tusk/mapping/reflect.hpp>
#include <tusk/mapping/renamed.hpp>
#include <tusk/mapping/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace tusk::mapping {

/// How columns find their members.
enum class row_kind : std::uint8_t {
  scalar,    ///< the row is one column
  tuple,     ///< by position
  aggregate, ///< by name
};

/// A row type as a list of members: `kind`, `members` (types<...>) and `each(row, f)`, which calls f(m0, m1, ...);
/// the row may be const.
template <class T> struct row_type {
  static constexpr auto kind = row_kind::aggregate;
  using members = member_types<T>;
  template <class Row, class F> [[gnu::always_inline]] static constexpr void each(Row& row, F&& f) { visit(row, f); }
};
template <column_value T> struct row_type<T> {
  static constexpr auto kind = row_kind::scalar;
  using members = types<T>;
  template <class Row, class F> [[gnu::always_inline]] static constexpr void each(Row& row, F&& f) { f(row); }
};
template <class... M> struct row_type<std::tuple<M...>> {
  static constexpr auto kind = row_kind::tuple;
  using members = types<M...>;
  template <class Row, class F> [[gnu::always_inline]] static constexpr void each(Row& row, F&& f) {
    [&]<std::size_t... I>(std::index_sequence<I...>)
        __attribute__((always_inline)) { f(std::get<I>(row)...); }(std::index_sequence_for<M...>{});
  }
};
template <class A, class B> struct row_type<std::pair<A, B>> {
  static constexpr auto kind = row_kind::tuple;
  using members = types<A, B>;
  template <class Row, class F> [[gnu::always_inline]] static constexpr void each(Row& row, F&& f) {
    f(row.first, row.second);
  }
};

template <class T> inline constexpr bool is_tuple = false;
template <class... M> inline constexpr bool is_tuple<std::tuple<M...>> = true;
template <class A, class B> inline constexpr bool is_tuple<std::pair<A, B>> = true;

/// How many columns a row of type T has.
template <class T> inline constexpr std::size_t row_size = row_type<T>::members::size;

// ---- refusals -------------------------------------------------------------------------------------------------------

/// The name of a member, or its place in a tuple, where a compiler prints it.
template <class Row, std::size_t I> consteval auto name_to_print() {
  if constexpr (row_type<Row>::kind == row_kind::aggregate)
    return printed_member<Row, I>();
  else
    return I;
}

enum class member_refusal : std::uint8_t {
  none,
  constant,
  reference,
  array,
  union_type,
  pointer,
  is_unsigned,
  no_codec,
  borrows
};

template <class M, bool Owning> consteval member_refusal why_not_member() {
  using enum member_refusal;
  using value_t = value_type_t<std::remove_const_t<M>>;
  if constexpr (std::is_reference_v<M>)
    return reference;
  else if constexpr (std::is_const_v<M>)
    return constant;
  else if constexpr (decodable<value_t>)
    return Owning && borrows_v<M> ? borrows : none;
  else if constexpr (std::is_array_v<M>)
    return array;
  else if constexpr (std::is_union_v<M>)
    return union_type;
  else if constexpr (std::is_pointer_v<value_t>)
    return pointer;
  else if constexpr (std::is_unsigned_v<value_t>)
    return is_unsigned;
  else
    return no_codec;
}

/// Instantiated for a refused member only: the compiler prints the three arguments next to the sentence.
template <class Row, class Member, auto Name, member_refusal Why> consteval void refuse_member() {
  using enum member_refusal;
  static_assert(Why != constant, "tusk: this row has a const member, which cannot be assigned from a column");
  static_assert(Why != reference, "tusk: this row has a reference member: a row owns its values");
  static_assert(Why != array, "tusk: this row has a C array member: use std::array, std::vector or std::string");
  static_assert(Why != union_type, "tusk: this row has a union member: a column cannot say which alternative it is");
  static_assert(Why != pointer, "tusk: this row has a pointer member: use the value itself, or std::optional for NULL");
  static_assert(Why != is_unsigned,
                "tusk: this row has an unsigned member, PostgreSQL has no unsigned integers: use the "
                "signed type that holds the column, or specialise tusk::codec");
  static_assert(Why != no_codec, "tusk: this row has a member of a type that has no codec: include the header of its "
                                 "codec, or specialise tusk::codec for it");
  static_assert(Why != borrows, "tusk: this row has a member that borrows from the receive buffer (std::string_view, "
                                "std::span): own it (std::string, std::vector), or use stream() whose rows outlive it");
}

template <class Row, bool Owning> consteval bool check_members() {
  return []<class... M, std::size_t... I>(types<M...>, std::index_sequence<I...>) {
    (
        [] {
          constexpr auto why = why_not_member<M, Owning>();
          if constexpr (why != member_refusal::none) refuse_member<Row, M, name_to_print<Row, I>(), why>();
        }(),
        ...);
    return ((why_not_member<M, Owning>() == member_refusal::none) && ...);
  }(typename row_type<Row>::members{}, std::make_index_sequence<row_size<Row>>{});
}

enum class row_refusal : std::uint8_t {
  none,
  qualified,
  array,
  union_type,
  pointer,
  is_unsigned,
  borrows,
  empty,
  no_aggregate,
  no_empty_start,
  inherits,
  too_many
};

/// What is wrong with T as a whole; its members have not been looked at.
template <class T, bool Owning> consteval row_refusal why_not_row() {
  using enum row_refusal;
  if constexpr (std::is_reference_v<T> || std::is_const_v<T> || std::is_volatile_v<T> || std::is_void_v<T>)
    return qualified;
  else if constexpr (column_value<T> && !is_tuple<T>) // a tuple is a row before it is a value
    return Owning && borrows_v<T> ? borrows : none;
  else if constexpr (std::is_array_v<T>)
    return array;
  else if constexpr (std::is_union_v<T>)
    return union_type;
  else if constexpr (std::is_pointer_v<T>)
    return pointer;
  else if constexpr (std::is_unsigned_v<T>)
    return is_unsigned;
  else if constexpr (std::is_empty_v<T>)
    return empty;
  else if constexpr (is_tuple<T>)
    return none;
  else if constexpr (!plain_aggregate<T>)
    return no_aggregate;
  else if constexpr (!starts_empty<T>)
    return no_empty_start;
  else if constexpr (inherits_data<T>)
    return inherits;
  else if constexpr (member_count<T> > max_members)
    return too_many;
  else
    return none;
}

/// Whether rows may be read into T; if not, a static_assert has said why. With `Owning` the values must outlive the
/// receive buffer. Use as `if constexpr (check_row<T, true>())`, so that nothing else is complained of.
template <class T, bool Owning> consteval bool check_row() {
  using enum row_refusal;
  constexpr auto why = why_not_row<T, Owning>();
  static_assert(why != qualified, "tusk: a row type cannot be a reference, const, volatile or void");
  static_assert(why != array, "tusk: a row type cannot be a C array: use a struct, a std::tuple or a std::array");
  static_assert(why != union_type, "tusk: a row type cannot be a union: a column cannot say which alternative it is");
  static_assert(why != pointer,
                "tusk: a row type cannot be a pointer: use the value itself, or std::optional for NULL");
  static_assert(why != is_unsigned,
                "tusk: a row type cannot be an unsigned integer, PostgreSQL has none: use the signed "
                "type that holds the column");
  static_assert(why != borrows, "tusk: this type borrows from the receive buffer (std::string_view, std::span): own it "
                                "(std::string, std::vector), or use stream() whose rows outlive it");
  static_assert(why != empty, "tusk: a row type needs at least one member: use execute() when no row is wanted");
  static_assert(why != no_aggregate, "tusk: a row type is a type with a codec, a std::tuple, or an aggregate: a struct "
                                     "without private members, constructors and virtual functions");
  static_assert(why != no_empty_start,
                "tusk: a row type must compile as T{}: no reference members, and each member with "
                "a default constructor that is not explicit");
  static_assert(why != inherits,
                "tusk: a row type cannot inherit data members: make the base a part of its own query, or "
                "repeat its members");
  static_assert(why != too_many, "tusk: a row type has at most 64 members");
  if constexpr (why == none) {
    if constexpr (row_type<T>::kind == row_kind::aggregate)
      static_assert(renamed_well<T>(), "tusk: tusk::renamed of this row names a member that it does not have, or gives "
                                       "two members one column");
    return check_members<T, Owning>();
  } else
    return false;
}

} // namespace tusk::mapping
