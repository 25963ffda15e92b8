// tusk: types/inet.hpp — tusk::inet and tusk::cidr: addresses and networks of IPv4 and IPv6.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// An inet is a host's address which may say how many of its leading bits are its network's; a cidr is a network, whose
// other bits are zero. Every cidr is an inet, as on servers, and is read as one; the other way is asked for in words.
// Must not know other types, sockets or Asio: asio_address.hpp knows those.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tusk {

/// The values are those on the wire, whatever AF_INET6 is on this system.
enum class ip_family : std::uint8_t { v4 = 2, v6 = 3 };

class cidr;

/// The address of a host, with the length of its network's prefix: 192.168.1.5/24. Without one it has all the bits of
/// the address, 32 or 128. By default 0.0.0.0.
class inet {
 public:
  constexpr inet() noexcept = default;
  /// `bytes` are in the order in which they are written. Throws error (errc::invalid_value) if the prefix is longer
  /// than the address.
  static constexpr inet v4(std::span<std::byte const, 4> bytes, unsigned prefix_length = 32) {
    return inet(ip_family::v4, bytes, prefix_length);
  }
  static constexpr inet v6(std::span<std::byte const, 16> bytes, unsigned prefix_length = 128) {
    return inet(ip_family::v6, bytes, prefix_length);
  }
  /// Reads
  ///
  ///     inet   = v4 ["/" number]  |  v6 ["/" number]             ; at most 32 and 128
  ///     v4     = number 3( "." number )                          ; at most 255
  ///     v6     = group 7( ":" group )                            ; the last two can be written as a v4
  ///            | [group *( ":" group )] "::" [group *( ":" group )]   ; "::" stands for one group of zeros or more
  ///     group  = one to four hexadecimal digits of either case
  ///     number = decimal digits, without zeros before them
  ///
  /// which servers read too. They also read 10.1/16 and 010.0.0.1: those are refused here, since other programs take
  /// them for other addresses. Throws error (errc::invalid_value) on anything else.
  static constexpr inet parse(std::string_view text) { return read(text, wanted); }

  constexpr ip_family family() const noexcept { return family_; }
  constexpr bool is_v4() const noexcept { return family_ == ip_family::v4; }
  /// The 4 or 16 bytes of the address, in the order in which they are written.
  constexpr std::span<std::byte const> bytes() const& noexcept { return {bytes_.data(), is_v4() ? 4U : 16U}; }
  std::span<std::byte const> bytes() const&& = delete; // would end with this address
  /// 0 to 32 for IPv4, 0 to 128 for IPv6.
  constexpr unsigned prefix_length() const noexcept { return prefix_length_; }
  /// The prefix is the whole address.
  constexpr bool is_host() const noexcept { return prefix_length_ == most(family_); }
  /// The network that the address is in: its bits behind the prefix become zero.
  constexpr cidr network() const noexcept;

  friend constexpr bool operator==(inet const&, inet const&) noexcept = default;
  /// As servers order them: IPv4 first, then by the bits that both prefixes have, by the lengths of the prefixes, and
  /// by the whole address.
  friend constexpr std::strong_ordering operator<=>(inet const& a, inet const& b) noexcept {
    if (a.family_ != b.family_) return a.family_ <=> b.family_;
    auto const common = a.prefix_length_ < b.prefix_length_ ? a.prefix_length_ : b.prefix_length_;
    for (std::size_t i = 0; i < a.bytes_.size(); ++i)
      if (auto const of_byte = (a.bytes_[i] & mask(i, common)) <=> (b.bytes_[i] & mask(i, common)); of_byte != 0)
        return of_byte;
    if (a.prefix_length_ != b.prefix_length_) return a.prefix_length_ <=> b.prefix_length_;
    return a.bytes_ <=> b.bytes_;
  }

 private:
  friend class cidr;
  static constexpr std::string_view wanted = "inet: write an address such as 192.168.1.5/24 or 2001:db8::1";

