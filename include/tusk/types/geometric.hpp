// tusk: types/geometric.hpp — point, line, lseg, box, path, polygon and circle.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What the server stores, and no geometry. Two values are equal here when their numbers are, a NaN being equal to a
// NaN. The server's operators are others: they compare with a tolerance of 1e-06, and = compares the areas of boxes and
// circles and the numbers of points of paths. Thus no order and no hash here, which could not agree with theirs. Must
// not know any geometry library.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/float_text.hpp>
#include <tusk/types/point.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// An infinite line: the points with a * x + b * y + c = 0. `a` and `b` must not both be zero, which to the server is
/// all up to 1e-06. The default is the x axis.
struct line {
  double a = 0, b = -1, c = 0;

  /// Reads, with blanks between the parts, as in all that follows:
  ///
  ///     line = "{" number "," number "," number "}"
  ///
  /// Throws error (errc::invalid_value) on anything else, as all that follow do. Servers read two points too, and
  /// calculate, which rounds: not here.
  static line parse(std::string_view text);

  /// Whether it is one.
  constexpr bool valid() const noexcept { return !(is_zero(a) && is_zero(b)); }

  friend constexpr bool operator==(line const& l, line const& m) noexcept {
    return same_number(l.a, m.a) && same_number(l.b, m.b) && same_number(l.c, m.c);
  }

 private:
  static constexpr bool is_zero(double v) noexcept { return v <= 1e-06 && v >= -1e-06; } // EPSILON in geo_decls.h
};

/// A line segment. Its ends are told apart: the other way round it is not equal.
struct lseg {
  point from, to;

  ///     lseg = "[" two "]"  |  "(" two ")"  |  two
  ///     two  = point "," point
  static lseg parse(std::string_view text);

  friend constexpr bool operator==(lseg const&, lseg const&) noexcept = default;
};

/// A rectangle with sides along the axes: its upper right and its lower left corner. The server orders the coordinates
/// of what it is sent; spanning() orders them beforehand.
struct box {
  point high, low;

  /// The box of any two opposite corners. A NaN counts as larger than all other numbers, as in the server.
  static constexpr box spanning(point a, point b) noexcept {
    if (less(a.x, b.x)) std::swap(a.x, b.x);
    if (less(a.y, b.y)) std::swap(a.y, b.y);
    return {a, b};
  }

  ///     box = "(" two ")"  |  two
  ///
  /// of any opposite corners.
  static box parse(std::string_view text);

  friend constexpr bool operator==(box const&, box const&) noexcept = default;

 private:
  static constexpr bool less(double a, double b) noexcept { return a < b || (a == a && b != b); }
};

/// A line through points, one at least; when closed, also from the last back to the first.
struct path {
  std::vector<point> points;
  bool closed = false;

  ///     path   = "[" points "]"  |  "(" points ")"  |  points    ; open in the first form only
  ///     points = point *( "," point )
  static path parse(std::string_view text);

  friend bool operator==(path const&, path const&) = default;
};

/// An area within corners, one at least. The same one beginning with another corner is not equal.
struct polygon {
  std::vector<point> points;

  ///     polygon = "(" points ")"  |  points
  static polygon parse(std::string_view text);

  friend bool operator==(polygon const&, polygon const&) = default;
};

/// A circle. Its radius must not be less than zero.
struct circle {
  point center;
  double radius = 0;

  ///     circle = "<" body ">"  |  "(" body ")"  |  body
  ///     body   = point "," number
  ///
  /// The form in "( )" needs those of the point.
  static circle parse(std::string_view text);

  friend constexpr bool operator==(circle const& a, circle const& b) noexcept {
    return a.center == b.center && same_number(a.radius, b.radius);
  }
};

// ---- text -----------------------------------------------------------------------------------------------------------

/// As PostgreSQL writes it: {1,-1,0}.
inline std::string to_string(line const& l) {
  std::string text = "{";
  append_number(text, l.a);
  text += ',';
  append_number(text, l.b);
  text += ',';
  append_number(text, l.c);
  text += '}';
  return text;
}
/// [(0,0),(1,1)].
inline std::string to_string(lseg const& s) { return '[' + to_string(s.from) + ',' + to_string(s.to) + ']'; }
/// (1,1),(0,0).
inline std::string to_string(box const& b) { return to_string(b.high) + ',' + to_string(b.low); }
/// ((0,0),(1,1)) when closed, else [(0,0),(1,1)].
inline std::string to_string(path const& p) {
  return p.closed ? geometric_text::list('(', p.points, ')') : geometric_text::list('[', p.points, ']');
}
/// ((0,0),(1,1),(2,0)).
inline std::string to_string(polygon const& p) { return geometric_text::list('(', p.points, ')'); }
/// <(0,0),1>.
inline std::string to_string(circle const& c) {
  auto text = '<' + to_string(c.center) + ',';
  append_number(text, c.radius);
  text += '>';
  return text;
}

inline line line::parse(std::string_view text) {
  scanner in(text, "line: write {1,-1,0}, of which the first two are not both zero");
  in.skip_blanks();
  line l;
  geometric_text::need(in, '{');
  l.a = geometric_text::take_double(in);
  geometric_text::need(in, ',');
  l.b = geometric_text::take_double(in);
  geometric_text::need(in, ',');
  l.c = geometric_text::take_double(in);
  geometric_text::need(in, '}');
  in.end();
  if (!l.valid()) in.refuse();
  return l;
}

