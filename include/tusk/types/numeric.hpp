// tusk: types/numeric.hpp — tusk::numeric, a decimal number of any size, as PostgreSQL keeps it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Lossless and free of arithmetic: whoever calculates brings a decimal type of his own and goes through text or
// integers. A conversion is exact or an error, never rounded; only `approximate()` says by its name that it is not.
// Must not know other types.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <bit>
#include <charconv>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace tusk {

/// An integer of whatever width, signed or not.
template <class T>
concept whole_number = std::integral<T> && sizeof(T) <= 8 && !std::same_as<T, bool> && !std::same_as<T, char>;

/// A decimal number with as many digits behind its point as it was written with, or NaN, or an infinity. Zero by
/// default.
///
/// Ordered as on the server: by value, so that 1.0 == 1.00; NaN equals itself and is above everything else.
class numeric {
 public:
  numeric() = default;
  /// Exactly `value`, without digits behind the point.
  template <whole_number T> numeric(T value);
  static numeric nan() { return numeric(sign::nan); }
  static numeric infinity() { return numeric(sign::infinity); }
  static numeric negative_infinity() { return numeric(sign::negative_infinity); }

  /// Reads what every PostgreSQL reads, blanks around it allowed:
  ///
  ///     numeric = "nan" | [sign] ( number | "inf" | "infinity" )        words in any case
  ///     number  = ( digits ["." [digits]] | "." digits ) [ "e" [sign] digits ]
  ///     sign    = "+" | "-"
  ///
  /// Throws error (errc::invalid_value) on anything else, and on numbers with more than 131072 digits before the point
  /// or 16383 behind it, which PostgreSQL does not have.
  static numeric parse(std::string_view text);
  /// Exactly `value`, with all the digits that this takes: 0.1 has 55 of them. For 0.1 itself write parse("0.1").
  static numeric exactly(double value);

  bool is_nan() const noexcept { return sign_ == sign::nan; }
  bool is_infinite() const noexcept { return sign_ == sign::infinity || sign_ == sign::negative_infinity; }
  bool is_finite() const noexcept { return sign_ == sign::positive || sign_ == sign::negative; }
  bool is_negative() const noexcept { return sign_ == sign::negative || sign_ == sign::negative_infinity; }
  /// Digits behind the point, zeros among them: 0 to 16383. 0 for NaN and the infinities.
  int scale() const noexcept { return scale_; }

  /// The same number as a T. Throws error (errc::invalid_value) if there is none, as for 0.5 and for 1e10 as an int.
  template <whole_number T> T to() const;
  /// The same number as a double. Throws error (errc::invalid_value) if there is none, as for 0.1.
  double to_double() const;
  /// The nearest double; an infinity if that is beyond all doubles.
  double approximate() const;

  /// As the server writes it: 123.4500, NaN, -Infinity.
  friend std::string to_string(numeric const& n) { return n.text(); }

  friend bool operator==(numeric const& a, numeric const& b) noexcept { return a.compare(b) == 0; }
  friend std::weak_ordering operator<=>(numeric const& a, numeric const& b) noexcept { return a.compare(b) <=> 0; }

 private:
  friend struct codec<numeric>;
  friend struct std::hash<numeric>;

  /// As on the wire.
  enum class sign : std::uint16_t {
    positive = 0,
    negative = 0x4000,
    nan = 0xC000,
    infinity = 0xD000,
    negative_infinity = 0xF000,
  };
  static constexpr unsigned base = 10000;
  static constexpr int most_scale = 16383;
  static constexpr int most_weight = 32767;

  explicit numeric(sign s) noexcept : sign_(s) {}

  /// Takes the digits 0 to 9 in `decimals`, of which `before` stand before the point; if that is negative, so many
  /// zeros stand between it and the point.
  void assign(std::string_view decimals, long before);
  /// Leaves out zeros at both ends; the weight of nothing is 0, and it has no sign.
  void strip();
  /// The digit that counts 10000 to the power of `power`.
  unsigned digit(int power) const noexcept {
    auto const i = weight_ - power;
    return i >= 0 && static_cast<std::size_t>(i) < digits_.size() ? digits_[static_cast<std::size_t>(i)] : 0;
  }
  bool is_whole() const noexcept { return static_cast<int>(digits_.size()) <= weight_ + 1; }
  int rank() const noexcept;
  int compare(numeric const& other) const noexcept;
  std::string text() const;
  [[noreturn]] void refuse(std::string const& target) const;

