// tusk: conninfo/auth_methods.hpp — which ways of authenticating the user allows the server to ask for.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The value of the keyword require_auth (PostgreSQL documentation, "Parameter Key Words"): a set, and the grammar that
// gives it. Who enforces it, and how, is the login's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tusk::conninfo {

enum class auth_method : std::uint8_t { none, password, md5, gss, sspi, scram_sha_256, oauth };

/// A set of methods, at first of all. Without `none` the server must complete one of the others, with its own proof
/// where the method has one: an AuthenticationOk out of the blue is refused.
class auth_methods {
 public:
  constexpr auth_methods() noexcept = default;

  constexpr bool allows(auth_method m) const noexcept { return (allowed_ & bit(m)) != 0; }
  constexpr void remove(auth_method m) noexcept { allowed_ = static_cast<std::uint8_t>(allowed_ & ~bit(m)); }
  friend constexpr bool operator==(auth_methods, auth_methods) noexcept = default;

  /// Reads a list such as "scram-sha-256,md5" (these and no others) or "!password,!md5" (all but these; with "!none"
  /// some authentication is demanded). No blanks. Empty is the full set. Returns what is wrong with it, or nullptr.
  constexpr char const* read(std::string_view list) noexcept {
    *this = {};
    if (list.empty()) return nullptr;
    bool const negative = list.starts_with('!');
    std::uint8_t named = 0;
    for (bool more = true; more;) {
      auto const comma = list.find(',');
      more = comma != list.npos;
      auto item = list.substr(0, comma);
      if (more) list.remove_prefix(comma + 1);
      if (item.starts_with('!') != negative && !item.empty()) return "mixes methods with and without \"!\"";
      if (negative && !item.empty()) item.remove_prefix(1);
      std::size_t i = 0;
      while (i < count && names[i] != item) ++i;
      if (i == count)
        return "has an item that is none of password, md5, gss, sspi, scram-sha-256, oauth, none (comma separated, "
               "without blanks, each one or none of them with \"!\" before it)";
      auto const b = bit(static_cast<auth_method>(i));
      if (named & b) return "names a method twice";
      named = static_cast<std::uint8_t>(named | b);
    }
    allowed_ = negative ? static_cast<std::uint8_t>(all & ~named) : named;
    return nullptr;
  }

 private:
  static constexpr std::string_view names[] = {"none", "password", "md5", "gss", "sspi", "scram-sha-256", "oauth"};
  static constexpr std::size_t count = sizeof names / sizeof names[0];
  static constexpr std::uint8_t all = (1U << count) - 1;
  static constexpr std::uint8_t bit(auth_method m) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(m));
  }

  std::uint8_t allowed_ = all;
};

} // namespace tusk::conninfo
