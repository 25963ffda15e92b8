// tusk: mapping/columns_of.hpp — many structs as one array for each of their members.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What `unnest` wants, and so the way to insert or to join with many rows in one statement. Knows the members of
// aggregates, no column and no codec.
#pragma once

#include <tusk/mapping/reflect.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace tusk::mapping {

/// What an array of members has as its elements: texts are not copied.
template <class M> struct gathered {
  using type = M;
};
template <> struct gathered<std::string> {
  using type = std::string_view;
};
template <> struct gathered<std::optional<std::string>> {
  using type = std::optional<std::string_view>;
};

template <class List> struct gathered_members;
template <class... M> struct gathered_members<types<M...>> {
  using type = std::tuple<std::vector<typename gathered<M>::type>...>;
};

/// A class of its own: GCC 12 loses whatever stands behind the lambda in member_types.
template <class T> struct members_of {
  using type = member_types<T>;
};

template <class T> class gatherer {
 public:
  using result = typename gathered_members<typename members_of<T>::type>::type;

  static result gather(std::span<T const> rows) {
    result columns;
    each_column(columns, [&](auto& column) { column.reserve(rows.size()); });
    for (auto const& row : rows) visit(row, [&](auto const&... members) { append(columns, places{}, members...); });
    return columns;
  }

 private:
  using places = std::make_index_sequence<std::tuple_size_v<result>>;

  template <class F> static void each_column(result& columns, F f) {
    std::apply([&](auto&... all) { (f(all), ...); }, columns);
  }
  template <std::size_t... I, class... M>
  static void append(result& columns, std::index_sequence<I...>, M const&... members) {
    (std::get<I>(columns).emplace_back(members), ...);
  }
};

} // namespace tusk::mapping

namespace tusk {

/// A std::tuple of one std::vector for each member of T, in the order of the members:
///
///     auto const [ids, names] = tusk::columns_of(users);
///     co_await db.execute("insert into users select * from unnest($1::int[], $2::text[])", ids, names);
///
/// Texts are borrowed: `rows` must not change while the tuple is used.
template <class T> auto columns_of(std::span<T const> rows) {
  static_assert(mapping::plain_aggregate<T>, "tusk: columns_of takes structs without private members and constructors");
  return mapping::gatherer<T>::gather(rows);
}
template <class T> auto columns_of(std::vector<T> const& rows) { return columns_of(std::span<T const>(rows)); }
template <class T> void columns_of(std::vector<T>&& rows) = delete; // they would be gone

} // namespace tusk
