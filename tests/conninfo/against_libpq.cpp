// tusk tests: generated connection strings through tusk's grammars and through libpq's own.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// libpq is loaded at run time, nothing is linked: the file that TUSK_LIBPQ names, else libpq.so.5 as the system finds
// it and those of the servers that tests/support/servers.sh fetched. Where there is none, a line says so.
// TUSK_LIBPQ_STRINGS is the number of strings. Every difference that is meant stands in `differences`, with its reason.
#include <tusk/options.hpp>

#include "support/catch.hpp"
#include "support/connection_strings.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <dlfcn.h>

namespace {

using members = std::map<std::string, std::string>;

/// PQconninfoParse().
class libpq {
 public:
  explicit libpq(std::string const& path) {
    if (void* const library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
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

/// Where a libpq may be.
std::vector<std::string> libraries() {
  if (auto const* const path = std::getenv("TUSK_LIBPQ")) return {path};
  std::vector<std::string> found{"libpq.so.5"};
  auto const variable = [](char const* name) { return std::string(std::getenv(name) ? std::getenv(name) : ""); };
  std::string newest; // of what servers.sh has fetched: where releases differ it is right
  for (auto const& cache : {variable("XDG_CACHE_HOME"), variable("HOME") + "/.cache", std::string("/var/cache")}) {
    std::error_code missing;
    for (auto const& e : std::filesystem::directory_iterator(cache + "/tusk", missing))
      if (auto const path = e.path() / "lib/libpq.so.5"; std::filesystem::exists(path, missing))
        newest = std::max(newest, path.string());
  }
  if (!newest.empty()) found.push_back(newest);
  return found;
}

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

/// The string, and what both made of it.
struct comparison {
  std::string const& text;
  std::optional<members> const& theirs;
  std::optional<members> const& ours;
  std::string const& why; ///< theirs refused it
  int version;            ///< of theirs

  bool is_url() const { return tusk::conninfo::url_prefix(text) != 0; }
  /// The word that theirs does not know, when ours takes the string.
  std::string_view unknown() const {
    std::string_view const words = why;
    auto const first = words.find('"'), last = words.rfind('"');
    bool const option = words.find("invalid connection option") != words.npos ||
                        words.find("invalid URI query parameter") != words.npos;
    return option && ours && last > first ? words.substr(first + 1, last - first - 1) : std::string_view();
  }
};

struct difference {
  char const* reason;
  bool (*is)(comparison const&);
  int newest; ///< the last release of libpq that has it
};

constexpr int any_release = 1000;
constexpr difference differences[] = {
    {"pg:// is a scheme of ours, and libpq reads a keyword string there",
     [](comparison const& c) { return c.text.starts_with("pg://"); }, any_release},
    {"blanks around the parts of a URL are trimmed, those inside refused, since PostgreSQL 18; the newest release wins",
     [](comparison const& c) { return c.is_url() && c.version < 18 && c.text.find(' ') != c.text.npos; }, 17},
    {"a keyword of a newer release of libpq",
     [](comparison const& c) {
       constexpr std::string_view since_16[] = {
           "require_auth",     "sslcertmode",          "load_balance_hosts",   "gssdelegation",
           "sslnegotiation",   "min_protocol_version", "max_protocol_version", "scram_client_key",
           "scram_server_key", "oauth_issuer",         "oauth_client_id",      "oauth_client_secret",
           "oauth_scope",      "oauth_ca_file",        "sslkeylogfile",        "servicefile"};
       for (auto const name : since_16)
         if (c.unknown() == name) return true;
       return false;
     },
     18},
    {"a keyword of the driver's own",
     [](comparison const& c) {
       bool own = false;
       for (auto const& k : tusk::conninfo::keywords) {
         own = own || k.name == "max_message_size"; // the first of them
         if (own && c.unknown() == k.name) return true;
       }
       return false;
     },
     any_release},
    {"a word of a provider or another driver that the table in providers.hpp gives a meaning",
     [](comparison const& c) {
       for (auto const& w : tusk::conninfo::foreign_words)
         if (c.is_url() && c.unknown() == w.name) return true;
       // A value that libpq refuses only later.
       return c.is_url() && c.theirs && c.theirs->contains("sslmode") && c.theirs->at("sslmode") == "no-verify" &&
              c.ours && c.ours->at("sslmode") == "require";
     },
     any_release},
};

/// Compares `count` strings; how often each difference was met.
std::array<int, std::size(differences)> compare(libpq& other, long count) {
  std::array<int, std::size(differences)> met{};
  support::connection_strings strings(18); // fixed: a difference must come again
  int taken = 0;
  for (auto left = count; left > 0; --left) {
    auto const text = strings.next();
    auto const theirs = other.parse(text), ours = by_tusk(text);
    taken += ours.has_value();
    if (theirs == ours) continue;
    comparison const c{text, theirs, ours, other.why(), other.version()};
    std::size_t i = 0;
    while (i < met.size() && !differences[i].is(c)) ++i;
    if (i < met.size()) {
      ++met[i];
      // What stands behind pg:// is as behind postgres://.
      if (text.starts_with("pg://")) CHECK(by_tusk("postgres" + text.substr(2)) == ours);
      continue;
    }
    INFO(text);
    INFO("libpq " << other.version() << ": " << (theirs ? "takes it" : other.why()));
    INFO("tusk " << (ours ? "takes it" : "refuses it"));
    CHECK(theirs == ours);
  }
  // Both sides of the grammar were met.
  CHECK(taken > count / 10);
  CHECK(taken < count * 9 / 10);
  return met;
}

} // namespace

TEST_CASE("against libpq: more than a hundred thousand generated strings are read alike") {
  auto const* const number = std::getenv("TUSK_LIBPQ_STRINGS");
  auto const count = number ? std::atol(number) : 120000L;
  int compared = 0;
  for (auto const& path : libraries()) {
    libpq other(path);
    if (other.version() == 0) continue;
    ++compared;
    auto const met = compare(other, count);
    for (std::size_t i = 0; count > 10000 && i < met.size(); ++i) { // none of the reasons is out of date
      INFO("libpq " << other.version() << ", \"" << differences[i].reason << "\"");
      CHECK((met[i] > 0) == (other.version() <= differences[i].newest));
    }
  }
  if (compared == 0) std::cout << "against libpq: not compared, no libpq.so.5 can be loaded\n";
}
