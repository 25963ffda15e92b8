// tusk: row.hpp — a row whose columns are found out at run time.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For tools, and for results whose shape is not known when the program is written. A row owns its bytes and shares the
// columns' descriptions with the other rows of its result. Fields are decoded when asked for, with the same checks as
// members of a struct. Knows the values leg only.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/field.hpp>
#include <tusk/mapping/value.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/wire/column.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

using wire::column;

/// One field of a `row`. Borrows from it: valid as long as that row, or a copy of it.
///
/// What it comes in, text or binary, says `description().format`: a type of users comes as text, since its bytes do not
/// tell what it is; so do names in the server's catalogues (regclass and its like), money, and all values of a script.
/// What is read from text has its C++ type's text form, under the server's standard settings.
class field {
 public:
  field(column const& c, std::size_t index, std::byte const* at, std::byte const* end,
        std::uint64_t row_number) noexcept
      : column_(&c), index_(index), at_(at), end_(end), row_number_(row_number) {}

  /// Whether it is NULL.
  bool is_null() const noexcept { return wire::load<std::int32_t>(at_) < 0; }
  /// What the server says about the column.
  column const& description() const noexcept { return *column_; }
  /// The value as it came; empty for NULL.
  wire::byte_view bytes() const noexcept { return is_null() ? wire::byte_view{} : wire::byte_view{at_ + 4, end_}; }

  /// The value in PostgreSQL's text form. What came in binary is written as the server does under its standard
  /// settings, in UTC; the rest are its own words. Throws errc::unexpected_null for NULL, errc::invalid_value, and
  /// errc::column_mismatch for a value of a pipeline whose type's text form only the server knows. Defined in
  /// row_text.hpp.
  template <class String = std::string> String text() const;

  /// The value as a T, std::optional<T> where it may be NULL. A type that borrows, such as std::string_view, is valid
  /// as long as the row. Throws errc::column_mismatch when T does not read columns of this type, errc::unexpected_null,
  /// errc::invalid_value.
  template <class T> T as() const {
    static_assert(mapping::column_value<T>, "tusk: T has no codec, or is a reference or const");
    return mapping::field_as<T>(at_, end_, row_number_, index_, *column_);
  }

 private:
  column const* column_;
  std::size_t index_;
  std::byte const* at_;
  std::byte const* end_;
  std::uint64_t row_number_;
};

/// One row of a result; `query<tusk::row>`. Copying it copies no values.
class row {
 public:
  using description = std::shared_ptr<std::vector<column> const>;

  row() = default;
  /// Takes in a DataRow's body. Throws errc::protocol_violation when it does not fit the columns.
  row(description columns, std::byte const* begin, std::byte const* end, std::uint64_t number);

  /// How many fields.
  std::size_t size() const noexcept { return begins_.size(); }
  /// The names and types of the columns. Valid as long as any row of the result.
  std::vector<column> const& columns() const noexcept {
    static std::vector<column> const none;
    return columns_ ? *columns_ : none;
  }
  /// By position, from 0. Throws errc::column_mismatch when there is none.
  field operator[](std::size_t index) const {
    if (index >= size()) [[unlikely]]
      throw error(errc::column_mismatch,
                  "there is no column " + std::to_string(index) + ", the row has " + std::to_string(size()));
    return {(*columns_)[index], index, bytes_.get() + begins_[index], end_of(index), number_};
  }
  /// By name; of several columns with one name the first. Throws errc::column_mismatch when there is none.
  field operator[](std::string_view name) const;
  field operator[](char const* name) const { return (*this)[std::string_view(name)]; }
  field operator[](int index) const {
    if (index < 0) [[unlikely]]
      throw error(errc::column_mismatch, "there is no column " + std::to_string(index) + ", they count from 0");
    return (*this)[static_cast<std::size_t>(index)];
  }

 private:
  std::byte const* end_of(std::size_t index) const noexcept {
    return bytes_.get() + (index + 1 < begins_.size() ? begins_[index + 1] : size_);
  }
  description columns_;
  std::shared_ptr<std::byte const[]> bytes_; // of the fields, each with its length before it
  std::vector<std::uint32_t> begins_;
  std::uint32_t size_ = 0;
  std::uint64_t number_ = 0; // from 1, for messages
};

// ---- implementation -------------------------------------------------------------------------------------------------

inline row::row(description columns, std::byte const* begin, std::byte const* end, std::uint64_t number)
    : columns_(std::move(columns)), number_(number) {
  auto const malformed = [&](std::string_view why) {
    throw error(errc::protocol_violation,
                "malformed row from the server: row " + std::to_string(number) + " " + std::string(why));
  };
  wire::reader in(begin, end);
  std::size_t const n = in.get<std::uint16_t>();
  if (!in.ok() || n != this->columns().size()) malformed("has not as many fields as its description");
  auto const* const first = in.position();
  begins_.reserve(n);
  for (std::size_t i = 0; i < n; ++i) {
    begins_.push_back(static_cast<std::uint32_t>(in.position() - first));
    auto const length = in.get<std::int32_t>();
    if (length < -1) malformed("has a field of negative length");
    if (length > 0) in.take(static_cast<std::size_t>(length));
  }
  if (!in.ok()) malformed("ends within a field");
  if (in.left() != 0) malformed("has bytes behind its last field");
  size_ = static_cast<std::uint32_t>(end - first);
  auto copy = std::make_shared_for_overwrite<std::byte[]>(size_);
  if (size_ != 0) std::memcpy(copy.get(), first, size_);
  bytes_ = std::move(copy);
}

inline field row::operator[](std::string_view name) const {
  for (std::size_t i = 0; i < size(); ++i)
    if ((*columns_)[i].name == name) return (*this)[i];
  constexpr std::size_t most = 100; // a server may have made up 65535
  std::string names;
  for (std::size_t i = 0; i < size() && i < most; ++i)
    names.append(names.empty() ? "" : ", ").append(printable((*columns_)[i].name));
  if (size() > most) names.append(", ...");
  throw error(errc::column_mismatch, "there is no column \"" + printable(name) + "\", the row has " +
                                         (size() == 0 ? std::string("none") : names));
}

} // namespace tusk
