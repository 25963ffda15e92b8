// tusk: types/text.hpp — the text family as std::string and std::string_view.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Bytes in the client encoding, which the driver keeps at UTF-8; none is changed or checked on the way in. A parameter
// goes out as a quoted literal would, so that it fits an enum, a date or a citext as well as a text. Must not know
// other types, but for the version byte that stands before the text of a jsonb.
#pragma once

#include <tusk/types/codec.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tusk {

/// Appends `text`, refusing the one character that PostgreSQL's text cannot hold.
inline void put_characters(std::string_view text, writer& to) {
  if (auto const at = text.find('\0'); at != text.npos) [[unlikely]]
    to.fail("byte " + std::to_string(at + 1) + " of its " + std::to_string(text.size()) +
            " is NUL, which PostgreSQL's text cannot hold");
  to.put(text);
}

/// Consumes the byte before the text of a jsonb. 1 is the only version that there is.
inline void skip_jsonb_version(reader& in) noexcept {
  if (in.get<std::uint8_t>() != 1) [[unlikely]]
    in.fail("its jsonb version is not 1");
}

/// Whether these bytes can be the binary form of a text. It is asked of types that are not known: where that is
/// something else it nearly always begins with a number, and so with bytes that are in no text that people write.
inline bool looks_like_text(std::string_view bytes) noexcept {
  for (std::size_t i = 0; i < bytes.size();) {
    auto const first = static_cast<unsigned char>(bytes[i]);
    if ((first < 0x20 && first != '\t' && first != '\n' && first != '\r') || first == 0x7f) return false;
    // UTF-8 (RFC 3629)
    std::size_t const more = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || bytes.size() - i <= more) return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((bytes[i + k] & 0xc0) != 0x80) return false;
    i += 1 + more;
  }
  return true;
}

template <class String> struct text_codec {
  static constexpr std::array oids{oid::text, oid::varchar, oid::bpchar, oid::name, oid::unknown, oid::json, oid::xml};
  static constexpr std::array also{oid::jsonb};
  static constexpr oid array = oid::text_array;
  static constexpr bool as_text = true;
  static constexpr bool reads_of_users = true; // citext, enums, and whatever else is sent as text

  static void decode(reader& in, String& out) { out = wire::as_text(in.rest()); }
  static void decode(reader& in, String& out, oid type) {
    if (type == oid::jsonb) skip_jsonb_version(in);
    decode(in, out);
    if (is_of_users(type) && !looks_like_text(out))
      in.fail("its type is not sent as text: cast it in the query, as in column::text");
  }
  static void encode(std::string_view value, writer& to) { put_characters(value, to); }
  static void put_text(std::string_view value, std::string& out) { out += value; }
  static String parse(std::string_view text) { return String(text); }
};

template <> struct codec<std::string> : text_codec<std::string> {
  static constexpr std::string_view name = "std::string";
};

/// Borrows: the text is that of the row and lives as long.
template <> struct codec<std::string_view> : text_codec<std::string_view> {
  static constexpr bool borrows = true;
  static constexpr std::string_view name = "std::string_view";
};

} // namespace tusk
