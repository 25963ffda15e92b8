// tusk: asio_address.hpp — Asio's addresses as values of inet, and its networks as cidr.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// An asio::ip::address is an address alone: an inet with a prefix of its own is refused, tusk::inet holds it. IPv6
// addresses lose no scope: those that have one are not sent. Networks are converted by plain functions, since those of
// Asio may have bits behind their prefix and are split by family, which no cidr column is. Must not know sockets.
#pragma once

#include <tusk/error.hpp>
#include <tusk/net/asio.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/inet.hpp>

#include <array>
#include <concepts>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include <asio/ip/address.hpp>
#include <asio/ip/address_v4.hpp>
#include <asio/ip/address_v6.hpp>
#include <asio/ip/network_v4.hpp>
#include <asio/ip/network_v6.hpp>

namespace tusk {

/// The same address, as that of a host.
inline inet to_inet(asio::ip::address_v4 const& address) {
  auto const bytes = address.to_bytes();
  return inet::v4(std::as_bytes(std::span(bytes)));
}
/// The same address, as that of a host. Throws error (errc::invalid_parameter) if it has a scope id, as link-local
/// addresses can.
inline inet to_inet(asio::ip::address_v6 const& address) {
  if (address.scope_id() != 0)
    throw error(errc::invalid_parameter, "the address has the scope id " + std::to_string(address.scope_id()) +
                                             ", which PostgreSQL cannot store: set it to 0 where it does not matter");
  auto const bytes = address.to_bytes();
  return inet::v6(std::as_bytes(std::span(bytes)));
}
inline inet to_inet(asio::ip::address const& address) {
  return address.is_v4() ? to_inet(address.to_v4()) : to_inet(address.to_v6());
}

/// The three codecs. Only an address alone is read, and address_v4 and address_v6 read only those of their family.
template <class Address> struct asio_address_codec {
  static constexpr std::array oids{oid::inet};
  static constexpr oid array = oid::inet_array;

  static void decode(reader& in, Address& out) {
    inet value;
    ip_codec::decode(in, value);
    if (!in.ok()) return;
    if (auto const* why = misfit(value)) return in.fail(why);
    out = host_of(value);
  }
  static void encode(Address const& value, writer& to) { ip_codec::encode(to_inet(value), false, to); }
  static void put_text(Address const& value, std::string& out) { out += to_string(to_inet(value)); }
  static Address parse(std::string_view text) {
    auto const value = inet::parse(text);
    if (auto const* why = misfit(value))
      throw error(errc::invalid_value,
                  '"' + printable(text, 60) + "\" is no " + std::string(cpp_name<Address>()) + ": " + why);
    return host_of(value);
  }

  /// The address of a host or of a network, without its prefix; of the right family.
  static Address host_of(inet const& value) {
    if constexpr (std::same_as<Address, asio::ip::address>) {
      if (value.is_v4()) return asio_address_codec<asio::ip::address_v4>::host_of(value);
      return asio_address_codec<asio::ip::address_v6>::host_of(value);
    } else {
      typename Address::bytes_type bytes;
      std::memcpy(bytes.data(), value.bytes().data(), bytes.size());
      return Address(bytes);
    }
  }

 private:
  static constexpr char const* misfit(inet const& value) noexcept {
    if (!value.is_host()) return "it has a network prefix: use tusk::inet";
    if (std::same_as<Address, asio::ip::address_v4> && !value.is_v4())
      return "it is an IPv6 address: use asio::ip::address";
    if (std::same_as<Address, asio::ip::address_v6> && value.is_v4())
      return "it is an IPv4 address: use asio::ip::address";
    return nullptr;
  }
};

template <> struct codec<asio::ip::address> : asio_address_codec<asio::ip::address> {
  static constexpr std::string_view name = "asio::ip::address";
};
template <> struct codec<asio::ip::address_v4> : asio_address_codec<asio::ip::address_v4> {
  static constexpr std::string_view name = "asio::ip::address_v4";
};
template <> struct codec<asio::ip::address_v6> : asio_address_codec<asio::ip::address_v6> {
  static constexpr std::string_view name = "asio::ip::address_v6";
};

/// The same network. Throws error (errc::invalid_value) if it has bits behind its prefix, which Asio allows: then
/// `network.canonical()` may be what is meant.
inline cidr to_cidr(asio::ip::network_v4 const& network) {
  auto const bytes = network.address().to_bytes();
  return cidr::v4(std::as_bytes(std::span(bytes)), network.prefix_length());
}
/// The same network. Throws error (errc::invalid_value) if it has bits behind its prefix, as above, and
/// (errc::invalid_parameter) if it has a scope id.
inline cidr to_cidr(asio::ip::network_v6 const& network) {
  auto const address = to_inet(network.address());
  return cidr::v6(address.bytes().first<16>(), network.prefix_length());
}

/// The same network. Throws error (errc::invalid_value) if it is one of IPv6.
inline asio::ip::network_v4 to_network_v4(cidr const& network) {
  if (!network.is_v4()) throw error(errc::invalid_value, to_string(network) + " is no network of IPv4");
  return {codec<asio::ip::address_v4>::host_of(network), static_cast<unsigned short>(network.prefix_length())};
}
/// The same network. Throws error (errc::invalid_value) if it is one of IPv4.
inline asio::ip::network_v6 to_network_v6(cidr const& network) {
  if (network.is_v4()) throw error(errc::invalid_value, to_string(network) + " is no network of IPv6");
  return {codec<asio::ip::address_v6>::host_of(network), static_cast<unsigned short>(network.prefix_length())};
}

} // namespace tusk