  // To the base of 10000, the most significant first, none at either end is zero. A string keeps the first seven, which
  // are 25 to 28 decimal ones, without allocating.
  std::u16string digits_;
  std::int16_t weight_ = 0; // the first digit counts 10000 to the power of this
  std::uint16_t scale_ = 0;
  sign sign_ = sign::positive;
};

// ---- implementation -------------------------------------------------------------------------------------------------

template <whole_number T> numeric::numeric(T value) {
  auto rest = static_cast<std::uint64_t>(value);
  if (value < T{}) {
    sign_ = sign::negative;
    rest = 0 - rest;
  }
  std::array<char16_t, 5> digits{};
  auto first = digits.size();
  for (; rest != 0; rest /= base) digits[--first] = static_cast<char16_t>(rest % base);
  digits_.assign(digits.data() + first, digits.size() - first);
  weight_ = static_cast<std::int16_t>(digits_.empty() ? 0 : digits_.size() - 1);
  strip();
}

template <whole_number T> T numeric::to() const {
  auto const most = static_cast<std::uint64_t>(std::numeric_limits<T>::max()) + (is_negative() ? 1 : 0);
  std::uint64_t sum = 0;
  bool fits = is_finite() && is_whole() && (std::is_signed_v<T> || !is_negative());
  for (int power = weight_; fits && power >= 0; --power)
    fits = !__builtin_mul_overflow(sum, std::uint64_t{base}, &sum) &&
           !__builtin_add_overflow(sum, std::uint64_t{digit(power)}, &sum) && sum <= most;
  if (!fits)
    refuse((std::is_signed_v<T> ? "a signed" : "an unsigned") + std::string(" integer of ") +
           std::to_string(sizeof(T) * 8) + " bits");
  return static_cast<T>(is_negative() ? 0 - sum : sum);
}

inline numeric numeric::parse(std::string_view text) {
  scanner in(text, "numeric: write a decimal number such as -123.45 or 1e6, NaN, Infinity or -Infinity");
  numeric n;
  in.skip_blanks();
  if (in.eat_word("nan")) {
    n.sign_ = sign::nan;
  } else {
    bool const negative = in.eat_sign();
    if (in.eat_word("infinity") || in.eat_word("inf")) {
      n.sign_ = negative ? sign::negative_infinity : sign::infinity;
    } else {
      auto const whole = in.digits();
      auto const fraction = in.eat('.') ? in.digits() : std::string_view();
      if (whole.empty() && fraction.empty()) in.refuse();
      constexpr long far = 1'000'000; // beyond all that fits
      long exponent = 0;
      if (in.eat_word("e")) {
        bool const down = in.eat_sign();
        auto const digits = in.digits();
        if (digits.empty()) in.refuse();
        for (char const c : digits) exponent = exponent < far ? exponent * 10 + (c - '0') : exponent;
        if (down) exponent = -exponent;
      }
      auto const scale = static_cast<long>(fraction.size()) - exponent;
      if (negative) n.sign_ = sign::negative;
      std::string joined;
      joined.reserve(whole.size() + fraction.size());
      joined.append(whole).append(fraction);
      auto const first = joined.find_first_not_of('0'); // of zero the exponent moves nothing but the scale
      auto const before =
          first == joined.npos ? 0 : static_cast<long>(whole.size()) + exponent - static_cast<long>(first);
      if (before > 4 * (most_weight + 1) || scale > most_scale || exponent >= far)
        throw error(errc::invalid_value, '"' + printable(text, 60) +
                                             "\" is beyond PostgreSQL's numeric, which has up to 131072 digits before "
                                             "the decimal point and 16383 behind it");
      if (first != joined.npos) n.assign(std::string_view(joined).substr(first), before);
      n.strip();
      n.scale_ = static_cast<std::uint16_t>(scale > 0 ? scale : 0);
    }
  }
  in.skip_blanks();
  in.end();
  return n;
}

