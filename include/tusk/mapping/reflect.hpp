// tusk: mapping/reflect.hpp — an aggregate's members, their types and their names, without a macro.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Members are counted by trying how many `{}` initialise the type (conversion operators, the usual trick, miscount
// arrays and members with greedy constructors), reached by structured bindings, and named by what the compiler prints
// for the address of a member of an object that is declared and never defined. Knows no column and no codec.
#pragma once

#include <tusk/mapping/bindings.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tusk::mapping {

/// Binds by the tuple protocol, not by its members: std::tuple, std::pair, std::array and the like.
template <class T>
concept tuple_like = requires { std::tuple_size<T>::value; };

/// A class that is taken apart by its members.
template <class T>
concept plain_aggregate = std::is_class_v<T> && std::is_aggregate_v<T> && !std::is_empty_v<T> && !tuple_like<T>;

/// `T{}` compiles: no reference members, and each member can be made from nothing.
template <class T>
concept starts_empty = requires { T{}; };

/// How many bases and members can be initialised from `{}`; max_members + 1 when there are more than max_members.
template <class T, std::size_t N = 0> consteval std::size_t element_count() {
  if constexpr (N > max_members)
    return N;
  else if constexpr (!binding<N + 1>::template fits<T>)
    return N;
  else
    return element_count<T, N + 1>();
}

/// What an `as_base` can turn into.
enum class base_probe { nothing, empty_base, any_base };

template <class T, base_probe P> struct as_base {
  template <class B>
    requires(P != base_probe::nothing && std::is_base_of_v<B, T> && !std::is_same_v<B, T> &&
             (P == base_probe::any_base || std::is_empty_v<B>))
  operator B() const;
};

/// How many of the leading elements are bases: they take a value that turns into bases of T only, and refuse one that
/// turns into nothing.
template <class T, base_probe P, std::size_t... I> consteval std::size_t base_count(std::index_sequence<I...>) {
  if constexpr (
      requires { T{(void(I), as_base<T, P>{})..., as_base<T, P>{}}; } &&
      !requires { T{(void(I), as_base<T, P>{})..., as_base<T, base_probe::nothing>{}}; })
    return base_count<T, P>(std::make_index_sequence<sizeof...(I) + 1>{});
  else
    return sizeof...(I);
}

template <class T>
inline constexpr std::size_t base_count_of = base_count<T, base_probe::any_base>(std::index_sequence<>{});

/// Inherits from a class that is not empty.
template <class T>
inline constexpr bool inherits_data =
    base_count_of<T> != base_count<T, base_probe::empty_base>(std::index_sequence<>{});

/// Of an aggregate that does not inherit data and starts empty.
template <class T> inline constexpr std::size_t member_count = element_count<T>() - base_count_of<T>;

/// Calls f(m0, m1, ...) with a reference to each member of `o`.
template <class T> [[gnu::always_inline]] constexpr decltype(auto) visit(T& o, auto&& f) {
  return binding<member_count<std::remove_const_t<T>>>::visit(o, f);
}

/// A list of types.
template <class... T> struct types {
  static constexpr std::size_t size = sizeof...(T);
};

/// types<...> of the members of T.
template <class T>
using member_types =
    decltype(visit(std::declval<T&>(), [](auto&... m) { return types<std::remove_reference_t<decltype(m)>...>{}; }));

// ---- names ----------------------------------------------------------------------------------------------------------

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template" // `unborn::object` is meant to have no definition
#pragma clang diagnostic ignored "-Wundefined-internal"
#endif

/// Room for a T that is never constructed.
template <class T> union room {
  char none;
  T value;
  constexpr room() : none{} {}
  constexpr ~room() {}
};

template <class T> struct unborn {
  static room<T> const object;
};

template <class P> struct address {
  P p;
};
template <class P> address(P) -> address<P>;

/// What the compiler prints for an address ends with the member's name. The return type is `auto` because GCC would
/// print any other one behind it.
template <address A> consteval auto printed_address() { return __PRETTY_FUNCTION__; }

consteval std::string_view last_identifier(std::string_view s) {
  auto const belongs = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  };
  auto end = s.size();
  while (end != 0 && !belongs(s[end - 1])) --end;
  auto begin = end;
  while (begin != 0 && belongs(s[begin - 1])) --begin;
  return s.substr(begin, end - begin);
}

/// The addresses of the members, one base class for each so that they are found by number.
template <std::size_t I, class T> struct member_address {
  T* p;
};
template <class S, class... T> struct member_addresses;
template <std::size_t... I, class... T>
struct member_addresses<std::index_sequence<I...>, T...> : member_address<I, T>... {
  constexpr explicit member_addresses(T*... p) : member_address<I, T>{p}... {}
};
template <std::size_t I, class T> constexpr T* pick(member_address<I, T> const& a) { return a.p; }

template <class T> constexpr auto addresses_of(T& o) {
  return visit(o, [](auto&... m) {
    return member_addresses<std::make_index_sequence<sizeof...(m)>, std::remove_reference_t<decltype(m)>...>(
        std::addressof(m)...);
  });
}

template <class T> consteval auto names_of_members() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    constexpr auto all = addresses_of(unborn<T>::object.value);
    return std::array<std::string_view, sizeof...(I)>{last_identifier(printed_address<address{pick<I>(all)}>())...};
  }(std::make_index_sequence<member_count<T>>{});
}

/// The names of the members of T, in their order.
template <class T> inline constexpr auto member_names = names_of_members<T>();

/// A member's name where a compiler prints the arguments of a template.
template <std::size_t N> struct printed_name {
  char text[N];
};
template <class T, std::size_t I> consteval auto printed_member() {
  constexpr auto name = member_names<T>[I];
  printed_name<name.size() + 1> out{};
  for (std::size_t i = 0; i < name.size(); ++i) out.text[i] = name[i];
  return out;
}

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

} // namespace tusk::mapping
