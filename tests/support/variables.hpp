// tusk tests: an environment of one's own.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <map>
#include <string>
#include <utility>

namespace support {

/// A look-up for `tusk::conninfo::environment`.
class variables {
 public:
  variables() = default;
  variables(std::map<std::string, std::string> values) : values_(std::move(values)) {}
  char const* operator()(char const* name) const {
    auto const at = values_.find(name);
    return at == values_.end() ? nullptr : at->second.c_str();
  }

 private:
  std::map<std::string, std::string> values_;
};

} // namespace support
