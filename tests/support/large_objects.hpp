// tusk tests: large objects to read and to write.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/each_mode.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace live {

constexpr auto writable = tusk::large_object_mode::read_write;
constexpr std::int64_t gib = std::int64_t(1) << 30;

/// Text in which no two places look the same.
inline std::string long_text(std::size_t size) {
  std::string s;
  s.reserve(size + 20);
  for (std::size_t n = 0; s.size() < size; ++n) s += std::to_string(n) + ' ';
  s.resize(size);
  return s;
}
/// Up to `n` bytes from its place on.
template <class Wait, class Object> std::string read(Wait const& wait, Object& lo, std::size_t n) {
  std::vector<std::byte> room(n);
  auto const got = wait(lo.read(room));
  return std::string(tusk::wire::as_text(tusk::wire::byte_view(room).first(got)));
}
template <class Wait, class Object> void write(Wait const& wait, Object& lo, std::string_view text) {
  wait([&] { return lo.write(std::as_bytes(std::span(text))); });
}
template <class Wait, class Tx> auto open_new(Wait const& wait, Tx& tx) {
  auto const id = wait(tusk::create_large_object(tx));
  return wait(tusk::open_large_object(tx, id, writable));
}
/// The descriptor that would be opened next: the lowest that is free.
template <class Wait, class Tx> int next_descriptor(Wait const& wait, Tx& tx, tusk::oid id) {
  auto const it = wait(tx.template query_one<int>("select lo_open($1, 262144)", id));
  wait(tx.execute("select lo_close($1)", it));
  return it;
}

} // namespace live
