// tusk: auth/saslprep.hpp — SASLprep (RFC 4013) of passwords, exactly as PostgreSQL's server and libpq do it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A password that SASLprep refuses is used as it is, byte by byte: so does the server when it stores one. PostgreSQL
// looks for prohibited, unassigned and right-to-left characters after mapping but before normalisation, unlike the RFC;
// 57 code points come out differently. A password that differs in one byte locks a user out, so we follow PostgreSQL.
// Knows no protocol.
#pragma once

#include <tusk/auth/nfkc.hpp>
#include <tusk/auth/saslprep_tables.hpp>
#include <tusk/auth/secret.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tusk::auth {

/// What SASLprep does with a code point; the values are the generated table's.
enum class saslprep_class : std::uint8_t {
  refused,     ///< prohibited (RFC 4013 section 2.3) or not assigned in Unicode 3.2
  neutral,     ///< allowed
  l_cat,       ///< allowed, left-to-right (RFC 3454 table D.2)
  rand_al_cat, ///< allowed, right-to-left (RFC 3454 table D.1)
  to_space,    ///< a space other than U+0020 (RFC 3454 table C.1.2)
  to_nothing,  ///< left out (RFC 3454 table B.1)
};

/// The class of every code point.
class saslprep_classes_table {
 public:
  /// The one there is; unpacked by the first call.
  static saslprep_classes_table const& instance() {
    static saslprep_classes_table const the;
    return the;
  }
  /// `c` is at most U+10FFFF.
  saslprep_class of(char32_t c) const noexcept { return run_before(runs_, c)->value; }

 private:
  struct run {
    char32_t first;
    saslprep_class value;
  };
  saslprep_classes_table() noexcept {
    char32_t at = 0;
    packed_numbers in(saslprep_classes);
    for (auto& r : runs_) {
      auto const n = in.next();
      r = {at, static_cast<saslprep_class>(n % 6)};
      at += n / 6;
    }
  }
  std::array<run, saslprep_classes_runs> runs_{};
};

/// Takes the first code point off `text`, which must not be empty; 0xffffffff when it is not UTF-8 (RFC 3629: overlong
/// forms, surrogates and what lies beyond U+10FFFF are not).
inline char32_t take_code_point(std::string_view& text) noexcept {
  constexpr char32_t invalid = 0xffffffff;
  auto const lead = static_cast<unsigned char>(text[0]);
  std::size_t const n = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (n == 0 || text.size() < n) return invalid;
  char32_t c = n == 1 ? lead : lead & (0x7fu >> n);
  for (std::size_t i = 1; i != n; ++i) {
    auto const next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return invalid;
    c = c << 6 | (next & 0x3f);
  }
  if ((n == 3 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) || (n == 4 && (c < 0x10000 || c > 0x10ffff)))
    return invalid;
  text.remove_prefix(n);
  return c;
}

/// Appends `c` in UTF-8 to a `secret` or a string.
template <class Text> void append_utf8(Text& to, char32_t c) {
  auto const put = [&](char32_t byte) { to.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) return put(0xc0 | c >> 6), put(0x80 | (c & 0x3f));
  if (c < 0x10000) return put(0xe0 | c >> 12), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
  put(0xf0 | c >> 18), put(0x80 | (c >> 12 & 0x3f)), put(0x80 | (c >> 6 & 0x3f)), put(0x80 | (c & 0x3f));
}

/// Maps `password` (RFC 4013 section 2.1) into `mapped`; false when SASLprep refuses it. Nothing is stored before the
/// whole is known to be good.
inline bool saslprep_map(std::string_view password, wiping_vector<char32_t>& mapped) {
  auto const& classes = saslprep_classes_table::instance();
  auto first = saslprep_class::refused, last = saslprep_class::refused;
  bool left = false, right = false;
  std::size_t count = 0;
  for (auto rest = password; !rest.empty();) {
    auto const c = take_code_point(rest);
    if (c == 0xffffffff) return false;
    auto const is = classes.of(c);
    if (is == saslprep_class::refused) return false;
    if (is == saslprep_class::to_nothing) continue;
    if (count++ == 0) first = is;
    last = is;
    left = left || is == saslprep_class::l_cat;
    right = right || is == saslprep_class::rand_al_cat;
  }
  if (count == 0) return false;
  // RFC 3454 section 6: a right-to-left string has no left-to-right character and begins and ends right-to-left.
  if (right && (left || first != saslprep_class::rand_al_cat || last != saslprep_class::rand_al_cat)) return false;
  mapped.reserve(count);
  for (auto rest = password; !rest.empty();) {
    auto const c = take_code_point(rest);
    auto const is = classes.of(c);
    if (is != saslprep_class::to_nothing) mapped.push_back(is == saslprep_class::to_space ? U' ' : c);
  }
  return true;
}

/// The bytes that client and server use in place of `password`, which should be UTF-8: itself, or text in `prepared`.
/// Borrowed from whichever it is.
inline std::string_view saslprep(std::string_view password, secret& prepared) {
  // ASCII is left alone; with control characters too, which refused or not come out the same.
  bool ascii = true;
  for (char c : password) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  wiping_vector<char32_t> text;
  if (ascii || !saslprep_map(password, text)) return password;
  nfkc::instance().normalize(text);
  prepared.clear();
  prepared.reserve(text.size() * 4);
  for (char32_t c : text) append_utf8(prepared, c);
  return prepared.view();
}

/// The same as a copy.
inline secret saslprep(std::string_view password) {
  secret prepared;
  return secret(saslprep(password, prepared));
}

} // namespace tusk::auth
