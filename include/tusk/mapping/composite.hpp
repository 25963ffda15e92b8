// tusk: mapping/composite.hpp — composite types of PostgreSQL as aggregates of C++.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A row type is an aggregate, too: whether a struct is a row or one value in a row is said by its codec, in one line.
// Attributes and members are matched by their position, since names do not travel with the values. Knows codecs and the
// members of aggregates.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/reflect.hpp>
#include <tusk/mapping/value.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/quoted.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tusk {

/// The codec of an aggregate that is a value of a composite type, or of a record:
///
///     struct address { std::string street; std::optional<int> number; };
///     template <> struct tusk::codec<address> : tusk::composite<address> {};
///
/// The members have the order and the types of the attributes; std::optional where one may be NULL. Composites may be
/// in composites and in arrays.
template <class T> struct composite {
  static_assert(mapping::plain_aggregate<T>, "tusk: a composite is a struct without private members, constructors and "
                                             "virtual functions");

  static constexpr std::array oids{oid::record};
  static constexpr bool of_users = true;
  static constexpr oid array = oid::record_array;

  /// record_send in the server's sources:
  ///
  ///     composite = count *( type length attribute )        ; length -1: NULL
  static void decode(reader& in, T& out) {
    constexpr auto members = static_cast<std::int32_t>(mapping::member_count<T>);
    auto const count = in.get<std::int32_t>();
    if (!in.ok()) return;
    if (count != members)
      throw error(errc::invalid_value,
                  "it has " + std::to_string(count) + " attributes, not " + std::to_string(members));
    std::size_t index = 0;
    if constexpr (check_members())
      mapping::visit(out, [&](auto&... m) { ((in.ok() ? read(in, index++, m) : void()), ...); });
  }

  static void put_text(T const& value, std::string& out) {
    out += '(';
    std::string one;
    bool first = true;
    auto const put = [&]<class M>(M const& member) {
      if (!first) out += ',';
      first = false;
      one.clear();
      if constexpr (mapping::is_nullable<M>) {
        if (!member) return;
        tusk::put_text(*member, one);
      } else {
        tusk::put_text(member, one);
      }
      put_quoted(one, quoting::in_composites, out);
    };
    mapping::visit(value, [&](auto const&... m) { (put(m), ...); });
    out += ')';
  }

  static T parse(std::string_view text) {
    scanner in(text, "composite: write such as (1,\"a b\",) with as many attributes as the type has");
    in.skip_blanks();
    in.need('(');
    T out{};
    bool first = true;
    auto const take = [&]<class M>(M& member) {
      if (!first) in.need(',');
      first = false;
      bool quoted = false;
      auto const one = scan_quoted(in, quoting::in_composites, &quoted);
      if constexpr (mapping::is_nullable<M>) {
        if (quoted || !one.empty()) member = from_text<mapping::value_type_t<M>>(one);
      } else {
        if (!quoted && one.empty()) in.refuse();
        member = from_text<M>(one);
      }
    };
    mapping::visit(out, [&](auto&... m) { (take(m), ...); });
    in.need(')');
    in.skip_blanks();
    in.end();
    return out;
  }

 private:
  /// Whether every member can be an attribute; if not, a static_assert has said so, and the compiler's lines around it
  /// say which member it is.
  static consteval bool check_members() {
    return []<class... M, std::size_t... I>(mapping::types<M...>, std::index_sequence<I...>) {
      return (check_member<M, mapping::printed_member<T, I>()>() && ...);
    }(mapping::member_types<T>{}, std::make_index_sequence<mapping::member_count<T>>{});
  }
  template <class M, auto Name> static consteval bool check_member() {
    static_assert(mapping::column_value<M>, "tusk: this composite has a member of a type that has no codec");
    return mapping::column_value<M>;
  }

  template <class M> static void read(reader& in, std::size_t index, M& member) {
    using value = mapping::value_type_t<M>;
    auto const type = static_cast<oid>(in.get<std::uint32_t>());
    auto const length = in.get<std::uint32_t>();
    if (!in.ok()) return;
    auto const refuse = [index](std::string const& why, errc code = errc::invalid_value) {
      throw error(code, "attribute " + std::to_string(index + 1) + ": " + why);
    };
    if (length == 0xffffffff) {
      if constexpr (mapping::is_nullable<M>)
        member.reset();
      else
        refuse("NULL, use std::optional", errc::unexpected_null);
      return;
    }
    if (!tusk::reads<value>(type))
      refuse(wire::type_name(type) + " does not fit " + std::string(cpp_name<value>()), errc::column_mismatch);
    reader one(in.take(length));
    if (!in.ok()) return;
    try {
      if constexpr (mapping::is_nullable<M>) {
        if (!member) member.emplace();
        decode_as(one, *member, type);
      } else {
        decode_as(one, member, type);
      }
    } catch (error const& e) {
      throw e.in("attribute " + std::to_string(index + 1));
    }
    if (!one.ok()) refuse(one.why());
    if (one.left() != 0) refuse("it is longer than its type");
  }
};

} // namespace tusk
