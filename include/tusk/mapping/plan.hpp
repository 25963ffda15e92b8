// tusk: mapping/plan.hpp — the columns of one result matched with the members of one row type, once.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A plan is made when the columns are known and serves every row of every execution of the statement. It says whether
// the columns come in the order of the members, then rows are decoded in a straight line; otherwise it holds a step per
// column. Not a template; knows the C++ type by its shape only.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/shape.hpp>
#include <tusk/mapping/words.hpp>
#include <tusk/wire/column.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::mapping {

/// The most members for which a straight line is compiled.
inline constexpr std::size_t max_straight = 16;

/// What to do with one field of a row.
struct step {
  read_function read;
  std::uint32_t offset;
  std::uint16_t member;
};

class plan {
 public:
  /// Whether this is a plan for rows of type T.
  template <class T> bool is_for() const { return shape_ == &shape_of<T>(); }
  bool empty() const noexcept { return shape_ == nullptr; }
  /// The row type. Not for an empty plan.
  shape const& row() const noexcept { return *shape_; }
  /// How many fields each row must have.
  std::size_t size() const noexcept { return size_; }
  /// Field i is member i, none needs the column's type to be read, and there are at most max_straight.
  bool straight() const noexcept { return straight_; }
  /// What to do with each field, in the order of the columns; none when straight().
  std::span<step const> steps() const noexcept { return steps_; }
  /// The member that column `c` goes to.
  std::size_t member_of(std::size_t c) const noexcept { return straight_ ? c : steps_[c].member; }

 private:
  friend void match(std::span<wire::column const> columns, shape const& row, plan& out, bool never_straight);
  shape const* shape_ = nullptr;
  std::size_t size_ = 0;
  bool straight_ = false;
  std::vector<step> steps_;
};

/// Makes `out` the plan for these columns, or throws error(errc::column_mismatch) that lists all that does not fit and
/// leaves `out` empty. `never_straight` is for tests, which want to see the slower way agree with the faster one.
void match(std::span<wire::column const> columns, shape const& row, plan& out, bool never_straight = false);

/// The column that each member is read from, by names and numbers alone: for rows whose fields are read one by one and
/// looked at then. `column_of` has an entry per member. Throws as `match` does.
void place_members(std::span<wire::column const> columns, shape const& row, std::span<std::uint16_t> column_of);

// ---- implementation -------------------------------------------------------------------------------------------------

/// The column types that a member of this type reads: "int8, int4 or int2".
[[gnu::cold]] inline std::string readable(member_type const& member) {
  std::string out;
  auto const known = member.oids.size() + member.also.size();
  auto const count = known + (member.users != nullptr ? 1 : 0);
  for (std::size_t i = 0; i < count; ++i) {
    append(out, {i == 0 ? "" : i + 1 == count ? " or " : ", "});
    if (i == known)
      out += "a type that a user has created";
    else
      out += wire::type_name(i < member.oids.size() ? member.oids[i] : member.also[i - member.oids.size()].type);
  }
  return out;
}

/// The sentence that lists why columns and members do not fit.
class mismatches {
 public:
  /// Without `types` those of columns are not looked at.
  explicit mismatches(shape const& row, bool types = true) noexcept : row_(&row), types_(types) {}

  [[gnu::cold]] void missing(std::size_t m) {
    add({"no column for member \"", row_->names[m], "\" (", row_->members[m]->spelling(), ")"});
  }
  [[gnu::cold]] void extra(std::size_t c, wire::column const& column) {
    add({column_words(c, column), " has no member of that name"});
  }
  [[gnu::cold]] void repeated(std::size_t c, wire::column const& column, std::size_t first) {
    add({column_words(c, column), " has the name of column ", first + 1});
  }
  [[gnu::cold]] void count(std::span<wire::column const> columns) {
    std::string names;
    for (std::size_t c = 0; c < columns.size() && c < max_listed; ++c)
      append(names, {c == 0 ? " (\"" : ", \"", printable(columns[c].name), "\""});
    if (!columns.empty()) names += columns.size() > max_listed ? ", ...)" : ")";
    add({counted(columns.size(), "column"), names, " where ", row_->size, row_->size == 1 ? " is" : " are",
         " expected"});
  }
  /// Compares column `c` with member `m`.
  void compare(std::size_t c, wire::column const& column, std::size_t m) {
    if (!types_) return;
    if (row_->members[m]->reader_of(column.type) == nullptr)
      wrong_type(c, column, m);
    else if (column.format != 1)
      add({column_words(c, column), " comes in text format, only binary is read"});
  }
  /// Member `m` cannot be copied into column `c`.
  [[gnu::cold]] void not_written(std::size_t c, wire::column const& column, std::size_t m) {
    add({column_words(c, column), " takes no ", row_->members[m]->spelling()});
  }
  /// Throws errc::column_mismatch unless all is well.
  void throw_if_any() const {
    if (found_ != 0) throw_all();
  }

 private:
  /// A server may claim 65535 columns that do not fit.
  static constexpr std::size_t max_listed = 100;

