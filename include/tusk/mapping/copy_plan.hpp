// tusk: mapping/copy_plan.hpp — rows of a C++ type as the rows of a COPY into given columns.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The counterpart of plan.hpp: the columns are known, and for each there is a member whose values have the binary form
// of its type. Where a column has a type that only the server can read, one that users have created, all go as text.
// What does not fit is refused before the first row. Not a template but for what writes one member.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/params.hpp>
#include <tusk/mapping/passes_as.hpp>
#include <tusk/mapping/plan.hpp>
#include <tusk/mapping/row_type.hpp>
#include <tusk/mapping/shape.hpp>
#include <tusk/mapping/words.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/column.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::mapping {

/// Writes one member as a field: its length and its bytes, or -1 for NULL.
using write_function = void (*)(void const* member, writer& to);
/// Appends one member as a field of COPY's text format.
using write_text_function = void (*)(void const* member, std::string& to);

/// The binary form of a value of type M.
template <class M> void write_value(void const* member, writer& to) {
  put_argument(*static_cast<M const*>(member), to);
}
/// The same in the form of a wider type.
template <class M, class As> void write_value_as(void const* member, writer& to) {
  put_argument_as<As>(*static_cast<M const*>(member), to);
}
/// A text in the binary form of jsonb: the version goes before it.
template <class M> void write_jsonb(void const* member, writer& to) {
  auto const put = [&to](auto const& text) {
    auto const place = to.begin_length();
    to.put(std::uint8_t{1});
    encode_parameter<sent_as_t<value_type_t<M>>>(sent_as<value_type_t<M>>::of(text), to);
    to.end_length(place);
  };
  auto const& m = *static_cast<M const*>(member);
  if constexpr (is_nullable<M>) {
    if (m)
      put(*m);
    else
      to.put(std::int32_t{-1});
  } else
    put(m);
}

/// Appends a value to a row in COPY's text format, in which a tab ends a field and a line end a row.
inline void put_copy_text(std::string_view value, std::string& to) {
  for (char const c : value) {
    char const escaped = c == '\\' ? '\\' : c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : '\0';
    if (escaped != '\0') {
      to += '\\';
      to += escaped;
    } else if (c == '\0')
      throw error(errc::invalid_parameter, "it has a zero byte, which PostgreSQL's text cannot hold");
    else
      to += c;
  }
}
template <class M> void write_text_value(void const* member, std::string& to) {
  auto const put = [&to](auto const& value) {
    std::string text;
    put_text(sent_as<value_type_t<M>>::of(value), text);
    put_copy_text(text, to);
  };
  auto const& m = *static_cast<M const*>(member);
  if constexpr (is_nullable<M>) {
    if (m)
      put(*m);
    else
      to += "\\N";
  } else
    put(m);
}

/// How a member of type M is written into a column of `type`; nullptr: not in binary.
template <class M> write_function writer_of(oid type) noexcept {
  using T = sent_as_t<value_type_t<M>>;
  if constexpr (sent_as_text<T>() && !of_users<T>()) {
    if (type == oid::jsonb) return write_jsonb<M>;
    for (auto const one : codec<T>::oids)
      if (one == type) return write_value<M>; // their binary form is the text
  } else if constexpr (!of_users<T>()) {
    if (type == codec<T>::oids[0]) return write_value<M>;
    if constexpr (std::same_as<T, oid>)
      for (auto const one : codec<T>::oids)
        if (one == type) return write_value<M>; // all are numbers of something
    if constexpr (number<T>) {
      if constexpr (std::integral<T> && sizeof(T) < 8)
        if (type == oid::int8) return write_value_as<M, std::int64_t>;
      if constexpr (std::integral<T> && sizeof(T) < 4)
        if (type == oid::int4) return write_value_as<M, std::int32_t>;
      if constexpr (std::same_as<T, float>)
        if (type == oid::float8) return write_value_as<M, double>;
    }
  }
  return nullptr;
}
/// How it is written in text; nullptr: a value of M does not belong into columns of `type`.
template <class M> write_text_function text_writer_of(oid type) noexcept {
  using T = sent_as_t<value_type_t<M>>;
  if constexpr (writes_text<T>)
    if (sent_as_text<T>() || writer_of<M>(type) != nullptr) return write_text_value<M>;
  return nullptr;
}

/// What has to be known to write a member. One for each type, in the order of the shape's members.
struct member_writer {
  write_function plain; ///< as a parameter is written
  write_function (*binary)(oid type) noexcept;
  write_text_function (*text)(oid type) noexcept;
};
template <class List> struct member_writers;
template <class... M> struct member_writers<types<M...>> {
  static constexpr member_writer value[]{{write_value<M>, writer_of<M>, text_writer_of<M>}...};
};