  constexpr inet(ip_family family, std::span<std::byte const> bytes, unsigned prefix_length)
      : family_(family), prefix_length_(static_cast<std::uint8_t>(prefix_length)) {
    if (prefix_length > most(family)) refuse_prefix(family, prefix_length);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes_[i] = bytes[i];
  }
  [[noreturn, gnu::cold]] static void refuse_prefix(ip_family family, unsigned prefix_length) {
    throw error(errc::invalid_value,
                "a prefix of " + std::to_string(prefix_length) + " bits is longer than an " +
                    (family == ip_family::v4 ? "IPv4 address, which has 32" : "IPv6 address, which has 128"));
  }

  static constexpr unsigned most(ip_family family) noexcept { return family == ip_family::v4 ? 32 : 128; }
  /// The bits of byte `i` that belong to a prefix.
  static constexpr std::byte mask(std::size_t i, unsigned prefix_length) noexcept {
    if (prefix_length >= i * 8 + 8) return std::byte{0xff};
    if (prefix_length <= i * 8) return std::byte{0};
    return std::byte{0xff} << (i * 8 + 8 - prefix_length);
  }
  constexpr inet masked() const noexcept {
    auto network = *this;
    for (std::size_t i = 0; i < bytes_.size(); ++i) network.bytes_[i] &= mask(i, prefix_length_);
    return network;
  }

  static constexpr inet read(std::string_view text, std::string_view what_was_wanted) {
    scanner from(text, what_was_wanted);
    inet out;
    if (text.find(':') == text.npos) {
      read_v4(from, out.bytes_, 0);
    } else {
      out.family_ = ip_family::v6;
      read_v6(from, out.bytes_);
    }
    auto const all = most(out.family_);
    out.prefix_length_ = static_cast<std::uint8_t>(from.eat('/') ? number(from, all) : all);
    from.end();
    return out;
  }
  static constexpr unsigned number(scanner& from, unsigned most) {
    bool const zero = from.peek() == '0';
    auto const before = from.rest().size();
    auto const value = from.number<unsigned>(most);
    if (zero && before - from.rest().size() != 1) from.refuse();
    return value;
  }
  static constexpr void read_v4(scanner& from, std::array<std::byte, 16>& to, std::size_t at) {
    for (std::size_t i = 0; i < 4; ++i) {
      if (i != 0) from.need('.');
      to[at + i] = static_cast<std::byte>(number(from, 255));
    }
  }
  static constexpr void read_v6(scanner& from, std::array<std::byte, 16>& to) {
    constexpr std::size_t none = 17;
    std::size_t n = 0, gap = none; // bytes read; how many of them are before the "::"
    bool more = true;
    auto const groups_may_end = [&] {
      gap = n;
      more = scanner::hex_digit(from.peek()) >= 0;
    };
    if (from.eat(':')) {
      from.need(':');
      groups_may_end();
    }
    while (more) {
      auto ahead = from;
      if (!ahead.digits().empty() && ahead.peek() == '.') {
        if (n > 12) from.refuse();
        read_v4(from, to, n);
        n += 4;
        break;
      }
      if (n == 16) from.refuse();
      auto const before = from.rest().size();
      auto const group = from.hexadecimal<std::uint32_t>();
      if (before - from.rest().size() > 4) from.refuse();
      to[n++] = static_cast<std::byte>(group >> 8);
      to[n++] = static_cast<std::byte>(group & 0xff);
      if (!from.eat(':')) break;
      if (from.eat(':')) {
        if (gap != none) from.refuse();
        groups_may_end();
      }
    }
    if (gap == none ? n != 16 : n == 16) from.refuse();
    for (std::size_t end = 16; gap != none && n > gap;) { // what stands behind the "::" goes to the end
      to[--end] = to[--n];
      to[n] = std::byte{0};
    }
  }

  // Without padding between them: hashed as they lie.
  ip_family family_ = ip_family::v4;
  std::uint8_t prefix_length_ = 32;
  std::array<std::byte, 16> bytes_{}; // those of an IPv4 address are the first four, the others zero
};

