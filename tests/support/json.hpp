// tusk tests: the JSON that stands in the cells of the tables in tests/data: strings, lists and objects of strings.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace support {

/// Reads one value; throws std::invalid_argument on anything that it was not made for.
class json {
 public:
  static std::string string(std::string_view text) {
    json in(text);
    auto value = in.read_string();
    in.end();
    return value;
  }
  /// ["value", ...]; an empty cell is an empty list.
  static std::vector<std::string> list(std::string_view text) {
    std::vector<std::string> items;
    if (text.empty()) return items;
    json in(text);
    in.expect('[');
    while (in.next() != ']') {
      if (!items.empty()) in.expect(',');
      in.next();
      items.push_back(in.read_string());
    }
    in.expect(']');
    in.end();
    return items;
  }
  /// {"key": "value", ...}; an empty cell is an empty object.
  static std::map<std::string, std::string> object(std::string_view text) {
    std::map<std::string, std::string> members;
    if (text.empty()) return members;
    json in(text);
    in.expect('{');
    while (in.next() != '}') {
      if (!members.empty()) in.expect(',');
      auto key = in.read_string();
      in.expect(':');
      members[key] = in.read_string();
    }
    in.expect('}');
    in.end();
    return members;
  }

 private:
  explicit json(std::string_view text) : rest_(text) {}
  [[noreturn]] static void fail() { throw std::invalid_argument("unexpected JSON in a table of cases"); }
  char next() {
    while (rest_.starts_with(' ')) rest_.remove_prefix(1);
    if (rest_.empty()) fail();
    return rest_.front();
  }
  char take() {
    if (rest_.empty()) fail();
    char const c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  void expect(char c) {
    if (next() != c) fail();
    take();
  }
  void end() {
    if (!rest_.empty()) fail();
  }
  std::string read_string() {
    expect('"');
    std::string out;
    for (char c = take(); c != '"'; c = take()) {
      if (c == '\\') switch (c = take()) {
        case 'n': c = '\n'; break;
        case 't': c = '\t'; break;
        case 'r': c = '\r'; break;
        case 'u': {
          auto const code = std::stoi(std::string(rest_.substr(0, 4)), nullptr, 16);
          rest_.remove_prefix(4);
          if (code > 0x7f) fail();
          c = static_cast<char>(code);
          break;
        }
        case '"':
        case '\\':
        case '/': break;
        default: fail();
        }
      out += c;
    }
    return out;
  }

  std::string_view rest_;
};

} // namespace support
