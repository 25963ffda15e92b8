// tusk: examples/psql_lite/report.hpp — what the server says of errors and notices, as psql prints it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// To standard error, after what was printed before: with the line that it is about and a mark below the place.
#pragma once

#include "table.hpp"

#include <tusk/tusk.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

namespace psql_lite {

/// The first character at or behind `at`.
inline std::size_t whole_character(std::string_view text, std::size_t at) {
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80) ++at;
  return std::min(at, text.size());
}

/// `LINE 2: ...` and a mark below the character `position`, counted from 1; of a long line the part around it.
inline std::string marked_line(std::string_view sql, int position) {
  std::size_t number = 1;
  std::string_view line = sql; // begins behind the last line end before the place
  std::string_view rest = sql; // begins at the place
  for (int i = 1; i < position && !rest.empty(); ++i) {
    if (take_character(rest) == '\n') {
      ++number;
      line = rest;
    }
  }
  auto before = line.substr(0, line.size() - rest.size());
  auto behind = rest.substr(0, rest.find('\n'));
  constexpr std::size_t most = 60;  // bytes of the line
  constexpr std::size_t least = 10; // of them behind the mark
  std::string begin = "LINE " + std::to_string(number) + ": ";
  char const* end = "";
  if (before.size() + behind.size() > most) {
    if (auto const room = std::max(most - std::min(most, before.size()), least); behind.size() > room) {
      behind = behind.substr(0, whole_character(behind, room));
      end = "...";
    }
    if (before.size() + behind.size() > most) {
      before.remove_prefix(whole_character(before, before.size() + behind.size() - most));
      begin += "...";
    }
  }
  auto const marked = shown(begin + std::string(before)).front();
  return marked.text + shown(behind).front().text + end + "\n" + std::string(marked.width, ' ') + "^\n";
}

/// A text of several lines is printed as such, with nothing in it that would move a terminal's cursor.
inline std::string printable_lines(std::string_view label, std::string_view text) {
  std::string out(label);
  for (auto const& l : shown(text)) out.append(l.text).append("\n");
  return out;
}

inline void report(tusk::notice const& n, std::string_view sql) {
  std::string out = printable_lines(n.severity + ":  ", n.message);
  if (n.position > 0) out += marked_line(sql, n.position);
  if (n.internal_position > 0) out += marked_line(n.internal_query, n.internal_position);
  if (!n.detail.empty()) out += printable_lines("DETAIL:  ", n.detail);
  if (!n.hint.empty()) out += printable_lines("HINT:  ", n.hint);
  if (!n.internal_query.empty()) out += printable_lines("QUERY:  ", n.internal_query);
  bool const error = n.severity == "ERROR" || n.severity == "FATAL" || n.severity == "PANIC";
  if (error && !n.where.empty()) out += printable_lines("CONTEXT:  ", n.where);
  std::fflush(stdout);
  std::fputs(out.c_str(), stderr);
}

/// What is the server's, or the driver's words.
inline void report(tusk::error const& e, std::string_view sql) {
  if (e.server() != nullptr) return report(*e.server(), sql);
  std::fflush(stdout);
  std::fprintf(stderr, "psql_lite: %s\n", e.what());
}

} // namespace psql_lite
