// tusk: types/array_name.hpp — the elements of arrays in C++, and how such an array is named in messages.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// As one writes it: std::vector<std::optional<std::int32_t>>. Put together at compile time, so that no message costs
// anything before it is needed. Knows codecs only by their names.
#pragma once

#include <tusk/types/codec.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

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
  static constexpr std::string_view vector = "std::vector<", array = "std::array<", span = "std::span<",
                                    multi = "tusk::array<";
  static constexpr std::string_view end = ">", const_end = " const>", comma = ", ", size = spelled_number<N>::text;

  static constexpr std::string_view of_vector = joined<vector, optional, value, optional_end, end>::text;
  static constexpr std::string_view of_array = joined<array, optional, value, optional_end, comma, size, end>::text;
  static constexpr std::string_view of_multi = joined<multi, optional, value, optional_end, end>::text;
  static constexpr std::string_view of_span = joined<span, optional, value, optional_end, const_end>::text;
};

} // namespace tusk
