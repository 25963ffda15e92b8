// tusk: types/ltree.hpp — tusk::ltree, tusk::lquery and tusk::ltxtquery, of the extension ltree.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Paths of labels, and the patterns that they are looked for by, kept as text: what a pattern means the server knows.
// Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/text.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

enum class ltree_kind : std::uint8_t { path, pattern, words };

/// A text of the SQL type ltree, lquery or ltxtquery: see `ltree`, `lquery` and `ltxtquery`.
template <ltree_kind Kind> class ltree_text {
 public:
  ltree_text() = default;
  explicit ltree_text(std::string text) noexcept : text_(std::move(text)) {}

  std::string const& text() const noexcept { return text_; }
  /// What stands between the dots.
  std::vector<std::string_view> labels() const
    requires(Kind == ltree_kind::path)
  {
    std::vector<std::string_view> out;
    for (std::string_view rest = text_; !rest.empty();) {
      auto const dot = rest.find('.');
      out.push_back(rest.substr(0, dot));
      rest.remove_prefix(dot == rest.npos ? rest.size() : dot + 1);
    }
    return out;
  }
  /// Takes the text as it is: the server judges it.
  static ltree_text parse(std::string_view text) { return ltree_text(std::string(text)); }

  /// Compares the texts. The server orders paths label by label.
  friend bool operator==(ltree_text const&, ltree_text const&) = default;

 private:
  friend struct codec<ltree_text>;
  std::string text_;
};

/// A path of labels: Top.Science.Astronomy.
using ltree = ltree_text<ltree_kind::path>;
/// A pattern that paths are matched with: *.Astronomy.*{1,2}
using lquery = ltree_text<ltree_kind::pattern>;
/// Words that are looked for anywhere in paths: Europe & Russia*@
using ltxtquery = ltree_text<ltree_kind::words>;

template <ltree_kind Kind> std::string to_string(ltree_text<Kind> const& t) { return t.text(); }

template <ltree_kind Kind> struct codec<ltree_text<Kind>> {
  static constexpr std::array<oid, 0> oids{};
  static constexpr bool of_users = true;
  static constexpr oid array = oid::none;
  static constexpr std::string_view name = Kind == ltree_kind::path      ? "tusk::ltree"
                                           : Kind == ltree_kind::pattern ? "tusk::lquery"
                                                                         : "tusk::ltxtquery";

  /// A version, which is 1, and the text (ltree_send in the sources of the extension).
  static void decode(reader& in, ltree_text<Kind>& out) {
    if (in.get<std::uint8_t>() != 1) return in.fail("its version is not 1");
    auto const text = wire::as_text(in.rest());
    if (!looks_like_text(text)) return in.fail("it is no text");
    out.text_ = text;
  }
  static void encode(ltree_text<Kind> const& value, writer& to) {
    to.put(std::uint8_t{1});
    put_characters(value.text_, to);
  }
};

} // namespace tusk
