// tusk: changed_row.hpp — a row in a replication stream: before a change, or after it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Its columns are those of its relation, its fields are read as those of a dynamic row are: from text, or from binary
// where the stream was asked for that. What no other row has is a value that was not sent because the change has left
// it as it was: that is neither NULL nor empty. Knows the values leg only, and the bytes of a tuple.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/plan.hpp>
#include <tusk/mapping/row_type.hpp>
#include <tusk/mapping/shape.hpp>
#include <tusk/relation.hpp>
#include <tusk/row.hpp>
#include <tusk/wire/backend.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/pgoutput_tuple.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tusk {

/// One field of a `changed_row`. Borrows from it: valid as long as that row, or a copy of it.
class changed_field {
 public:
  changed_field(field what, bool unchanged, relation const& of) noexcept
      : field_(what), unchanged_(unchanged), relation_(&of) {}

  /// Whether it is NULL. A value that was not sent is none.
  bool is_null() const noexcept { return !unchanged_ && field_.is_null(); }
  /// Whether the value was not sent: it is large, kept outside of the row (TOAST), and the update has left it as it
  /// was. To have it sent, give the table REPLICA IDENTITY FULL: then it is in the old row.
  bool is_unchanged() const noexcept { return unchanged_; }
  /// Name and type of the column, and the format that this value came in.
  column const& description() const noexcept { return field_.description(); }
  /// The value as it came; empty for NULL and where it was not sent.
  wire::byte_view bytes() const noexcept { return field_.bytes(); }

  /// The value as a T, std::optional<T> where it may be NULL. What comes as text is read by T's text form: of built-in
  /// types by the C++ type that is at home in the column or by a wider number, and std::string takes any. What comes in
  /// binary is read as members of a struct are. A type that borrows, such as std::string_view, is valid as long as the
  /// row. Throws error: errc::unchanged_value where it was not sent, also for a std::optional; errc::column_mismatch
  /// when T does not read columns of this type; errc::unexpected_null; errc::invalid_value.
  template <class T> T as() const {
    require_sent();
    try {
      return field_.as<T>();
    } catch (error const& thrown) {
      throw thrown.in(to_string(*relation_));
    }
  }
  /// The value in PostgreSQL's text form: `field::text`. Throws errc::unchanged_value too.
  template <class String = std::string> String text() const {
    require_sent();
    try {
      return field_.text<String>();
    } catch (error const& thrown) {
      throw thrown.in(to_string(*relation_));
    }
  }

 private:
  void require_sent() const {
    if (unchanged_) throw_unchanged();
  }
  [[noreturn, gnu::cold, gnu::noinline]] void throw_unchanged() const {
    throw error(errc::unchanged_value, to_string(*relation_) + ": column \"" + printable(description().name) + "\" (" +
                                           wire::type_name(description().type) +
                                           ") was not sent: it is an unchanged TOAST value, which is not NULL; ask "
                                           "is_unchanged() first");
  }

  field field_;
  bool unchanged_;
  relation const* relation_;
};

/// A row of a table as a change tells it. Copying it copies no values.
class changed_row {
 public:
  changed_row() = default;
  /// Takes in a tuple of a row of `of`: a whole one, or where `key` its replica identity. Throws error
  /// (errc::protocol_violation) when it is not that.
  changed_row(std::shared_ptr<tusk::relation const> of, wire::pgoutput_tuple const& sent, bool key);

  /// The table. Not of a row that was default-constructed.
  tusk::relation const& relation() const noexcept { return *relation_; }
  /// Whether only the replica identity was sent: the row has the columns of it and no others.
  bool is_key() const noexcept { return key_; }
  /// How many fields.
  std::size_t size() const noexcept { return begins_.size(); }
  /// Their names and types. Valid as long as a row of this description.
  std::vector<column> const& columns() const noexcept {
    static std::vector<column> const none;
    return relation_ ? relation_->layout_of(key_).as_text : none;
  }
  /// By position, from 0. Throws errc::column_mismatch when there is none.
  changed_field operator[](std::size_t index) const;
  /// By name. Throws errc::column_mismatch when there is none.
  changed_field operator[](std::string_view name) const;
  changed_field operator[](char const* name) const { return (*this)[std::string_view(name)]; }
  changed_field operator[](int index) const {
    // A negative one becomes larger than there are columns.
    return (*this)[static_cast<std::size_t>(index)];
  }

  /// Of the column of that name or position: `changed_field::as`, is_null() and is_unchanged().
  template <class T, class Which> T get(Which const& which) const { return (*this)[which].template as<T>(); }
  template <class Which> bool is_null(Which const& which) const { return (*this)[which].is_null(); }
  template <class Which> bool is_unchanged(Which const& which) const { return (*this)[which].is_unchanged(); }

