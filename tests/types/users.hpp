// tusk tests: an enum and composites as users have them: those of tests/data/types_expected.tsv.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <tusk/mapping/composite.hpp>
#include <tusk/types/all.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace users {

enum class mood { sad, ok, happy, quoted, comma, empty };
struct pt {
  std::optional<int> a;
  std::optional<std::string> b;
  friend bool operator==(pt const&, pt const&) = default;
};
struct nested {
  std::int64_t id = 0;
  pt p;
  std::vector<std::optional<std::string>> texts;
  mood m{};
  friend bool operator==(nested const&, nested const&) = default;
};
struct onecol {
  std::string c;
  friend bool operator==(onecol const&, onecol const&) = default;
};

} // namespace users

template <> struct tusk::enum_labels<users::mood> {
  static constexpr auto value = std::array{"sad", "ok", "happy", "it's \"quoted\"", "with,comma", ""};
};
template <> struct tusk::codec<users::pt> : tusk::composite<users::pt> {};
template <> struct tusk::codec<users::nested> : tusk::composite<users::nested> {};
template <> struct tusk::codec<users::onecol> : tusk::composite<users::onecol> {};
