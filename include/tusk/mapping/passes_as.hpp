// tusk: mapping/passes_as.hpp — arguments for parameters whose types were fixed before.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A prepared statement has declared its parameters; an argument of another type passes when nothing can be lost: an int
// for an std::int64_t, never the other way round. Decided by the types alone, when the program is compiled. Must not
// know statements.
#pragma once

#include <tusk/mapping/params.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <limits>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tusk::mapping {

/// A number in the sense of PostgreSQL: neither bool nor a character.
template <class T>
concept number =
    std::is_arithmetic_v<T> && !std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
    !std::same_as<T, char8_t> && !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

/// To holds each value of From exactly.
template <class To, class From>
concept holds_all_of = number<To> && number<From> && (std::floating_point<To> || std::integral<From>) &&
                       (std::signed_integral<To> || std::floating_point<To> || std::unsigned_integral<From>) &&
                       std::numeric_limits<To>::digits >= std::numeric_limits<From>::digits;

/// The element type of what is sent as an array; void for everything else.
template <class A> struct element_of {
  using type = void;
};
template <class T, class Allocator> struct element_of<std::vector<T, Allocator>> {
  using type = T;
};
template <class T, std::size_t N> struct element_of<std::array<T, N>> {
  using type = T;
};
template <class T, std::size_t N> struct element_of<std::span<T, N>> {
  using type = std::remove_const_t<T>;
};
template <class T, std::size_t N> struct element_of<T[N]> {
  using type = std::remove_const_t<T>;
};
template <class A> using element_of_t = typename element_of<A>::type;

/// As what the elements of an array are sent, whether they may be NULL or not; void for everything else.
template <class A> struct sent_elements {
  using type = sent_as_t<argument_value_t<element_of_t<A>>>;
};
template <class A>
  requires std::is_void_v<element_of_t<A>>
struct sent_elements<A> {
  using type = void;
};
template <class A> using sent_elements_t = typename sent_elements<A>::type;

/// Both are arrays of the same elements.
template <class Param, class Arg>
concept same_elements =
    !std::is_void_v<element_of_t<Param>> && std::same_as<sent_elements_t<Param>, sent_elements_t<Arg>>;

/// How many attributes a std::tuple or a std::pair has; 0 for everything else.
template <class A> inline constexpr std::size_t attribute_count = 0;
template <class... M> inline constexpr std::size_t attribute_count<std::tuple<M...>> = sizeof...(M);
template <class A, class B> inline constexpr std::size_t attribute_count<std::pair<A, B>> = 2;

template <class Param, class Arg> consteval bool same_attributes();

/// Both are sent in the same way.
template <class Param, class Arg>
concept sent_alike =
    std::same_as<sent_as_t<Param>, sent_as_t<Arg>> || same_elements<Param, Arg> || same_attributes<Param, Arg>();

template <class Param, class Arg>
concept same_attribute = is_null<Arg> || sent_alike<argument_value_t<Param>, argument_value_t<Arg>>;

/// Both are tuples, and each attribute of the argument is NULL or sent as that of the parameter.
template <class Param, class Arg> consteval bool same_attributes() {
  if constexpr (attribute_count<Param> == 0 || attribute_count<Param> != attribute_count<Arg>)
    return false;
  else
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return (same_attribute<std::remove_cvref_t<std::tuple_element_t<I, Param>>,
                             std::remove_cvref_t<std::tuple_element_t<I, Arg>>> &&
              ...);
    }(std::make_index_sequence<attribute_count<Param>>{});
}

/// Both are declared as the same SQL type and sent in the same form.
template <class Param, class Arg> consteval bool declared_alike() {
  if constexpr (encodable<sent_as_t<Param>> && encodable<sent_as_t<Arg>>)
    return argument_type<Param>() == argument_type<Arg>() && argument_type<Arg>() != oid::none &&
           format_of<Param>() == format_of<Arg>();
  else
    return false;
}

