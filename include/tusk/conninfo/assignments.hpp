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
  assignment(keyword const& k, std::string&& v, bool from_environment = false) noexcept
      : index(static_cast<std::uint8_t>(index_of(k))), ambient(from_environment), value(std::move(v)) {}
  assignment(assignment const&) = default;
  assignment(assignment&& other) noexcept : index(other.index), ambient(other.ambient), value(std::move(other.value)) {
    other.forget();
  }
  assignment& operator=(assignment other) noexcept {
    index = std::exchange(other.index, index);
    ambient = std::exchange(other.ambient, ambient);
    value.swap(other.value);
    return *this;
  }
  ~assignment() { forget(); }
  friend bool operator==(assignment const& a, assignment const& b) noexcept {
    return a.index == b.index && a.value == b.value;
  }

  keyword const& key() const noexcept { return keywords[index]; }
  void forget() noexcept {
    if (key().secret) wipe(value);
  }

  std::uint8_t index; ///< in `keywords`
  bool ambient;       ///< from the environment: a service file has precedence over it
  std::string value;
};
static_assert(keyword_count < 256);

/// Values by keyword, in the order of the table; of a keyword that is given twice the last one counts.
class assignments {
 public:
  /// Takes the value; what is left of a secret in `value` is wiped. `ambient`: it is from the environment.
  void put(keyword const& k, std::string&& value, bool ambient = false) {
    auto const index = index_of(k);
    auto at = values_.begin();
    while (at != values_.end() && at->index < index) ++at;
    assignment a(k, std::move(value), ambient);
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
    auto const* const a = entry(k);
    return a ? &a->value : nullptr;
  }
  assignment const* entry(keyword const& k) const noexcept {
    for (auto const& a : values_)
      if (a.index == index_of(k)) return &a;
    return nullptr;
  }

  /// Whether a value that is no secret may hold a piece of a password. A raw "/" in a URL's password makes its first
  /// part the port and the rest, up to an "@", the beginning of the database's name; after a raw "@" the rest is a
  /// host.
  bool doubtful(keyword const& k) const noexcept {
    auto const text = [this](keyword const& of) {
      auto const* const value = find(of);
      return value ? std::string_view(*value) : std::string_view();
    };
    bool const ports = text("port"_keyword).find_first_not_of("0123456789,+ ") != std::string_view::npos;
    if (k.name == "port") return ports;
    if (k.name == "host") return text(k).find('@', 1) != std::string_view::npos;
    return k.name == "dbname" && (ports || (!find("user"_keyword) && text(k).find('@') != std::string_view::npos));
  }

  auto begin() const noexcept { return values_.begin(); }
  auto end() const noexcept { return values_.end(); }
  friend bool operator==(assignments const&, assignments const&) = default;

 private:
  std::vector<assignment> values_;
};

} // namespace tusk::conninfo