  /// The whole row as a T: an aggregate by the names of its members, a std::tuple or std::pair by position, or a single
  /// value. Columns and members must be the same, as in a query; of a row that is_key() only its columns count. Throws
  /// errc::column_mismatch, and what `changed_field::as` throws.
  template <class T> T as() const;

 private:
  std::shared_ptr<tusk::relation const> relation_;
  std::shared_ptr<std::byte const[]> bytes_; // of the tuple
  std::vector<std::uint32_t> begins_;        // what stands behind the kinds
  std::uint32_t size_ = 0;
  bool key_ = false;
};

// ---- implementation -------------------------------------------------------------------------------------------------

inline changed_row::changed_row(std::shared_ptr<tusk::relation const> of, wire::pgoutput_tuple const& sent, bool key)
    : relation_(std::move(of)), key_(key) {
  auto const all = relation_->columns().size();
  if (sent.size() != all)
    wire::violation("a row of " + to_string(*relation_),
                    "it has " + std::to_string(sent.size()) + " columns, its relation " + std::to_string(all));
  if (sent.bytes().size() > UINT32_MAX) wire::violation("a row of " + to_string(*relation_), "it is too long");
  begins_.reserve(columns().size());
  std::size_t index = 0;
  sent.each([&](wire::tuple_kind kind, std::size_t at) {
    auto const i = index++;
    if (!key || relation_->is_key(i))
      begins_.push_back(static_cast<std::uint32_t>(at));
    else if (kind != wire::tuple_kind::null)
      wire::violation("a row of " + to_string(*relation_), "it has a value for column \"" +
                                                               printable(relation_->columns()[i].name) +
                                                               "\", which is not part of its replica identity");
  });
  size_ = static_cast<std::uint32_t>(sent.bytes().size());
  auto copy = std::make_shared_for_overwrite<std::byte[]>(size_);
  if (size_ != 0) std::memcpy(copy.get(), sent.bytes().data(), size_);
  bytes_ = std::move(copy);
}

inline changed_field changed_row::operator[](std::size_t index) const {
  if (index >= size()) [[unlikely]]
    throw error(errc::column_mismatch, "there is no column " + std::to_string(static_cast<std::ptrdiff_t>(index)) +
                                           ", the row " + (relation_ ? "of " + to_string(*relation_) + ' ' : "") +
                                           "has " + std::to_string(size()));
  static constexpr std::byte no_value[]{std::byte{0xff}, std::byte{0xff}, std::byte{0xff}, std::byte{0xff}};
  auto const& layout = relation_->layout_of(key_);
  auto const* const at = bytes_.get() + begins_[index];
  auto const kind = static_cast<wire::tuple_kind>(at[-1]);
  if (kind == wire::tuple_kind::null || kind == wire::tuple_kind::unchanged)
    return {field(layout.as_text[index], index, no_value, no_value + sizeof no_value, 0),
            kind == wire::tuple_kind::unchanged, *relation_};
  auto const& described = kind == wire::tuple_kind::binary ? layout.as_binary : layout.as_text;
  return {field(described[index], index, at, at + 4 + wire::load<std::uint32_t>(at), 0), false, *relation_};
}

inline changed_field changed_row::operator[](std::string_view name) const {
  auto const& all = columns();
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].name == name) return (*this)[i];
  constexpr std::size_t most = 100; // a server may have made up 65535
  std::string names;
  for (std::size_t i = 0; i < all.size() && i < most; ++i)
    names.append(i == 0 ? "" : ", ").append(printable(all[i].name));
  if (all.size() > most) names.append(", ...");
  throw error(errc::column_mismatch, "there is no column \"" + printable(name) + "\", the row " +
                                         (relation_ ? "of " + to_string(*relation_) + ' ' : "") +
                                         (key_ ? "is only its replica identity: " : "has ") +
                                         (names.empty() ? "none" : names));
}

template <class T> T changed_row::as() const {
  if constexpr (mapping::check_row<T, false>()) {
    T out{};
    std::array<std::uint16_t, mapping::row_size<T>> column_of{};
    try {
      mapping::place_members(columns(), mapping::shape_of<T>(), column_of);
    } catch (error const& thrown) {
      throw relation_ ? thrown.in(to_string(*relation_)) : thrown;
    }
    mapping::row_type<T>::each(out, [&](auto&... members) {
      auto const* next = column_of.data();
      ((members = (*this)[std::size_t{*next++}].template as<std::remove_cvref_t<decltype(members)>>()), ...);
    });
    return out;
  }
}

} // namespace tusk
