// tusk: mapping/params.hpp — C++ arguments as the parameters of a statement.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The types and formats of the parameters are known when the program is compiled; at run time values are written one
// behind the other straight into the message. Nothing is converted but what C++ has in many spellings (texts, arrays)
// and PostgreSQL in one. Must not know messages other than the middle of a Bind, nor statements.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/words.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/null.hpp>
#include <tusk/wire/bytes.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace tusk::mapping {

/// The protocol counts parameters in 16 bits.
inline constexpr std::size_t max_parameters = 65535;

/// There is a codec of T, be it for results, for parameters or for both.
template <class T>
concept has_codec = requires { codec<T>::oids; };

/// How an argument of type A is sent: as a `type`, which `of` makes of it and which has a codec. May have a consteval
/// `refuse()`, which says by a static_assert why an A is not sent.
template <class A> struct sent_as {
  using type = A;
  static A const& of(A const& a) noexcept { return a; }
};
template <class Char>
  requires std::same_as<std::remove_const_t<Char>, char>
struct sent_as<Char*> {
  using type = std::string_view;
  static std::string_view of(char const* text) {
    if (text == nullptr)
      throw error(errc::invalid_parameter, "it is a null pointer: use tusk::null or std::optional for NULL");
    return text;
  }
};
/// The text in an array ends at the first NUL, as that of every C string, or at its end.
template <std::size_t N> struct sent_as<char[N]> {
  using type = std::string_view;
  static std::string_view of(char const (&text)[N]) noexcept {
    auto const* zero = static_cast<char const*>(std::memchr(text, 0, N));
    return {text, zero == nullptr ? N : static_cast<std::size_t>(zero - text)};
  }
};
template <class T, std::size_t N>
  requires has_codec<std::span<T const>>
struct sent_as<T[N]> {
  using type = std::span<T const>;
  static type of(T const (&values)[N]) noexcept { return values; }
};
template <class T, std::size_t N>
  requires has_codec<std::span<T const>>
struct sent_as<std::span<T, N>> {
  using type = std::span<T const>;
  static type of(std::span<T, N> values) noexcept { return values; }
};
template <> struct sent_as<std::string> {
  using type = std::string_view;
  static type of(std::string const& text) noexcept { return text; }
};
template <class A> using sent_as_t = typename sent_as<A>::type;

template <class A> inline constexpr bool is_null = std::same_as<A, null_t> || std::same_as<A, std::nullopt_t>;
template <class A> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;

/// Without its std::optional.
template <class A> struct argument_value {
  using type = A;
};
template <class T> struct argument_value<std::optional<T>> {
  using type = T;
};
template <class A> using argument_value_t = typename argument_value<A>::type;

/// Whether A can be an argument; if not, a static_assert has said why.
template <class A> consteval bool check_argument() {
  using value = argument_value_t<A>;
  if constexpr (is_null<A> || sendable<sent_as_t<value>>)
    return true;
  else if constexpr (requires { sent_as<value>::refuse(); }) {
    sent_as<value>::refuse();
    return false;
  } else {
    constexpr bool pointer = std::is_pointer_v<value> || std::is_member_pointer_v<value>;
    constexpr bool is_unsigned = std::is_unsigned_v<value>;
    static_assert(!std::is_null_pointer_v<value>, "tusk: nullptr is not a parameter: use tusk::null or std::nullopt");
    static_assert(!pointer,
                  "tusk: a pointer cannot be a parameter: pass the value that it points to, or a std::optional");
    static_assert(!std::is_enum_v<value>, "tusk: this enum has no labels: specialise tusk::enum_labels for it, or pass "
                                          "its underlying value");
    static_assert(!is_unsigned,
                  "tusk: an unsigned integer cannot be a parameter, PostgreSQL has none: pass a signed type "
                  "that holds the value, such as std::int64_t");
    static_assert(std::is_null_pointer_v<value> || pointer || std::is_enum_v<value> || is_unsigned,
                  "tusk: an argument of this type has no codec: include the header of its codec, or specialise "
                  "tusk::codec for it");
    return false;
  }
}

/// What an argument of type A is declared as in Parse; none leaves it to the server.
template <class A> consteval oid argument_type() {
  if constexpr (is_null<A>)
    return oid::none;
  else if constexpr (check_argument<A>())
    return parameter_type<sent_as_t<argument_value_t<A>>>();
  else
    return oid::none; // refused above, and nothing more to say
}

/// The declared types of the arguments, for Parse.
template <class... A> inline constexpr std::array<oid, sizeof...(A)> parameter_types{argument_type<A>()...};

enum class parameter_format : std::int16_t { text = 0, binary = 1 };

template <class A> consteval parameter_format format_of() {
  if constexpr (is_null<A>)
    return parameter_format::binary; // there is nothing that has a form
  else
    return sent_as_text<sent_as_t<argument_value_t<A>>>() ? parameter_format::text : parameter_format::binary;
}

/// The format codes of a Bind: none when all are text, one when all are binary, else one for each.
template <class... A> consteval auto parameter_formats() {
  constexpr bool any_text = ((!is_null<A> && format_of<A>() == parameter_format::text) || ...);
  constexpr bool any_binary = ((!is_null<A> && format_of<A>() == parameter_format::binary) || ...);
  if constexpr (!any_binary)
    return std::array<parameter_format, 0>{};
  else if constexpr (!any_text)
    return std::array{parameter_format::binary};
  else
    return std::array{format_of<A>()...};
}

/// Writes one value: its length and its bytes, or the length -1 for NULL.
template <class A> void put_argument(A const& a, writer& to) {
  if constexpr (is_null<A>)
    to.put(std::int32_t(-1));
  else if constexpr (is_optional<A>) {
    if (a)
      put_argument(*a, to);
    else
      to.put(std::int32_t(-1));
  } else {
    auto const place = to.begin_length();
    encode_parameter<sent_as_t<A>>(sent_as<A>::of(a), to);
    to.end_length(place);
  }
}

/// Writes the format codes and the number of values, which follow.
inline void put_formats(std::span<parameter_format const> formats, std::size_t count, writer& to) {
  to.put(static_cast<std::uint16_t>(formats.size()));
  for (auto const f : formats) to.put(static_cast<std::int16_t>(f));
  to.put(static_cast<std::uint16_t>(count));
}

/// Takes back what was written since `start` and says which parameter it was, counted from 0.
[[noreturn, gnu::cold]] inline void refuse_parameter(error const& e, std::size_t index, std::size_t start, writer& to) {
  to.bytes().truncate(start);
  throw e.in(words({"parameter $", index + 1, " cannot be sent"}));
}

/// Writes the middle of a Bind message: Int16 number of format codes, the codes, Int16 number of values, the values.
/// Throws error(errc::invalid_parameter) that names the parameter, and has then written nothing.
template <class... A> void encode_parameters(writer& to, A const&... a) {
  static_assert(sizeof...(A) <= max_parameters, "tusk: a statement has at most 65535 parameters");
  if constexpr ((check_argument<A>() & ... & true)) {
    auto const start = to.bytes().size();
    static constexpr auto formats = parameter_formats<A...>();
    put_formats(formats, sizeof...(A), to);
    std::size_t index = 0;
    try {
      ((put_argument(a, to), ++index), ...);
    } catch (error const& e) {
      refuse_parameter(e, index, start, to);
    }
  }
}

} // namespace tusk::mapping
