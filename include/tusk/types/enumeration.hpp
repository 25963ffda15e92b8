// tusk: types/enumeration.hpp — enum types of PostgreSQL as enums of C++.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// On the wire a value is its label. Which label is which enumerator is said once, by enum_labels; a label that is not
// among them is an error and never another value. Must not know any enum.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tusk {

/// Specialise it to use an enum as a column and as a parameter. The labels, either of the enumerators 0, 1, 2, ... in
/// their order, or each with its own:
///
///     enum class mood { sad, ok, happy };
///     template <> struct tusk::enum_labels<mood> {
///       static constexpr auto value = std::array{"sad", "ok", "happy"};
///     };
///     template <> struct tusk::enum_labels<state> {
///       static constexpr auto value = std::array{std::pair{state::on, "on"}, std::pair{state::off, "off"}};
///     };
template <class E> struct enum_labels;

template <class E>
concept labelled_enum = std::is_enum_v<E> && requires { enum_labels<E>::value.size(); };

/// Enumerators and labels in one form.
template <labelled_enum E>
inline constexpr auto enumerators = [] {
  constexpr auto& given = enum_labels<E>::value;
  std::array<std::pair<E, std::string_view>, given.size()> all{};
  for (std::size_t i = 0; i < all.size(); ++i)
    if constexpr (requires { given[i].second; })
      all[i] = {given[i].first, given[i].second};
    else
      all[i] = {static_cast<E>(i), given[i]};
  return all;
}();

/// A label twice, or an enumerator twice, could not be told apart.
template <labelled_enum E> consteval bool labels_differ() {
  auto const& all = enumerators<E>;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (all[i].first == all[j].first || all[i].second == all[j].second) return false;
  return true;
}

template <labelled_enum E> struct codec<E> {
  static_assert(labels_differ<E>(), "tusk: enum_labels has a label or an enumerator twice");

  static constexpr std::array<oid, 0> oids{};
  static constexpr bool of_users = true;
  static constexpr oid array = oid::none;

  static void decode(reader& in, E& out) {
    if (auto const* found = find(wire::as_text(in.rest())))
      out = *found;
    else
      in.fail("it is none of the labels in enum_labels");
  }
  static void encode(E value, writer& to) { to.put(label(value)); }
  static void put_text(E value, std::string& out) { out += label(value); }
  static E parse(std::string_view text) {
    if (auto const* found = find(text)) return *found;
    throw error(errc::invalid_value, '"' + printable(text, 60) + "\" is none of the labels in enum_labels");
  }

 private:
  /// nullptr: no enumerator has that label.
  static E const* find(std::string_view label) noexcept {
    for (auto const& one : enumerators<E>)
      if (label == one.second) return &one.first;
    return nullptr;
  }
  static std::string_view label(E value) {
    for (auto const& [enumerator, its_label] : enumerators<E>)
      if (value == enumerator) return its_label;
    using number = std::underlying_type_t<E>;
    throw error(errc::invalid_parameter, std::string(cpp_name<E>()) + '(' + std::to_string(static_cast<number>(value)) +
                                             ") has no label in enum_labels");
  }
};

} // namespace tusk
