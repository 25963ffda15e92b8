// tusk: conninfo/url.hpp — connection URLs, read as libpq reads them.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The grammar is PostgreSQL's ("Connection URIs"), which is not RFC 3986's: several hosts, no fragment, + is a plus.
// Where releases differ the newest wins; parameters that only other drivers know go by `providers.hpp`. Values are not
// judged here. Errors tell a place, never the text: a URL that does not parse may hold a password anywhere.
#pragma once

#include <tusk/conninfo/assignments.hpp>
#include <tusk/conninfo/providers.hpp>
#include <tusk/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace tusk::conninfo {

inline constexpr std::string_view url_schemes[] = {"postgres://", "postgresql://", "pg://"};

/// The length of the scheme and its "://" when `text` is a connection URL, else 0. Case sensitive.
constexpr std::size_t url_prefix(std::string_view text) noexcept {
  for (auto const s : url_schemes)
    if (text.starts_with(s)) return s.size();
  return 0;
}

/// Reads one URL:
///
///     url   = scheme "://" [ user [ ":" password ] "@" ] host *( "," host ) [ "/" dbname ] [ "?" query ]
///     host  = [ name / "[" address "]" ] [ ":" port ]
///     query = [ key "=" value *( "&" key "=" value ) [ "&" ] ]
///
/// The user part ends at the first "@" that stands before any "/", even inside what looks like the query. Parts are cut
/// first and percent-decoded then; an empty one of the front is not set. A later key overrides what came before.
class url {
 public:
  explicit url(std::string_view text) noexcept : text_(text), at_(url_prefix(text)) {}

  /// Adds what the URL assigns to `out`. Throws errc::invalid_connection_string, or errc::invalid_option for an unknown
  /// keyword.
  void read(assignments& out) {
    user_part(out);
    hosts(out);
    if (!at_end() && text_[at_] == '/') {
      auto const start = ++at_;
      set(out, "dbname"_keyword, start, until("?"));
    }
    if (at_end()) return;
    ++at_; // the "?"
    while (!at_end()) parameter(out);
  }

 private:
  bool at_end() const noexcept { return at_ == text_.size(); }
  [[noreturn]] static void fail(std::size_t at, char const* what) {
    throw error(errc::invalid_connection_string, "connection URL, byte " + std::to_string(at + 1) + ": " + what);
  }
  /// Moves to the first of `stops`, or the end, and returns what was passed.
  std::string_view until(std::string_view stops) noexcept {
    auto const start = at_;
    auto const stop = text_.find_first_of(stops, at_);
    at_ = stop == text_.npos ? text_.size() : stop;
    return text_.substr(start, at_ - start);
  }

  void user_part(assignments& out) {
    auto const stop = text_.find_first_of("@/", at_);
    if (stop == text_.npos || text_[stop] != '@') return;
    auto start = at_;
    set(out, "user"_keyword, start, until(":@"));
    if (text_[at_] == ':') {
      start = ++at_;
      set(out, "password"_keyword, start, until("@"));
    }
    ++at_;
  }

  void hosts(assignments& out) {
    auto const start = at_;
    std::string names, ports;
    for (;; ++at_, names += ',', ports += ',') {
      if (!at_end() && text_[at_] == '[')
        names += address();
      else
        names += until(":/?,");
      if (!at_end() && text_[at_] == ':') {
        ++at_;
        ports += until("/?,");
      }
      if (at_end() || text_[at_] != ',') break;
    }
    set(out, "host"_keyword, start, names);
    set(out, "port"_keyword, start, ports);
  }

  std::string_view address() {
    auto const open = at_++;
    auto const address = until("]");
    if (at_end()) fail(open, "the \"[\" of an IPv6 address is never closed");
    if (address.empty()) fail(open, "an IPv6 address may not be empty");
    ++at_;
    if (!at_end() && text_.find_first_of(":/?,", at_) != at_)
      fail(at_, "\":\", \"/\", \"?\", \",\" or the end is expected after an IPv6 address");
    return address;
  }

