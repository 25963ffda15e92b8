// tusk: types/quoted.hpp — values inside the text forms of arrays, ranges and composites.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each of them puts quotes around a value where it could be taken for something else, and each has its own idea of
// where that is. Knows characters only.
#pragma once

#include <tusk/types/scanner.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tusk {

/// How a value is quoted. In quotes \ and " have a \ before them or, in ranges and composites, are doubled.
struct quoting {
  std::string_view ends;     ///< what would end the value, or begin something
  bool doubles;              ///< \ and " are doubled
  bool null_is_word = false; ///< the word NULL, in any case, is no value

  static quoting const in_ranges, in_composites;
  /// Elements are separated by `delimiter`: "," but for box, which has ";".
  static constexpr quoting in_arrays(std::string_view ends_with_delimiter) noexcept {
    return {ends_with_delimiter, false, true};
  }
};
inline constexpr quoting quoting::in_ranges{"()[],", true};
inline constexpr quoting quoting::in_composites{"(),", true};

/// Appends a value in its text form, in quotes where it needs them.
inline void put_quoted(std::string_view value, quoting const& how, std::string& out) {
  bool needs = value.empty();
  for (char const c : value)
    needs = needs || c == '"' || c == '\\' || scanner::is_blank(c) || how.ends.find(c) != how.ends.npos;
  needs = needs || (how.null_is_word && scanner::is_word(value, "null"));
  if (!needs) {
    out += value;
    return;
  }
  out += '"';
  for (char const c : value) {
    if (c == '"' || c == '\\') out += how.doubles ? c : '\\';
    out += c;
  }
  out += '"';
}

/// Reads a value up to what ends it, which is not taken, and takes its quotes off. `was_quoted`: there were any, or a
/// \.
inline std::string scan_quoted(scanner& in, quoting const& how, bool* was_quoted = nullptr) {
  std::string value;
  bool inside = false, quoted = false;
  while (!in.done()) {
    auto const c = in.peek();
    if (!inside && how.ends.find(c) != how.ends.npos) break;
    in.take(1);
    if (c == '\\') {
      value += in.take(1);
      quoted = true;
    } else if (c != '"') {
      value += c;
    } else if (inside && how.doubles && in.eat('"')) {
      value += '"';
    } else {
      inside = !inside;
      quoted = true;
    }
  }
  if (inside) in.refuse();
  if (was_quoted != nullptr) *was_quoted = quoted;
  return value;
}

} // namespace tusk
