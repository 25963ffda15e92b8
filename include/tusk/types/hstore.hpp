// tusk: types/hstore.hpp — tusk::hstore, keys with texts, of the extension hstore.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Kept in the order of the server, so that equal maps have equal bytes; no std::map, whose nodes would be allocated one
// by one. The SQL type has a number of each database's own. Must not know other types.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>
#include <tusk/types/text.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// Pairs of a key and a text, or of a key and nullopt for NULL. Empty by default.
///
/// In the order in which the server keeps them: shorter keys first, equally long ones byte by byte. Whatever is put in
/// is kept in that order, too.
class hstore {
 public:
  using pair = std::pair<std::string, std::optional<std::string>>;

  hstore() = default;
  /// Of several pairs with one key the last counts.
  hstore(std::initializer_list<pair> pairs) {
    for (auto const& p : pairs) set(p.first, p.second);
  }

  std::vector<pair> const& pairs() const noexcept { return pairs_; }
  std::size_t size() const noexcept { return pairs_.size(); }
  bool empty() const noexcept { return pairs_.empty(); }
  auto begin() const noexcept { return pairs_.begin(); }
  auto end() const noexcept { return pairs_.end(); }

  /// The pair with this key; nullptr if there is none. Valid until the next change.
  pair const* find(std::string_view key) const noexcept {
    auto const at = place(key);
    return at < pairs_.size() && pairs_[at].first == key ? &pairs_[at] : nullptr;
  }
  bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }
  /// Puts the text in, in place of what the key had.
  void set(std::string key, std::optional<std::string> text) {
    auto const at = place(key);
    if (at < pairs_.size() && pairs_[at].first == key)
      pairs_[at].second = std::move(text);
    else
      pairs_.emplace(pairs_.begin() + static_cast<std::ptrdiff_t>(at), std::move(key), std::move(text));
  }

  /// Reads the server's form, blanks and missing quotes allowed:
  ///
  ///     hstore = [ pair *( "," pair ) ]
  ///     pair   = text "=>" ( text / "NULL" )
  ///     text   = characters without , " = > and blanks, or in quotes; a \ takes the next one as it is
  ///
  /// Of several pairs with one key the first counts, as on the server. Throws error (errc::invalid_value).
  static hstore parse(std::string_view text);

  friend bool operator==(hstore const&, hstore const&) = default;

 private:
  friend struct codec<hstore>;

  static bool before(std::string_view a, std::string_view b) noexcept {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }
  /// Of the first pair whose key does not come before this one.
  std::size_t place(std::string_view key) const noexcept {
    std::size_t first = 0, count = pairs_.size();
    while (count != 0) {
      auto const half = count / 2;
      if (before(pairs_[first + half].first, key)) {
        first += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    return first;
  }

  std::vector<pair> pairs_;
};

/// As PostgreSQL writes it: "a"=>"1", "b"=>NULL.
inline std::string to_string(hstore const& h) {
  std::string out;
  auto const put = [&out](std::string_view text) {
    out += '"';
    for (char const c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  };
  for (auto const& [key, text] : h) {
    if (!out.empty()) out += ", ";
    put(key);
    out += "=>";
    if (text)
      put(*text);
    else
      out += "NULL";
  }
  return out;
}

inline hstore hstore::parse(std::string_view text) {
  scanner in(text, "hstore: write such as \"a\"=>\"1\", \"b\"=>NULL");
  bool quoted = false;
  auto const word = [&] {
    std::string out;
    in.skip_blanks();
    quoted = in.eat('"');
    while (quoted ? in.peek() != '"' || in.done()
                  : !in.done() && !scanner::is_blank(in.peek()) && std::string_view(",=>\"").find(in.peek()) > 3) {
      in.eat('\\');
      out += in.take(1);
    }
    if (quoted) in.need('"');
    if (!quoted && out.empty()) in.refuse();
    in.skip_blanks();
    return out;
  };
  hstore h;
  in.skip_blanks();
  if (in.done()) return h;
  do {
    auto key = word();
    if (!in.eat('=') || !in.eat('>')) in.refuse();
    auto value = word();
    bool const is_null = !quoted && scanner::is_word(value, "null");
    if (!h.contains(key)) h.set(std::move(key), is_null ? std::nullopt : std::optional(std::move(value)));
  } while (in.eat(','));
  in.end();
  return h;
}

template <> struct codec<hstore> {
  static constexpr std::array<oid, 0> oids{};
  static constexpr bool of_users = true;
  static constexpr oid array = oid::none;
  static constexpr std::string_view name = "tusk::hstore";

  /// hstore_send in the sources of the extension:
  ///
  ///     hstore = count *( length key length text )         ; length -1: NULL
  static void decode(reader& in, hstore& out) {
    constexpr std::size_t least = 8; // bytes of a pair
    auto const count = in.get<std::uint32_t>();
    if (count > in.left() / least) return in.fail("it ends too early");
    std::vector<hstore::pair> pairs(count);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      auto& [key, text] = pairs[i];
      key = wire::as_text(in.take(in.get<std::uint32_t>()));
      auto const size = in.get<std::uint32_t>();
      if (size != 0xffffffff) text = wire::as_text(in.take(size));
      if (!in.ok()) return;
      if (i != 0 && !hstore::before(pairs[i - 1].first, key)) return in.fail("its keys are not in order");
    }
    out.pairs_ = std::move(pairs);
  }
  static void encode(hstore const& value, writer& to) {
    to.put(static_cast<std::uint32_t>(value.size()));
    for (auto const& [key, text] : value) {
      for (auto const* part : {&key, text ? &*text : nullptr}) {
        if (part == nullptr) {
          to.put(std::int32_t(-1));
          continue;
        }
        auto const size = to.begin_length();
        put_characters(*part, to);
        to.end_length(size);
      }
    }
  }
};

} // namespace tusk