  [[gnu::cold]] void wrong_type(std::size_t c, wire::column const& column, std::size_t m) {
    std::string to;
    if (row_->kind == row_kind::aggregate) to = words({"member \"", row_->names[m], "\" of type "});
    if (row_->kind == row_kind::tuple) to = words({"element ", m, " of type "});
    auto const& member = *row_->members[m];
    add({column_words(c, column), " does not fit ", to, member.spelling(), ", which reads ", readable(member)});
  }
  [[noreturn, gnu::cold]] void throw_all() const {
    auto text = words({"the columns do not fit ", row_->name, ": ", text_});
    if (found_ > max_listed) append(text, {"; and ", found_ - max_listed, " more"});
    throw error(errc::column_mismatch, std::move(text));
  }
  [[gnu::cold]] void add(std::initializer_list<word> parts) {
    if (++found_ > max_listed) return;
    if (found_ > 1) text_ += "; ";
    append(text_, parts);
  }
  [[gnu::cold]] std::string column_words(std::size_t c, wire::column const& column) const {
    auto const position = row_->kind == row_kind::tuple ? words({c + 1, " "}) : std::string();
    return words({"column ", position, "\"", printable(column.name), "\" (", wire::type_name(column.type), ")"});
  }

  shape const* row_;
  bool types_;
  std::size_t found_ = 0;
  std::string text_;
};

/// The number of the member called `name`, `guess` if possible; row.size when there is none.
inline std::size_t find_member(shape const& row, std::string_view name, std::size_t guess) noexcept {
  if (guess < row.size && row.names[guess] == name) return guess;
  std::size_t m = 0;
  while (m < row.size && row.names[m] != name) ++m;
  return m;
}

/// Matches by name: fills `member_of`, which has an entry per column.
inline void match_names(std::span<wire::column const> columns, shape const& row, std::span<std::uint16_t> member_of,
                        mismatches& bad) {
  constexpr std::size_t none = 0xffff;
  std::size_t column_of[max_members];
  for (auto& c : column_of) c = none;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    auto const m = find_member(row, columns[c].name, c);
    if (m == row.size) {
      bad.extra(c, columns[c]);
      continue;
    }
    if (column_of[m] != none) {
      bad.repeated(c, columns[c], column_of[m]);
      continue;
    }
    column_of[m] = c;
    member_of[c] = static_cast<std::uint16_t>(m);
    bad.compare(c, columns[c], m);
  }
  for (std::size_t m = 0; m < row.size; ++m)
    if (column_of[m] == none) bad.missing(m);
}

/// Matches by position.
inline void match_positions(std::span<wire::column const> columns, shape const& row, std::span<std::uint16_t> member_of,
                            mismatches& bad) {
  if (columns.size() != row.size) bad.count(columns);
  for (std::size_t c = 0; c < columns.size() && c < row.size; ++c) {
    member_of[c] = static_cast<std::uint16_t>(c);
    bad.compare(c, columns[c], c);
  }
}

/// The member that each column goes to. Few columns are the rule, and then nothing is allocated.
class members_of_columns {
 public:
  members_of_columns(std::span<wire::column const> columns, shape const& row, mismatches bad) {
    if (columns.size() > max_members) many_.resize(columns.size());
    std::span<std::uint16_t> const all = many_.empty() ? std::span(few_).first(columns.size()) : std::span(many_);
    if (row.kind == row_kind::aggregate)
      match_names(columns, row, all, bad);
    else
      match_positions(columns, row, all, bad);
    bad.throw_if_any();
  }
  std::uint16_t operator[](std::size_t c) const noexcept { return many_.empty() ? few_[c] : many_[c]; }

 private:
  std::uint16_t few_[max_members];
  std::vector<std::uint16_t> many_;
};

inline void place_members(std::span<wire::column const> columns, shape const& row, std::span<std::uint16_t> column_of) {
  members_of_columns const member_of(columns, row, mismatches(row, false));
  for (std::size_t c = 0; c < columns.size(); ++c) column_of[member_of[c]] = static_cast<std::uint16_t>(c);
}

inline void match(std::span<wire::column const> columns, shape const& row, plan& out, bool never_straight) {
  out.shape_ = nullptr;
  out.size_ = 0;
  out.steps_.clear();
  members_of_columns const member_of(columns, row, mismatches(row));

  out.straight_ = columns.size() <= max_straight && !never_straight;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    auto const& member = *row.members[member_of[c]];
    out.straight_ = out.straight_ && member_of[c] == c && member.reader_of(columns[c].type) == member.read;
  }
  out.steps_.resize(out.straight_ ? 0 : columns.size());
  for (std::size_t c = 0; c < out.steps_.size(); ++c) {
    auto const m = member_of[c];
    out.steps_[c] = {row.members[m]->reader_of(columns[c].type), row.offsets[m], m};
  }
  out.size_ = columns.size();
  out.shape_ = &row;
}

} // namespace tusk::mapping