inline lseg lseg::parse(std::string_view text) {
  scanner in(text, "lseg: write [(0,0),(1.5,-2)]");
  auto const [from, to] = geometric_text::read_two(in, true);
  return {from, to};
}

inline box box::parse(std::string_view text) {
  scanner in(text, "box: write (1.5,2),(0,0)");
  auto const [a, b] = geometric_text::read_two(in, false);
  return spanning(a, b);
}

inline path path::parse(std::string_view text) {
  scanner in(text, "path: write [(0,0),(1.5,-2)], or ((0,0),(1.5,-2)) for a closed one");
  auto got = geometric_text::read(in, true);
  return {std::move(got.all), !got.open};
}

inline polygon polygon::parse(std::string_view text) {
  scanner in(text, "polygon: write ((0,0),(1.5,-2),(3,0))");
  return {geometric_text::read(in, false).all};
}

inline circle circle::parse(std::string_view text) {
  scanner in(text, "circle: write <(1.5,-2),3>, with a radius that is not negative");
  in.skip_blanks();
  char close = geometric_text::eat(in, '<') ? '>' : '\0';
  if (auto ahead = in; close == '\0' && geometric_text::eat(ahead, '(') && ahead.peek() == '(') {
    in = ahead;
    close = ')';
  }
  circle c;
  c.center = geometric_text::take_point(in);
  geometric_text::need(in, ',');
  c.radius = geometric_text::take_double(in);
  if (close != '\0') geometric_text::need(in, close);
  in.end();
  if (c.radius < 0) in.refuse();
  return c;
}

// ---- bytes ----------------------------------------------------------------------------------------------------------

template <> struct codec<line> {
  static constexpr std::array oids{oid::line};
  static constexpr oid array = oid::line_array;
  static constexpr std::size_t width = 24;
  static constexpr std::string_view name = "tusk::line";

  static void decode(reader& in, line& out) noexcept {
    out.a = in.get<double>();
    out.b = in.get<double>();
    out.c = in.get<double>();
    if (!out.valid()) in.fail("its a and b are both zero");
  }
  static void encode(line const& value, writer& to) {
    if (!value.valid()) to.fail("a and b of the line " + to_string(value) + " are both zero, or nearly");
    to.put(value.a);
    to.put(value.b);
    to.put(value.c);
  }
};

template <> struct codec<lseg> {
  static constexpr std::array oids{oid::lseg};
  static constexpr oid array = oid::lseg_array;
  static constexpr std::size_t width = 32;
  static constexpr std::string_view name = "tusk::lseg";

  static void decode(reader& in, lseg& out) noexcept {
    codec<point>::decode(in, out.from);
    codec<point>::decode(in, out.to);
  }
  static void encode(lseg const& value, writer& to) {
    codec<point>::encode(value.from, to);
    codec<point>::encode(value.to, to);
  }
};

template <> struct codec<box> {
  static constexpr std::array oids{oid::box};
  static constexpr oid array = oid::box_array;
  static constexpr std::size_t width = 32;
  static constexpr char delimiter = ';';
  static constexpr std::string_view name = "tusk::box";

  // The order of the corners is not checked: the server's arithmetic on infinities can give others.
  static void decode(reader& in, box& out) noexcept {
    codec<point>::decode(in, out.high);
    codec<point>::decode(in, out.low);
  }
  static void encode(box const& value, writer& to) {
    codec<point>::encode(value.high, to);
    codec<point>::encode(value.low, to);
  }
};

template <> struct codec<path> {
  static constexpr std::array oids{oid::path};
  static constexpr oid array = oid::path_array;
  static constexpr std::string_view name = "tusk::path";

  static void decode(reader& in, path& out) {
    auto const closed = in.get<std::uint8_t>();
    if (closed > 1) return in.fail("it is neither open nor closed");
    out.closed = closed == 1;
    points_codec::decode(in, out.points);
  }
  static void encode(path const& value, writer& to) {
    to.put(static_cast<std::uint8_t>(value.closed));
    points_codec::encode(value.points, "path", to);
  }
};

template <> struct codec<polygon> {
  static constexpr std::array oids{oid::polygon};
  static constexpr oid array = oid::polygon_array;
  static constexpr std::string_view name = "tusk::polygon";

  static void decode(reader& in, polygon& out) { points_codec::decode(in, out.points); }
  static void encode(polygon const& value, writer& to) { points_codec::encode(value.points, "polygon", to); }
};

template <> struct codec<circle> {
  static constexpr std::array oids{oid::circle};
  static constexpr oid array = oid::circle_array;
  static constexpr std::size_t width = 24;
  static constexpr std::string_view name = "tusk::circle";

  static void decode(reader& in, circle& out) noexcept {
    codec<point>::decode(in, out.center);
    out.radius = in.get<double>();
    if (out.radius < 0) in.fail("its radius is negative");
  }
  static void encode(circle const& value, writer& to) {
    if (value.radius < 0) to.fail("the radius of the circle " + to_string(value) + " is negative");
    codec<point>::encode(value.center, to);
    to.put(value.radius);
  }
};

} // namespace tusk
