// tusk: types/vector.hpp — tusk::vector, tusk::halfvec and tusk::sparsevec, of the extension vector (pgvector).
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Numbers of single precision, of half precision, and such of which most are zero. Whatever a half can hold a float
// can: halves are floats here, and what is no half is not sent as one. Must not know other types.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/float_text.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// The most dimensions of vector and halfvec (VECTOR_MAX_DIM in the sources of the extension).
inline constexpr std::size_t most_vector_dimensions = 16000;

/// Coordinates of single precision, finite ones.
struct vector {
  std::vector<float> values;

  /// Reads such as [1,2.5,-3e-05], with blanks between the parts. Throws error (errc::invalid_value).
  static vector parse(std::string_view text);
  friend bool operator==(vector const&, vector const&) = default;
};

/// Coordinates of half precision (IEEE 754 binary16), each of them as a float.
struct halfvec {
  std::vector<float> values;

  /// As vector::parse. Takes numbers that a server would have to round.
  static halfvec parse(std::string_view text);
  friend bool operator==(halfvec const&, halfvec const&) = default;
};

/// Coordinates of single precision, of which only those are there that are not zero.
struct sparsevec {
  struct element {
    std::int32_t index; ///< from 0 on, although text counts from 1
    float value;        ///< not zero
    friend constexpr bool operator==(element const&, element const&) = default;
  };
  std::int32_t dimensions = 0;
  std::vector<element> elements; ///< in the order of their indexes

  /// Reads such as {1:1.5,3:2}/5, with blanks between the parts. Throws error (errc::invalid_value).
  static sparsevec parse(std::string_view text);
  friend bool operator==(sparsevec const&, sparsevec const&) = default;
};

// ---- implementation -------------------------------------------------------------------------------------------------

/// What vector and halfvec have in common: all but the width of a number.
struct vector_form {
  static std::string text(std::vector<float> const& values) {
    std::string out = "[";
    for (auto const value : values) {
      if (out.size() != 1) out += ',';
      append_number(out, value);
    }
    return out += ']';
  }
  static std::vector<float> parse(scanner in) {
    std::vector<float> values;
    in.skip_blanks();
    in.need('[');
    do {
      in.skip_blanks();
      values.push_back(take_number<float>(in));
      if (!finite(values.back())) in.refuse();
      in.skip_blanks();
    } while (in.eat(','));
    in.need(']');
    in.skip_blanks();
    in.end();
    return values;
  }
  static bool finite(float value) noexcept { return value - value == 0; }

  /// The head: the number of dimensions, and an unused int16. Each number has `width` bytes.
  static std::size_t read_head(reader& in, std::size_t width) noexcept {
    auto const count = in.get<std::uint16_t>();
    if (in.get<std::uint16_t>() != 0) in.fail("its unused field is used");
    if (in.ok() && (count == 0 || count > most_vector_dimensions)) in.fail("it does not have 1 to 16000 dimensions");
    if (in.ok() && in.left() != count * width) in.fail("it has not as many numbers as it says");
    return in.ok() ? count : 0;
  }
  static void write_head(std::vector<float> const& values, writer& to) {
    if (values.empty() || values.size() > most_vector_dimensions)
      to.fail("it has " + std::to_string(values.size()) + " dimensions, the extension takes 1 to 16000");
    for (auto const value : values)
      if (!finite(value)) to.fail("NaN and infinities are not taken by the extension");
    to.put(static_cast<std::uint16_t>(values.size()));
    to.put(std::uint16_t{0});
  }
};

/// The float that equals a half, given in its bits.
inline float float_of_half(std::uint16_t half) noexcept {
  std::uint32_t const sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  auto const exponent = half >> 10 & 31;
  std::uint32_t const fraction = half & 0x3ff;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000 | fraction << 13);
  if (exponent != 0)
    return std::bit_cast<float>(sign | static_cast<std::uint32_t>(exponent + 112) << 23 | fraction << 13);
  auto const tiny = static_cast<float>(fraction) * 0x1p-24f;
  return sign != 0 ? -tiny : tiny;
}

/// The half that equals a float, or the one below it in size: check by float_of_half.
inline std::uint16_t half_of_float(float value) noexcept {
  auto const bits = std::bit_cast<std::uint32_t>(value);
  auto const sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  auto const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x47800000) return static_cast<std::uint16_t>(sign | 0x7c00); // 65536, or more
  if (magnitude >= 0x38800000)                                                   // 2 to the power of -14: a normal half
    return static_cast<std::uint16_t>(sign | (magnitude - 0x38000000) >> 13);
  return static_cast<std::uint16_t>(sign | static_cast<unsigned>(std::bit_cast<float>(magnitude) * 0x1p24f));
}

