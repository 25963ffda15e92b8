// tusk: conninfo/service_file.hpp — the keywords that a service name stands for.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Which files are looked at and what their lines mean (PostgreSQL documentation, "The Connection Service File", and
// what libpq does where that is silent). An error tells file and line, and of the line no more than a keyword. The
// values are judged elsewhere. Knows nothing of precedence.
#pragma once

#include <tusk/conninfo/environment.hpp>
#include <tusk/conninfo/file.hpp>
#include <tusk/conninfo/keyword_string.hpp>
#include <tusk/conninfo/keywords.hpp>
#include <tusk/error.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tusk::conninfo {

/// One file. Its lines:
///
///     [name]          the service's group; it ends where the next line with a "[" begins
///     keyword=value   no blanks around "=", no quotes, no escapes
///     # comment
///
/// Blanks around a line do not count. The first group of the name counts; lines of others are not looked at.
class service_file {
 public:
  static constexpr std::size_t longest_line = 1022; ///< with its newline, as in libpq

  explicit service_file(std::string path) : path_(std::move(path)) {}

  /// Calls use(keyword const&, std::string&& value, std::string&& origin) for each assignment of the group; false when
  /// there is no such group. Throws errc::invalid_option.
  template <class Use> bool read(std::string_view service, Use use) {
    file const in(path_);
    if (!in.is_open()) fail("cannot be opened: " + in.error());
    if (auto const* const why = in.unfit()) fail(std::string("cannot be used: ") + why);
    secret const text = in.read();
    return read(service, std::string_view(text), use);
  }
  /// The same with `text` for the contents.
  template <class Use> bool read(std::string_view service, std::string_view text, Use use) {
    bool found = false;
    for (line_ = 1; !text.empty(); ++line_) {
      auto const size = text.size();
      auto line = take_line(text);
      if (size - text.size() > longest_line) fail("is longer than 1022 bytes");
      if (line.find('\0') != line.npos) fail("has a NUL byte in it");
      while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
      while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
      if (line.empty() || line.front() == '#') continue;
      if (line.front() == '[') {
        if (found) break;
        line.remove_prefix(1);
        found = line.starts_with(service) && line.substr(service.size()).starts_with(']');
      } else if (found) {
        assignment(line, use);
      }
    }
    return found;
  }

 private:
  template <class Use> void assignment(std::string_view line, Use& use) {
    if (line.starts_with("ldap://")) fail("asks for LDAP, which is not supported; write the keywords themselves");
    auto const equals = line.find('=');
    if (equals == line.npos) fail("is none of [service], keyword=value and # comment");
    auto const name = line.substr(0, equals);
    if (name == "service" || name == "servicefile")
      fail("names another service, which a service cannot do: " + std::string(name));
    auto const* const k = find_keyword(name);
    if (!k) {
      auto words = unknown_keyword(name, quoting::careful);
      if (!name.empty() && is_blank(name.back())) words += " (no blanks stand around \"=\" in a service file)";
      fail("has an " + words);
    }
    use(*k, std::string(line.substr(equals + 1)), path_ + ", line " + std::to_string(line_));
  }
  [[noreturn]] void fail(std::string what) const {
    auto text = "service file " + printable(path_);
    if (line_ != 0) text += ", line " + std::to_string(line_);
    throw error(errc::invalid_option, text.append(" ").append(what));
  }

  std::string path_;
  std::size_t line_ = 0; ///< 0: not of a line
};

/// Looks up `service` where libpq does: in the file `named`, if one is, else in ~/.pg_service.conf; if that has no such
/// group, in pg_service.conf of PGSYSCONFDIR, else of the system. Calls `use` as service_file::read(). Throws
/// errc::invalid_option when it is nowhere, when a named file is missing, and for a broken line.
template <class Use>
void read_service(std::string_view service, std::optional<std::string> named, environment const& env, Use use) {
  std::string looked_at;
  auto const found_in = [&](std::string const& path) {
    looked_at.append(looked_at.empty() ? "" : " and ").append(printable(path));
    return service_file(path).read(service, use);
  };
  if (named) {
    if (found_in(*named)) return;
  } else if (auto const home = home_directory(env); !home.empty() && file_exists(home + "/.pg_service.conf")) {
    if (found_in(home + "/.pg_service.conf")) return;
  }
  auto const system = env("PGSYSCONFDIR").value_or(system_configuration_directory()) + "/pg_service.conf";
  if (file_exists(system) && found_in(system)) return;
  auto text = "service \"" + printable(service) + "\" is not defined";
  if (looked_at.empty())
    text +=
        ": there is no file named by servicefile or PGSERVICEFILE, no ~/.pg_service.conf and no " + printable(system);
  else
    text += " in " + looked_at;
  throw error(errc::invalid_option, std::move(text));
}

} // namespace tusk::conninfo
