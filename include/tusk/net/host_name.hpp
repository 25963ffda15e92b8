// tusk: net/host_name.hpp — whether a certificate's names are those of the host that was asked for.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The rules of sslmode=verify-full as PostgreSQL's own client has them, with one difference: a wildcard never matches
// an IP address. Works on names that someone else has taken out of the certificate: no OpenSSL here, and no resolver;
// the host is compared as the user wrote it.
#pragma once

#include <tusk/error.hpp>

#include <arpa/inet.h>
#include <cstddef>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

namespace tusk::net {

/// What a certificate says it is issued for.
struct certificate_names {
  std::vector<std::string> dns;           ///< subjectAltName entries of type dNSName, raw bytes
  std::vector<std::string> addresses;     ///< of type iPAddress: 4 or 16 bytes in network order
  std::optional<std::string> common_name; ///< the subject's first CN, raw bytes
};

/// Written like an address, so that it must not be sent as a server name (RFC 6066 section 3): digits and dots only, or
/// with a colon.
constexpr bool written_as_address(std::string_view host) noexcept {
  return !host.empty() && (host.find_first_not_of("0123456789.") == host.npos || host.find(':') != host.npos);
}

/// The 4 or 16 bytes of an IP address in any form that a C library takes: "192.0.2.1", "0xC0000201", "192.0.513",
/// "2001:db8::1". Empty when `host` is none; brackets, prefixes and zones make it none.
inline std::string address_bytes(std::string_view host) {
  // inet_aton ignores what follows a blank, and a C string ends at its first zero byte.
  if (host.find_first_of(std::string_view(" \t\n\v\f\r\0", 7)) != host.npos) return {};
  std::string const text(host);
  in_addr v4{};
  in6_addr v6{};
  if (::inet_aton(text.c_str(), &v4) == 1) return std::string(reinterpret_cast<char const*>(&v4), sizeof v4);
  if (::inet_pton(AF_INET6, text.c_str(), &v6) == 1) return std::string(reinterpret_cast<char const*>(&v6), sizeof v6);
  return {};
}

/// ASCII letters are equal in both cases; every other byte is equal to itself only, whatever the locale.
constexpr bool equal_ascii(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto const lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// `pattern` is `host`, or is "*." and a rest and `host` is one label that is not empty, a dot and that rest. A star
/// anywhere else is a character like any other. Neither may be an IP address.
constexpr bool matches_wildcard(std::string_view pattern, std::string_view host) noexcept {
  if (equal_ascii(pattern, host)) return true;
  if (pattern.size() < 3 || !pattern.starts_with("*.")) return false;
  auto const dot = host.find('.');
  return dot != host.npos && dot != 0 && equal_ascii(pattern.substr(1), host.substr(dot));
}

/// Whether the certificate is issued for `host`. The subject's CN counts only when the certificate has no alternative
/// name of the host's own kind, address or name; an address also matches a name that spells it in the same way. Throws
/// error (errc::tls_failed) when a name that had to be compared holds a zero byte, which is how one name is made to
/// look like another, or when `host` is empty.
inline bool issued_for(certificate_names const& names, std::string_view host) {
  if (host.empty()) throw error(errc::tls_failed, "a host name is needed to verify the server's certificate");
  auto const address = address_bytes(host);
  auto const matches = [&](std::string_view name) {
    if (name.find('\0') != name.npos)
      throw error(errc::tls_failed,
                  "the server's certificate has a name with a zero byte inside: \"" + printable(name) + "\"");
    return address.empty() ? matches_wildcard(name, host) : equal_ascii(name, host);
  };
  for (auto const& name : names.dns)
    if (matches(name)) return true;
  if (!address.empty())
    for (auto const& bytes : names.addresses)
      if (bytes == address) return true;
  auto const same_kind = address.empty() ? names.dns.size() : names.addresses.size();
  return same_kind == 0 && names.common_name && matches(*names.common_name);
}

/// The names for a message: quoted, the first few of them.
inline std::string described(certificate_names const& names) {
  constexpr std::size_t most = 5;
  std::string out;
  std::size_t shown = 0;
  auto const add = [&](std::string_view name) {
    if (++shown > most) return;
    out.append(shown > 1 ? ", \"" : "\"").append(printable(name, 100)).append("\"");
  };
  for (auto const& name : names.dns) add(name);
  for (auto const& bytes : names.addresses) {
    char text[INET6_ADDRSTRLEN] = "";
    auto const family = bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
    if (bytes.size() == sizeof(in_addr) || bytes.size() == sizeof(in6_addr))
      ::inet_ntop(family, bytes.data(), text, sizeof text);
    add(*text != '\0' ? std::string_view(text) : "a malformed address");
  }
  if (shown == 0 && names.common_name) add(*names.common_name);
  if (shown > most) out.append(" and ").append(std::to_string(shown - most)).append(" more");
  return shown == 0 ? "no name" : out;
}

} // namespace tusk::net
