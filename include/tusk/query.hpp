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
#include <tusk/prepared.hpp>
#include <tusk/protocol/sink.hpp>
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

/// Decodes rows into T by the plan for the result's columns.
template <class T> class row_decoder {
 public:
  /// For a result whose columns come with it: `columns()` is called before the first row.
  row_decoder() = default;
  /// For a prepared statement, which is kept alive. Throws errc::column_mismatch, before anything is sent, when it has
  /// no such rows.
  explicit row_decoder(std::shared_ptr<prepared> statement)
      : statement_(std::move(statement)), plan_(&plan_for(*statement_)), columns_(*statement_->columns()) {}

  void columns(std::span<column const> c) {
    mapping::match(c, mapping::shape_of<T>(), own_);
    plan_ = nullptr;
    columns_ = c;
  }
  [[gnu::always_inline]] void decode(std::byte const* begin, std::byte const* end, T& out) {
    mapping::decode_row(plan_ != nullptr ? *plan_ : own_, begin, end, ++rows_, columns_, out);
  }

 private:
  static mapping::plan const& plan_for(prepared& statement) {
    try {
      return statement.plan_for<T>();
    } catch (error const& e) {
      throw error(e).unsent();
    }
  }

  std::shared_ptr<prepared> statement_;
  mapping::plan const* plan_ = nullptr; // the statement's; or our own, which moves with us
  mapping::plan own_;
  std::span<column const> columns_;
  std::uint64_t rows_ = 0;
};

template <> class row_decoder<row> {
 public:
  row_decoder() = default;
  explicit row_decoder(std::shared_ptr<prepared> const& statement) : columns_(statement->columns()) {}
  void columns(std::span<column const> c) {
    columns_ = std::make_shared<std::vector<column> const>(c.begin(), c.end());
  }
  void decode(std::byte const* begin, std::byte const* end, row& out) { out = row(columns_, begin, end, ++rows_); }

 private:
  row::description columns_;
  std::uint64_t rows_ = 0;
};

/// Collects all rows: `query`.
template <class T> class every_row final : public protocol::sink {
 public:
  using result = std::vector<T>;
  every_row() = default;
  /// As row_decoder's.
  explicit every_row(std::shared_ptr<prepared> statement) : decoder_(std::move(statement)) {}
  void on_columns(std::span<column const> c) override { decoder_.columns(c); }
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
  row_decoder<T> decoder_;
  std::vector<T> rows_;
};

/// Takes one row, or none: the base of `query_one` and `query_maybe`.
template <class T> class first_row : public protocol::sink {
 public:
  first_row() = default;
  /// As row_decoder's.
  explicit first_row(std::shared_ptr<prepared> statement) : decoder_(std::move(statement)) {}
  void on_columns(std::span<column const> c) override { decoder_.columns(c); }
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
  row_decoder<T> decoder_;
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
  void on_row(std::byte const*, std::byte const*) override {}
  void on_complete(std::string_view tag) override { tag_ = command_tag(std::string(tag)); }
  command_tag take() { return std::move(tag_); }

 private:
  command_tag tag_;
};

/// The tags of all statements of a `script`.
class every_tag final : public protocol::sink {
 public:
  using result = std::vector<command_tag>;
  void on_row(std::byte const*, std::byte const*) override {}
  void on_complete(std::string_view tag) override { tags_.emplace_back(std::string(tag)); }
  std::vector<command_tag> take() { return std::move(tags_); }

 private:
  std::vector<command_tag> tags_;
};

/// The types that a statement's replies describe: `prepare`.
class described final : public protocol::sink {
 public:
  struct types {
    std::vector<oid> parameters;
    std::vector<column> columns;
  };
  using result = types;
  void on_parameters(std::span<oid const> p) override { types_.parameters.assign(p.begin(), p.end()); }
  void on_columns(std::span<column const> c) override {
    types_.columns.assign(c.begin(), c.end());
    for (auto& described_column : types_.columns) described_column.format = 1; // as every Bind will ask for
  }
  void on_row(std::byte const*, std::byte const*) override {}
  types take() { return std::move(types_); }

 private:
  types types_;
};

/// `check_row` for results that own their values; `row` is one.
template <class T> consteval bool check_result() {
  if constexpr (std::is_same_v<T, row>)
    return true;
  else
    return mapping::check_row<T, true>();
}

} // namespace tusk
