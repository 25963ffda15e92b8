// tusk: types/pg_lsn.hpp — tusk::pg_lsn: a position in the write-ahead log.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A strong type over the number of bytes since the beginning of the log: positions are compared and subtracted, and
// never mixed with other numbers. Must not know other types.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tusk {

/// A position in the write-ahead log, in bytes from its beginning. 0 by default, which is no valid position: servers
/// have it for "none". Ordered by age.
class pg_lsn {
 public:
  constexpr pg_lsn() noexcept = default;
  constexpr explicit pg_lsn(std::uint64_t value) noexcept : value_(value) {}
  /// Reads what PostgreSQL reads: two numbers of one to eight hexadecimal digits of either case with a "/" between
  /// them. Throws error (errc::invalid_value) on anything else.
  static constexpr pg_lsn parse(std::string_view text) {
    scanner from(text, "pg_lsn: write two hexadecimal numbers such as 16/B374D848");
    std::uint64_t const high = from.hexadecimal<std::uint32_t>();
    from.need('/');
    auto const low = from.hexadecimal<std::uint32_t>();
    from.end();
    return pg_lsn(high << 32 | low);
  }

  constexpr std::uint64_t value() const noexcept { return value_; }

  friend constexpr bool operator==(pg_lsn, pg_lsn) noexcept = default;
  friend constexpr auto operator<=>(pg_lsn, pg_lsn) noexcept = default;
  /// How many bytes of log lie from `b` to `a`; negative if `a` is the older one. Throws error (errc::invalid_value)
  /// where that is no std::int64_t: such positions are further apart than any log is long, and one of them is a mark
  /// such as FFFFFFFF/FFFFFFFF, of which a number that wrapped around would tell nothing.
  friend constexpr std::int64_t operator-(pg_lsn a, pg_lsn b) {
    std::int64_t bytes = 0;
    if (__builtin_sub_overflow(a.value_, b.value_, &bytes)) too_far(a, b); // as if of infinite width
    return bytes;
  }

 private:
  [[noreturn, gnu::cold]] static void too_far(pg_lsn a, pg_lsn b);

  std::uint64_t value_ = 0;
};

/// As PostgreSQL writes it: 16/B374D848, 0/0. From version 19 on, which is read here too, servers put zeros before the
/// second number: 0/00000000.
inline std::string to_string(pg_lsn position) {
  std::string text;
  auto const put = [&text](std::uint64_t number) {
    constexpr char digits[] = "0123456789ABCDEF";
    for (int shift = 28; shift >= 0; shift -= 4)
      if (shift == 0 || number >> shift != 0) text += digits[number >> shift & 15];
  };
  put(position.value() >> 32);
  text += '/';
  put(position.value() & 0xffffffff);
  return text;
}

inline void pg_lsn::too_far(pg_lsn a, pg_lsn b) {
  throw error(errc::invalid_value,
              to_string(a) + " and " + to_string(b) + " are further apart than a std::int64_t can count bytes");
}

template <> struct codec<pg_lsn> {
  static constexpr std::array oids{oid::pg_lsn};
  static constexpr oid array = oid::pg_lsn_array;
  static constexpr std::size_t width = 8;
  static constexpr std::string_view name = "tusk::pg_lsn";

  static void decode(reader& in, pg_lsn& out) noexcept { out = pg_lsn(in.get<std::uint64_t>()); }
  static void encode(pg_lsn value, writer& to) { to.put(value.value()); }
};

} // namespace tusk

template <> struct std::hash<tusk::pg_lsn> {
  std::size_t operator()(tusk::pg_lsn position) const noexcept { return std::hash<std::uint64_t>()(position.value()); }
};
