// tusk: copy_verbs.hpp — COPY as a verb of connections and transactions.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// As the verbs of verbs.hpp: plain functions that put the statement together at once and return a task. What comes of
// it stands in copy_in.hpp and copy_out.hpp.
#pragma once

#include <tusk/copy_command.hpp>
#include <tusk/copy_in.hpp>
#include <tusk/copy_out.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/table.hpp>
#include <tusk/verbs.hpp>

#include <string_view>
#include <utility>

namespace tusk {

/// The verbs that connections and transactions share, with COPY.
template <class Mode> class basic_copy_verbs : public basic_verbs<Mode> {
 public:
  template <class R> using task = typename basic_verbs<Mode>::template task<R>;

  /// Copies rows of type T into a table by `copy TABLE [(COLUMNS)] from stdin (format binary)`, or `raw` bytes by any
  /// COPY FROM STDIN. Returns when the server takes data. The columns are looked at before: errc::column_mismatch if
  /// they do not take the members of T, errc::wrong_verb if the statement is another one.
  template <class T> task<basic_copy_in<Mode, T>> copy_in(std::string_view sql) {
    if constexpr (check_copy_in<T>())
      return open([&] { return copy_by_sql<T>(sql, from_stdin); }, open_copy_in<Mode, T>);
  }
  /// The statement is made of the table's name and its columns: those that are named, else the members of T, else all.
  /// Where only the server can read a column's type, one that users have created, the rows travel as text.
  template <class T> task<basic_copy_in<Mode, T>> copy_in(table const& t) {
    if constexpr (check_copy_in<T>())
      return open([&] { return copy_by_table<T>(t, from_stdin); }, open_copy_in<Mode, T>);
  }
  /// The rows of a table or a query one after the other, each as a T, by `copy TABLE [(COLUMNS)] to stdout (format
  /// binary)` or `copy (QUERY) to stdout (format binary)`; or the bytes of any COPY TO STDOUT as `raw`. T as for
  /// `stream`. Errors as of `copy_in`.
  template <class T> task<basic_copy_out<Mode, T>> copy_out(std::string_view sql) {
    if constexpr (check_copy_out<T>())
      return open([&] { return copy_by_sql<T>(sql, to_stdout); }, open_copy_out<Mode, T>);
  }
  template <class T> task<basic_copy_out<Mode, T>> copy_out(table const& t) {
    if constexpr (check_copy_out<T>())
      return open([&] { return copy_by_table<T>(t, to_stdout); }, open_copy_out<Mode, T>);
  }

 protected:
  using basic_verbs<Mode>::basic_verbs;
  basic_copy_verbs(basic_copy_verbs&&) noexcept = default;
  basic_copy_verbs& operator=(basic_copy_verbs&&) noexcept = default;
  ~basic_copy_verbs() = default;

 private:
  using enum mapping::copy_direction;

  /// `make` says what is to be copied.
  template <class F, class Open> auto open(F make, Open* then) {
    copy_command c;
    auto r = this->request([&](protocol::request&) { c = make(); });
    return Mode::answer_of(then(this->pump_, std::move(r), std::move(c)));
  }
};

} // namespace tusk
