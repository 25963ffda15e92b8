// tusk: types/json.hpp — json and jsonb as tusk::json and tusk::jsonb: documents kept as text.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Strong types, since a document is not any text, and since json keeps its blanks and duplicate keys while jsonb does
// not: they do not turn into each other silently. Nothing is parsed here; the server judges the text. Must not know any
// JSON library.
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

namespace tusk {

/// A document as text, of the SQL type `Type`: see `json` and `jsonb`. Empty by default, which is no document yet.
template <oid Type> class json_text {
 public:
  json_text() = default;
  explicit json_text(std::string text) noexcept : text_(std::move(text)) {}

  std::string const& text() const& noexcept { return text_; }
  std::string&& text() && noexcept { return std::move(text_); }

  /// Takes the text as it is: the server judges it.
  static json_text parse(std::string_view text) { return json_text(std::string(text)); }

  /// Compares the texts: {"a":1} and {"a": 1} are different.
  friend bool operator==(json_text const&, json_text const&) = default;
  friend auto operator<=>(json_text const&, json_text const&) = default;

 private:
  friend struct codec<json_text>;
  std::string text_;
};

template <oid Type> std::string to_string(json_text<Type> const& document) { return document.text(); }

/// A document exactly as it was stored.
using json = json_text<oid::json>;
/// A document as PostgreSQL writes it out of its parsed form.
using jsonb = json_text<oid::jsonb>;

template <oid Type>
  requires(Type == oid::json || Type == oid::jsonb)
struct codec<json_text<Type>> {
  static constexpr std::array oids{Type};
  static constexpr oid array = array_of(Type);
  static constexpr std::string_view name = Type == oid::jsonb ? "tusk::jsonb" : "tusk::json";

  static void decode(reader& in, json_text<Type>& out) {
    if constexpr (Type == oid::jsonb) skip_jsonb_version(in);
    out.text_ = wire::as_text(in.rest());
  }
  static void encode(json_text<Type> const& value, writer& to) {
    if constexpr (Type == oid::jsonb) to.put(std::uint8_t{1});
    put_characters(value.text_, to);
  }
};

} // namespace tusk
