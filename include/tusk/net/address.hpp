// tusk: net/address.hpp — where a socket connects to: an IPv4, IPv6 or Unix address.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One value for all families, as the operating system takes it, so that one socket type serves TCP and Unix sockets in
// both modes. Resolving names with the system's resolver stands here too: it blocks, the asynchronous mode has its own
// way.
#pragma once

#include <tusk/error.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace tusk::net {

class address {
 public:
  address() = default;
  /// A copy of what the system made.
  address(sockaddr const* p, std::size_t n) : length_(static_cast<socklen_t>(n)) { std::memcpy(&storage_, p, n); }

  /// A Unix socket by its file path; `@name` is in the abstract namespace (Linux).
  static address unix_socket(std::string const& path) {
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    if (path.size() >= sizeof a.sun_path)
      throw error(errc::invalid_option, "the Unix socket path " + printable(path) + " is longer than the " +
                                            std::to_string(sizeof a.sun_path - 1) + " bytes that the system takes");
    std::memcpy(a.sun_path, path.data(), path.size());
    auto n = offsetof(sockaddr_un, sun_path) + path.size() + 1;
    if (!path.empty() && path[0] == '@') {
      a.sun_path[0] = '\0';
      --n; // abstract names are counted, not terminated
    }
    return {reinterpret_cast<sockaddr const*>(&a), n};
  }

  sockaddr const* data() const noexcept { return reinterpret_cast<sockaddr const*>(&storage_); }
  socklen_t size() const noexcept { return length_; }
  int family() const noexcept { return storage_.ss_family; }
  bool is_unix() const noexcept { return family() == AF_UNIX; }

  /// For messages: `127.0.0.1:5432`, `[::1]:5432` or the socket's path.
  std::string text() const {
    char host[INET6_ADDRSTRLEN] = "?";
    if (family() == AF_INET) {
      auto const& a = reinterpret_cast<sockaddr_in const&>(storage_);
      ::inet_ntop(AF_INET, &a.sin_addr, host, sizeof host);
      return std::string(host) + ":" + std::to_string(ntohs(a.sin_port));
    }
    if (family() == AF_INET6) {
      auto const& a = reinterpret_cast<sockaddr_in6 const&>(storage_);
      ::inet_ntop(AF_INET6, &a.sin6_addr, host, sizeof host);
      return "[" + std::string(host) + "]:" + std::to_string(ntohs(a.sin6_port));
    }
    auto const& a = reinterpret_cast<sockaddr_un const&>(storage_);
    auto const n = length_ - offsetof(sockaddr_un, sun_path);
    if (a.sun_path[0] == '\0') return "@" + std::string(a.sun_path + 1, n - 1);
    return {a.sun_path};
  }

 private:
  sockaddr_storage storage_{};
  socklen_t length_ = 0;
};

[[noreturn]] inline void host_not_found(std::string const& host, std::string const& reason) {
  throw error(errc::host_not_found, "host " + printable(host) + " has no address: " + reason);
}

/// The addresses of a host name or numeric address, in the system's order of preference. Blocks while it asks the name
/// servers, unless `numeric_only`, which answers nothing for a name. Throws errc::host_not_found.
inline std::vector<address> resolve(std::string const& host, std::uint16_t port, bool numeric_only) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (numeric_only ? AI_NUMERICHOST : 0);
  addrinfo* list = nullptr;
  int const status = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (status != 0) {
    if (numeric_only) return {};
    host_not_found(host, status == EAI_SYSTEM ? std::system_category().message(errno) : ::gai_strerror(status));
  }
  std::unique_ptr<addrinfo, void (*)(addrinfo*)> const owner(list, &::freeaddrinfo);
  std::vector<address> all;
  for (auto const* a = list; a != nullptr; a = a->ai_next) all.emplace_back(a->ai_addr, a->ai_addrlen);
  return all;
}

} // namespace tusk::net
