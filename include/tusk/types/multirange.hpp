// tusk: types/multirange.hpp — multiranges as tusk::multirange<T>.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// As many ranges as there are; servers send them in order, without an empty one and without two that touch, and bring
// whatever they are given into that shape. Since PostgreSQL 14. Must not know any type of bounds.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/range.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// Ranges of T, in order. Empty by default.
template <class T> struct multirange {
  std::vector<range<T>> ranges;

  /// Reads the server's form, blanks around the ranges allowed: {[1,3),[5,7)}. Throws error (errc::invalid_value).
  static multirange parse(std::string_view text)
    requires reads_passing_text<T>
  {
    scanner in(text, "multirange: write such as {[1,3),[5,7)}");
    multirange m;
    in.skip_blanks();
    in.need('{');
    in.skip_blanks();
    if (!in.eat('}')) {
      do {
        in.skip_blanks();
        m.ranges.push_back(scan_range<T>(in));
        in.skip_blanks();
      } while (in.eat(','));
      in.need('}');
    }
    in.skip_blanks();
    in.end();
    return m;
  }

  friend bool operator==(multirange const&, multirange const&) = default;
};

/// As PostgreSQL writes it: {[1,3),[5,7)}.
template <writes_text T> std::string to_string(multirange<T> const& m) {
  std::string out = "{";
  for (auto const& r : m.ranges) {
    if (out.size() != 1) out += ',';
    out += to_string(r);
  }
  return out += '}';
}

/// The built-in multirange over a type; none where there is none.
constexpr oid multirange_of(oid type) noexcept {
  switch (type) {
  case oid::int4: return oid::int4multirange;
  case oid::int8: return oid::int8multirange;
  case oid::numeric: return oid::nummultirange;
  case oid::date: return oid::datemultirange;
  case oid::timestamp: return oid::tsmultirange;
  case oid::timestamptz: return oid::tstzmultirange;
  default: return oid::none;
  }
}

template <class T>
  requires decodable<T> || encodable<T>
struct codec<multirange<T>> {
  static constexpr auto oids = types_over<T, multirange_of>();
  static constexpr bool of_users = codec<range<T>>::of_users;
  static constexpr oid array = oids.size() == 0 ? oid::none : array_of(oids[0]);
  static constexpr bool borrows = borrows_v<T>;

  /// multirange_send in the server's sources:
  ///
  ///     multirange = count *( length range )
  static void decode(reader& in, multirange<T>& out)
    requires decodable<T>
  {
    constexpr std::size_t least = 5; // bytes of a range, with its length
    auto const count = in.get<std::uint32_t>();
    if (count > in.left() / least) return in.fail("it ends too early");
    out.ranges.resize(count);
    for (auto& r : out.ranges) {
      decode_sized(in, r, "bytes are left over behind one of its ranges");
      if (!in.ok()) return;
    }
  }

  static void encode(multirange<T> const& value, writer& to)
    requires encodable<T>
  {
    to.put(static_cast<std::uint32_t>(value.ranges.size()));
    for (auto const& r : value.ranges) {
      auto const size = to.begin_length();
      codec<range<T>>::encode(r, to);
      to.end_length(size);
    }
  }
};

} // namespace tusk
