// tusk: table.hpp — a table, and perhaps columns of it, by their names: for COPY.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Names are taken as they are written, whatever is in them, and quoted where they become SQL. Knows nothing of what is
// copied.
#pragma once

#include <tusk/identifier.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// `tusk::table("trades")` is the table of that name, with its columns by the members of the row type;
/// `tusk::table("trades", "ts", "price")` names them. Upper and lower case differ, as in quotes.
class table {
 public:
  template <class... Columns>
  explicit table(std::string_view name, Columns const&... columns)
      : name_(name), columns_{std::string(std::string_view(columns))...} {}
  table(std::string_view name, std::vector<std::string> columns) : name_(name), columns_(std::move(columns)) {}

  /// Which schema it is in; else the server's search path decides.
  table& schema(std::string_view s) & {
    schema_ = s;
    return *this;
  }
  table&& schema(std::string_view s) && { return std::move(schema(s)); }

  std::vector<std::string> const& columns() const noexcept { return columns_; }

  /// Its name as SQL. Throws as `put_identifier`; so does the next one.
  std::string name() const {
    std::string sql;
    if (!schema_.empty()) {
      put_identifier(schema_, sql);
      sql += '.';
    }
    put_identifier(name_, sql);
    return sql;
  }
  /// The columns as SQL, separated by commas: those that were named, else `others`; empty if there are none.
  std::string column_list(std::span<std::string_view const> others = {}) const {
    std::string sql;
    auto const add = [&](std::string_view column) {
      if (!sql.empty()) sql += ", ";
      put_identifier(column, sql);
    };
    if (columns_.empty())
      for (auto const column : others) add(column);
    else
      for (auto const& column : columns_) add(column);
    return sql;
  }

 private:
  std::string schema_;
  std::string name_;
  std::vector<std::string> columns_;
};

} // namespace tusk
