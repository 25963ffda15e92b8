// tusk: net/peer_user.hpp — which user runs the server behind a Unix socket.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A socket in a directory like /tmp may be anybody's. The kernel knows whose it is, and `requirepeer` says whose it has
// to be, before a byte is sent. Knows no protocol.
#pragma once

#include <tusk/conninfo/environment.hpp>
#include <tusk/error.hpp>

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>

#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

namespace tusk::net {

/// The user of the process that listens at the other end of the Unix socket `fd`. Throws what the system reports.
inline uid_t peer_user(int fd) {
#if defined(SO_PEERCRED)
  ucred who{};
  socklen_t n = sizeof who;
  bool const known = ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0;
  uid_t const id = who.uid;
#else
  uid_t id{};
  gid_t group{};
  bool const known = ::getpeereid(fd, &id, &group) == 0;
#endif
  if (!known)
    throw error(std::error_code(errno, std::system_category()), "requirepeer: the server's user is not known");
  return id;
}

/// Throws errc::authentication_failed unless the server behind `fd` is run by `wanted`.
inline void require_peer(int fd, std::string_view wanted) {
  auto const id = peer_user(fd);
  auto const name = conninfo::user_name(id);
  if (name == wanted && !name.empty()) return;
  throw error(errc::authentication_failed,
              "requirepeer is \"" + printable(wanted) + "\", and the server is run by " +
                  (name.empty() ? "the user " + std::to_string(id) + ", who has no name" : "\"" + name + "\""));
}

} // namespace tusk::net