/// A network: 192.168.1.0/24. What is behind the prefix is zero. By default 0.0.0.0/32, the network of one host, and
/// not 0.0.0.0/0, which is all of IPv4.
class cidr {
 public:
  constexpr cidr() noexcept = default;
  /// Throws error (errc::invalid_value) if bits behind the prefix are set: see inet::network().
  constexpr explicit cidr(inet const& network) : network_(network) {
    if (network.masked() != network) refuse(network);
  }
  /// As those of inet, with the same condition.
  static constexpr cidr v4(std::span<std::byte const, 4> bytes, unsigned prefix_length = 32) {
    return cidr(inet::v4(bytes, prefix_length));
  }
  static constexpr cidr v6(std::span<std::byte const, 16> bytes, unsigned prefix_length = 128) {
    return cidr(inet::v6(bytes, prefix_length));
  }
  /// Reads what inet::parse() reads, with the same condition. Servers also complete networks that are cut short, such
  /// as 10.1, by rules of 1981: those are refused.
  static constexpr cidr parse(std::string_view text) {
    return cidr(inet::read(text, "cidr: write a network such as 192.168.1.0/24 or 2001:db8::/32"));
  }

  constexpr operator inet() const noexcept { return network_; }
  constexpr ip_family family() const noexcept { return network_.family(); }
  constexpr bool is_v4() const noexcept { return network_.is_v4(); }
  /// The 4 or 16 bytes of the address, in the order in which they are written.
  constexpr std::span<std::byte const> bytes() const& noexcept { return network_.bytes(); }
  std::span<std::byte const> bytes() const&& = delete; // would end with this network
  /// 0 to 32 for IPv4, 0 to 128 for IPv6.
  constexpr unsigned prefix_length() const noexcept { return network_.prefix_length(); }
  /// The prefix is the whole address.
  constexpr bool is_host() const noexcept { return network_.is_host(); }

  /// As inet, with which it can be compared.
  friend constexpr bool operator==(cidr const&, cidr const&) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(cidr const&, cidr const&) noexcept = default;

 private:
  [[noreturn, gnu::cold]] static void refuse(inet const& address);

  inet network_;
};

constexpr cidr inet::network() const noexcept { return cidr(masked()); }

/// The address without its prefix, as host() of the server writes it: 192.168.1.5, 2001:db8::1, ::ffff:1.2.3.4.
inline std::string host_text(inet const& address) {
  auto const bytes = address.bytes();
  std::string text;
  auto const dotted = [&](std::span<std::byte const> four) {
    for (std::size_t i = 0; i < 4; ++i) {
      if (i != 0) text += '.';
      text += std::to_string(std::to_integer<unsigned>(four[i]));
    }
    return text;
  };
  if (address.is_v4()) return dotted(bytes);

  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i)
    groups[i] = std::to_integer<unsigned>(bytes[2 * i]) << 8 | std::to_integer<unsigned>(bytes[2 * i + 1]);
  // "::" stands for the longest run of zeros, the first of those that are equally long; one zero is none.
  std::size_t gap = 8, length = 1;
  for (std::size_t i = 0, run = 0; i < 8; ++i) {
    run = groups[i] == 0 ? run + 1 : 0;
    if (run > length) {
      length = run;
      gap = i + 1 - run;
    }
  }
  // IPv4 addresses in IPv6, behind six zeros or ::ffff. A seventh zero makes it none: ::102, not ::0.0.1.2.
  bool const holds_v4 = gap == 0 && (length == 6 || (length == 5 && groups[5] == 0xffff));
  for (std::size_t i = 0; i < 8;) {
    if (i == gap) {
      text += "::";
      i += length;
      continue;
    }
    if (i != 0 && i != gap + length) text += ':';
    if (i >= 6 && holds_v4) return dotted(bytes.subspan(12));
    constexpr char digits[] = "0123456789abcdef";
    for (int shift = 12; shift >= 0; shift -= 4)
      if (shift == 0 || groups[i] >> shift != 0) text += digits[groups[i] >> shift & 15];
    ++i;
  }
  return text;
}

