// tusk: script.hpp — what the statements of a script have come to.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A script goes through the simple protocol: any number of statements, no parameters, and values as text. Each
// statement has a result, and an error says which of them it was. Knows no connection.
#pragma once

#include <tusk/command_tag.hpp>
#include <tusk/error.hpp>
#include <tusk/protocol/sink.hpp>
#include <tusk/row.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// One statement's result: its tag, and the rows if it returned any. Their values come in PostgreSQL's text form:
/// `r.rows()[0]["name"].text()`.
class script_result : public command_tag {
 public:
  script_result() = default;
  script_result(command_tag tag, row::description columns, std::vector<row> rows)
      : command_tag(std::move(tag)), columns_(std::move(columns)), rows_(std::move(rows)) {}

  std::vector<row> const& rows() const noexcept { return rows_; }
  /// None for a statement that returns no rows.
  std::vector<column> const& columns() const noexcept {
    static std::vector<column> const none;
    return columns_ ? *columns_ : none;
  }

 private:
  row::description columns_;
  std::vector<row> rows_;
};

/// Collects the results of all statements: `script`.
class every_result final : public protocol::sink {
 public:
  using result = std::vector<script_result>;
  void on_columns(std::span<column const> c) override {
    columns_ = std::make_shared<std::vector<column> const>(c.begin(), c.end());
  }
  void on_row(std::byte const* begin, std::byte const* end) override {
    rows_.emplace_back(columns_, begin, end, std::uint64_t{rows_.size() + 1});
  }
  void on_complete(std::string_view tag) override {
    results_.emplace_back(command_tag(std::string(tag)), std::exchange(columns_, {}), std::exchange(rows_, {}));
  }
  error explain(error e) override {
    // A script that cannot be parsed is refused as a whole, and its error has a position.
    bool const whole = results_.empty() && e.sqlstate() == sqlstate::syntax_error;
    return whole ? e : e.in("statement " + std::to_string(results_.size() + 1));
  }
  void on_restart() override {
    results_.clear();
    columns_ = {};
    rows_.clear();
  }
  std::vector<script_result> take() { return std::move(results_); }

 private:
  std::vector<script_result> results_;
  row::description columns_;
  std::vector<row> rows_;
};

} // namespace tusk
