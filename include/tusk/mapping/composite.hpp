// tusk: mapping/composite.hpp — composite types of PostgreSQL as aggregates of C++.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A row type is an aggregate, too: whether a struct is a row or one value in a row is said by its codec, in one line.
// Attributes and members are matched by their position, since names do not travel with the values; tuple.hpp has what
// needs no struct. Knows codecs, arguments and the members of aggregates.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/params.hpp>
#include <tusk/mapping/reflect.hpp>
#include <tusk/mapping/value.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/quoted.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tusk::mapping {

/// How a composite is taken apart into its attributes.
template <class T> struct attributes {
  static_assert(plain_aggregate<T>, "tusk: a composite is a struct without private members, constructors and "
                                    "virtual functions");
  using members = member_types<T>;
  template <class Value, class F> static constexpr void each(Value& value, F&& f) { visit(value, f); }
  /// What a compiler is to print of member I.
  template <std::size_t I> static consteval auto name_to_print() { return printed_member<T, I>(); }
};

/// Whether a T with the attribute M borrows because of it. An array of T's in a T does not make it do so: asked whether
/// it borrows it would ask T.
template <class T, class M> consteval bool attribute_borrows() {
  if constexpr (requires { requires std::same_as<typename codec<value_type_t<M>>::value, T>; })
    return false;
  else
    return borrows_v<M>;
}
template <class T, class... M> consteval bool any_borrows(types<M...>) { return (attribute_borrows<T, M>() || ...); }

} // namespace tusk::mapping

namespace tusk {

/// The codec of an aggregate that is a value of a composite type, or of a record:
///
///     struct address { std::string street; std::optional<int> number; };
///     template <> struct tusk::codec<address> : tusk::composite<address> {};
///
/// The members have the order and the types of the attributes; std::optional where one may be NULL. Composites may be
/// in composites and in arrays.
template <class T> class composite {
  using attributes = mapping::attributes<T>;
  using members = typename attributes::members;

 public:
  static constexpr std::array oids{oid::record};
  static constexpr bool of_users = true;
  static constexpr oid array = oid::record_array;
  static constexpr bool borrows = mapping::any_borrows<T>(members{});

  /// record_send in the server's sources:
  ///
  ///     composite = count *( type length attribute )        ; length -1: NULL
  static void decode(reader& in, T& out) {
    constexpr auto expected = static_cast<std::int32_t>(members::size);
    auto const count = in.get<std::int32_t>();
    if (!in.ok()) return;
    if (count != expected)
      throw error(errc::invalid_value,
                  "it has " + std::to_string(count) + " attributes, not " + std::to_string(expected));
    std::size_t index = 0;
    if constexpr (check_members())
      attributes::each(out, [&](auto&... m) { ((in.ok() ? read(in, index++, m) : void()), ...); });
  }

  static void put_text(T const& value, std::string& out) {
    out += '(';
    std::string one;
    bool first = true;
    auto const put = [&]<class M>(M const& member) {
      if (!first) out += ',';
      first = false;
      one.clear();
      if constexpr (mapping::is_null<M>) {
        return;
      } else if constexpr (mapping::is_nullable<M>) {
        if (!member) return;
        put_attribute(*member, one);
      } else {
        put_attribute(member, one);
      }
      put_quoted(one, quoting::in_composites, out);
    };
    attributes::each(value, [&](auto const&... m) { (put(m), ...); });
    out += ')';
  }

  static T parse(std::string_view text)
    requires(!borrows)
  {
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
    attributes::each(out, [&](auto&... m) { (take(m), ...); });
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
      return (check_member<M, attributes::template name_to_print<I>()>() && ...);
    }(members{}, std::make_index_sequence<members::size>{});
  }
  template <class M, auto Name> static consteval bool check_member() {
    static_assert(mapping::column_value<M>, "tusk: this composite has a member of a type that has no codec");
    return mapping::column_value<M>;
  }

  template <class V> static void put_attribute(V const& value, std::string& out) {
    tusk::put_text<mapping::sent_as_t<V>>(mapping::sent_as<V>::of(value), out);
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