/// As PostgreSQL writes it: 192.168.1.5/24, and without a prefix of full length: 192.168.1.5. A cast to text on the
/// server is another form, which always has the prefix.
inline std::string to_string(inet const& address) {
  auto text = host_text(address);
  if (!address.is_host()) text += '/' + std::to_string(address.prefix_length());
  return text;
}
/// As PostgreSQL writes it, always with the prefix: 192.168.1.0/24, 192.168.1.5/32.
inline std::string to_string(cidr const& network) {
  return host_text(network) + '/' + std::to_string(network.prefix_length());
}

inline void cidr::refuse(inet const& address) {
  throw error(errc::invalid_value, to_string(address) + " is no cidr: bits behind its prefix are set, its network is " +
                                       to_string(address.network()));
}

/// How both lie on the wire (network_send() in the server's sources):
///
///     value = family prefix-length is-cidr length bytes
///
/// the first four a byte each. The family says it all; the rest is checked.
struct ip_codec {
  static void decode(reader& in, inet& out) {
    auto const family = in.get<std::uint8_t>();
    auto const prefix_length = in.get<std::uint8_t>();
    auto const is_cidr = in.get<std::uint8_t>();
    auto const length = in.get<std::uint8_t>();
    if (!in.ok()) return;
    if (family != static_cast<std::uint8_t>(ip_family::v4) && family != static_cast<std::uint8_t>(ip_family::v6))
      return in.fail("its family is neither IPv4 nor IPv6");
    bool const is_v4 = ip_family{family} == ip_family::v4;
    if (prefix_length > (is_v4 ? 32 : 128)) return in.fail("its prefix is longer than its address");
    if (is_cidr > 1) return in.fail("it says of itself neither that it is an inet nor that it is a cidr");
    if (length != (is_v4 ? 4 : 16)) return in.fail("its length is not that of its family");
    auto const bytes = in.take(length);
    if (!in.ok()) return;
    out = is_v4 ? inet::v4(bytes.first<4>(), prefix_length) : inet::v6(bytes.first<16>(), prefix_length);
  }
  static void encode(inet const& value, bool is_cidr, writer& to) {
    to.put(static_cast<std::uint8_t>(value.family()));
    to.put(static_cast<std::uint8_t>(value.prefix_length()));
    to.put(static_cast<std::uint8_t>(is_cidr)); // servers write it, and go by the type when they read
    to.put(static_cast<std::uint8_t>(value.bytes().size()));
    to.put(wire::byte_view(value.bytes()));
  }
};

template <> struct codec<inet> {
  static constexpr std::array oids{oid::inet, oid::cidr};
  static constexpr oid array = oid::inet_array;
  static constexpr std::string_view name = "tusk::inet";

  static void decode(reader& in, inet& out) { ip_codec::decode(in, out); }
  static void encode(inet const& value, writer& to) { ip_codec::encode(value, false, to); }
};

template <> struct codec<cidr> {
  static constexpr std::array oids{oid::cidr};
  static constexpr oid array = oid::cidr_array;
  static constexpr std::string_view name = "tusk::cidr";

  static void decode(reader& in, cidr& out) {
    inet address;
    ip_codec::decode(in, address);
    if (!in.ok()) return;
    auto const network = address.network();
    if (inet(network) != address) return in.fail("bits behind its prefix are set");
    out = network;
  }
  static void encode(cidr const& value, writer& to) { ip_codec::encode(value, true, to); }
};

} // namespace tusk

template <> struct std::hash<tusk::inet> {
  std::size_t operator()(tusk::inet const& address) const noexcept {
    auto const lies = std::bit_cast<std::array<char, sizeof address>>(address);
    return std::hash<std::string_view>()(std::string_view(lies.data(), lies.size()));
  }
};
template <> struct std::hash<tusk::cidr> {
  std::size_t operator()(tusk::cidr const& network) const noexcept { return std::hash<tusk::inet>()(network); }
};
