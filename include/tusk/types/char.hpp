// tusk: types/char.hpp — PostgreSQL's type "char", with the quotation marks, as char.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One byte of no encoding, which the catalogues use as a small enum: pg_class.relkind is one. char(n) is another type,
// a text. Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace tusk {

/// Any byte is a value.
template <> struct codec<char> {
  static constexpr std::array oids{oid::char_};
  static constexpr oid array = oid::char_array;
  static constexpr std::size_t width = 1;
  static constexpr std::string_view name = "char";

  static void decode(reader& in, char& out) noexcept { out = in.get<char>(); }
  static void encode(char value, writer& to) { to.put(value); }
  /// A zero is written as nothing, a byte that is not ASCII as \377, and any other as itself.
  static void put_text(char value, std::string& out) {
    auto const byte = static_cast<unsigned char>(value);
    if (byte >= 0x80)
      for (char const c : {'\\', octal(byte >> 6), octal(byte >> 3), octal(byte)}) out += c;
    else if (byte != 0)
      out += value;
  }
  /// Servers cut longer texts off: they are refused here.
  static char parse(std::string_view text) {
    if (text.empty()) return '\0';
    if (text.size() == 1 && static_cast<unsigned char>(text[0]) < 0x80) return text[0];
    scanner from(text, "\"char\": write one ASCII character, nothing for a zero, or such as \\377");
    from.need('\\');
    unsigned byte = 0;
    for (int i = 0; i < 3; ++i) {
      auto const digit = from.take(1).front();
      if (digit < '0' || digit > '7') from.refuse();
      byte = byte * 8 + static_cast<unsigned>(digit - '0');
    }
    if (byte > 0xff) from.refuse();
    from.end();
    return static_cast<char>(byte);
  }

 private:
  static constexpr char octal(int byte) noexcept { return static_cast<char>('0' + (byte & 7)); }
};

} // namespace tusk
