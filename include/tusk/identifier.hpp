// tusk: identifier.hpp — a name as an identifier of SQL.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Where the driver makes SQL of names that it is given, of tables, columns and channels, they go through here: what is
// in a name never becomes a part of the statement around it. Knows no statement.
#pragma once

#include <tusk/error.hpp>

#include <string>
#include <string_view>

namespace tusk {

/// Appends a name as an identifier of SQL: in quotes, which are doubled within. Throws errc::invalid_parameter for an
/// empty name and for one with a zero byte, which no server has. (Manual, "Identifiers and Key Words".)
inline void put_identifier(std::string_view name, std::string& to) {
  if (name.empty()) throw error(errc::invalid_parameter, "a name is empty, PostgreSQL has no such identifier");
  if (name.find('\0') != name.npos)
    throw error(errc::invalid_parameter, "the name \"" + printable(name) + "\" has a zero byte");
  to += '"';
  for (char const c : name) {
    if (c == '"') to += '"';
    to += c;
  }
  to += '"';
}

} // namespace tusk
