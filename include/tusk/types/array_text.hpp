// tusk: types/array_text.hpp — arrays as text: {1,NULL,3}, [0:1][1:2]={{1,2},{3,4}}.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Of any number of dimensions, the elements one after the other as they stand in memory. Knows the text form of their
// type only.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/quoted.hpp>
#include <tusk/types/scanner.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tusk {

/// One dimension of an array.
struct array_dimension {
  std::int32_t size = 0;
  std::int32_t lower_bound = 1; ///< the subscript of the first element

  friend constexpr bool operator==(array_dimension const&, array_dimension const&) = default;
};

/// Server and driver have no more (MAXDIM in the server's sources).
inline constexpr std::size_t most_dimensions = 6;

/// What separates elements of type T in text: "," but for box.
template <class T> consteval char array_delimiter() {
  if constexpr (requires { codec<T>::delimiter; })
    return codec<T>::delimiter;
  else
    return ',';
}

/// Appends an array of these dimensions, each of which has elements; `values` are std::optional where they may be NULL.
template <class T, class Values>
void put_array_text(std::span<array_dimension const> dimensions, Values const& values, std::string& out) {
  static constexpr char ends[] = {'{', '}', array_delimiter<T>(), '\0'};
  if (dimensions.empty()) {
    out += "{}";
    return;
  }
  bool shifted = false;
  for (auto const& d : dimensions) shifted = shifted || d.lower_bound != 1;
  if (shifted) {
    for (auto const& d : dimensions)
      out.append("[")
          .append(std::to_string(d.lower_bound))
          .append(":")
          .append(std::to_string(std::int64_t{d.lower_bound} + d.size - 1))
          .append("]");
    out += '=';
  }
  std::string one;
  std::size_t index = 0;
  for (auto const& value : values) {
    // A brace opens where a dimension begins, and closes where it ends.
    std::size_t row = 1, begins = 0;
    for (auto d = dimensions.size(); d-- != 0;) {
      row *= static_cast<std::size_t>(dimensions[d].size);
      if (index % row == 0) ++begins;
    }
    if (index != 0) {
      out.append(begins, '}');
      out += array_delimiter<T>();
    }
    out.append(begins, '{');
    ++index;
    one.clear();
    if constexpr (requires { value.has_value(); }) {
      if (!value) {
        out += "NULL";
        continue;
      }
      put_text<T>(*value, one);
    } else {
      put_text<T>(value, one);
    }
    put_quoted(one, quoting::in_arrays(ends), out);
  }
  out.append(dimensions.size(), '}');
}

/// An array that has been read.
template <class T> struct scanned_array {
  std::vector<array_dimension> dimensions;
  std::vector<std::optional<T>> values;
};

/// Reads what put_array_text writes, blanks between elements and braces allowed. Throws error (errc::invalid_value).
template <class T> scanned_array<T> scan_array(std::string_view text) {
  static constexpr char ends[] = {'{', '}', array_delimiter<T>(), '\0'};
  scanner in(text, "array: write such as {1,NULL,3} or {{1,2},{3,4}}");
  scanned_array<T> out;
  in.skip_blanks();
  while (in.eat('[')) {
    auto const subscript = [&in] {
      bool const negative = in.eat('-');
      auto const n = static_cast<std::int64_t>(in.number<std::uint32_t>(1u << 31));
      return negative ? -n : n;
    };
    auto const lower = subscript();
    in.need(':');
    auto const upper = subscript();
    in.need(']');
    if (out.dimensions.size() == most_dimensions || upper < lower || upper - lower >= 1 << 27 ||
        upper >= std::numeric_limits<std::int32_t>::max())
      in.refuse();
    out.dimensions.push_back({static_cast<std::int32_t>(upper - lower + 1), static_cast<std::int32_t>(lower)});
  }
  bool const given = !out.dimensions.empty();
  if (given) in.need('=');
  std::vector<std::int32_t> counts; // of what stands in each brace that is open
  std::size_t deepest = 0;          // where the elements are; 0: not known yet
  for (bool may_end = false;;) {
    in.skip_blanks();
    if (!may_end && in.eat('{')) {
      if (counts.size() == most_dimensions || (deepest != 0 && counts.size() == deepest)) in.refuse();
      counts.push_back(0);
      in.skip_blanks();
      if (in.peek() != '}') continue;
      if (counts.size() != 1 || given) in.refuse(); // only the whole array may be empty
      in.take(1);
      in.skip_blanks();
      in.end();
      return out;
    }
    if (!may_end) {
      if (counts.empty() || (deepest != 0 && counts.size() != deepest)) in.refuse();
      deepest = counts.size();
      bool quoted = false;
      auto one = scan_quoted(in, quoting::in_arrays(ends), &quoted);
      while (!quoted && !one.empty() && scanner::is_blank(one.back())) one.pop_back();
      if (!quoted && scanner::is_word(one, "null"))
        out.values.emplace_back();
      else if (!quoted && one.empty())
        in.refuse();
      else
        out.values.emplace_back(from_text<T>(one));
      ++counts.back();
      may_end = true;
      continue;
    }
    if (in.eat(array_delimiter<T>())) {
      may_end = false;
      continue;
    }
    in.need('}');
    auto const depth = counts.size();
    if (out.dimensions.size() < deepest) out.dimensions.resize(deepest);
    auto& dimension = out.dimensions[depth - 1];
    if (dimension.size == 0) dimension.size = counts.back();
    if (dimension.size != counts.back() || out.dimensions.size() != deepest) in.refuse();
    counts.pop_back();
    if (counts.empty()) break;
    ++counts.back();
  }
  in.skip_blanks();
  in.end();
  return out;
}

} // namespace tusk
