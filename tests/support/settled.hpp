// tusk tests: support/settled.hpp — what options amount to with no variable but those given, and a home without files.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/refusal.hpp"
#include "support/variables.hpp"

#include <tusk/conninfo/settings.hpp>
#include <tusk/options.hpp>

#include <map>
#include <string>
#include <string_view>

namespace support {

using values = std::map<std::string, std::string>;

inline tusk::conninfo::settings settled(tusk::options const& o, values const& given = {}) {
  values all{{"HOME", "/no/such/home"}};
  for (auto const& v : given) all.insert_or_assign(v.first, v.second);
  variables const source(all);
  return tusk::conninfo::resolve(o, tusk::conninfo::environment(source));
}
inline std::string refusal(std::string_view text, values const& given = {}) {
  return refusal([&] { settled(text, given); });
}

} // namespace support