  void parameter(assignments& out) {
    auto const start = at_;
    auto const name = until("=&");
    if (at_end() || text_[at_] == '&')
      fail(start, "\"=\" is missing in this parameter (a \"&\" in a value is written %26)");
    auto const value_start = ++at_;
    auto const value = until("=&");
    if (!at_end() && text_[at_] == '=') fail(at_, "a second \"=\" in one parameter (in a value it is written %3D)");
    if (!at_end()) ++at_;
    auto key = decode(name, start);
    auto decoded = decode(value, value_start);
    if (auto const* const word = find_foreign(key, decoded)) {
      foreign(*word, decoded, out);
      return;
    }
    auto const* const k = find_keyword(key);
    if (!out.put(key, std::move(decoded))) {
      // What stands before an "@", or after a password with a raw "&", may belong to a password.
      bool const never = after_secret_ || text_.find('@', start) != text_.npos;
      throw error(errc::invalid_option, unknown_keyword(key, never ? quoting::never : quoting::careful)
                                            .append(" at byte ")
                                            .append(std::to_string(start + 1)));
    }
    after_secret_ = k && k->secret;
  }

  static void foreign(foreign_word const& word, std::string_view value, assignments& out) {
    switch (word.verdict) {
    case verdict::means: out.put(word.keyword, std::string(word.text)); break;
    case verdict::file: socket_file(value, out); break;
    case verdict::refused:
      throw error(errc::invalid_option,
                  "the parameter \"" + std::string(word.name) + "\" is not taken: " + std::string(word.text));
    default: break;
    }
  }
  /// DIRECTORY/.s.PGSQL.PORT, where @DIRECTORY is an abstract name.
  static void socket_file(std::string_view path, assignments& out) {
    constexpr std::string_view name = "/.s.PGSQL.";
    auto const at = path.rfind(name);
    auto const port = at == path.npos ? std::string_view() : path.substr(at + name.size());
    bool const place = path.starts_with('/') || path.starts_with('@');
    if (!place || port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != port.npos)
      throw error(errc::invalid_option,
                  "socket is not the path of a socket's file, /DIRECTORY/.s.PGSQL.PORT; with host "
                  "and port it is written host=/DIRECTORY&port=PORT");
    out.put("host"_keyword, std::string(at == 0 ? "/" : path.substr(0, at)));
    out.put("hostaddr"_keyword, ""); // or PGHOSTADDR would lead elsewhere
    out.put("port"_keyword, std::string(port));
  }

  static void set(assignments& out, keyword const& k, std::size_t start, std::string_view part) {
    if (!part.empty()) out.put(k, decode(part, start));
  }

  /// `start` is where the part begins in the URL, for the error. Since PostgreSQL 18 blanks around a part are trimmed,
  /// and none may stand inside.
  static std::string decode(std::string_view part, std::size_t start) {
    while (part.starts_with(' ')) part.remove_prefix(1), ++start;
    while (part.ends_with(' ')) part.remove_suffix(1);
    std::string out;
    out.reserve(part.size());
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] == ' ') fail(start, "a blank inside this part is written %20");
      if (part[i] != '%') {
        out += part[i];
        continue;
      }
      auto const high = part.size() - i > 2 ? hex_digit(part[i + 1]) : -1;
      auto const low = part.size() - i > 2 ? hex_digit(part[i + 2]) : -1;
      if (high < 0 || low < 0)
        fail(start, "a \"%\" in this part is not followed by two hexadecimal digits (write %25)");
      if (high + low == 0) fail(start, "%00 is in this part; a NUL byte is not allowed");
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
    return out;
  }
  static constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  }

  std::string_view text_;
  std::size_t at_;
  bool after_secret_ = false;
};

} // namespace tusk::conninfo