inline void numeric::assign(std::string_view decimals, long before) {
  // Groups of four are counted from the point. The first one may lack digits in front, the last one behind.
  auto const groups = before > 0 ? (before + 3) / 4 : -(-before / 4);
  weight_ = static_cast<std::int16_t>(groups - 1);
  auto lacking = groups * 4 - before;
  digits_.reserve(decimals.size() / 4 + 2);
  unsigned group = 0;
  long filled = lacking;
  for (char const c : decimals) {
    group = group * 10 + static_cast<unsigned>(c - '0');
    if (++filled < 4) continue;
    digits_.push_back(static_cast<char16_t>(group));
    group = 0;
    filled = 0;
  }
  if (filled == 0) return;
  for (; filled < 4; ++filled) group *= 10;
  digits_.push_back(static_cast<char16_t>(group));
}

inline void numeric::strip() {
  auto const first = digits_.find_first_not_of(u'\0');
  if (first == digits_.npos) {
    digits_.clear();
    weight_ = 0;
    if (sign_ == sign::negative) sign_ = sign::positive;
    return;
  }
  digits_.resize(digits_.find_last_not_of(u'\0') + 1);
  digits_.erase(0, first);
  weight_ = static_cast<std::int16_t>(weight_ - static_cast<int>(first));
}

inline numeric numeric::exactly(double value) {
  auto const bits = std::bit_cast<std::uint64_t>(value);
  bool const negative = bits >> 63 != 0;
  auto const exponent = static_cast<int>(bits >> 52 & 0x7ff);
  auto mantissa = bits & ((std::uint64_t{1} << 52) - 1);
  if (exponent == 0x7ff) return mantissa != 0 ? nan() : negative ? negative_infinity() : infinity();
  if (exponent != 0) mantissa |= std::uint64_t{1} << 52;
  auto power = exponent == 0 ? -1074 : exponent - 1075; // value = mantissa times 2 to the power of this
  for (; power < 0 && mantissa != 0 && mantissa % 2 == 0; ++power) mantissa /= 2;

  // All digits, the least significant first: times 2 for each power of it, or times 5 while the point moves by one.
  std::u16string digits;
  for (; mantissa != 0; mantissa /= base) digits.push_back(static_cast<char16_t>(mantissa % base));
  auto const multiply = [&](unsigned by, int times) {
    for (; times > 0; --times) {
      unsigned carry = 0;
      for (auto& d : digits) {
        auto const product = d * by + carry;
        d = static_cast<char16_t>(product % base);
        carry = product / base;
      }
      if (carry != 0) digits.push_back(static_cast<char16_t>(carry));
    }
  };
  auto const behind = digits.empty() || power > 0 ? 0 : -power; // decimal digits behind the point
  multiply(2, power);
  multiply(5, behind);

  std::string decimals;
  for (auto i = digits.size(); i-- != 0;) {
    auto const group = std::to_string(base + digits[i]); // with a 1 in front of four digits
    decimals += group.substr(1);
  }
  numeric n(negative ? sign::negative : sign::positive);
  n.assign(decimals, static_cast<long>(decimals.size()) - behind);
  n.strip();
  n.scale_ = static_cast<std::uint16_t>(behind);
  return n;
}

inline double numeric::approximate() const {
  if (is_nan()) return std::numeric_limits<double>::quiet_NaN();
  constexpr auto infinite = std::numeric_limits<double>::infinity();
  if (is_infinite()) return is_negative() ? -infinite : infinite;
  double value = 0;
  auto const digits = text(); // no locale has a say in it
  auto const read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec == std::errc::result_out_of_range) value = weight_ < 0 ? 0.0 : is_negative() ? -infinite : infinite;
  return value;
}

inline double numeric::to_double() const {
  auto const nearest = approximate();
  if (exactly(nearest) != *this) refuse("a double");
  return nearest;
}

inline int numeric::rank() const noexcept {
  if (is_nan()) return 5;
  if (is_infinite()) return is_negative() ? 0 : 4;
  return is_negative() ? 1 : digits_.empty() ? 2 : 3;
}

inline int numeric::compare(numeric const& other) const noexcept {
  if (rank() != other.rank()) return rank() - other.rank();
  if (!is_finite()) return 0;
  auto const magnitude = weight_ != other.weight_ ? weight_ - other.weight_ : digits_.compare(other.digits_);
  return is_negative() ? -magnitude : magnitude;
}

