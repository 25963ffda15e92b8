// tusk tests: support/parsed.hpp — what a kind of connection string says, by keyword, or how it is refused.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/refusal.hpp"

#include <tusk/conninfo/assignments.hpp>

#include <map>
#include <string>
#include <string_view>

namespace support {

using members = std::map<std::string, std::string>;

/// `Text` is a parser: conninfo::url, conninfo::keyword_string.
template <class Text> members parsed(std::string_view text) {
  tusk::conninfo::assignments found;
  Text(text).read(found);
  members out;
  for (auto const& a : found) out[std::string(a.key().name)] = a.value;
  return out;
}
template <class Text> tusk::error not_parsed(std::string_view text) {
  INFO(text);
  return refused([&] { parsed<Text>(text); });
}

} // namespace support
