// tusk: types/boolean.hpp — bool.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The smallest codec: one byte. Anything but 0 and 1 is refused rather than taken for true, as no server sends it: it
// is a sign that the bytes are not those of a bool.
// Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tusk {

template <> struct codec<bool> {
  static constexpr std::array oids{oid::bool_};
  static constexpr oid array = oid::bool_array;
  static constexpr std::size_t width = 1;
  static constexpr std::string_view name = "bool";

  static void decode(reader& in, bool& out) noexcept {
    auto const byte = in.get<std::uint8_t>();
    if (byte > 1) [[unlikely]]
      return in.fail("it is neither 0 nor 1");
    out = byte == 1;
  }
  static void encode(bool value, writer& to) { to.put(static_cast<std::uint8_t>(value ? 1 : 0)); }
  static void put_text(bool value, std::string& out) { out += value ? 't' : 'f'; }
  static bool parse(std::string_view text) {
    scanner in(text, "bool: write t, f, true or false");
    bool const is = in.eat_word("t");
    if (!is && !in.eat_word("f")) in.refuse();
    if (!in.done() && !in.eat_word(is ? "rue" : "alse")) in.refuse();
    in.end();
    return is;
  }
};

} // namespace tusk