inline std::string to_string(vector const& v) { return vector_form::text(v.values); }
inline std::string to_string(halfvec const& v) { return vector_form::text(v.values); }
inline std::string to_string(sparsevec const& v) {
  std::string out = "{";
  for (auto const& e : v.elements) {
    if (out.size() != 1) out += ',';
    out += std::to_string(std::int64_t{e.index} + 1);
    out += ':';
    append_number(out, e.value);
  }
  return out.append("}/").append(std::to_string(v.dimensions));
}

inline vector vector::parse(std::string_view text) {
  return {vector_form::parse(scanner(text, "vector: write such as [1,2.5,-3]"))};
}
inline halfvec halfvec::parse(std::string_view text) {
  return {vector_form::parse(scanner(text, "halfvec: write such as [1,2.5,-3]"))};
}
inline sparsevec sparsevec::parse(std::string_view text) {
  scanner in(text, "sparsevec: write such as {1:1.5,3:2}/5");
  constexpr auto most = static_cast<std::uint32_t>(INT32_MAX);
  sparsevec v;
  in.skip_blanks();
  in.need('{');
  in.skip_blanks();
  if (in.peek() != '}') do {
      in.skip_blanks();
      auto const index = in.number<std::uint32_t>(most);
      in.skip_blanks();
      in.need(':');
      in.skip_blanks();
      v.elements.push_back({static_cast<std::int32_t>(index) - 1, take_number<float>(in)});
      if (index == 0 || !vector_form::finite(v.elements.back().value)) in.refuse();
      in.skip_blanks();
    } while (in.eat(','));
  in.need('}');
  in.skip_blanks();
  in.need('/');
  in.skip_blanks();
  v.dimensions = static_cast<std::int32_t>(in.number<std::uint32_t>(most));
  if (v.dimensions == 0) in.refuse();
  for (auto const& e : v.elements)
    if (e.index >= v.dimensions) in.refuse();
  in.skip_blanks();
  in.end();
  return v;
}

template <> struct codec<vector> {
  static constexpr std::array<oid, 0> oids{};
  static constexpr bool of_users = true;
  static constexpr oid array = oid::none;
  static constexpr std::string_view name = "tusk::vector";

  static void decode(reader& in, vector& out) {
    out.values.resize(vector_form::read_head(in, 4));
    for (auto& value : out.values) {
      value = in.get<float>();
      if (!vector_form::finite(value)) return in.fail("one of its numbers is not finite");
    }
  }
  static void encode(vector const& value, writer& to) {
    vector_form::write_head(value.values, to);
    for (auto const number : value.values) to.put(number);
  }
};

template <> struct codec<halfvec> {
  static constexpr std::array<oid, 0> oids{};
  static constexpr bool of_users = true;
  static constexpr oid array = oid::none;
  static constexpr std::string_view name = "tusk::halfvec";

  static void decode(reader& in, halfvec& out) {
    out.values.resize(vector_form::read_head(in, 2));
    for (auto& value : out.values) {
      value = float_of_half(in.get<std::uint16_t>());
      if (!vector_form::finite(value)) return in.fail("one of its numbers is not finite");
    }
  }
  static void encode(halfvec const& value, writer& to) {
    vector_form::write_head(value.values, to);
    for (auto const number : value.values) {
      auto const half = half_of_float(number);
      if (float_of_half(half) != number) to.fail(to_text(number) + " is no number of half precision");
      to.put(half);
    }
  }
};

template <> struct codec<sparsevec> {
  static constexpr std::array<oid, 0> oids{};
  static constexpr bool of_users = true;
  static constexpr oid array = oid::none;
  static constexpr std::string_view name = "tusk::sparsevec";

  /// sparsevec_send in the sources of the extension:
  ///
  ///     sparsevec = dimensions count unused *index *number        ; of 32 bits each
  static void decode(reader& in, sparsevec& out) {
    auto const dimensions = in.get<std::int32_t>();
    auto const count = in.get<std::uint32_t>();
    auto const unused = in.get<std::uint32_t>();
    if (!in.ok()) return;
    if (unused != 0) return in.fail("its unused field is used");
    if (dimensions < 1 || count > static_cast<std::uint32_t>(dimensions))
      return in.fail("its dimensions are impossible");
    if (in.left() != std::size_t{count} * 8) return in.fail("it has not as many numbers as it says");
    out.dimensions = dimensions;
    out.elements.resize(count);
    std::int32_t before = -1;
    for (auto& e : out.elements) {
      e.index = in.get<std::int32_t>();
      if (e.index <= before || e.index >= dimensions) return in.fail("its indexes are not in order");
      before = e.index;
    }
    for (auto& e : out.elements) {
      e.value = in.get<float>();
      if (e.value == 0 || !vector_form::finite(e.value)) return in.fail("one of its numbers is zero or not finite");
    }
  }
  static void encode(sparsevec const& value, writer& to) {
    to.put(value.dimensions);
    to.put(static_cast<std::uint32_t>(value.elements.size()));
    to.put(std::uint32_t{0});
    for (auto const& e : value.elements) to.put(e.index);
    for (auto const& e : value.elements) to.put(e.value);
  }
};

} // namespace tusk
