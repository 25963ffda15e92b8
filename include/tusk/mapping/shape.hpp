// tusk: mapping/shape.hpp — a row type described without its type.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Names, types, offsets and decode functions of the members as plain tables, so that matching columns, walking rows and
// wording errors are compiled once and not once per row type. Must not know a column.
#pragma once

#include <tusk/mapping/renamed.hpp>
#include <tusk/mapping/row_type.hpp>
#include <tusk/mapping/words.hpp>
#include <tusk/wire/oid.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tusk::mapping {

/// How a column type of codec::also is read.
struct also_read {
  oid type;
  read_function read;
};

/// All that has to be known of a member's type.
struct member_type {
  std::string_view name; ///< in C++, without its std::optional
  bool nullable;
  std::span<oid const> oids; ///< the column types that `read` reads
  read_function read;
  std::span<also_read const> also; ///< column types that have to be known to be read
  read_function users;             ///< for columns of types that users have created; nullptr: they are not read

  /// Reads columns of `type`; nullptr if they cannot be read as this.
  read_function reader_of(oid type) const noexcept {
    for (auto o : oids)
      if (o == type) return read;
    for (auto const& a : also)
      if (a.type == type) return a.read;
    return is_of_users(type) ? users : nullptr;
  }
  /// With its std::optional.
  std::string spelling() const { return words({nullable ? "std::optional<" : "", name, nullable ? ">" : ""}); }
};

template <class M>
inline constexpr auto also_reads = []<std::size_t... I>(std::index_sequence<I...>) {
  using the_codec = codec<value_type_t<M>>;
  return std::array<also_read, sizeof...(I)>{also_read{the_codec::also[I], read_value<M, the_codec::also[I]>}...};
}(std::make_index_sequence<codec<value_type_t<M>>::also.size()>{});

template <class M> consteval std::span<also_read const> also_reads_of() {
  if constexpr (reads_also<value_type_t<M>>)
    return also_reads<M>;
  else
    return {};
}

template <class M> consteval read_function users_read_of() {
  using T = value_type_t<M>;
  if constexpr (!reads_of_users<T>())
    return nullptr;
  else if constexpr (reads_also<T>)
    return read_value<M, first_of_users>;
  else
    return read_value<M>;
}

template <class M>
inline constexpr member_type member_type_of{cpp_name<value_type_t<M>>(),  is_nullable<M>,
                                            codec<value_type_t<M>>::oids, read_value<M>,
                                            also_reads_of<M>(),           users_read_of<M>()};

/// A row type. One object for each, its address tells them apart.
struct shape {
  std::string_view name; ///< in C++
  row_kind kind;
  std::uint16_t size;                ///< how many members
  std::string_view const* names;     ///< of the members' columns; nullptr unless `kind` is aggregate
  member_type const* const* members; ///< of size `size`, as are the next
  std::uint32_t const* offsets;      ///< in bytes from the begin of the row
};

template <class List> struct member_table;
template <class... M> struct member_table<types<M...>> {
  static constexpr std::array<member_type const*, sizeof...(M)> value{&member_type_of<M>...};
};

template <class T> std::array<std::uint32_t, row_size<T>> offsets_of() {
  std::array<std::uint32_t, row_size<T>> out{};
  T sample{};
  auto* to = out.data();
  auto const from = reinterpret_cast<std::uintptr_t>(std::addressof(sample));
  row_type<T>::each(sample, [&](auto&... m) {
    ((*to++ = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(std::addressof(m)) - from)), ...);
  });
  return out;
}

/// The description of T, for which check_row must hold. Made at the first call, kept until the program ends.
template <class T> shape const& shape_of() {
  static auto const offsets = offsets_of<T>();
  static constexpr std::string_view const* names = [] {
    if constexpr (row_type<T>::kind == row_kind::aggregate)
      return column_names<T>.data();
    else
      return static_cast<std::string_view const*>(nullptr);
  }();
  static shape const it{cpp_name<T>(),
                        row_type<T>::kind,
                        static_cast<std::uint16_t>(row_size<T>),
                        names,
                        member_table<typename row_type<T>::members>::value.data(),
                        offsets.data()};
  return it;
}

} // namespace tusk::mapping
