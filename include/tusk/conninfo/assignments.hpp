// tusk: conninfo/assignments.hpp — the keywords that were given, each with its value as given.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What the grammars fill, what `options` holds and what `settings.hpp` reads. A keyword given with an empty value
// differs from one that was not given: it hides the environment. Judges no value.
#pragma once

#include <tusk/conninfo/keywords.hpp>
#include <tusk/conninfo/secret.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::conninfo {

/// A keyword and its value. Wipes a secret's.
struct assignment {
  assignment(keyword const& k, std::string&& v) noexcept
      : index(static_cast<std::uint8_t>(index_of(k))), value(std::move(v)) {}
  assignment(assignment const&) = default;
  assignment(assignment&& other) noexcept : index(other.index), value(std::move(other.value)) { other.forget(); }
  assignment& operator=(assignment other) noexcept {
    index = std::exchange(other.index, index);
    value.swap(other.value);
    return *this;
  }
  ~assignment() { forget(); }
  friend bool operator==(assignment const&, assignment const&) = default;

  keyword const& key() const noexcept { return keywords[index]; }
  void forget() noexcept {
    if (key().secret) wipe(value);
  }

  std::uint8_t index; ///< in `keywords`
  std::string value;
};
static_assert(keyword_count < 256);

/// Values by keyword, in the order of the table; of a keyword that is given twice the last one counts.
class assignments {
 public:
  /// Takes the value; what is left of a secret in `value` is wiped.
  void put(keyword const& k, std::string&& value) {
    auto const index = index_of(k);
    auto at = values_.begin();
    while (at != values_.end() && at->index < index) ++at;
    assignment a(k, std::move(value));
    if (k.secret) wipe(value); // a short string's bytes stay where they were
    if (at != values_.end() && at->index == index)
      *at = std::move(a);
    else
      values_.insert(at, std::move(a));
  }
  /// As a connection string names it, with the old alias requiressl; false: there is no such keyword.
  bool put(std::string_view name, std::string&& value) {
    if (name == "requiressl") {
      put("sslmode"_keyword, value.starts_with('1') ? "require" : "prefer");
      return true;
    }
    auto const* const k = find_keyword(name);
    if (k) put(*k, std::move(value));
    return k != nullptr;
  }
  /// The value, or nullptr when the keyword was not given. Valid until the next put().
  std::string const* find(keyword const& k) const noexcept {
    for (auto const& a : values_)
      if (a.index == index_of(k)) return &a.value;
    return nullptr;
  }

  /// Whether the port or the database may hold a piece of a password. A raw "/" in a URL's password makes its first
  /// part the port and the rest, up to an "@", the beginning of the database's name.
  bool split_password() const noexcept {
    auto const* const port = find("port"_keyword);
    auto const* const dbname = find("dbname"_keyword);
    auto const has = [](std::string const* s, char c) { return s && s->find(c) != s->npos; };
    bool const number = !port || port->find_first_not_of("0123456789,+ ") == port->npos;
    return !number && (has(port, '@') || has(dbname, '@'));
  }

  auto begin() const noexcept { return values_.begin(); }
  auto end() const noexcept { return values_.end(); }
  friend bool operator==(assignments const&, assignments const&) = default;

 private:
  std::vector<assignment> values_;
};

} // namespace tusk::conninfo
