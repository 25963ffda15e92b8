// tusk: conninfo/values.hpp — which values each keyword can have.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One check for every value, wherever it came from: a connection string, set(), the environment. It reads the rules
// from the table of keywords and words the error. Relations between keywords are `settings.hpp`'s.
#pragma once

#include <tusk/conninfo/auth_methods.hpp>
#include <tusk/conninfo/keyword_string.hpp>
#include <tusk/conninfo/keywords.hpp>
#include <tusk/error.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <arpa/inet.h>

namespace tusk::conninfo {

/// A decimal number of 32 bits with an optional sign, blanks around it allowed, as strtol() reads it in the C locale.
constexpr std::optional<std::int32_t> parse_integer(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  bool const negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  std::int64_t value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
    if (value > std::int64_t{1} << 31) return std::nullopt;
  }
  if (negative) value = -value;
  if (value > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return static_cast<std::int32_t>(value);
}

/// Calls `use(item)` for each item of a comma list; an empty list has one empty item.
template <class Use> constexpr void for_each_item(std::string_view list, char separator, Use use) {
  for (;;) {
    auto const stop = list.find(separator);
    use(list.substr(0, stop));
    if (stop == list.npos) return;
    list.remove_prefix(stop + 1);
  }
}

/// What getaddrinfo() takes under AI_NUMERICHOST: IPv4 also in inet_aton()'s short forms, IPv6 with or without a zone.
inline bool is_address(std::string_view text) {
  if (text.size() > 100) return false;
  if (text.find(':') == text.npos) {
    in_addr v4;
    return text.find_first_not_of("0123456789abcdefABCDEFxX.") == text.npos && !text.empty() &&
           ::inet_aton(std::string(text).c_str(), &v4) != 0;
  }
  auto const zone = text.find('%');
  if (zone != text.npos && zone + 1 == text.size()) return false;
  in6_addr v6;
  return ::inet_pton(AF_INET6, std::string(text.substr(0, zone)).c_str(), &v6) == 1;
}

/// Base64 of exactly 32 bytes: 43 digits, of which the last has two bits to spare, and the padding.
constexpr bool is_base64_key(std::string_view text) noexcept {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() != 44 || text.back() != '=') return false;
  for (char c : text.substr(0, 43))
    if (digits.find(c) == digits.npos) return false;
  return true;
}

