// tusk: conninfo/sources.hpp — what is given, completed from the service file and the environment.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// libpq's order of precedence: connection string, service file, environment (defaults are the table's). Remembers where
// each value came from, so that an error can tell. Judges no value.
#pragma once

#include <tusk/conninfo/assignments.hpp>
#include <tusk/conninfo/environment.hpp>
#include <tusk/conninfo/service_file.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::conninfo {

class sources {
 public:
  /// Throws errc::invalid_option when a service is named and cannot be read.
  sources(assignments const& given, environment const& env) : values_(given) {
    add_service(env);
    add_environment(env);
  }

  /// The value in force, or nullptr. Valid until the next put().
  std::string const* find(keyword const& k) const noexcept { return values_.find(k); }
  /// The variable, or the file and line, that a value is from; empty: it was given, or there is none.
  std::string_view origin(keyword const& k) const noexcept {
    for (auto const& o : origins_)
      if (o.first == index_of(k)) return o.second;
    return {};
  }
  assignments const& values() const noexcept { return values_; }

  /// Replaces a value, wherever it came from.
  void put(keyword const& k, std::string&& value) { values_.put(k, std::move(value)); }

 private:
  void add_service(environment const& env) {
    auto const* const given = values_.find("service"_keyword);
    auto const name = given ? std::optional(*given) : env("PGSERVICE");
    if (!name) return;
    auto const* const file = values_.find("servicefile"_keyword);
    read_service(*name, file ? std::optional(*file) : env("PGSERVICEFILE"), env,
                 [this](keyword const& k, std::string&& value, std::string&& where) {
                   // Of a keyword that the group has twice the first one counts.
                   if (auto const* const have = values_.entry(k); have && !have->ambient) return;
                   add(k, std::move(value), std::move(where));
                 });
  }
  void add_environment(environment const& env) {
    for (auto const& k : keywords) {
      if (!k.variable) continue;
      if (auto const* const have = values_.entry(k)) {
        if (have->ambient) origins_.emplace_back(index_of(k), k.variable);
      } else if (auto value = env(k.variable)) {
        add(k, *std::move(value), k.variable);
      }
    }
    if (!values_.find("sslmode"_keyword))
      if (auto const old = env("PGREQUIRESSL"); old && old->starts_with('1'))
        add("sslmode"_keyword, "require", "PGREQUIRESSL");
  }
  void add(keyword const& k, std::string&& value, std::string&& origin) {
    values_.put(k, std::move(value));
    origins_.emplace_back(index_of(k), std::move(origin));
  }

  assignments values_;
  std::vector<std::pair<std::size_t, std::string>> origins_;
};

} // namespace tusk::conninfo
