// tusk: mapping/sql_text.hpp — SQL as the first argument of a query, checked by the compiler when it is a literal.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Works as std::format_string does: a literal is converted while compiling, and when its placeholders are not as many
// as the arguments, the conversion calls a function that cannot be called then, whose name says why. Must not know
// statements, nor the types of the arguments but for their number.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/placeholders.hpp>

#include <concepts>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace tusk::mapping {

// Declared for the sake of their names, which are error messages of the compiler, and never defined.
void this_SQL_has_more_placeholders_than_there_are_arguments();
void this_SQL_has_fewer_placeholders_than_there_are_arguments();
void this_SQL_ends_inside_a_string();
void this_SQL_ends_inside_a_quoted_identifier();
void this_SQL_ends_inside_a_dollar_quoted_string();
void this_SQL_ends_inside_a_comment();
void this_SQL_contains_a_parameter_0_but_they_begin_at_1();
void this_SQL_contains_a_parameter_beyond_65535();
void this_SQL_contains_a_NUL();

/// SQL with a placeholder $1, $2 ... for each of Args, for the first parameter of a function
///
///     template <class... A> void query(sql_text<std::type_identity_t<A>...> sql, A const&... arguments);
///
/// Borrows the text: the function reads it before it returns.
template <class... Args> class sql_text {
 public:
  /// From a literal: the placeholders are counted while compiling.
  template <std::size_t N>
  consteval sql_text(char const (&literal)[N]) : sql_(literal, literal[N - 1] == '\0' ? N - 1 : N), checked_(true) {
    check();
  }
  /// From an array that is filled at run time; it ends at its first NUL.
  template <std::size_t N> sql_text(char (&text)[N]) noexcept : sql_(text, length(text, N)) {}
  /// From anything else that is a text: `refuse_surplus()` looks at it, the rest is up to the server.
  template <class S>
    requires(std::convertible_to<S const&, std::string_view> && !std::is_array_v<S> && !std::is_pointer_v<S> &&
             !std::is_null_pointer_v<S>)
  sql_text(S const& text) noexcept(noexcept(std::string_view(text))) : sql_(text) {}
  /// From a C string. Throws error(errc::invalid_parameter) when it is a null pointer.
  template <class P>
    requires(std::same_as<P, char const*> || std::same_as<P, char*>)
  sql_text(P const& text) : sql_(not_null(text)) {}
  sql_text(std::nullptr_t) = delete;

  constexpr std::string_view view() const noexcept { return sql_; }

  /// Throws errc::parameter_mismatch when there are more arguments than placeholders and the compiler could not see it.
  /// Nobody else would: the server takes arguments that the statement does not mention. Too few it reports.
  void refuse_surplus() const {
    if (checked_ || sizeof...(Args) == 0) return;
    auto const found = find_placeholders(sql_);
    if (found.fault == sql_fault::none && found.highest < sizeof...(Args))
      throw error(errc::parameter_mismatch, "the SQL has " + std::to_string(found.highest) + " parameters, " +
                                                std::to_string(sizeof...(Args)) + " arguments were given");
  }

 private:
  consteval void check() const {
    if (sql_.find('\0') != sql_.npos) this_SQL_contains_a_NUL();
    auto const found = find_placeholders(sql_);
    switch (found.fault) {
    case sql_fault::none: break;
    case sql_fault::open_string: this_SQL_ends_inside_a_string(); break;
    case sql_fault::open_identifier: this_SQL_ends_inside_a_quoted_identifier(); break;
    case sql_fault::open_dollar: this_SQL_ends_inside_a_dollar_quoted_string(); break;
    case sql_fault::open_comment: this_SQL_ends_inside_a_comment(); break;
    case sql_fault::parameter_zero: this_SQL_contains_a_parameter_0_but_they_begin_at_1(); break;
    case sql_fault::parameter_beyond: this_SQL_contains_a_parameter_beyond_65535(); break;
    }
    if (found.highest > sizeof...(Args)) this_SQL_has_more_placeholders_than_there_are_arguments();
    if (found.highest < sizeof...(Args)) this_SQL_has_fewer_placeholders_than_there_are_arguments();
  }
  static std::size_t length(char const* text, std::size_t size) noexcept {
    auto const* zero = static_cast<char const*>(std::memchr(text, 0, size));
    return zero == nullptr ? size : static_cast<std::size_t>(zero - text);
  }
  static char const* not_null(char const* text) {
    if (text == nullptr) throw error(errc::invalid_parameter, "the SQL is a null pointer");
    return text;
  }

  std::string_view sql_;
  bool checked_ = false;
};

} // namespace tusk::mapping
