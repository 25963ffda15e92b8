// tusk: types/point.hpp — point, and what the geometric types are made of.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Coordinates are doubles, any of them, NaN and the infinities too. Must not know the types that have points in them;
// they are in types/geometric.hpp.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/float_text.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// Equal as numbers, or both NaN.
constexpr bool same_number(double a, double b) noexcept { return a == b || (a != a && b != b); }

/// A point in the plane. Equal as its numbers are, while the server's ~= has a tolerance of 1e-06.
struct point {
  double x = 0, y = 0;

  /// Reads, with blanks between the parts:
  ///
  ///     point = "(" number "," number ")"  |  number "," number
  ///
  /// A number is what take_number() reads. Throws error (errc::invalid_value) on anything else.
  static point parse(std::string_view text);

  friend constexpr bool operator==(point const& a, point const& b) noexcept {
    return same_number(a.x, b.x) && same_number(a.y, b.y);
  }
};

/// Writes and reads what the types have in common.
struct geometric_text {
  static void append(std::string& to, point const& p) {
    to += '(';
    append_number(to, p.x);
    to += ',';
    append_number(to, p.y);
    to += ')';
  }
  static std::string list(char open, std::vector<point> const& points, char close) {
    std::string text(1, open);
    for (auto const& p : points) {
      if (text.size() > 1) text += ',';
      append(text, p);
    }
    text += close;
    return text;
  }

  /// All takers skip the blanks after what they take.
  static bool eat(scanner& in, char c) noexcept {
    if (!in.eat(c)) return false;
    in.skip_blanks();
    return true;
  }
  static void need(scanner& in, char c) {
    if (!eat(in, c)) in.refuse();
  }
  static double take_double(scanner& in) {
    auto const value = take_number<double>(in);
    in.skip_blanks();
    return value;
  }
  static point take_point(scanner& in) {
    auto const enclosed = eat(in, '(');
    point p;
    p.x = take_double(in);
    need(in, ',');
    p.y = take_double(in);
    if (enclosed) need(in, ')');
    return p;
  }
  /// Takes the "(" that encloses more than a point: another one follows it, at once or, as in "(1,2,3,4)", never.
  static bool eat_outer(scanner& in) noexcept {
    if (in.peek() != '(') return false;
    auto ahead = in;
    eat(ahead, '(');
    if (ahead.peek() != '(' && ahead.rest().find('(') != std::string_view::npos) return false;
    in = ahead;
    return true;
  }

  struct points {
    std::vector<point> all;
    bool open = false; ///< was written in "[ ]"
  };
  /// Reads all of `in`.
  static points read(scanner& in, bool may_be_open) {
    points got;
    in.skip_blanks();
    got.open = may_be_open && eat(in, '[');
    bool const outer = !got.open && eat_outer(in);
    do got.all.push_back(take_point(in));
    while (eat(in, ','));
    if (got.open) need(in, ']');
    if (outer) need(in, ')');
    in.end();
    return got;
  }
  static std::pair<point, point> read_two(scanner& in, bool may_be_open) {
    auto const got = read(in, may_be_open).all;
    if (got.size() != 2) in.refuse();
    return {got[0], got[1]};
  }
};

/// As PostgreSQL writes it: (1.5,-2).
inline std::string to_string(point const& p) {
  std::string text;
  geometric_text::append(text, p);
  return text;
}

inline point point::parse(std::string_view text) {
  scanner in(text, "point: write (1.5,-2)");
  in.skip_blanks();
  auto const p = geometric_text::take_point(in);
  in.end();
  return p;
}

template <> struct codec<point> {
  static constexpr std::array oids{oid::point};
  static constexpr oid array = oid::point_array;
  static constexpr std::size_t width = 16;
  static constexpr std::string_view name = "tusk::point";

  static void decode(reader& in, point& out) noexcept {
    out.x = in.get<double>();
    out.y = in.get<double>();
  }
  static void encode(point const& value, writer& to) {
    to.put(value.x);
    to.put(value.y);
  }
};

/// The points of a path and of a polygon: their number, an int32 that is not zero, and then each.
struct points_codec {
  static void decode(reader& in, std::vector<point>& out) {
    auto const n = in.get<std::int32_t>();
    if (!in.ok()) return;
    if (n < 1) return in.fail("it has no points");
    if (static_cast<std::size_t>(n) > in.left() / 16) return in.fail("it ends too early");
    out.resize(static_cast<std::size_t>(n));
    for (auto& p : out) codec<point>::decode(in, p);
  }
  static void encode(std::vector<point> const& points, char const* what, writer& to) {
    if (points.empty()) to.fail(std::string("the ") + what + " has no points");
    if (points.size() > writer::max_value / 16)
      to.fail("the " + (what + (" has " + std::to_string(points.size()))) +
              " points, PostgreSQL takes 67108863 at most");
    to.put(static_cast<std::int32_t>(points.size()));
    for (auto const& p : points) codec<point>::encode(p, to);
  }
};

} // namespace tusk
