// tusk tests: connection strings without end, most of them nearly right.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Three sources: URLs and keyword strings built by their grammars from words that have a meaning somewhere, and the
// strings of the tables in tests/data; then most are damaged a little. The same seed gives the same strings.
#pragma once

#include <tusk/conninfo/keywords.hpp>

#include "support/json.hpp"
#include "support/table.hpp"

#include <cstddef>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

class connection_strings {
 public:
  explicit connection_strings(unsigned seed) : random_(seed) {
    for (auto const& row : table("uri_cases.tsv")) examples_.push_back(json::string(row["input_json"]));
    for (auto const& row : table("conninfo_validation.tsv")) examples_.push_back(json::string(row["conninfo_json"]));
    for (auto const& row : table("provider_strings.tsv")) examples_.push_back(json::string(row["string_json"]));
  }

  std::string next() {
    switch (below(8)) {
    case 0: return damaged(examples_[below(examples_.size())], below(6));
    case 1:
    case 2: return damaged(keyword_string(), below(4));
    case 3: return spliced();
    default: return damaged(url(), below(4));
    }
  }
  /// A few bytes or pieces inserted, removed, replaced, repeated or swapped.
  std::string damaged(std::string text, std::size_t times) {
    constexpr std::string_view bytes = "%%%@@:::///???##[]&&==,,''\\\\ \t\n\v\f\r;+.-aA0%25\xc3\xa4\x01\x7f\"";
    for (; times > 0 && !text.empty(); --times) {
      auto const at = below(text.size());
      switch (below(7)) {
      case 0: text.insert(at, 1, bytes[below(bytes.size())]); break;
      case 1: text.erase(at, 1); break;
      case 2: text[at] = bytes[below(bytes.size())]; break;
      case 3: text.insert(at, text.substr(below(text.size()), below(8))); break;
      case 4: text.erase(at, below(8)); break;
      case 5: text.replace(at, 1, encoded(text[at])); break;
      default: std::swap(text[at], text[below(text.size())]);
      }
    }
    std::erase(text, '\0');
    return text;
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_()) % n; }

 private:
  char const* one_of(std::initializer_list<char const*> words) { return words.begin()[below(words.size())]; }

  std::string url() {
    std::string out = one_of({"postgres://", "postgres://", "postgresql://", "postgresql://", "pg://"});
    if (below(2)) out += part() + (below(2) ? ":" + part() : "") + "@";
    for (auto n = below(3) + 1; n-- > 0;) {
      out += host();
      if (below(2)) out += ":" + std::string(one_of({"5432", "1", "65535", "0", "", "x", "%35", " 1 ", "+1"}));
      if (n > 0) out += ",";
    }
    if (below(2)) out += "/" + part();
    if (below(2)) {
      out += "?";
      for (auto n = below(4) + 1; n-- > 0;) out += parameter() + (n > 0 ? "&" : "");
      if (below(8) == 0) out += "&";
    }
    return out;
  }
  std::string parameter() {
    if (below(8) == 0)
      return one_of({"ssl=true",
                     "ssl=1",
                     "ssl=0",
                     "ssl=TRUE",
                     "ssl=no-verify",
                     "sslmode=no-verify",
                     "requiressl=1",
                     "requiressl=0",
                     "socket=/tmp/.s.PGSQL.5432",
                     "socket=/tmp",
                     "supa=base-pooler.x",
                     "pgbouncer=true",
                     "schema=public",
                     "timezone=UTC",
                     "uselibpqcompat=true",
                     "connection_limit=1",
                     "Host=a",
                     "=x",
                     "sslidentity=x",
                     "hostaddr=::1",
                     "options=-c%20geqo%3Doff",
                     "service=a",
                     "servicefile=/x"});
    auto key = name();
    if (below(8) == 0) key.replace(below(key.size()), 1, encoded(key.back()));
    return key + "=" + part();
  }
  std::string keyword_string() {
    std::string out = one_of({"", "", " ", "\n"});
    for (auto n = below(5); n-- > 0;) {
      auto const blank = [&] { return one_of({"", "", "", " ", "\t", "\n ", "\v\f\r"}); };
      auto const value = below(2) ? "'" + text() + "'" : text();
      out += below(12) ? name() : std::string(one_of({"Host", "requiressl", "ssl", "tty", "a b", ""}));
      out.append(blank()).append("=").append(blank()).append(value);
      out += one_of({" ", " ", "\n", "\t\r", ""});
    }
    return out;
  }
  /// The beginning of one and the end of another.
  std::string spliced() {
    auto const a = below(2) ? url() : examples_[below(examples_.size())];
    auto const b = below(2) ? keyword_string() : url();
    return a.substr(0, below(a.size() + 1)) + b.substr(below(b.size() + 1));
  }

  std::string name() {
    using tusk::conninfo::keywords;
    if (below(3) == 0) return std::string(keywords[below(std::size(keywords))].name);
    return one_of({"host", "port", "user", "password", "dbname", "sslmode", "options", "hostaddr", "application_name",
                   "fallback_application_name"});
  }
  std::string host() {
    if (below(3) == 0)
      return one_of({"[::1]", "[fe80::1%25eth0]", "[200z::]", "[", "[]", "[::1]x", "127.0.0.1", "%2Ftmp", "@abstract",
                     "h\xc3\xb6st", "a%2Cb", "", " h ", "*"});
    return letters();
  }
  std::string part() {
    if (below(3) == 0)
      return one_of({"true",         "1",       "0",        "a b", " a ", "::1", "/tmp",  "a,b",  "%20", "%2C", "%2f",
                     "x=y",          "",        "%",        "%0",  "%00", "%zz", "a%40b", "p@ss", "a+b", "a#b", "a;b",
                     "\xe6\x97\xa5", "require", "%E6%97%A5"});
    return letters();
  }
  std::string text() {
    if (below(3) == 0)
      return one_of({"it\\'s", "a\\\\b", "a\\ b", "\\", "a b", "", "x=y", "a'b", "=", "require", "/tmp", "@a",
                     "\xc3\xa4", "10", " 10 ", "a\"b", "\\\\", "%41"});
    return letters();
  }
  std::string letters() {
    std::string out;
    for (auto n = below(6); n-- > 0;) out += static_cast<char>('a' + below(26));
    return out;
  }
  std::string encoded(char c) {
    constexpr char digits[] = "0123456789abcdef0123456789ABCDEF";
    auto const u = static_cast<unsigned char>(c);
    auto const letters = below(2) * 16;
    return {'%', digits[letters + (u >> 4)], digits[letters + (u & 15U)]};
  }

  std::mt19937 random_;
  std::vector<std::string> examples_;
};

} // namespace support