inline std::string numeric::text() const {
  if (is_nan()) return "NaN";
  std::string out(is_negative() ? "-" : "");
  if (is_infinite()) return out += "Infinity";
  auto const put = [&](unsigned group) {
    auto const digits = std::to_string(base + group);
    out.append(digits, 1);
  };
  if (weight_ < 0)
    out += '0';
  else
    out += std::to_string(digit(weight_));
  for (int power = weight_ - 1; power >= 0; --power) put(digit(power));
  if (scale_ == 0) return out;
  out += '.';
  auto const end = out.size() + scale_;
  for (int power = -1; out.size() < end; --power) put(digit(power));
  out.resize(end);
  return out;
}

inline void numeric::refuse(std::string const& target) const {
  auto shown = text();
  if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
  throw error(errc::invalid_value, "the numeric " + shown + " is not exactly " + target);
}

template <> struct codec<numeric> {
  static constexpr std::array oids{oid::numeric};
  static constexpr oid array = oid::numeric_array;
  static constexpr std::string_view name = "tusk::numeric";

  /// numeric_send in the server's sources, which the manual does not describe:
  ///
  ///     numeric = count weight sign scale *digit        ; each of 16 bits, digits to the base of 10000
  static void decode(reader& in, numeric& out) {
    auto const count = in.get<std::uint16_t>();
    auto const weight = in.get<std::int16_t>();
    auto const sign = static_cast<numeric::sign>(in.get<std::uint16_t>());
    auto const scale = in.get<std::uint16_t>();
    if (!in.ok()) return;
    if (in.left() != count * std::size_t{2}) return in.fail("it has not as many digits as it says");
    numeric value(sign);
    switch (sign) {
    case numeric::sign::nan:
    case numeric::sign::infinity:
    case numeric::sign::negative_infinity:
      if (count != 0) return in.fail("it is no number, and yet it has digits");
      out = value;
      return;
    case numeric::sign::positive:
    case numeric::sign::negative: break;
    default: return in.fail("its sign is none");
    }
    if (scale > numeric::most_scale) return in.fail("it has more digits behind the point than there can be");
    value.digits_.resize(count);
    for (auto& digit : value.digits_) {
      digit = in.get<std::uint16_t>();
      if (digit >= numeric::base) return in.fail("a digit is above 9999");
    }
    if (count != 0 && (value.digits_.front() == 0 || value.digits_.back() == 0))
      return in.fail("it has zeros around its digits");
    value.weight_ = weight;
    value.scale_ = scale;
    if (behind(value) > scale) return in.fail("it has more digits behind the point than its scale");
    if (count == 0 && (weight != 0 || sign != numeric::sign::positive))
      return in.fail("its zero has a sign or a weight");
    out = std::move(value);
  }

  static void encode(numeric const& value, writer& to) {
    to.put(static_cast<std::uint16_t>(value.digits_.size()));
    to.put(value.weight_);
    to.put(static_cast<std::uint16_t>(value.sign_));
    // Servers say so of infinities, and do not read it.
    to.put(value.is_infinite() ? std::uint16_t{0x20} : value.scale_);
    for (auto const digit : value.digits_) to.put(static_cast<std::uint16_t>(digit));
  }

 private:
  /// Decimal digits behind the point up to the last that is not zero.
  static int behind(numeric const& n) noexcept {
    if (n.digits_.empty()) return 0;
    auto const last = n.weight_ - static_cast<int>(n.digits_.size()) + 1; // its power
    int zeros = 0;
    for (unsigned d = n.digits_.back(); d % 10 == 0; d /= 10) ++zeros;
    return -last * 4 - zeros;
  }
};

} // namespace tusk

template <> struct std::hash<tusk::numeric> {
  /// Of the value, whatever its scale.
  std::size_t operator()(tusk::numeric const& n) const noexcept {
    auto const rank = static_cast<std::size_t>(n.rank()) + (static_cast<std::size_t>(n.weight_ + 32768) << 3);
    return std::hash<std::u16string>()(n.digits_) ^ rank * 0x9e3779b97f4a7c15;
  }
};
