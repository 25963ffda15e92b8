// tusk: bench/records.hpp — the rows that the workloads read, and a checksum that must be the same for every client.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Plain structs, filled by each client in its own way. The checksum of a result is the sum of its rows' hashes: every
// byte of every value counts, the order of the rows does not, since a scan may begin anywhere in a table.
#pragma once

#include <bit>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// A row of `point select`; its name fits into a std::string without memory of its own.
struct point {
  std::int64_t id;
  std::string name;
  double balance;
};
inline constexpr char point_sql[] = "select id, name, balance from tusk_bench.points where id = $1";

/// A row of `rows`.
struct reading {
  std::int64_t id;
  std::string label;
  double value;
  std::chrono::sys_time<std::chrono::microseconds> at;
  bool active;
  std::int32_t kind;
};
inline constexpr char readings_sql[] =
    "select id, label, value, at, active, kind from tusk_bench.readings where id <= $1";

inline std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) noexcept {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
  return hash ^ (hash >> 29);
}
/// By eight bytes, of which the last may have been seen before; shorter texts byte by byte.
inline std::uint64_t mixed(std::uint64_t hash, std::string_view text) noexcept {
  hash = mixed(hash, std::uint64_t{text.size()});
  if (text.size() < 8) {
    for (char const c : text) hash = mixed(hash, static_cast<std::uint64_t>(c));
    return hash;
  }
  std::uint64_t eight = 0;
  for (std::size_t i = 0; i + 8 < text.size(); i += 8) {
    std::memcpy(&eight, text.data() + i, 8);
    hash = mixed(hash, eight);
  }
  std::memcpy(&eight, text.data() + text.size() - 8, 8);
  return mixed(hash, eight);
}

inline std::uint64_t hash(point const& p) noexcept {
  return mixed(mixed(mixed(1, static_cast<std::uint64_t>(p.id)), p.name), std::bit_cast<std::uint64_t>(p.balance));
}
inline std::uint64_t hash(reading const& r) noexcept {
  auto h = mixed(mixed(2, static_cast<std::uint64_t>(r.id)), r.label);
  h = mixed(h, std::bit_cast<std::uint64_t>(r.value));
  h = mixed(h, static_cast<std::uint64_t>(r.at.time_since_epoch().count()));
  return mixed(h, static_cast<std::uint64_t>(r.kind) * 2 + (r.active ? 1 : 0));
}
inline std::uint64_t checksum(std::vector<reading> const& rows) noexcept {
  std::uint64_t sum = rows.size();
  for (auto const& r : rows) sum += hash(r);
  return sum;
}

} // namespace bench
