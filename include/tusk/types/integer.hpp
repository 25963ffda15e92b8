// tusk: types/integer.hpp — int2, int4 and int8 as C++'s signed integers.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A wider C++ type reads the narrower SQL types too, never the other way round; the wire length says which one came.
// Unsigned types and std::int8_t have no codec: PostgreSQL has nothing that is them. char is no integer: char.hpp has
// it. Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace tusk {

/// The signed integers of 16, 32 and 64 bits. `long` and `long long` are both among them, whichever is std::int64_t.
template <class T>
concept integer = std::same_as<T, short> || std::same_as<T, int> || std::same_as<T, long> || std::same_as<T, long long>;

template <integer T> struct codec<T> {
  static constexpr auto oids = [] {
    if constexpr (sizeof(T) == 8)
      return std::array{oid::int8, oid::int4, oid::int2};
    else if constexpr (sizeof(T) == 4)
      return std::array{oid::int4, oid::int2};
    else
      return std::array{oid::int2};
  }();
  static constexpr oid array = array_of(oids[0]);
  static constexpr std::size_t width = sizeof(T);
  static constexpr std::string_view name = sizeof(T) == 8   ? "std::int64_t"
                                           : sizeof(T) == 4 ? "std::int32_t"
                                                            : "std::int16_t";

  static void decode(reader& in, T& out) noexcept {
    if (in.left() == sizeof(T)) [[likely]] {
      out = in.get<T>();
      return;
    }
    if constexpr (sizeof(T) > 4)
      if (in.left() == 4) {
        out = in.get<std::int32_t>();
        return;
      }
    if constexpr (sizeof(T) > 2)
      if (in.left() == 2) {
        out = in.get<std::int16_t>();
        return;
      }
    in.fail("it has not the length of an integer that fits");
  }
  static void encode(T value, writer& to) { to.put(value); }
  static void put_text(T value, std::string& out) { out += std::to_string(value); }
  static T parse(std::string_view text) {
    scanner in(text, sizeof(T) == 8   ? "integer of 64 bits"
                     : sizeof(T) == 4 ? "integer of 32 bits"
                                      : "integer of 16 bits");
    bool const negative = in.eat('-');
    constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<T>::max());
    auto const number = in.number<std::uint64_t>(most + (negative ? 1 : 0));
    in.end();
    return static_cast<T>(negative ? 0 - number : number);
  }
};

} // namespace tusk
