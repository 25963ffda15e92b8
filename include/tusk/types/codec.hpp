// tusk: types/codec.hpp — the contract between a C++ type and PostgreSQL's binary form of it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Specialise `codec<T>` to teach the driver a type; `types/uuid.hpp` is the model. This file holds the primary
// template, the concepts that the mapping asks for, and nothing of any particular type. Must not know rows, messages or
// sockets.
#pragma once

#include <tusk/wire/bytes.hpp>
#include <tusk/wire/oid.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace tusk {

using wire::oid;
using wire::reader;
using wire::writer;

/// How values of `T` are read from results and sent as parameters. Not defined here: a type without a specialisation
/// does not compile. A specialisation has:
///
///     // The column types that decode() reads. A parameter is declared as the first, an array's elements are of it.
///     static constexpr std::array oids{oid::uuid};
///     // The array type whose elements it can be; oid::none if there is none.
///     static constexpr oid array = oid::uuid_array;
///     // `in` holds exactly the value's bytes: read them all, or in.fail() with a literal that completes "bad uuid: ".
///     static void decode(reader& in, uuid& out);
///     // to.fail() when the value cannot be sent.
///     static void encode(uuid const& value, writer& to);
///
/// and may have:
///
///     // The binary form of oids[0] always has this many bytes: reading it is faster.
///     static constexpr std::size_t width = 16;
///     // Values point into the received bytes.
///     static constexpr bool borrows = true;
///     // A parameter is sent in its text form, its type inferred by the server as that of a quoted literal; encode()
///     // writes text. As an array's element it is of the type oids[0], of which the text must be the binary form too.
///     static constexpr bool as_text = true;
///     // Column types besides `oids`, whose bytes are told apart from theirs only by the column's type.
///     static constexpr std::array also{oid::jsonb};
///     static void decode(reader& in, std::string& out, oid type);
///     // The text form, as the server writes it, and what reads it; else to_string(value) and uuid::parse(text) are.
///     static void put_text(uuid const& value, std::string& out);
///     static uuid parse(std::string_view text);
///     // Columns of types that users and extensions have created are read: decode() must judge by the bytes. A
///     // parameter is sent in the text form, and the server infers its type. `oids` may be empty.
///     static constexpr bool of_users = true;
///     // Columns of those types are read, and a parameter is what it is without that.
///     static constexpr bool reads_of_users = true;
///     // What separates its text forms in an array; else a comma does.
///     static constexpr char delimiter = ';';
///     // The C++ type in messages; else the compiler's spelling.
///     static constexpr std::string_view name = "tusk::uuid";
///
/// `out` may hold an earlier row's value: overwrite it, reuse its memory. decode() is called with lengths that the
/// server chose: it must not read outside of `in`, nor allocate more than `in.left()` justifies. Where no literal can
/// say what is wrong ("element 3 is NULL"), it may throw `error` instead; the caller puts row and column before it.
template <class T> struct codec;

template <class T>
concept decodable = requires(reader& in, T& out) {
  { codec<T>::oids.size() } -> std::convertible_to<std::size_t>;
  codec<T>::decode(in, out);
};

/// Reads column types that decode() must be told.
template <class T>
concept reads_also = decodable<T> && requires(reader& in, T& out, oid type) {
  { codec<T>::also.size() } -> std::convertible_to<std::size_t>;
  codec<T>::decode(in, out, type);
};

template <class T>
concept encodable = requires(writer& to, T const& value) {
  { codec<T>::oids.size() } -> std::convertible_to<std::size_t>;
  codec<T>::encode(value, to);
};

/// Reads columns, or is sent as a parameter, of types that users and extensions have created. Their numbers differ
/// between databases.
template <class T> consteval bool of_users() {
  if constexpr (requires { codec<T>::of_users; })
    return codec<T>::of_users;
  else
    return false;
}
template <class T> consteval bool reads_of_users() {
  if constexpr (requires { codec<T>::reads_of_users; })
    return codec<T>::reads_of_users;
  else
    return of_users<T>();
}
/// Those types have numbers from here on (FirstNormalObjectId in the server's sources).
inline constexpr oid first_of_users = oid(16384);
constexpr bool is_of_users(oid type) noexcept { return type >= first_of_users; }

