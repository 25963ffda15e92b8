// tusk: protocol/statement.hpp — an SQL text that a server prepares once and runs many times.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Shared by whoever runs it and by the exchanges that do. Whether Parse goes along is decided when a request is
// submitted; from then on the server is taken to have the statement, until something says that it has not. Knows no C++
// types: what the mapping makes of the columns is kept with them as an attachment.
#pragma once

#include <tusk/auth/random.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/column.hpp>
#include <tusk/wire/frontend.hpp>
#include <tusk/wire/oid.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::protocol {

/// Whether columns of a type are asked for in text form; all others come in binary.
using text_columns = bool (*)(wire::oid type);

/// What a server has said about a statement. When it says something else a new one takes its place, so that those who
/// decode by it are not disturbed.
class description final : public counted {
 public:
  using columns_type = std::shared_ptr<std::vector<wire::column> const>;
  /// What others have made of the columns, and want to find again.
  struct attachment {
    virtual ~attachment() = default;
  };

  description(std::vector<wire::oid> p, std::vector<wire::column> c)
      : parameters(std::move(p)), columns(std::make_shared<std::vector<wire::column> const>(std::move(c))) {}

  std::vector<wire::oid> parameters;
  columns_type columns; ///< never null; empty for a statement that returns no rows
  std::unique_ptr<attachment> attached;

  /// The same where columns of some types come as text; this one if there is no such column. Always to be asked with
  /// the same function.
  description& with_text(text_columns of);
  bool all_binary() const noexcept { return has_formats_of({}); }
  /// Column by column; what `other` does not have is binary.
  bool has_formats_of(std::span<wire::column const> other) const noexcept {
    for (std::size_t i = 0; i < columns->size(); ++i)
      if ((*columns)[i].format != (i < other.size() ? other[i].format : 1)) return false;
    return true;
  }

 private:
  ref<description> with_text_;
};

inline description& description::with_text(text_columns of) {
  if (with_text_) return *with_text_;
  bool any = false;
  for (auto const& one : *columns) any = any || of(one.type);
  if (!any) return *this;
  auto c = *columns;
  for (auto& one : c) one.format = of(one.type) ? 0 : 1;
  with_text_ = ref<description>(new description(parameters, std::move(c)));
  return *with_text_;
}

/// One preparation of a statement, for all exchanges that count on it.
struct preparing final : counted {
  ref<description> described; ///< null until the server has answered
};

class statement final : public counted {
 public:
  /// Under an empty name it does not last: the server forgets it with the next one, so that it is parsed each time.
  /// Throws as wire::parse.
  statement(std::string_view name, std::string_view sql, std::span<wire::oid const> types)
      : sql_(sql), types_(types.begin(), types.end()), name_(name) {
    wire::parse(preparation_, name_, sql_, types_);
    wire::describe(preparation_, 'S', name_);
    wire::begin_bind(bind_, {}, name_);
  }

  std::string_view sql() const noexcept { return sql_; }
  std::span<wire::oid const> types() const noexcept { return types_; }
  bool lasting() const noexcept { return !name_.empty(); }
  std::string_view name() const noexcept { return name_; }
  /// How a Bind of it begins, for wire::begin_bind.
  wire::byte_view bind() const noexcept { return bind_; }
  /// Changes each time that it is prepared.
  std::uint32_t generation() const noexcept { return generation_; }
  /// Parse and Describe, to go ahead of the first Bind.
  wire::byte_view preparation() const noexcept { return preparation_; }

  /// Null until the server has described it.
  ref<description> const& described() const noexcept { return run_->described; }
  void describe(ref<description> d) noexcept { run_->described = std::move(d); }
  /// While it is being prepared anew: as it was before.
  ref<description> const& last_described() const noexcept { return run_->described ? run_->described : last_; }

  /// Parse is not needed: it has been sent.
  bool on_server() const noexcept { return on_server_; }
  /// What became of an earlier Parse is not known, or not good: Close goes ahead of the next one. (Closing what is not
  /// there is no error.)
  bool name_is_used() const noexcept { return name_is_used_; }
  /// Parse is being sent.
  void prepared(std::uint64_t by = 0) {
    if (described()) last_ = described();
    run_ = ref<preparing>(new preparing); // it may be another thing by now
    on_server_ = name_is_used_ = lasting();
    prepared_by_ = by;
    ++generation_;
  }
  std::uint64_t prepared_by() const noexcept { return prepared_by_; }
  ref<preparing> const& run() const noexcept { return run_; }
  /// The server does not have it, or has it for something else.
  void forget() noexcept { on_server_ = false; }

  bool evicted = false; ///< from the cache: it is not to stay on the server

 private:
  std::string sql_;
  std::vector<wire::oid> types_;
  std::string name_;
  wire::buffer preparation_;
  wire::buffer bind_;
  std::uint32_t generation_ = 0;
  ref<preparing> run_{new preparing};
  ref<description> last_;
  std::uint64_t prepared_by_ = 0;
  bool on_server_ = false;
  bool name_is_used_ = false;
};

/// Names for the statements of one connection. A pooler may give the same server to several clients: what they have
/// named must not collide.
class statement_names {
 public:
  /// `seed` should differ between connections.
  explicit statement_names(std::uint32_t seed) {
    static constexpr char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    for (int i = 0; i < 6; ++i, seed /= 36) prefix_ += digits[seed % 36];
    prefix_ += '_';
  }
  static std::uint32_t random_seed() {
    std::uint32_t n = 0;
    auth::random_bytes(std::as_writable_bytes(std::span(&n, 1)));
    return n;
  }
  std::string next() { return prefix_ + std::to_string(++last_); }

 private:
  std::string prefix_ = "tusk_";
  std::uint64_t last_ = 0;
};

} // namespace tusk::protocol
