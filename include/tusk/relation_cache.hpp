// tusk: relation_cache.hpp — the tables and types that a replication stream has described so far.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The latest description of each table, by its number. Of types only domains are kept, which servers describe by the
// type below them: a column of a domain thus has that type, as in the result of a query. Must not know rows.
#pragma once

#include <tusk/relation.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/wire/backend.hpp>
#include <tusk/wire/oid.hpp>
#include <tusk/wire/pgoutput.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tusk {

/// The latest description of each table.
class relation_cache {
 public:
  /// Keeps no more than `most` tables, and domains.
  explicit relation_cache(std::size_t most = 1'000'000) : most_(most) {}

  /// Takes the place of an earlier description of the same table. Throws error (errc::protocol_violation) when there
  /// are too many.
  std::shared_ptr<relation const> put(wire::pgoutput::relation const& sent);
  /// A domain is known from now on as the built-in type that it is described by. Throws as above.
  void put(wire::pgoutput::type const& sent);
  /// Throws error (errc::protocol_violation) when the table was not described; `what` is the message that names it.
  std::shared_ptr<relation const> const& at(oid id, std::string_view what) const;
  /// How many tables.
  std::size_t size() const noexcept { return known_.size(); }

 private:
  std::size_t most_;
  std::unordered_map<oid, std::shared_ptr<relation const>> known_;
  std::unordered_map<oid, oid> below_; // of domains
};

// ---- implementation -------------------------------------------------------------------------------------------------

/// The built-in type of that name in pg_type, such as int4 or _int4; oid::none: there is none.
inline oid built_in_type(std::string_view name) noexcept {
  if (name.starts_with('_') && !name.starts_with("__")) return wire::array_of(built_in_type(name.substr(1)));
  if (name.empty()) return oid::none;
  constexpr std::uint32_t end = 10'000; // the numbers from there on are not assigned by hand
  for (std::uint32_t n = 1; n < end; ++n)
    if (wire::builtin_name(oid(n)) == name) return oid(n);
  return oid::none;
}

inline std::shared_ptr<relation const> relation_cache::put(wire::pgoutput::relation const& sent) {
  if (known_.size() >= most_ && !known_.contains(sent.id))
    wire::violation("Relation of pgoutput", "it describes more than " + std::to_string(most_) + " tables");
  auto const base_of = [this](oid type) {
    auto const found = below_.find(type);
    return found == below_.end() ? type : found->second;
  };
  return known_[sent.id] = std::make_shared<relation const>(sent, base_of);
}

inline void relation_cache::put(wire::pgoutput::type const& sent) {
  if (!is_of_users(sent.id)) return;
  auto const below = sent.schema.empty() ? built_in_type(sent.name) : oid::none; // empty: pg_catalog
  if (below == oid::none) {
    below_.erase(sent.id);
    return;
  }
  if (below_.size() >= most_ && !below_.contains(sent.id))
    wire::violation("Type of pgoutput", "it describes more than " + std::to_string(most_) + " domains");
  below_[sent.id] = below;
}

inline std::shared_ptr<relation const> const& relation_cache::at(oid id, std::string_view what) const {
  auto const found = known_.find(id);
  if (found == known_.end())
    wire::violation(what, "relation " + std::to_string(static_cast<std::uint32_t>(id)) + " was not described before");
  return found->second;
}

} // namespace tusk
