// tusk: tests/types/array_text.cpp — arrays as text; those of several dimensions stand in multi_array.cpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/array.hpp>
#include <tusk/types/array_text.hpp>
#include <tusk/types/boolean.hpp>
#include <tusk/types/bytea.hpp>
#include <tusk/types/integer.hpp>
#include <tusk/types/multi_array.hpp>
#include <tusk/types/multirange.hpp>
#include <tusk/types/range.hpp>
#include <tusk/types/text.hpp>

#include "types/check.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using strings = std::vector<std::optional<std::string>>;

namespace {

template <class T> std::string text(T const& value) {
  std::string out;
  tusk::put_text(value, out);
  return out;
}
template <class T> std::string refusal(char const* text) {
  try {
    (void)tusk::from_text<T>(text);
  } catch (tusk::error const& e) {
    return e.what();
  }
  return "";
}

} // namespace

// A view would point into the text of an element, whose quotes have been taken off into memory that is gone.
static_assert(tusk::reads_text<std::string_view> && !tusk::reads_text<std::vector<std::string_view>>);
static_assert(!tusk::reads_text<std::array<std::string_view, 2>> && !tusk::reads_text<tusk::array<std::string_view>>);
static_assert(!tusk::reads_text<tusk::range<std::string_view>>);
static_assert(!tusk::reads_text<tusk::multirange<std::string_view>>);
static_assert(tusk::reads_text<std::vector<std::string>> && tusk::reads_text<tusk::range<std::string>>);

TEST_CASE("array_text: every kind of array in C++") {
  int const numbers[] = {1, 2, 3};
  CHECK(text(std::vector{1, 2, 3}) == "{1,2,3}");
  CHECK(text(std::array{1, 2, 3}) == "{1,2,3}");
  CHECK(text(std::span<int const>(numbers)) == "{1,2,3}");
  CHECK(text(std::vector<int>{}) == "{}");
  CHECK(text(std::vector{true, false}) == "{t,f}");
  CHECK(text(std::vector<std::optional<bool>>{true, std::nullopt}) == "{t,NULL}");
  CHECK(text(std::vector<std::vector<std::byte>>{{std::byte{255}}, {}}) == "{\"\\\\xff\",\"\\\\x\"}");
  CHECK(tusk::from_text<std::vector<int>>("{1,2,3}") == std::vector{1, 2, 3});
  CHECK(tusk::from_text<std::array<int, 3>>("{1,2,3}") == std::array{1, 2, 3});
  CHECK(tusk::from_text<std::vector<bool>>("{t,f}") == std::vector{true, false});
  CHECK(refusal<std::array<int, 2>>("{1,2,3}") == "it has 3 elements, not 2: use std::vector");
  CHECK(refusal<std::vector<int>>("{{1},{2}}") == "\"{{1},{2}}\" is no array of one dimension");
  CHECK(refusal<std::vector<int>>("{1,NULL}") == "element 2 is NULL: use std::optional");
}

TEST_CASE("array_text: what could be taken for something else is quoted") {
  struct quoted {
    char const* value;
    char const* text;
  };
  quoted const all[] = {
      {"a", "a"},         {"", "\"\""},       {"NULL", "\"NULL\""}, {"null", "\"null\""}, {"nulls", "nulls"},
      {"a b", "\"a b\""}, {"\t", "\"\t\""},   {"a,b", "\"a,b\""},   {"{", "\"{\""},       {"}", "\"}\""},
      {"\"", "\"\\\"\""}, {"\\", "\"\\\\\""}, {"a;b", "a;b"},       {"(x)", "(x)"},       {"\xc3\xa9", "\xc3\xa9"},
  };
  strings everything;
  for (auto const& [value, shown] : all) {
    CHECK(text(strings{value}) == '{' + std::string(shown) + '}');
    everything.emplace_back(value);
  }
  everything.emplace_back();
  CHECK(tusk::from_text<strings>(text(everything)) == everything);
  CHECK(tusk::from_text<strings>("{NULL,\"NULL\",nUlL}") == strings{std::nullopt, "NULL", std::nullopt});
}
