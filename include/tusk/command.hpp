// tusk: command.hpp — a query with its arguments, as a value: for pipelines.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// `tusk::query<T>(sql, arguments...)` and its sisters are what a connection's verbs are, put off. The arguments are
// encoded at once, so that none can dangle; the SQL text is kept. Knows no connection.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/params.hpp>
#include <tusk/mapping/passes_as.hpp>
#include <tusk/mapping/sql_text.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/query.hpp>
#include <tusk/statement.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/oid.hpp>

#include <exception>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace tusk {

/// What `Collector` is to make of the replies, with all that has to be sent. Movable.
template <class Collector> class command {
 public:
  using collector = Collector;
  using result = typename Collector::result;

  std::string sql;                             ///< unless `prepared`
  std::span<oid const> types{};                ///< of the parameters, as declared; static
  protocol::ref<protocol::statement> prepared; ///< of the connection `of`; null: `sql`
  void const* of = nullptr;
  wire::buffer arguments;     ///< the middle of a Bind: formats and values
  std::exception_ptr refused; ///< an argument cannot be sent
};

template <class Collector, class... A>
command<Collector> make_command(mapping::sql_text<std::type_identity_t<A>...> sql, A const&... arguments) {
  command<Collector> c;
  try {
    sql.refuse_surplus();
    c.sql = sql.view();
    c.types = mapping::parameter_types<A...>;
    wire::writer w(c.arguments);
    mapping::encode_parameters(w, arguments...);
  } catch (error const& e) {
    c.refused = std::make_exception_ptr(error(e).unsent());
  }
  return c;
}
template <class Collector, class Mode, class... P, class... A>
command<Collector> make_command(basic_statement<Mode, P...> const& s, A const&... arguments) {
  command<Collector> c;
  try {
    c.of = s.owner();
    c.prepared = s.of(s.owner());
    wire::writer w(c.arguments);
    mapping::declared_parameters<P...>::encode(w, arguments...);
  } catch (error const& e) {
    c.refused = std::make_exception_ptr(error(e).unsent());
  }
  return c;
}

/// All rows of a query, each as a T, when a pipeline runs it. As the connection's verb of this name, so are the others.
template <class T, class... A>
  requires(check_result<T>())
command<every_row<T>> query(mapping::sql_text<std::type_identity_t<A>...> sql, A const&... arguments) {
  return make_command<every_row<T>>(sql, arguments...);
}
template <class T, class Mode, class... P, class... A>
  requires(check_result<T>())
command<every_row<T>> query(basic_statement<Mode, P...> const& s, A const&... arguments) {
  return make_command<every_row<T>>(s, arguments...);
}
/// Exactly one row.
template <class T, class... A>
  requires(check_result<T>())
command<one_row<T>> query_one(mapping::sql_text<std::type_identity_t<A>...> sql, A const&... arguments) {
  return make_command<one_row<T>>(sql, arguments...);
}
template <class T, class Mode, class... P, class... A>
  requires(check_result<T>())
command<one_row<T>> query_one(basic_statement<Mode, P...> const& s, A const&... arguments) {
  return make_command<one_row<T>>(s, arguments...);
}
/// One row or none.
template <class T, class... A>
  requires(check_result<T>())
command<maybe_row<T>> query_maybe(mapping::sql_text<std::type_identity_t<A>...> sql, A const&... arguments) {
  return make_command<maybe_row<T>>(sql, arguments...);
}
template <class T, class Mode, class... P, class... A>
  requires(check_result<T>())
command<maybe_row<T>> query_maybe(basic_statement<Mode, P...> const& s, A const&... arguments) {
  return make_command<maybe_row<T>>(s, arguments...);
}
/// For its effect.
template <class... A>
command<no_rows_wanted> execute(mapping::sql_text<std::type_identity_t<A>...> sql, A const&... arguments) {
  return make_command<no_rows_wanted>(sql, arguments...);
}
template <class Mode, class... P, class... A>
command<no_rows_wanted> execute(basic_statement<Mode, P...> const& s, A const&... arguments) {
  return make_command<no_rows_wanted>(s, arguments...);
}

} // namespace tusk
