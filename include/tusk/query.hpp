// tusk: query.hpp — what becomes of the replies to a query: every row, one row, or the command's tag.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Here the two legs of the house meet: sinks of the protocol that fill the user's types by a mapping's plan. The plan
// is made when the columns arrive, or is known from the prepared statement; a row is decoded from the receive buffer
// straight into its place in the result. Knows no connection.
#pragma once

#include <tusk/command_tag.hpp>
#include <tusk/error.hpp>
#include <tusk/mapping/decode.hpp>
#include <tusk/mapping/plan.hpp>
#include <tusk/mapping/row_type.hpp>
#include <tusk/mapping/text_columns.hpp>
#include <tusk/plans.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/sink.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/row.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tusk {

/// What is known of a statement before it runs; null: nothing.
using known_columns = protocol::ref<protocol::description>;

/// Decodes rows into T by the plan for the result's columns.
template <class T> class row_decoder {
 public:
  /// Throws errc::column_mismatch if rows of these columns are none of T.
  static void check(protocol::description& d) { plan_for<T>(d); }

  /// If nothing is known, `columns()` or `describe()` is called before the first row. Throws as `check`.
  explicit row_decoder(known_columns const& known = {}) {
    if (known) describe(*known);
  }
  void columns(std::span<column const> c) {
    mapping::match(c, mapping::shape_of<T>(), own_);
    plan_ = nullptr;
    columns_ = c;
  }
  void describe(protocol::description& d) {
    plan_ = &plan_for<T>(d);
    columns_ = *d.columns;
    known_ = known_columns(&d);
  }
  [[gnu::always_inline]] void decode(std::byte const* begin, std::byte const* end, T& out) {
    mapping::decode_row(plan_ != nullptr ? *plan_ : own_, begin, end, ++rows_, columns_, out);
  }
  void restart() noexcept { rows_ = 0; }

 private:
  known_columns known_;
  mapping::plan const* plan_ = nullptr; // the description's; or our own, which moves with us
  mapping::plan own_;
  std::span<column const> columns_;
  std::uint64_t rows_ = 0;
};

template <> class row_decoder<row> {
 public:
  /// The rest has a text form of the server's alone, and rows are to tell it.
  static constexpr protocol::text_columns in_text = [](oid type) { return !mapping::has_text_form(type); };

  static void check(protocol::description const&) noexcept {}

  explicit row_decoder(known_columns const& known = {}) {
    if (known) describe(*known);
  }
  void columns(std::span<column const> c) {
    columns_ = std::make_shared<std::vector<column> const>(c.begin(), c.end());
  }
  void describe(protocol::description& d) { columns_ = d.columns; }
  void decode(std::byte const* begin, std::byte const* end, row& out) { out = row(columns_, begin, end, ++rows_); }
  void restart() noexcept { rows_ = 0; }

 private:
  row::description columns_;
  std::uint64_t rows_ = 0;
};

/// Which columns a decoder wants as text; null: none.
template <class Decoder> inline constexpr protocol::text_columns text_columns_of = nullptr;
template <class Decoder>
  requires requires { Decoder::in_text; }
inline constexpr protocol::text_columns text_columns_of<Decoder> = Decoder::in_text;

/// Collects all rows: `query`.
template <class T> class every_row final : public protocol::sink {
 public:
  using result = std::vector<T>;
  using decoder = row_decoder<T>;
  explicit every_row(known_columns const& known = {}) : decoder_(known) {}
  void on_columns(std::span<column const> c) override { decoder_.columns(c); }
  void on_description(protocol::description& d) override { decoder_.describe(d); }
  void on_restart() override {
    rows_.clear();
    decoder_.restart();
  }
  void on_row(std::byte const* begin, std::byte const* end) override {
    if constexpr (std::is_same_v<T, bool>) { // std::vector<bool> has no bool to decode into
      bool value = false;
      decoder_.decode(begin, end, value);
      rows_.push_back(value);
    } else
      decoder_.decode(begin, end, rows_.emplace_back());
  }
  std::vector<T> take() { return std::move(rows_); }

 private:
  decoder decoder_;
  std::vector<T> rows_;
};

/// Takes one row, or none: the base of `query_one` and `query_maybe`.
template <class T> class first_row : public protocol::sink {
 public:
  using decoder = row_decoder<T>;
  explicit first_row(known_columns const& known = {}) : decoder_(known) {}
  void on_columns(std::span<column const> c) override { decoder_.columns(c); }
  void on_description(protocol::description& d) override { decoder_.describe(d); }
  void on_restart() override {
    rows_ = 0;
    decoder_.restart();
  }
  void on_row(std::byte const* begin, std::byte const* end) override {
    if (++rows_ > 1) return;
    decoder_.decode(begin, end, row_);
  }

 protected:
  ~first_row() = default;
  std::uint64_t rows() const noexcept { return rows_; }
  T& row() noexcept { return row_; }
  void at_most_one() const {
    if (rows_ > 1)
      throw error(errc::too_many_rows, "one row was asked for, the query returned " + std::to_string(rows_));
  }

 private:
  decoder decoder_;
  std::uint64_t rows_ = 0;
  T row_{};
};

/// Exactly one row: `query_one`.
template <class T> class one_row final : public first_row<T> {
 public:
  using result = T;
  using first_row<T>::first_row;
  T&& take() {
    this->at_most_one();
    if (this->rows() == 0) throw error(errc::no_rows, "one row was asked for, the query returned none");
    return std::move(this->row());
  }
};

/// One row or none: `query_maybe`.
template <class T> class maybe_row final : public first_row<T> {
 public:
  using result = std::optional<T>;
  using first_row<T>::first_row;
  std::optional<T> take() {
    this->at_most_one();
    if (this->rows() == 0) return std::nullopt;
    return std::move(this->row());
  }
};

/// Only what the command reports: `execute`. Rows are counted by the server and dropped here.
class no_rows_wanted final : public protocol::sink {
 public:
  using result = command_tag;
  explicit no_rows_wanted(known_columns const& = {}) {}
  void on_row(std::byte const*, std::byte const*) override {}
  void on_complete(std::string_view tag) override { tag_ = command_tag(std::string(tag)); }
  command_tag take() { return std::move(tag_); }

 private:
  command_tag tag_;
};

/// Not even that.
class nothing_wanted final : public protocol::sink {
 public:
  using result = void;
  void on_row(std::byte const*, std::byte const*) override {}
  void take() const noexcept {}
};

/// What a server says of a statement: `prepare`.
class described final : public protocol::sink {
 public:
  using result = known_columns;
  void on_description(protocol::description& d) override { known_ = known_columns(&d); }
  void on_row(std::byte const*, std::byte const*) override {}
  known_columns take() { return std::move(known_); }

 private:
  known_columns known_;
};

/// `check_row` for results that own their values; `row` is one.
template <class T> consteval bool check_result() {
  if constexpr (std::is_same_v<T, row>)
    return true;
  else
    return mapping::check_row<T, true>();
}

/// The same for rows that live as long as what they borrow from.
template <class T> consteval bool check_stream() {
  if constexpr (std::is_same_v<T, row>)
    return true;
  else
    return mapping::check_row<T, false>();
}

} // namespace tusk
