// tusk: protocol/sink.hpp — where the contents of replies go.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The session checks the order and the form of messages and hands their contents to the sink of the exchange they
// belong to. What a sink throws becomes the error of its own exchange, after the exchange's replies have been read to
// the end.
#pragma once

#include <tusk/error.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/wire/backend.hpp>
#include <tusk/wire/column.hpp>
#include <tusk/wire/oid.hpp>

#include <cstddef>
#include <exception>
#include <span>
#include <string_view>

namespace tusk::protocol {

/// Everything passed is borrowed for the duration of the call, columns until the exchange's next ones or its end.
class sink {
 public:
  /// ParameterDescription.
  virtual void on_parameters(std::span<wire::oid const>) {}
  /// RowDescription; no columns for NoData.
  virtual void on_columns(std::span<wire::column const>) {}
  /// What the server has said of a statement that it keeps. It may be held on to.
  virtual void on_description(description& d) { on_columns(*d.columns); }
  /// DataRow: its body, which begins with the number of columns.
  virtual void on_row(std::byte const* begin, std::byte const* end) = 0;
  /// CopyInResponse, CopyOutResponse or CopyBothResponse.
  virtual void on_copy(wire::copy_response const&) {}
  /// CopyData: its body. `on_copy` was called before.
  virtual void on_copy_data(std::byte const*, std::byte const*) {}
  /// CopyDone from the server.
  virtual void on_copy_done() {}
  /// CommandComplete; an empty tag for EmptyQueryResponse.
  virtual void on_complete(std::string_view) {}
  /// PortalSuspended: there may be more rows.
  virtual void on_suspended() {}
  /// ErrorResponse: returns what is to be thrown, `e` with more words where they help.
  virtual error explain(error e) { return e; }
  /// Of parts that stand apart: this one has failed, the others go on.
  virtual void on_failed(std::exception_ptr) {}
  /// The request is going to be submitted once more: what has come of it so far does not count.
  virtual void on_restart() {}

 protected:
  ~sink() = default;
};

} // namespace tusk::protocol
