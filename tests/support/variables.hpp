// tusk tests: an environment of one's own.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
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

/// While it lives, the process has this variable.
class process_variable {
 public:
  process_variable(char const* name, std::string const& value) : name_(name) {
    if (auto const* const had = std::getenv(name)) before_ = had;
    ::setenv(name, value.c_str(), 1);
  }
  process_variable(process_variable const&) = delete;
  process_variable& operator=(process_variable const&) = delete;
  ~process_variable() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }

 private:
  char const* name_;
  std::optional<std::string> before_;
};

} // namespace support
