// tusk: conninfo/passfile.hpp — the password file.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Lines of host:port:dbname:user:password (PostgreSQL documentation, "The Password File"), first match first. A file
// that others can read is not used, and a wrong kind of file never blocks. Nothing is printed: the reason for ignoring
// a file is kept for the error of a login that lacks a password.
#pragma once

#include <tusk/conninfo/file.hpp>
#include <tusk/conninfo/secret.hpp>
#include <tusk/error.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <sys/stat.h>

namespace tusk::conninfo {

/// The contents of a password file, read once. Wiped at the end.
class passfile {
 public:
  passfile() = default;
  /// Reads `path`. A file that is missing or unreadable is an empty one; of one that must not be used, ignored() tells.
  static passfile read(std::string const& path) {
    passfile out;
    file const in(path);
    if (!in.is_open()) return out;
    if (auto const* const why = in.unfit())
      out.ignore(path, why);
    else if ((in.mode() & (S_IRWXG | S_IRWXO)) != 0)
      out.ignore(path, "group or others have access to it; its mode must be 0600 or less");
    else
      out.text_ = in.read();
    return out;
  }
  /// As if these were the contents.
  static passfile of(std::string contents) {
    passfile file;
    file.text_ = secret(std::move(contents));
    return file;
  }

  /// Why the file is not used; empty if it is, or if there is none.
  std::string const& ignored() const noexcept { return ignored_; }

  /// The password of the first line that fits, which may be empty; nullopt if none does.
  std::optional<secret> find(std::string_view host, std::string_view port, std::string_view dbname,
                             std::string_view user) const {
    std::string_view rest = text_;
    while (!rest.empty()) {
      auto line = take_line(rest);
      while (line.ends_with('\r')) line.remove_suffix(1);
      if (line.starts_with('#') || line.find('\0') != line.npos) continue;
      if (field(line, host) && field(line, port) && field(line, dbname) && field(line, user)) return unescape(line);
    }
    return std::nullopt;
  }

 private:
  void ignore(std::string const& path, char const* why) {
    ignored_ = "the password file " + printable(path) + " was ignored: " + why;
  }
  /// Takes one field and its ":" off the line if the field fits `value`. A lone * fits anything, \ quotes the next
  /// byte, and a ":" that is not quoted still fits one of the value, so that ::1 need not be quoted.
  static bool field(std::string_view& line, std::string_view value) noexcept {
    if (line.starts_with("*:")) {
      line.remove_prefix(2);
      return true;
    }
    std::size_t i = 0;
    for (std::size_t v = 0; i < line.size(); ++i, ++v) {
      if (line[i] == ':' && v == value.size()) {
        line.remove_prefix(i + 1);
        return true;
      }
      if (line[i] == '\\' && ++i == line.size()) return false;
      if (v == value.size() || line[i] != value[v]) return false;
    }
    return false;
  }
  static secret unescape(std::string_view line) {
    std::string password;
    password.reserve(line.size()); // growing would leave copies behind
    for (std::size_t i = 0; i < line.size() && line[i] != ':'; ++i) {
      if (line[i] == '\\' && i + 1 < line.size()) ++i;
      password += line[i];
    }
    return secret(std::move(password));
  }

  secret text_;
  std::string ignored_;
};

} // namespace tusk::conninfo