/// The server's way of comparing encoding names: case and punctuation do not count.
constexpr bool is_utf8_name(std::string_view text) noexcept {
  char folded[8] = {};
  std::size_t n = 0;
  for (char c : text) {
    bool const upper = c >= 'A' && c <= 'Z';
    if (!upper && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) continue;
    if (n == sizeof folded) return false;
    folded[n++] = upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  std::string_view const name(folded, n);
  return name == "utf8" || name == "unicode";
}

/// Where `value` stands in `words`, which | separates; their number if it does not.
constexpr std::size_t place_of(std::string_view value, std::string_view words) noexcept {
  std::size_t place = 0;
  bool found = false;
  for_each_item(words, '|', [&](std::string_view word) {
    found = found || (!word.empty() && word == value);
    place += !found;
  });
  return place;
}
constexpr bool is_word(std::string_view value, std::string_view words) noexcept {
  std::size_t count = 0;
  for_each_item(words, '|', [&](std::string_view) { ++count; });
  return place_of(value, words) < count;
}

/// The enumerator that the word `value` of `k` stands for: an enumeration has the order of its keyword's words.
template <class E> constexpr E enumerator(keyword const& k, std::string_view value) noexcept {
  return static_cast<E>(place_of(value, k.words));
}
/// The word that stands for it.
template <class E> constexpr std::string_view word_of(keyword const& k, E e) noexcept {
  auto left = static_cast<std::size_t>(e);
  std::string_view found;
  for_each_item(k.words, '|', [&](std::string_view word) {
    if (left-- == 0) found = word;
  });
  return found;
}

/// Whether an error may quote a value. A lost separator ("port=1password=...", or a password with a raw "/" or "@" in a
/// URL) puts a password, or a piece of one, where a value is expected; it gives itself away by what no such value has.
constexpr bool may_be_shown(keyword const& k, std::string_view value) noexcept {
  std::size_t letters = 0, others = 0;
  for (char c : value) {
    bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool const number = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || is_blank(c);
    letters += letter, others += !letter && !number && c != '_';
  }
  switch (k.kind) {
  case kind::ports: return letters == 0 && value.find_first_not_of("0123456789,+-. ") == value.npos;
  case kind::integer:
  case kind::natural:
  case kind::bytes: return letters <= 4 && others == 0; // a unit, or a word such as none
  case kind::choice: {
    bool longer = false; // a word that goes on
    for_each_item(k.words, '|', [&](std::string_view word) {
      longer = longer || (word.size() > 1 && word.size() < value.size() && value.starts_with(word));
    });
    return !longer && others == 0 && value.size() <= 16;
  }
  case kind::tls_version:
  case kind::encoding: return others == 0 && value.size() <= 16;
  default: return value.find_first_of("=@") == value.npos;
  }
}

/// Judges one value of one keyword.
class value_check {
 public:
  /// `origin`: the environment variable, or the file and line, that the value is from; empty: it was given.
  value_check(keyword const& k, std::string_view value, std::string_view origin = {}) noexcept
      : key_(k), value_(value), origin_(origin), show_(!k.secret && may_be_shown(k, value)) {}

  /// Throws errc::invalid_option naming the keyword, the value, and what would be right.
  void run() const {
    if (value_.find('\0') != value_.npos) {
      // Not even printable(): what stands behind a NUL was never meant to be shown.
      throw error(errc::invalid_option, subject(false).append(" has a NUL byte in it, which no option can have"));
    }
    switch (key_.kind) {
    case kind::text: break;
    case kind::ports: ports(); break;
    case kind::addresses: addresses(); break;
    case kind::integer: need(parse_integer(value_).has_value(), "is not a whole number of 32 bits"); break;
    case kind::natural: need(parse_integer(value_).value_or(-1) >= 0, "is not a number from 0 to 2147483647"); break;
    case kind::bytes:
      need(parse_integer(value_).value_or(0) >= 8192, "is not a number of bytes from 8192 to 2147483647");
      break;
    case kind::choice: choice(); break;
    case kind::methods: {
      auth_methods m;
      if (auto const* const wrong = m.read(value_)) need(false, wrong);
      break;
    }
    case kind::key: need(is_base64_key(value_), "is not the base64 form of 32 bytes"); break;
    case kind::tls_version: tls_version(); break;
    case kind::encoding:
      need(value_.empty() || value_ == "auto" || is_utf8_name(value_), "is not UTF8, the one encoding of the driver");
      break;
    }
    if (key_.status == status::not_yet && !value_.empty())
      throw error(errc::invalid_option, subject(false).append(" is not supported yet; leave it out"));
  }

 private:
  /// The keyword, where it came from, and the value where `quoted` and that may be shown.
  std::string subject(bool quoted) const {
    std::string text(key_.name);
    if (quoted && show_) text.append(" \"").append(printable(value_)).append("\"");
    if (!origin_.empty()) text.append(" (from ").append(printable(origin_)).append(")");
    return text;
  }
  void need(bool holds, std::string_view otherwise) const {
    if (!holds) throw error(errc::invalid_option, subject(true).append(" ").append(otherwise));
  }

  /// Of a list an item that cannot be used concerns one host, and the others may do: see `settings.hpp`.
  bool is_list() const noexcept { return value_.find(',') != value_.npos; }
  void ports() const {
    for_each_item(value_, ',', [this](std::string_view item) {
      auto const n = parse_integer(item);
      if (!item.empty() && (!n || (!is_list() && (*n < 1 || *n > 65535))))
        need(false, show_ ? "is not a number from 1 to 65535, or a list of such, one for each host"
                          : "is not a number from 1 to 65535 (it is not shown: it may be a piece of a password, whose "
                            "\"/\" and \"@\" are written %2F and %40 in a URL)");
    });
  }
  void addresses() const {
    for_each_item(value_, ',', [this](std::string_view item) {
      need(item.empty() || is_list() || is_address(item),
           "is not a numeric IPv4 or IPv6 address (without brackets), or a list of such; a name goes into host");
    });
  }
  void tls_version() const {
    constexpr std::string_view versions[] = {"", "TLSV1.2", "TLSV1.3", "TLSV1", "TLSV1.1"};
    std::size_t i = 0;
    auto const same = [this](std::string_view v) {
      bool equal = v.size() == value_.size();
      for (std::size_t at = 0; equal && at < v.size(); ++at)
        equal = v[at] == (value_[at] >= 'a' && value_[at] <= 'z' ? value_[at] - 'a' + 'A' : value_[at]);
      return equal;
    };
    while (i < std::size(versions) && !same(versions[i])) ++i;
    need(i < std::size(versions), "is neither TLSv1.2 nor TLSv1.3");
    need(i < 3, "is too old: TLSv1.2 is the least that the driver speaks");
  }
  void choice() const {
    if (is_word(value_, key_.words)) return;
    std::string text(is_word(value_, key_.refused) ? "is not supported yet; it can be " : "is not one of ");
    std::size_t n = 0;
    for_each_item(key_.words, '|', [&](std::string_view word) { text.append(n++ ? ", " : "").append(word); });
    need(false, text);
  }

  keyword const& key_;
  std::string_view value_;
  std::string_view origin_;
  bool show_;
};

} // namespace tusk::conninfo
