// tusk: examples/psql_lite/table.hpp — a table of texts, aligned as psql does it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Columns are as wide as a terminal shows their widest value. A value of several lines takes as many, each marked with
// `+` where it goes on. Nothing that comes from a database reaches the terminal as a control character.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace psql_lite {

inline constexpr char32_t no_character = 0xFFFFFFFF;

/// Takes a character of UTF-8 from the front of a text that is not empty; one byte, and `no_character`, if it is none.
inline char32_t take_character(std::string_view& text) {
  auto const byte = [&](std::size_t i) { return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0U; };
  unsigned const first = byte(0);
  std::size_t const length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  char32_t c = length == 1 ? first : first & (0xFFU >> (length + 1));
  bool valid = first < 0x80 || (first >= 0xC2 && first <= 0xF4);
  for (std::size_t i = 1; i < length && valid; ++i) {
    valid = (byte(i) & 0xC0U) == 0x80;
    c = c << 6 | (byte(i) & 0x3FU);
  }
  text.remove_prefix(valid ? length : 1);
  return valid ? c : no_character;
}

/// The columns that a terminal needs for a character: 2 for wide ones (East Asian, pictures), 0 for those that go on
/// top of the one before. The blocks of Unicode that are wholly so, which is nearly all.
inline std::size_t width_of(char32_t c) {
  struct block {
    char32_t first, last;
  };
  static constexpr block none[] = {{0x300, 0x36F},   {0x591, 0x5BD},   {0x64B, 0x65F},
                                   {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};
  static constexpr block two[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xAC00, 0xD7A3},
                                  {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6},
                                  {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
  auto const in = [c](block const& b) { return c >= b.first && c <= b.last; };
  return std::ranges::any_of(none, in) ? 0 : std::ranges::any_of(two, in) ? 2 : 1;
}

struct shown_line {
  std::string text;
  std::size_t width = 0;
};

/// A value as a terminal may see it, line by line.
inline std::vector<shown_line> shown(std::string_view value) {
  std::vector<shown_line> lines(1);
  auto const put = [&](std::string_view text, std::size_t width) {
    lines.back().text += text;
    lines.back().width += width;
  };
  auto const put_number = [&](std::string text, char32_t number, int digits) {
    while (digits-- > 0) text += "0123456789ABCDEF"[number >> (4 * digits) & 0xFU];
    put(text, text.size());
  };
  while (!value.empty()) {
    auto const plain = static_cast<std::size_t>(std::ranges::find_if(value, [](char x) { return x < ' ' || x > '~'; }) -
                                                value.begin());
    put(value.substr(0, plain), plain); // most values are wholly so
    value.remove_prefix(plain);
    if (value.empty()) break;
    auto const here = value;
    auto const c = take_character(value);
    if (c == '\n')
      lines.emplace_back();
    else if (c == '\t')
      put(std::string(8 - lines.back().width % 8, ' '), 8 - lines.back().width % 8);
    else if (c == '\r')
      put("\\r", 2);
    else if (c < ' ' || c == 0x7F || c == no_character)
      put_number("\\x", static_cast<std::uint8_t>(here[0]), 2);
    else if (c >= 0x80 && c < 0xA0)
      put_number("\\u", c, 4);
    else
      put(here.substr(0, here.size() - value.size()), width_of(c));
  }
  return lines;
}

struct heading {
  std::string name;
  bool numbers = false; ///< aligned to the right
};

class table {
 public:
  using value = std::function<std::string_view(std::size_t row, std::size_t column)>;

  /// Borrows from `at`, which borrows from the result.
  table(std::vector<heading> headings, std::size_t rows, value at)
      : headings_(std::move(headings)), rows_(rows), at_(std::move(at)) {
    for (std::size_t i = 0; i < headings_.size(); ++i) {
      std::size_t widest = 0;
      auto const look = [&](std::string_view text) {
        for (auto const& l : shown(text)) widest = std::max(widest, l.width);
      };
      look(headings_[i].name);
      for (std::size_t r = 0; r < rows_; ++r) look(at_(r, i));
      widths_.push_back(widest);
    }
  }

  /// Until `stop` says so.
  void print(std::string_view title, std::function<bool()> const& stop) const {
    if (!title.empty()) print_title(title);
    std::vector<std::vector<shown_line>> cells(headings_.size());
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = shown(headings_[i].name);
    if (!cells.empty()) print_row(cells, true);
    print_rule();
    for (std::size_t r = 0; r < rows_ && !stop(); ++r) {
      for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = shown(at_(r, i));
      if (!cells.empty()) print_row(cells, false);
    }
  }

 private:
  void print_title(std::string_view title) const {
    std::size_t whole = headings_.size() * 3 - 1;
    for (auto const w : widths_) whole += w;
    for (auto const& l : shown(title))
      std::printf("%s%s\n", std::string(whole > l.width ? (whole - l.width) / 2 : 0, ' ').c_str(), l.text.c_str());
  }
  void print_rule() const {
    std::string rule = widths_.empty() ? "--" : "";
    for (auto const w : widths_) rule.append(rule.empty() ? "" : "+").append(w + 2, '-');
    std::puts(rule.c_str());
  }
  /// `centred`: as headings are.
  void print_row(std::vector<std::vector<shown_line>> const& cells, bool centred) const {
    std::size_t height = 1;
    for (auto const& c : cells) height = std::max(height, c.size());
    for (std::size_t line = 0; line < height; ++line) {
      std::string out;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        static shown_line const nothing;
        auto const& part = line < cells[i].size() ? cells[i][line] : nothing;
        bool const goes_on = line + 1 < cells[i].size();
        bool const to_the_edge = centred || goes_on || i + 1 < cells.size();
        auto const space = widths_[i] - part.width;
        auto const before = centred ? space / 2 : headings_[i].numbers ? space : 0;
        out.append(1, ' ').append(before, ' ').append(part.text);
        if (to_the_edge) out.append(space - before, ' ').append(goes_on ? "+" : " ");
        if (i + 1 < cells.size()) out += '|';
      }
      std::puts(out.c_str());
    }
  }

  std::vector<heading> headings_;
  std::vector<std::size_t> widths_;
  std::size_t rows_;
  value at_;
};

} // namespace psql_lite
