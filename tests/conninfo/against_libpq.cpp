// tusk tests: generated connection strings through tusk's grammars and through libpq's own.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// libpq is loaded at run time, nothing is linked: libpq.so.5 as the system finds it, or the file that TUSK_LIBPQ names.
// Where there is none, a line says so. TUSK_LIBPQ_STRINGS is the number of strings, 10000 if it is not set.
// Every difference from libpq that is meant stands in `meant()`.
#include <tusk/options.hpp>

#include "support/catch.hpp"

#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include <dlfcn.h>

namespace {

using members = std::map<std::string, std::string>;

/// PQconninfoParse().
class libpq {
 public:
  libpq() {
    auto const* const path = std::getenv("TUSK_LIBPQ");
    if (void* const library = ::dlopen(path ? path : "libpq.so.5", RTLD_NOW)) {
      parse_ = reinterpret_cast<option* (*)(char const*, char**)>(::dlsym(library, "PQconninfoParse"));
      free_ = reinterpret_cast<void (*)(option*)>(::dlsym(library, "PQconninfoFree"));
      free_text_ = reinterpret_cast<void (*)(void*)>(::dlsym(library, "PQfreemem"));
      auto* const version = reinterpret_cast<int (*)()>(::dlsym(library, "PQlibVersion"));
      version_ = version ? version() / 10000 : 0;
    }
  }
  /// The major version, 0 when there is no libpq.
  int version() const { return parse_ && free_ && free_text_ ? version_ : 0; }

  /// What was set; nullopt when libpq refuses the string, and why() then tells.
  std::optional<members> parse(std::string const& text) {
    char* message = nullptr;
    auto* const found = parse_(text.c_str(), &message);
    why_ = message ? message : "";
    if (message) free_text_(message);
    if (!found) return std::nullopt;
    members out;
    for (auto const* o = found; o->keyword; ++o)
      if (o->value) out[o->keyword] = o->value;
    free_(found);
    return out;
  }
  std::string const& why() const { return why_; }

 private:
  struct option { // PQconninfoOption of libpq-fe.h
    char* keyword;
    char* variable;
    char* compiled;
    char* value;
    char* label;
    char* shown;
    int size;
  };
  option* (*parse_)(char const*, char**) = nullptr;
  void (*free_)(option*) = nullptr;
  void (*free_text_)(void*) = nullptr;
  int version_ = 0;
  std::string why_;
};

class generator {
 public:
  std::string text() {
    std::string out;
    if (below(3) == 0) {
      for (auto n = below(5); n-- > 0;) out += keyword_pair();
      return damaged(std::move(out));
    }
    out = below(2) ? "postgres://" : "postgresql://";
    if (below(2)) out += word() + (below(2) ? ":" + word() : "") + "@";
    for (auto n = below(3) + 1; n-- > 0;) {
      out += below(4) ? word() : "[" + word() + "]";
      if (below(2)) out += ":" + word();
      if (n > 0) out += ",";
    }
    if (below(2)) out += "/" + word();
    if (below(2)) {
      out += "?";
      for (auto n = below(3) + 1; n-- > 0;) out += name() + "=" + word() + (n > 0 ? "&" : "");
    }
    return damaged(std::move(out));
  }

 private:
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_()) % n; }
  std::string one_of(std::initializer_list<char const*> words) { return words.begin()[below(words.size())]; }
  std::string name() {
    return one_of({"host", "port", "user", "password", "dbname", "sslmode", "options", "ssl", "requiressl", "service",
                   "hostaddr", "application_name", "us%65r", "Host", "nonsense", "fallback_application_name"});
  }
  std::string word() {
    if (below(4) == 0)
      return one_of({"true", "1", "0", "a b", " a ", "::1", "/tmp", "a,b", "%20", "%2C", "%2f", "x=y", "", ""});
    std::string out;
    for (auto n = below(6); n-- > 0;) out += static_cast<char>('a' + below(26));
    return out;
  }
  std::string keyword_pair() {
    auto const blank = [&] { return one_of({"", "", " ", "\t", "\n "}); };
    auto const value = below(2) ? "'" + word() + "'" : word();
    return name() + blank() + "=" + blank() + value + one_of({" ", " ", "\n", ""});
  }
  /// A few bytes inserted, removed or replaced.
  std::string damaged(std::string text) {
    constexpr std::string_view bytes = "%%%@@:::///???##[]&&==,,''\\\\ \t\n\v\f\r;+.-aA0%25\xc3\xa4\x01";
    for (auto n = below(4); n-- > 0 && !text.empty();) {
      auto const at = below(text.size());
      switch (below(3)) {
      case 0: text.insert(at, 1, bytes[below(bytes.size())]); break;
      case 1: text.erase(at, 1); break;
      default: text[at] = bytes[below(bytes.size())];
      }
    }
    return text;
  }

  std::mt19937 random_{18}; // fixed: a difference must come again
};

std::optional<members> by_tusk(std::string const& text) {
  try {
    tusk::options const options(text);
    members out;
    for (auto const& a : static_cast<tusk::conninfo::assignments const&>(options))
      out[std::string(a.key().name)] = a.value;
    return out;
  } catch (tusk::error const&) {
    return std::nullopt;
  }
}

/// The differences that are meant, each with its reason.
bool meant(std::string const& text, int version) {
  // Blanks in a URL are trimmed and refused since PostgreSQL 18; older releases took them as they were.
  bool const is_url = tusk::conninfo::url_prefix(text) != 0;
  if (is_url && version < 18 && text.find(' ') != text.npos) return true;
  // pg:// is ours; libpq reads a keyword string there, and finds no "=" or an unknown keyword.
  return text.starts_with("pg://");
}

} // namespace

TEST_CASE("against libpq: generated strings are read alike") {
  libpq other;
  if (other.version() == 0) {
    std::cout << "against libpq: not compared, no libpq.so.5 can be loaded\n";
    return;
  }
  auto const* const number = std::getenv("TUSK_LIBPQ_STRINGS");
  generator strings;
  int taken = 0, compared = 0;
  for (auto left = number ? std::atol(number) : 10000L; left > 0; --left) {
    auto const text = strings.text();
    if (meant(text, other.version())) continue;
    ++compared;
    auto const theirs = other.parse(text), ours = by_tusk(text);
    taken += ours.has_value();
    if (theirs == ours) continue;
    INFO(text);
    INFO("libpq " << other.version() << ": " << other.why());
    CHECK(theirs == ours);
  }
  // Both sides of the grammar were met.
  CHECK(taken > compared / 10);
  CHECK(taken < compared * 9 / 10);
}
