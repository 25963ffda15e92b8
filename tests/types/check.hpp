// tusk tests: codecs called on bytes written in hexadecimal, and a storm of damaged ones.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/catch.hpp"
#include "support/table.hpp"
#include "support/text_of.hpp"

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace codec_test {

using tusk::oid;
using bytes = std::vector<std::byte>;

inline bytes unhex(std::string_view text) {
  auto const sent = support::from_hex(text);
  auto const view = tusk::wire::as_bytes(sent);
  return bytes(view.begin(), view.end());
}
inline std::string hex(tusk::wire::byte_view view) { return support::to_hex(view); }

/// The type that T is at home in, any number if a user has created it.
template <class T> constexpr oid own_type() {
  if constexpr (tusk::codec<T>::oids.size() == 0)
    return tusk::first_of_users;
  else
    return tusk::codec<T>::oids[0];
}

/// What decoding came to: the words of the refusal, empty if there was none.
struct outcome {
  std::string why;
  std::error_code code;
};

/// Decodes all of `sent` into `out`, out of memory of exactly that size, so that a sanitizer sees each byte too many.
template <class T> outcome decode_into(bytes const& sent, T& out, oid type = own_type<T>()) {
  std::unique_ptr<std::byte[]> const exact(sent.empty() ? nullptr : new std::byte[sent.size()]);
  if (!sent.empty()) std::memcpy(exact.get(), sent.data(), sent.size());
  tusk::reader in(exact.get(), exact.get() + sent.size());
  try {
    tusk::decode_as(in, out, type);
  } catch (tusk::error const& e) {
    return {e.what(), e.code()};
  }
  if (!in.ok()) return {in.why(), make_error_code(tusk::errc::invalid_value)};
  if (in.left() != 0) return {"bytes are left over", make_error_code(tusk::errc::invalid_value)};
  return {};
}

/// The value of bytes that have one. Not for types that borrow.
template <class T> T decode(bytes const& sent, oid type = own_type<T>()) {
  static_assert(!tusk::borrows_v<T>);
  T out{};
  auto const came_to = decode_into(sent, out, type);
  INFO(hex(sent));
  REQUIRE(came_to.why == "");
  return out;
}
template <class T> T decode(std::string_view sent, oid type = own_type<T>()) { return decode<T>(unhex(sent), type); }

/// Why bytes are refused; empty if they are not.
template <class T> std::string refused(std::string_view sent, oid type = own_type<T>()) {
  T out{};
  return decode_into(unhex(sent), out, type).why;
}

template <class T> bytes encode_bytes(T const& value) {
  tusk::wire::buffer to;
  tusk::writer out(to);
  tusk::codec<T>::encode(value, out);
  return bytes(to.view().begin(), to.view().end());
}
template <class T> std::string encode(T const& value) { return hex(encode_bytes(value)); }

/// Why a value cannot be sent; empty if it can.
template <class T> std::string unsendable(T const& value) {
  try {
    encode_bytes(value);
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::invalid_parameter);
    return e.what();
  }
  return "";
}

/// Why T does not read a text; empty if it does.
template <class T> std::string unreadable(std::string_view text) {
  try {
    (void)tusk::from_text<T>(text);
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::invalid_value);
    return e.what();
  }
  return "";
}
/// Each is refused with the text and what T should have been.
template <class T> void check_unreadable(std::initializer_list<std::string_view> texts, std::string const& wanted) {
  for (auto text : texts) {
    INFO(text);
    CHECK(unreadable<T>(text).starts_with('"' + tusk::printable(text, 60) + "\" is no " + wanted));
  }
}

/// How many damaged forms were taken for values and how many were refused.
struct damage {
  std::size_t taken = 0, refused = 0;
};

/// One damaged form: refused with a reason, or a value that can be sent and read again as itself.
template <class T> void try_damaged(bytes const& damaged, oid type, damage& count) {
  T value{};
  auto const came_to = decode_into(damaged, value, type);
  if (!came_to.why.empty()) {
    ++count.refused;
    return;
  }
  ++count.taken;
  if constexpr (tusk::encodable<T> && !tusk::borrows_v<T>) {
    bytes sent;
    try {
      sent = encode_bytes(value);
    } catch (tusk::error const& e) { // a NUL that got into a text
      CHECK(std::string_view(e.what()).find("NUL") != std::string_view::npos);
      return;
    }
    T again{};
    if (auto const why = decode_into(sent, again).why; !why.empty() || encode_bytes(again) != sent)
      FAIL_CHECK("the value of " << hex(damaged) << " does not survive: " << hex(sent) << ' ' << why);
  }
}

/// Every truncation, extensions by a byte, and every bit turned over.
template <class T> damage storm(bytes const& good, oid type = own_type<T>()) {
  damage count;
  for (std::size_t n = 0; n < good.size(); ++n)
    try_damaged<T>(bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n)), type, count);
  for (int more : {0x00, 0x01, 0x80, 0xff}) {
    auto damaged = good;
    damaged.push_back(std::byte(more));
    try_damaged<T>(damaged, type, count);
  }
  auto damaged = good;
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto const mask = std::byte(1 << bit % 8);
    damaged[bit / 8] ^= mask;
    try_damaged<T>(damaged, type, count);
    damaged[bit / 8] ^= mask;
  }
  return count;
}

} // namespace codec_test
