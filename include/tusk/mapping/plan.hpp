// tusk: mapping/plan.hpp — the columns of one result matched with the members of one row type, once.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A plan is made when the columns are known and serves every row of every execution of the statement. It says whether
// the columns come in the order of the members, then rows are decoded in a straight line; otherwise it holds a step per
// column. Not a template; knows the C++ type by its shape only.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/shape.hpp>
#include <tusk/wire/column.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
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

// ---- implementation -------------------------------------------------------------------------------------------------

/// The column types that a member of this type reads: "int8, int4 or int2".
inline std::string readable(member_type const& member) {
  std::string out;
  auto left = member.oids.size() + member.also.size();
  auto const add = [&](oid type) {
    out.append(out.empty() ? "" : left == 1 ? " or " : ", ").append(wire::type_name(type));
    --left;
  };
  for (auto type : member.oids) add(type);
  for (auto const& a : member.also) add(a.type);
  return out;
}

/// The sentence that lists why columns and members do not fit.
class mismatches {
 public:
  explicit mismatches(shape const& row) : row_(&row) {}

  void missing(std::size_t m) {
    add("no column for member \"").append(row_->names[m]).append("\" (").append(row_->members[m]->spelling()) += ')';
  }
  void extra(std::size_t c, wire::column const& column) { add_column(c, column) += " has no member of that name"; }
  void repeated(std::size_t c, wire::column const& column, std::size_t first) {
    add_column(c, column).append(" has the name of column ").append(std::to_string(first + 1));
  }
  void count(std::span<wire::column const> columns) {
    auto& to = add(std::to_string(columns.size()));
    to.append(columns.size() == 1 ? " column" : " columns");
    for (std::size_t c = 0; c < columns.size() && c < max_listed; ++c)
      to.append(c == 0 ? " (" : ", ").append(quoted(columns[c].name));
    if (!columns.empty()) to += columns.size() > max_listed ? ", ...)" : ")";
    to.append(" where ")
        .append(std::to_string(row_->size))
        .append(row_->size == 1 ? " is" : " are")
        .append(" expected");
  }
  /// Compares column `c` with member `m`.
  void compare(std::size_t c, wire::column const& column, std::size_t m) {
    auto const& member = *row_->members[m];
    if (member.reader_of(column.type) == nullptr) {
      auto& to = add_column(c, column).append(" does not fit ");
      if (row_->kind == row_kind::aggregate) to.append("member ").append(quoted(row_->names[m])).append(" of type ");
      if (row_->kind == row_kind::tuple) to.append("element ").append(std::to_string(m)).append(" of type ");
      to.append(member.spelling()).append(", which reads ").append(readable(member));
    } else if (column.format != 1)
      add_column(c, column).append(" comes in text format, only binary is read");
  }
  /// Throws errc::column_mismatch unless all is well.
  void throw_if_any() const {
    if (found_ == 0) return;
    std::string text = "the columns do not fit ";
    text.append(row_->name).append(": ").append(text_);
    if (found_ > max_listed) text.append("; and ").append(std::to_string(found_ - max_listed)).append(" more");
    throw error(errc::column_mismatch, std::move(text));
  }

 private:
  /// A server may claim 65535 columns that do not fit.
  static constexpr std::size_t max_listed = 100;

  static std::string quoted(std::string_view name) { return "\"" + printable(name) + "\""; }
  std::string& add(std::string_view begin) {
    if (++found_ > max_listed) return unlisted_ = "";
    if (found_ > 1) text_ += "; ";
    return text_.append(begin);
  }
  std::string& add_column(std::size_t c, wire::column const& column) {
    auto& to = add("column ");
    if (row_->kind == row_kind::tuple) to.append(std::to_string(c + 1)).append(" ");
    return to.append(quoted(column.name)).append(" (").append(wire::type_name(column.type)).append(")");
  }

  shape const* row_;
  std::size_t found_ = 0;
  std::string text_;
  std::string unlisted_;
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

inline void match(std::span<wire::column const> columns, shape const& row, plan& out, bool never_straight) {
  out.shape_ = nullptr;
  out.size_ = 0;
  out.steps_.clear();
  mismatches bad(row);
  // Few columns are the rule, and then nothing is allocated.
  std::uint16_t few[max_members];
  std::vector<std::uint16_t> many;
  if (columns.size() > max_members) many.resize(columns.size());
  std::span<std::uint16_t> const member_of = many.empty() ? std::span(few).first(columns.size()) : std::span(many);
  if (row.kind == row_kind::aggregate)
    match_names(columns, row, member_of, bad);
  else
    match_positions(columns, row, member_of, bad);
  bad.throw_if_any();

  out.straight_ = columns.size() <= max_straight && !never_straight;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    auto const& member = *row.members[member_of[c]];
    out.straight_ = out.straight_ && member_of[c] == c && member.reader_of(columns[c].type) == member.read;
  }
  if (!out.straight_)
    for (std::size_t c = 0; c < columns.size(); ++c) {
      auto const m = member_of[c];
      out.steps_.push_back({row.members[m]->reader_of(columns[c].type), row.offsets[m], m});
    }
  out.size_ = columns.size();
  out.shape_ = &row;
}

} // namespace tusk::mapping