/// Between classes an implicit conversion is the author's word that nothing is lost, as from std::chrono::seconds to
/// microseconds. A std::tuple converts whatever its elements lose.
template <class Param, class Arg>
concept class_converts = std::is_class_v<Param> && std::is_class_v<Arg> && attribute_count<Arg> == 0 &&
                         std::convertible_to<Arg const&, Param>;

/// An argument of type Arg may be passed for a parameter that was declared as Param, and nothing can be lost. NULL
/// passes for every parameter, as does a std::optional of what passes.
template <class Param, class Arg>
concept passes_as = is_null<Arg> || sent_alike<argument_value_t<Param>, argument_value_t<Arg>> ||
                    holds_all_of<argument_value_t<Param>, argument_value_t<Arg>> ||
                    class_converts<argument_value_t<Param>, argument_value_t<Arg>>;

/// Writes `a` as a parameter that was declared as Param would be.
template <class Param, class Arg>
  requires passes_as<Param, Arg>
void put_argument_as(Arg const& a, writer& to) {
  using declared = argument_value_t<Param>;
  if constexpr (is_optional<Arg>) {
    if (a)
      put_argument_as<Param>(*a, to);
    else
      put_argument(null, to);
  } else if constexpr (is_null<Arg>) {
    put_argument(a, to);
  } else if constexpr (sent_alike<declared, Arg>) {
    static_assert(argument_type<declared>() == argument_type<Arg>() && format_of<declared>() == format_of<Arg>());
    put_argument(a, to);
  } else if constexpr (holds_all_of<declared, Arg>) {
    put_argument(static_cast<declared>(a), to);
  } else {
    // The conversion may overflow where the argument's own codec looks, as that of std::chrono does.
    if constexpr (declared_alike<declared, Arg>())
      put_argument(a, to);
    else {
      declared const converted = a;
      put_argument(converted, to);
    }
  }
}

/// Instantiated for an argument that is refused only: the compiler prints its three arguments next to the sentence.
template <class Param, class Arg, std::size_t Number> consteval void refuse_argument() {
  static_assert(passes_as<Param, Arg>, "tusk: this argument does not pass without loss for the parameter that the "
                                       "statement was prepared with: convert it, or prepare with another type");
}

/// The parameters that a statement was prepared with.
template <class... Param> struct declared_parameters {
  static constexpr std::size_t count = sizeof...(Param);
  /// For Parse.
  static constexpr auto const& oids = parameter_types<Param...>;

  /// Whether these arguments may be passed; if not, a static_assert has said why.
  template <class... Arg> static consteval bool check() {
    constexpr bool enough = sizeof...(Arg) >= count, not_too_many = sizeof...(Arg) <= count;
    static_assert(enough, "tusk: fewer arguments than the statement was prepared with");
    static_assert(not_too_many, "tusk: more arguments than the statement was prepared with");
    if constexpr (enough && not_too_many)
      return []<std::size_t... I>(std::index_sequence<I...>) {
        return ([] {
          if constexpr (sent_alike<argument_value_t<Param>, argument_value_t<Arg>>)
            return check_argument<Arg>();
          else if constexpr (passes_as<Param, Arg>)
            return true;
          else {
            refuse_argument<Param, Arg, I + 1>();
            return false;
          }
        }() & ... &
                true);
      }(std::index_sequence_for<Param...>{});
    else
      return false;
  }

  /// As encode_parameters(), in the types that were declared.
  template <class... Arg> static void encode(writer& to, Arg const&... a) {
    if constexpr (check<Arg...>()) {
      auto const start = to.bytes().size();
      static constexpr auto formats = parameter_formats<Param...>();
      put_formats(formats, count, to);
      std::size_t index = 0;
      try {
        ((put_argument_as<Param>(a, to), ++index), ...);
      } catch (error const& e) {
        refuse_parameter(e, index, start, to);
      }
    }
  }
};

} // namespace tusk::mapping
