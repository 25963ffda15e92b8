// tusk: types/range.hpp — ranges as tusk::range<T>, of every T that has a codec.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The built-in ranges are found by the type of their bounds; any other, such as a range over text that a user has
// created, is read from whatever type of a user's has its form. What a range means (which values are in it, whether two
// of them overlap) is left to the server. Must not know any type of bounds.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/quoted.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tusk {

/// All values between two bounds, each of which may be missing, and may itself be among them or not. Empty by default.
///
/// Equal if written alike. The server knows more: it takes [1,9] of integers for [1,10), and sends that.
template <class T> class range {
 public:
  range() = default;
  /// From `lower` on, up to but without `upper`: [lower,upper).
  range(T lower, T upper) : range(std::move(lower), true, std::move(upper), false) {}
  /// Without a lower or an upper bound where that is nullopt; `with_` says whether the bound itself is in the range.
  range(std::optional<T> lower, bool with_lower, std::optional<T> upper, bool with_upper)
      : lower_(std::move(lower)), upper_(std::move(upper)), with_lower_(with_lower && lower_),
        with_upper_(with_upper && upper_), empty_(false) {}

  static range closed(T lower, T upper) { return {std::move(lower), true, std::move(upper), true}; }
  static range open(T lower, T upper) { return {std::move(lower), false, std::move(upper), false}; }
  static range at_least(T lower) { return {std::move(lower), true, std::nullopt, false}; }
  static range above(T lower) { return {std::move(lower), false, std::nullopt, false}; }
  static range at_most(T upper) { return {std::nullopt, false, std::move(upper), true}; }
  static range below(T upper) { return {std::nullopt, false, std::move(upper), false}; }
  static range everything() { return {std::nullopt, false, std::nullopt, false}; }

  /// Nothing is in it.
  bool empty() const noexcept { return empty_; }
  /// nullopt: there is none, or the range is empty.
  std::optional<T> const& lower() const noexcept { return lower_; }
  std::optional<T> const& upper() const noexcept { return upper_; }
  /// The bound is there, and is itself in the range.
  bool with_lower() const noexcept { return with_lower_; }
  bool with_upper() const noexcept { return with_upper_; }

  /// Reads the server's form, blanks around it and around its brackets allowed:
  ///
  ///     range = "empty" | ( "[" / "(" ) [ bound ] "," [ bound ] ( "]" / ")" )
  ///
  /// where a bound is in the text form of T, quoted as `quoted.hpp` says. Throws error (errc::invalid_value).
  static range parse(std::string_view text)
    requires reads_passing_text<T>;

  friend bool operator==(range const&, range const&) = default;

 private:
  std::optional<T> lower_;
  std::optional<T> upper_;
  bool with_lower_ = false;
  bool with_upper_ = false;
  bool empty_ = true;
};

/// As PostgreSQL writes it: [1,10), ["2024-01-01 00:00:00",), empty.
template <writes_text T> std::string to_string(range<T> const& r) {
  if (r.empty()) return "empty";
  std::string out, bound;
  auto const put = [&](std::optional<T> const& b) {
    if (!b) return;
    bound.clear();
    put_text(*b, bound);
    put_quoted(bound, quoting::in_ranges, out);
  };
  out += r.with_lower() ? '[' : '(';
  put(r.lower());
  out += ',';
  put(r.upper());
  out += r.with_upper() ? ']' : ')';
  return out;
}

/// Reads a range that others follow.
template <class T> range<T> scan_range(scanner& in) {
  if (in.eat_word("empty")) return {};
  auto const bound = [&in](char end, char other_end) -> std::optional<T> {
    if (in.peek() == end || in.peek() == other_end) return std::nullopt;
    bool quoted = false;
    auto const text = scan_quoted(in, quoting::in_ranges, &quoted);
    if (text.empty() && !quoted) in.refuse();
    return from_text<T>(text);
  };
  bool const with_lower = in.eat('[');
  if (!with_lower) in.need('(');
  auto lower = bound(',', ',');
  in.need(',');
  auto upper = bound(']', ')');
  bool const with_upper = in.eat(']');
  if (!with_upper) in.need(')');
  return {std::move(lower), with_lower, std::move(upper), with_upper};
}

