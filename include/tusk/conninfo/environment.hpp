// tusk: conninfo/environment.hpp — what the process and the system tell about the user.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The one place where environment variables are read, through a look-up that a test can replace, and where the names of
// the user, the home and the socket directory come from. Knows no keyword.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <string>

#include <pwd.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace tusk::conninfo {

/// Looks up environment variables. Borrows a callable `char const*(char const* name)`, nullptr meaning "not set".
class environment {
 public:
  /// The environment of the process, except that a set-user-id program sees none: its caller must not choose the
  /// server.
  environment() noexcept
      : look_up_([](void const*, char const* name) -> char const* {
#if defined(__GLIBC__)
          return ::secure_getenv(name);
#else
          return ::getuid() == ::geteuid() ? std::getenv(name) : nullptr;
#endif
        }) {
  }
  /// `source` must outlive this object.
  template <class Source>
    requires requires(Source const& s, char const* name) { static_cast<char const*>(s(name)); }
  explicit environment(Source const& source) noexcept
      : source_(&source), look_up_([](void const* s, char const* name) -> char const* {
          return (*static_cast<Source const*>(s))(name);
        }) {}

  std::optional<std::string> operator()(char const* name) const {
    if (auto const* const value = look_up_(source_, name)) return value;
    return std::nullopt;
  }

 private:
  void const* source_ = nullptr;
  char const* (*look_up_)(void const* source, char const* name);
};

/// What `use(entry)` takes from the entry of user `id` in the password database; empty if there is none.
template <class Use> std::string of_passwd_entry(uid_t id, Use use) {
  std::string memory(1024, '\0');
  passwd entry{};
  passwd* found = nullptr;
  while (::getpwuid_r(id, &entry, memory.data(), memory.size(), &found) == ERANGE && memory.size() < 1 << 20)
    memory.resize(memory.size() * 2);
  return found ? std::string(use(*found)) : std::string();
}

/// The name of user `id`; empty if it has none.
inline std::string user_name(uid_t id) {
  return of_passwd_entry(id, [](passwd const& p) { return p.pw_name; });
}

/// The name of the effective user; empty if it has none.
inline std::string os_user() { return user_name(::geteuid()); }

/// HOME, else the effective user's home; empty if there is neither.
inline std::string home_directory(environment const& env) {
  if (auto home = env("HOME"); home && !home->empty()) return *std::move(home);
  return of_passwd_entry(::geteuid(), [](passwd const& p) { return p.pw_dir; });
}

inline bool file_exists(std::string const& path) noexcept {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0;
}

/// Where the system keeps pg_service.conf: /etc/postgresql-common, as Debian builds libpq, or /etc/sysconfig/pgsql, as
/// Red Hat does, where one of them exists, else /usr/local/pgsql/etc, as PostgreSQL itself does.
inline std::string system_configuration_directory() {
  for (auto const* path : {"/etc/postgresql-common", "/etc/sysconfig/pgsql"})
    if (file_exists(path)) return path;
  return "/usr/local/pgsql/etc";
}

/// Where a local server listens when no host is given: /var/run/postgresql, as distributions build PostgreSQL, where
/// that directory exists, else /tmp, as PostgreSQL itself does.
inline std::string default_socket_directory() {
  struct stat info;
  bool const exists = ::stat("/var/run/postgresql", &info) == 0 && S_ISDIR(info.st_mode);
  return exists ? "/var/run/postgresql" : "/tmp";
}

} // namespace tusk::conninfo
