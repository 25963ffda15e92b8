// tusk: copy_command.hpp — what a COPY is to copy, and what its columns are.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A statement of the user's, or one that is made of a table's name and the members of the row type. The server does not
// describe a COPY: it is asked for the columns of the query that reads the same, one round trip before. Moves no data.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/copy_plan.hpp>
#include <tusk/mapping/copy_statement.hpp>
#include <tusk/mapping/renamed.hpp>
#include <tusk/mapping/row_type.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/query.hpp>
#include <tusk/table.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tusk {

/// For COPY without rows of a C++ type: `copy_in<raw>` takes bytes as they are, text, CSV or binary, and
/// `copy_out<raw>` gives them.
struct raw {
  /// Some of the data, as they came. A server sends a line of text or CSV, or a row, at a time.
  wire::byte_view bytes;
  std::string_view text() const noexcept { return wire::as_text(bytes); }
};
template <class T> inline constexpr bool is_raw = std::is_same_v<T, raw>;

inline constexpr char const* copy_needs_binary =
    "typed rows are copied in binary: write `(format binary)`, or use tusk::table or tusk::raw";

/// Whether T may be copied in, or out; if not, a static_assert has said why.
template <class T> consteval bool check_copy_in() {
  if constexpr (is_raw<T>)
    return true;
  else
    return mapping::check_copied_row<T>();
}
template <class T> consteval bool check_copy_out() {
  if constexpr (is_raw<T>)
    return true;
  else
    return check_stream<T>();
}

struct copy_command {
  std::string sql;       ///< where `by_table`, without a format
  std::string selects;   ///< the query that reads the same columns; empty for raw bytes
  bool by_table = false; ///< the driver chooses the format
};

/// A statement of the user's. Throws errc::wrong_verb if it is no COPY in this direction; of raw bytes the server says
/// so.
template <class T> copy_command copy_by_sql(std::string_view sql, mapping::copy_direction direction) {
  copy_command c;
  c.sql = sql;
  if constexpr (!is_raw<T>) c.selects = mapping::copy_statement(sql, direction).selects();
  return c;
}
/// Throws as tusk::table does.
template <class T> copy_command copy_by_table(table const& t, mapping::copy_direction direction) {
  std::span<std::string_view const> members;
  if constexpr (!is_raw<T> && !std::is_same_v<T, row>)
    if constexpr (mapping::row_type<T>::kind == mapping::row_kind::aggregate) members = mapping::column_names<T>;
  auto const columns = t.column_list(members);
  auto const name = t.name();
  copy_command c;
  c.sql = "copy " + name + (columns.empty() ? "" : " (" + columns + ")") +
          (direction == mapping::copy_direction::from_stdin ? " from stdin" : " to stdout");
  c.selects = "select " + (columns.empty() ? std::string("*") : columns) + " from " + name;
  c.by_table = true;
  return c;
}

/// The columns of what is copied.
template <class Mode>
typename Mode::template task<known_columns> describe_copy(protocol::ref<net::pump<Mode>> p, std::uint32_t scope,
                                                          std::string_view selects) {
  auto r = p->borrow();
  r.scope = scope;
  r.subject = protocol::ref<protocol::statement>(new protocol::statement({}, selects, {}));
  r.generation = r.subject->generation();
  wire::sync(r.bytes);
  return net::pump<Mode>::template perform<described>(std::move(p), std::move(r));
}

} // namespace tusk