/// Sent in binary form, as a type with a number that is known.
template <class T>
concept has_type = encodable<T> && !of_users<T>();

template <class T>
concept fixed_width = requires {
  { codec<T>::width } -> std::convertible_to<std::size_t>;
};

/// Whether values of `type` are read as T.
template <decodable T> constexpr bool reads(oid type) noexcept {
  for (auto one : codec<T>::oids)
    if (one == type) return true;
  if constexpr (reads_also<T>)
    for (auto one : codec<T>::also)
      if (one == type) return true;
  return reads_of_users<T>() && is_of_users(type);
}

/// Reads a value of `type`, one that `reads<T>()` allows.
template <decodable T> void decode_as(reader& in, T& out, [[maybe_unused]] oid type) {
  if constexpr (reads_also<T>)
    codec<T>::decode(in, out, type);
  else
    codec<T>::decode(in, out);
}

/// Sent in text form, with the type left to the server: a number would have to be looked up.
template <class T> consteval bool sent_as_text() {
  if constexpr (of_users<T>())
    return true;
  else if constexpr (requires { codec<T>::as_text; })
    return codec<T>::as_text;
  else
    return false;
}

/// Whether values of T point into the received bytes.
template <class T> inline constexpr bool borrows_v = false;
template <class T>
  requires requires { codec<T>::borrows; }
inline constexpr bool borrows_v<T> = codec<T>::borrows;
template <class T> inline constexpr bool borrows_v<std::optional<T>> = borrows_v<T>;

/// Has a text form.
template <class T>
concept writes_text =
    requires(T const& value, std::string& out) { codec<T>::put_text(value, out); } || requires(T const& value) {
      { to_string(value) } -> std::convertible_to<std::string>;
    };

/// Is read from its text form.
template <class T>
concept reads_text = requires(std::string_view text) {
  { codec<T>::parse(text) } -> std::same_as<T>;
} || requires(std::string_view text) {
  { T::parse(text) } -> std::same_as<T>;
};

/// The same where the text goes away: nothing points into it.
template <class T>
concept reads_passing_text = reads_text<T> && !borrows_v<T>;

/// Appends the text form, as the server writes it under its standard settings.
template <writes_text T> void put_text(T const& value, std::string& out) {
  if constexpr (requires { codec<T>::put_text(value, out); })
    codec<T>::put_text(value, out);
  else
    out += to_string(value);
}

/// Reads the text form. Throws error: errc::invalid_value, errc::unexpected_null for a NULL in it that has no
/// std::optional.
template <reads_text T> T from_text(std::string_view text) {
  if constexpr (requires { codec<T>::parse(text); })
    return codec<T>::parse(text);
  else
    return T::parse(text);
}

/// Can be a parameter.
template <class T>
concept sendable = has_type<T> || (of_users<T>() && writes_text<T>);

/// Writes a parameter in the form that it is sent in.
template <sendable T> void encode_parameter(T const& value, writer& to) {
  if constexpr (of_users<T>()) {
    std::string text;
    put_text(value, text);
    to.put(std::string_view(text));
  } else {
    codec<T>::encode(value, to);
  }
}

/// The type that a parameter of type T is declared as.
template <class T> consteval oid parameter_type() {
  if constexpr (sent_as_text<T>())
    return oid::none;
  else
    return codec<T>::oids[0];
}

/// The compiler's spelling of T, for messages.
template <class T> consteval std::string_view spelling() {
  std::string_view s =
      __PRETTY_FUNCTION__; // "... spelling() [with T = int; ...]" (GCC), "... spelling() [T = int]" (clang)
  s.remove_prefix(s.find("T = ") + 4);
  return s.substr(0, s.find_first_of(";]"));
}

/// How T is named in messages.
template <class T> consteval std::string_view cpp_name() {
  if constexpr (requires { codec<T>::name; })
    return codec<T>::name;
  else
    return spelling<T>();
}

} // namespace tusk