template <class T>
range<T> range<T>::parse(std::string_view text)
  requires reads_passing_text<T>
{
  scanner in(text, "range: write such as [1,10), (,5], [2024-01-01,) or empty");
  in.skip_blanks();
  auto r = scan_range<T>(in);
  in.skip_blanks();
  in.end();
  return r;
}

/// The built-in range over a type; none where there is none.
constexpr oid range_of(oid type) noexcept {
  switch (type) {
  case oid::int4: return oid::int4range;
  case oid::int8: return oid::int8range;
  case oid::numeric: return oid::numrange;
  case oid::date: return oid::daterange;
  case oid::timestamp: return oid::tsrange;
  case oid::timestamptz: return oid::tstzrange;
  default: return oid::none;
  }
}

/// Those of the types that T reads which have a built-in range, made into that by `Of`.
template <class T, oid (*Of)(oid) noexcept> consteval auto types_over() {
  constexpr std::size_t count = [] {
    std::size_t n = 0;
    for (auto type : codec<T>::oids) n += Of(type) != oid::none ? 1u : 0u;
    return n;
  }();
  std::array<oid, count> types{};
  std::size_t n = 0;
  for (auto type : codec<T>::oids)
    if (Of(type) != oid::none) types[n++] = Of(type);
  return types;
}

/// Reads a value that has its length before it; NULL is longer than what there is. `too_long` is a literal.
template <class T> void decode_sized(reader& in, T& out, char const* too_long) {
  reader one(in.take(in.get<std::uint32_t>()));
  if (!in.ok()) return;
  codec<T>::decode(one, out);
  if (!one.ok()) return in.fail(one.why());
  if (one.left() != 0) in.fail(too_long);
}

template <class T>
  requires decodable<T> || encodable<T>
struct codec<range<T>> {
  static constexpr auto oids = types_over<T, range_of>();
  static constexpr bool of_users = oids.size() == 0 || range_of(codec<T>::oids[0]) == oid::none;
  static constexpr oid array = oids.size() == 0 ? oid::none : array_of(oids[0]);
  static constexpr bool borrows = borrows_v<T>;

  /// range_send in the server's sources, which the manual does not describe:
  ///
  ///     range = flags *( length bound )         ; lower, then upper, as far as they are there
  static void decode(reader& in, range<T>& out)
    requires decodable<T>
  {
    auto const flags = in.get<std::uint8_t>();
    if (flags == flag_empty) {
      out = {};
      return;
    }
    if ((flags & ~(flag_with_lower | flag_with_upper | flag_no_lower | flag_no_upper)) != 0 ||
        (flags & (flag_with_lower | flag_no_lower)) == (flag_with_lower | flag_no_lower) ||
        (flags & (flag_with_upper | flag_no_upper)) == (flag_with_upper | flag_no_upper))
      return in.fail("its flags contradict each other");
    std::optional<T> lower, upper;
    if ((flags & flag_no_lower) == 0) decode_sized(in, lower.emplace(), "a bound is longer than its type");
    if ((flags & flag_no_upper) == 0) decode_sized(in, upper.emplace(), "a bound is longer than its type");
    if (in.ok())
      out = {std::move(lower), (flags & flag_with_lower) != 0, std::move(upper), (flags & flag_with_upper) != 0};
  }

  static void encode(range<T> const& value, writer& to)
    requires encodable<T>
  {
    if (value.empty()) return to.put(flag_empty);
    unsigned flags = 0;
    if (!value.lower()) flags |= flag_no_lower;
    if (!value.upper()) flags |= flag_no_upper;
    if (value.with_lower()) flags |= flag_with_lower;
    if (value.with_upper()) flags |= flag_with_upper;
    to.put(static_cast<std::uint8_t>(flags));
    for (auto const* bound : {&value.lower(), &value.upper()}) {
      if (!*bound) continue;
      auto const size = to.begin_length();
      codec<T>::encode(**bound, to);
      to.end_length(size);
    }
  }

 private:
  static constexpr std::uint8_t flag_empty = 0x01, flag_with_lower = 0x02, flag_with_upper = 0x04, flag_no_lower = 0x08,
                                flag_no_upper = 0x10;
};

} // namespace tusk
