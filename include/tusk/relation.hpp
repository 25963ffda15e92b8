// tusk: relation.hpp — the tables whose changes a replication stream tells.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A server describes a table before the first change of it, and anew when it has become another. Each description is
// one `relation` that stays what it is: rows that were read by it keep it. Must not know rows.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/wire/column.hpp>
#include <tusk/wire/pgoutput.hpp>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace tusk {

using wire::column;

/// By what a server names the row that an update or a delete has changed (ALTER TABLE ... REPLICA IDENTITY).
enum class replica_identity : char {
  primary_key = 'd', ///< the default; nothing where there is no primary key
  nothing = 'n',
  full = 'f', ///< by all columns
  index = 'i' ///< by those of a unique index
};

/// A table as it was described in a replication stream.
class relation {
 public:
  /// The columns of a row in either format, for those who read rows.
  struct layout {
    std::vector<column> as_text;
    std::vector<column> as_binary;
  };

  /// `base_of(type)` is the type below a domain, and `type` itself where it is none.
  template <class BaseOf> relation(wire::pgoutput::relation const& sent, BaseOf base_of);

  /// pg_class.oid of the table, on the server that told it.
  oid id() const noexcept { return id_; }
  std::string const& schema() const noexcept { return schema_; }
  std::string const& name() const noexcept { return name_; }
  replica_identity identity() const noexcept { return identity_; }
  /// The columns that are published, in their order. Of each are known `name`, `type`, `modifier` and `table`.
  std::vector<column> const& columns() const noexcept { return whole_.as_text; }
  /// Whether column `index` is part of the replica identity. Throws std::out_of_range.
  bool is_key(std::size_t index) const { return key_.at(index); }
  /// Of rows that are whole, or that are the replica identity only.
  layout const& layout_of(bool key) const noexcept { return key ? key_only_ : whole_; }

 private:
  oid id_;
  std::string schema_;
  std::string name_;
  replica_identity identity_;
  std::vector<bool> key_;
  layout whole_;
  layout key_only_;
};

/// For messages: `public.users`.
inline std::string to_string(relation const& r) { return printable(r.schema()) + '.' + printable(r.name()); }

// ---- implementation -------------------------------------------------------------------------------------------------

template <class BaseOf>
relation::relation(wire::pgoutput::relation const& sent, BaseOf base_of)
    : id_(sent.id), schema_(sent.schema.empty() ? "pg_catalog" : sent.schema), name_(sent.name),
      identity_(static_cast<replica_identity>(sent.identity)) {
  whole_.as_text.reserve(sent.columns.size());
  for (auto const& s : sent.columns) {
    column c;
    c.name = s.name;
    c.type = base_of(s.type);
    c.modifier = s.modifier;
    c.table = sent.id;
    key_.push_back(s.key);
    whole_.as_text.push_back(c);
    if (s.key) key_only_.as_text.push_back(std::move(c));
  }
  for (auto* one : {&whole_, &key_only_}) {
    one->as_binary = one->as_text;
    for (auto& c : one->as_binary) c.format = 1;
  }
}

} // namespace tusk
