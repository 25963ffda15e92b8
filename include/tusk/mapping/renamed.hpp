// tusk: mapping/renamed.hpp — members whose columns have another name than they have.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For names that C++ cannot have or that nobody wants to write there: "createdAt", "class", "first name". Knows the
// names of members, no column.
#pragma once

#include <tusk/mapping/reflect.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace tusk {

/// A member of an aggregate, and the column that it stands for.
struct renamed_column {
  std::string_view member;
  std::string_view column;
};

/// Specialise it to give members of T columns of other names:
///
///     template <> inline constexpr auto tusk::renamed<user> = std::array{tusk::renamed_column{"made", "createdAt"}};
template <class T> inline constexpr std::array<renamed_column, 0> renamed{};

} // namespace tusk

namespace tusk::mapping {

/// The names of the columns of T's members, in the order of the members.
template <class T>
inline constexpr auto column_names = [] {
  auto names = member_names<T>;
  for (auto const& r : renamed<T>)
    for (std::size_t m = 0; m < names.size(); ++m)
      if (member_names<T>[m] == r.member) names[m] = r.column;
  return names;
}();

/// Every name in renamed<T> is one of a member, and no two columns have one name.
template <class T> consteval bool renamed_well() {
  for (auto const& r : renamed<T>) {
    bool found = false;
    for (auto name : member_names<T>) found = found || name == r.member;
    if (!found) return false;
  }
  for (std::size_t a = 0; a < column_names<T>.size(); ++a)
    for (std::size_t b = 0; b < a; ++b)
      if (column_names<T>[a] == column_names<T>[b]) return false;
  return true;
}

} // namespace tusk::mapping
