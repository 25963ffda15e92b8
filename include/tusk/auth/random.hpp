// tusk: auth/random.hpp — unpredictable bytes from the operating system.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For nonces and keys. There is no generator of our own to seed, to fork or to get wrong. Either every byte is random
// or an exception says why. Must not know what the bytes are for.
#pragma once

#include <tusk/error.hpp>

#include <cerrno>
#include <cstddef>
#include <span>
#include <system_error>

#include <sys/random.h>
#include <sys/types.h>

namespace tusk::auth {

/// As getrandom(2) with no flags: fills at most `n` bytes and returns how many; -1 and errno when it fails.
using random_source = ssize_t(void* to, std::size_t n);

inline ssize_t system_random(void* to, std::size_t n) {
#if defined(__linux__) || defined(__FreeBSD__)
  return getrandom(to, n, 0);
#else
  auto const some = n < 256 ? n : 256; // all that getentropy takes at a time
  return getentropy(to, some) == 0 ? static_cast<ssize_t>(some) : -1;
#endif
}

/// Fills `to`. Throws tusk::error with the system's code when the system has no random bytes to give. Tests pass
/// another source.
inline void random_bytes(std::span<std::byte> to, random_source* source = system_random) {
  while (!to.empty()) {
    auto const n = source(to.data(), to.size());
    if (n > 0) {
      to = to.subspan(static_cast<std::size_t>(n));
    } else if (n == 0 || errno != EINTR) {
      auto const code = n == 0 ? EIO : errno;
      throw error(std::error_code(code, std::system_category()), "the operating system gives no random bytes");
    }
  }
}

} // namespace tusk::auth
