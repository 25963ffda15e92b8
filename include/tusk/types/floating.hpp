// tusk: types/floating.hpp — float4 and float8 as float and double.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// IEEE 754 on both sides, so every value, NaN and infinity passes bit for bit; double reads float4 too, which is exact.
// long double has no codec: PostgreSQL has nothing as wide. Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/float_text.hpp>

#include <array>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace tusk {

static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

template <> struct codec<float> {
  static constexpr std::array oids{oid::float4};
  static constexpr oid array = oid::float4_array;
  static constexpr std::size_t width = 4;
  static constexpr std::string_view name = "float";

  static void decode(reader& in, float& out) noexcept { out = in.get<float>(); }
  static void encode(float value, writer& to) { to.put(value); }
  static void put_text(float value, std::string& out) { append_number(out, value); }
  static float parse(std::string_view text) { return parse_number<float>(text); }
};

template <> struct codec<double> {
  static constexpr std::array oids{oid::float8, oid::float4};
  static constexpr oid array = oid::float8_array;
  static constexpr std::size_t width = 8;
  static constexpr std::string_view name = "double";

  static void decode(reader& in, double& out) noexcept {
    if (in.left() == 8) [[likely]]
      out = in.get<double>();
    else if (in.left() == 4)
      out = in.get<float>();
    else
      in.fail("it has not the length of a floating-point number");
  }
  static void encode(double value, writer& to) { to.put(value); }
  static void put_text(double value, std::string& out) { append_number(out, value); }
  static double parse(std::string_view text) { return parse_number<double>(text); }
};

} // namespace tusk
