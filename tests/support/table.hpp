// tusk tests: tables of cases in tests/data, and hexadecimal bytes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A file has one row per line, tabs between the cells, the names of the columns in the first line that does not begin
// with '#'. The cells of a row are taken as they are; nothing is quoted.
#pragma once

#include <cstddef>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

class table_row {
 public:
  table_row(std::vector<std::string> const& names, std::vector<std::string> cells)
      : names_(&names), cells_(std::move(cells)) {}
  /// The cell under `name`; a missing one at the end of the line is empty.
  std::string const& operator[](std::string_view name) const {
    static std::string const none;
    for (std::size_t i = 0; i != names_->size(); ++i)
      if ((*names_)[i] == name) return i < cells_.size() ? cells_[i] : none;
    throw std::out_of_range("no column " + std::string(name));
  }

 private:
  std::vector<std::string> const* names_; // of the table, which must outlive its rows
  std::vector<std::string> cells_;
};

class table {
 public:
  /// Reads tests/data/`file`. Throws when it is not there or has no rows, so that no loop over it is empty.
  explicit table(std::string const& file) {
    std::ifstream in(std::string(TUSK_TEST_DATA "/") + file);
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with('#')) continue;
      if (names_.empty())
        names_ = split(line);
      else
        rows_.emplace_back(names_, split(line));
    }
    if (rows_.empty()) throw std::runtime_error("no rows in " + file);
  }
  table(table const&) = delete;
  table& operator=(table const&) = delete;

  std::size_t size() const { return rows_.size(); }
  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }

 private:
  static std::vector<std::string> split(std::string_view line) {
    std::vector<std::string> cells;
    for (;;) {
      auto const tab = line.find('\t');
      cells.emplace_back(line.substr(0, tab));
      if (tab == std::string_view::npos) return cells;
      line.remove_prefix(tab + 1);
    }
  }
  std::vector<std::string> names_;
  std::vector<table_row> rows_;
};

/// "00ff" as two bytes; spaces are skipped.
inline std::string from_hex(std::string_view hex) {
  std::string out;
  int high = -1;
  for (char c : hex) {
    if (c == ' ') continue;
    auto const at = std::string_view("0123456789abcdef").find(c);
    if (at == std::string_view::npos) throw std::invalid_argument("not hexadecimal: " + std::string(hex));
    if (high >= 0) out += static_cast<char>(high * 16 + static_cast<int>(at));
    high = high >= 0 ? -1 : static_cast<int>(at);
  }
  if (high >= 0) throw std::invalid_argument("half a byte: " + std::string(hex));
  return out;
}

inline std::string to_hex(std::span<std::byte const> bytes) {
  std::string out;
  for (auto b : bytes) {
    out += "0123456789abcdef"[std::to_integer<unsigned>(b >> 4)];
    out += "0123456789abcdef"[std::to_integer<unsigned>(b & std::byte{15})];
  }
  return out;
}
inline std::string to_hex(std::string_view text) { return to_hex(std::as_bytes(std::span(text.data(), text.size()))); }

} // namespace support
