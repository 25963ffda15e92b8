// tusk: protocol/session_kind.hpp — whether a session is of the kind that target_session_attrs asks for.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Servers from 14 on say at login whether they are a standby and whether transactions are read-only; others, and
// poolers that keep it to themselves, have to be asked (PostgreSQL documentation, "target_session_attrs"). Here is what
// to ask and what the answer means; asking is somebody else's.
#pragma once

#include <tusk/conninfo/settings.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tusk::protocol {

class session_kind {
 public:
  using attrs = conninfo::target_session_attrs;
  explicit session_kind(attrs wanted) noexcept : wanted_(wanted) {}

  /// By what the server has reported, `parameter(name)`; nullopt: it has to be asked.
  template <class F> std::optional<bool> fits(F parameter) const {
    if (wanted_ == attrs::any) return true;
    std::string_view const standby = parameter("in_hot_standby");
    std::string_view const read_only = parameter("default_transaction_read_only");
    if (standby.empty() || (about_writing() && read_only.empty())) return std::nullopt;
    bool const refused = standby == "on" || (about_writing() && read_only == "on");
    return refused == wants_refusal();
  }
  /// The SQL to ask it with: one row with one column.
  std::string_view question() const noexcept {
    return about_writing() ? "show transaction_read_only" : "select pg_catalog.pg_is_in_recovery()";
  }
  /// By its answer, in text form.
  bool fits_by_answer(std::string_view answer) const noexcept {
    return (answer == "on" || answer == "t") == wants_refusal();
  }
  /// Why a session does not fit.
  std::string words() const {
    std::string_view const is[] = {
        "", "read-only", "not read-only", "on a standby", "on the primary", "on the primary"};
    using conninfo::operator""_keyword;
    return std::string("the session is ")
        .append(is[static_cast<std::size_t>(wanted_)])
        .append(" (target_session_attrs=")
        .append(conninfo::word_of("target_session_attrs"_keyword, wanted_))
        .append(")");
  }

 private:
  bool about_writing() const noexcept { return wanted_ == attrs::read_write || wanted_ == attrs::read_only; }
  bool wants_refusal() const noexcept { return wanted_ != attrs::read_write && wanted_ != attrs::primary; }

  attrs wanted_;
};

} // namespace tusk::protocol
