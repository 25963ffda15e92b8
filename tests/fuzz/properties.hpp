// tusk: tests/fuzz/properties.hpp — what must be so of any bytes that are decoded, and of any text that is read.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Refusing is always right here, in the ways that codec.hpp allows. What is accepted must be a value in all respects:
// it can be sent, received again and written, and stays what it is. Needs fuzz/allocated.hpp in the program.
#pragma once

#include "fuzz/allocated.hpp"
#include "fuzz/types.hpp"
#include "support/table.hpp"

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fuzz {

using tusk::oid;
using byte_view = std::span<std::byte const>;

enum class outcome { accepted, refused };

/// A property does not hold; says which.
struct broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline void require(bool holds, char const* property) {
  if (!holds) throw broken(property);
}

/// What may be allocated for a field, all allocations added up. The most that a byte needs are 26: four bytes are a
/// NULL in an array of composites or an element of an array of numeric ranges, and these have 104 bytes in memory. The
/// rest is for the words of a refusal.
constexpr std::size_t decoding_limit(std::size_t bytes) { return 32 * bytes + 4096; }
/// The same of a text, where nothing says beforehand how many elements there are: memory that grows is allocated again
/// and again. The most that a character needs are 384: a ! of a tsquery is a node of 48 bytes in two vectors one after
/// the other, each of which may have allocated four times what it holds.
constexpr std::size_t reading_limit(std::size_t bytes) { return 512 * bytes + 4096; }

inline constexpr auto unlimited = static_cast<std::size_t>(-1);

/// Runs `f`, which may throw error with one of the codes. False: it did. Anything else that it throws breaks a
/// property, and so does allocating more than `limit`.
template <class F>
bool survives(F f, std::initializer_list<tusk::errc> codes, std::size_t limit, char const* what_it_is) {
  bool done = true;
  auto const before = allocated;
  try {
    f();
  } catch (tusk::error const& e) {
    done = false;
    bool allowed = false;
    for (auto const code : codes) allowed = allowed || e.code() == code;
    if (!allowed) throw broken(std::string(what_it_is) + " throws an error of the wrong code: " + e.what());
  } catch (std::exception const& e) {
    throw broken(std::string(what_it_is) + " throws something else than an error: " + e.what());
  }
  if (auto const used = allocated - before; used > limit)
    throw broken(std::string(what_it_is) + " allocates " + std::to_string(used) + " bytes, not " +
                 std::to_string(limit) + " at most");
  return done;
}

// ---- the steps ------------------------------------------------------------------------------------------------------

/// A value, and the bytes that it may point into: memory of exactly their size, so that a sanitizer sees each one too
/// many.
template <class T> struct decoded {
  std::unique_ptr<std::byte[]> memory;
  T value{};
};

/// Decodes over what is there. False: refused.
template <class T> bool decode(byte_view sent, oid type, decoded<T>& to) {
  to.memory.reset(sent.empty() ? nullptr : new std::byte[sent.size()]);
  if (!sent.empty()) std::memcpy(to.memory.get(), sent.data(), sent.size());
  tusk::reader in(to.memory.get(), to.memory.get() + sent.size());
  return survives([&] { tusk::decode_as(in, to.value, type); },
                  {tusk::errc::invalid_value, tusk::errc::unexpected_null, tusk::errc::column_mismatch},
                  decoding_limit(sent.size()), "decode()") &&
         in.ok() && in.left() == 0;
}

/// What can be seen of a value from outside.
struct form {
  std::string text;
  std::vector<std::byte> sent; ///< nothing if it is not encoded
  bool encoded = false;

  friend bool operator==(form const&, form const&) = default;
};

template <class T, class Promise> form form_of(T const& value) {
  static_assert(tusk::writes_text<T>);
  static_assert(tusk::encodable<T> == Promise::no_binary_form.empty());
  form f;
  require(survives([&] { tusk::put_text(value, f.text); }, {}, unlimited, "put_text()"), "it is written");
  if constexpr (tusk::encodable<T>) {
    tusk::wire::buffer to;
    tusk::writer out(to);
    f.encoded =
        survives([&] { tusk::codec<T>::encode(value, out); }, {tusk::errc::invalid_parameter}, unlimited, "encode()");
    if (f.encoded) f.sent.assign(to.view().begin(), to.view().end());
  }
  return f;
}

/// False: refused. A NULL in an array has a code of its own where no NULL may be.
template <class T> bool read_text(std::string_view text, T& to, std::size_t limit) {
  auto null = tusk::errc::invalid_value;
  if constexpr (requires { tusk::codec<T>::nullable; })
    if (!tusk::codec<T>::nullable) null = tusk::errc::unexpected_null;
  return survives([&] { to = tusk::from_text<T>(text); }, {tusk::errc::invalid_value, null}, limit, "from_text()");
}

/// The type that T is sent as, any number if a user has created it.
template <class T> constexpr oid own_type() {
  if constexpr (tusk::codec<T>::oids.size() == 0)
    return tusk::first_of_users;
  else
    return tusk::codec<T>::oids[0];
}

/// Where the bytes depend on the column's type, the first one chooses it: oids, then also, then a type of a user's.
template <class T> bool take_type(byte_view& input, oid& type) {
  type = own_type<T>();
  if constexpr (tusk::reads_also<T>) {
    if (input.empty()) return false;
    constexpr auto& oids = tusk::codec<T>::oids;
    constexpr auto& also = tusk::codec<T>::also;
    auto const chosen = std::to_integer<std::size_t>(input.front()) % (oids.size() + also.size() + 1);
    input = input.subspan(1);
    type = chosen < oids.size()                 ? oids[chosen]
           : chosen < oids.size() + also.size() ? also[chosen - oids.size()]
                                                : tusk::first_of_users;
  }
  return true;
}

template <class T> bool same_value([[maybe_unused]] T const& a, [[maybe_unused]] T const& b, std::string_view text) {
  if constexpr (std::equality_comparable<T>)
    return a == b || text.find("NaN") != text.npos;
  else
    return true;
}

// ---- the properties -------------------------------------------------------------------------------------------------

/// The value's own text is read as what is promised of it.
template <class T, class Promise> void try_own_text(T const& value, form const& its) {
  auto const promised = Promise::of(value, its.text);
  T again{};
  if (!read_text(its.text, again, unlimited)) return require(promised == fidelity::none, "its text is read");
  auto const reread = form_of<T, Promise>(again);
  if (promised == fidelity::exact)
    require(reread == its && same_value(value, again, its.text), "its text is read as the same value");
  if (promised == fidelity::same_text) require(reread.text == its.text, "its text is read as a value of the same text");
  T once_more{};
  require(read_text(reread.text, once_more, unlimited) && form_of<T, Promise>(once_more).text == reread.text,
          "the text of what is read is read as itself");
}

/// Any bytes.
template <class T, class Promise> outcome try_bytes(byte_view input) {
  oid type{};
  decoded<T> first;
  if (!take_type<T>(input, type) || !decode(input, type, first)) return outcome::refused;
  auto const its = form_of<T, Promise>(first.value);

  if constexpr (tusk::encodable<T>) {
    if (its.encoded) {
      decoded<T> again;
      require(decode(its.sent, own_type<T>(), again), "what is encoded is decoded");
      require(form_of<T, Promise>(again.value) == its && same_value(first.value, again.value, its.text),
              "what is encoded is decoded as the same value");
    } else {
      require(its.text.find('\0') != its.text.npos, "what is decoded is encoded, but for a NUL in a text");
    }
  }

  // Over the value that was accepted before this one, since a row is decoded over an earlier row.
  static std::vector<std::byte> earlier;
  static oid earlier_type;
  if (!earlier.empty()) {
    decoded<T> reused;
    bool const twice = decode<T>(earlier, earlier_type, reused) && decode<T>(input, type, reused);
    if (!twice || form_of<T, Promise>(reused.value) != its)
      throw broken("it is decoded as the same value over an earlier one, here " + support::to_hex(earlier));
  }
  earlier.assign(input.begin(), input.end());
  earlier_type = type;

  if constexpr (Promise::no_text.empty()) try_own_text<T, Promise>(first.value, its);
  return outcome::accepted;
}

/// Any text.
template <class T, class Promise> outcome try_text(byte_view input) {
  // Of exactly that size, and not NUL-terminated.
  std::unique_ptr<char[]> const exact(input.empty() ? nullptr : new char[input.size()]);
  if (!input.empty()) std::memcpy(exact.get(), input.data(), input.size());
  T value{};
  if (!read_text(std::string_view(exact.get(), input.size()), value, reading_limit(input.size())))
    return outcome::refused;
  auto const its = form_of<T, Promise>(value);
  T again{};
  require(read_text(its.text, again, unlimited), "the text of what is read is read");
  require(form_of<T, Promise>(again).text == its.text, "the text of what is read is read as itself");

  if constexpr (tusk::encodable<T> && Promise::unjudged.empty()) {
    require(its.encoded || its.text.find('\0') != its.text.npos, "what is read is encoded, but for a NUL in a text");
    if (its.encoded) {
      decoded<T> sent;
      require(decode(its.sent, own_type<T>(), sent), "what is read and encoded is decoded");
      require(form_of<T, Promise>(sent.value) == its, "what is read and encoded is decoded as the same value");
    }
  }
  return outcome::accepted;
}

} // namespace fuzz