/// Whether rows of T may be copied in; if not, a static_assert has said why.
template <class T> consteval bool check_copied_row() {
  if constexpr (check_row<T, false>())
    return []<class... M>(types<M...>) { return (check_argument<M>() & ... & true); }(typename row_type<T>::members{});
  else
    return false;
}

class copy_plan {
 public:
  struct step {
    write_function binary;
    write_text_function text;
    std::uint32_t offset;
    std::uint16_t member;
  };
  /// Of rows of T into `columns`. In text format if there is a column that needs it and `may_be_text`. Throws
  /// errc::column_mismatch that lists all that does not fit.
  template <class T> static copy_plan make(std::vector<wire::column> columns, bool may_be_text) {
    return copy_plan(std::move(columns), shape_of<T>(), member_writers<typename row_type<T>::members>::value,
                     may_be_text);
  }
  std::vector<wire::column> const& columns() const noexcept { return columns_; }
  bool text() const noexcept { return text_; }
  /// Column i is member i, in binary, written as parameters are.
  bool straight() const noexcept { return straight_; }
  std::vector<step> const& steps() const noexcept { return steps_; }

  /// Throws `e`, which says why a field of a row cannot be sent, with row and column before it.
  [[noreturn, gnu::cold]] void refuse(error const& e, std::uint64_t row_number, std::size_t field) const {
    auto const& c = columns_[field < columns_.size() ? field : 0];
    throw e.in(words(
        {"row ", row_number, ", column \"", printable(c.name), "\" (", wire::type_name(c.type), "), cannot be sent"}));
  }

 private:
  copy_plan(std::vector<wire::column> columns, shape const& row, member_writer const* writers, bool may_be_text);

  std::vector<wire::column> columns_;
  std::vector<step> steps_;
  bool text_ = false;
  bool straight_ = false;
};

/// Appends one row in binary format. Throws error(errc::invalid_parameter) that names row and column, and has then
/// appended nothing.
template <class T> void write_row(copy_plan const& p, T const& row, std::uint64_t row_number, wire::buffer& to) {
  auto const start = to.size();
  writer w(to);
  std::size_t field = 0;
  try {
    w.put(static_cast<std::uint16_t>(p.columns().size()));
    if (row_size<T> <= max_straight && p.straight()) [[likely]] {
      if constexpr (row_size<T> <= max_straight)
        row_type<T>::each(row, [&](auto const&... m) { ((put_argument(m, w), ++field), ...); });
    } else
      for (auto const& s : p.steps()) {
        s.binary(reinterpret_cast<std::byte const*>(std::addressof(row)) + s.offset, w);
        ++field;
      }
  } catch (error const& e) {
    to.truncate(start);
    p.refuse(e, row_number, field);
  }
}
/// The same in text format. `memory` is for its use.
template <class T>
void write_text_row(copy_plan const& p, T const& row, std::uint64_t row_number, std::string& memory, wire::buffer& to) {
  memory.clear();
  std::size_t field = 0;
  try {
    for (auto const& s : p.steps()) {
      if (field != 0) memory += '\t';
      s.text(reinterpret_cast<std::byte const*>(std::addressof(row)) + s.offset, memory);
      ++field;
    }
  } catch (error const& e) {
    p.refuse(e, row_number, field);
  }
  memory += '\n';
  to.append(std::string_view(memory));
}

// ---- implementation -------------------------------------------------------------------------------------------------

inline copy_plan::copy_plan(std::vector<wire::column> columns, shape const& row, member_writer const* writers,
                            bool may_be_text)
    : columns_(std::move(columns)) {
  members_of_columns const member_of(columns_, row, mismatches(row, false)); // types are compared below
  bool binary = true;
  for (std::size_t c = 0; c < columns_.size(); ++c)
    binary = binary && writers[member_of[c]].binary(columns_[c].type) != nullptr;
  text_ = !binary && may_be_text;
  mismatches bad(row);
  straight_ = !text_ && columns_.size() <= max_straight;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    auto const m = member_of[c];
    step const s{writers[m].binary(columns_[c].type), writers[m].text(columns_[c].type), row.offsets[m], m};
    if (text_ ? s.text == nullptr : s.binary == nullptr) bad.not_written(c, columns_[c], m);
    straight_ = straight_ && m == c && s.binary == writers[m].plain;
    steps_.push_back(s);
  }
  bad.throw_if_any();
}

} // namespace tusk::mapping
