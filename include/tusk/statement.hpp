// tusk: statement.hpp — a statement that the server has prepared, with the C++ types of its parameters.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Made by `prepare` of a connection and used with its verbs; running it sends no Parse and no Describe. What the server
// said of its columns is kept, and so is each row type's plan for them: a row type that does not fit is refused before
// the statement runs. Its destructor queues a Close that travels with the connection's next request.
#pragma once

#include <tusk/error.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/prepared.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/row.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tusk {

/// A prepared statement of one connection, whose parameters are passed as `Parameters`. Movable. Must not be used after
/// its connection is closed; that is errc::connection_closed.
template <class Mode, class... Parameters> class basic_statement {
 public:
  basic_statement(net::ref<net::pump<Mode>> p, std::shared_ptr<prepared> s)
      : pump_(std::move(p)), prepared_(std::move(s)) {}
  basic_statement(basic_statement&&) noexcept = default;
  basic_statement& operator=(basic_statement&& other) noexcept {
    std::swap(pump_, other.pump_);
    std::swap(prepared_, other.prepared_);
    return *this;
  }
  ~basic_statement() {
    if (pump_) close();
  }

  /// The columns of its rows; none for a statement that returns no rows.
  std::vector<column> const& columns() const noexcept { return *prepared_->columns(); }
  /// The types that the server takes its parameters as.
  std::vector<oid> const& parameters() const noexcept { return prepared_->parameters(); }

  /// For verbs: the statement, if it belongs to the connection of `p`. Throws errc::statement_closed otherwise.
  std::shared_ptr<prepared> const& of(net::pump<Mode> const* p) const {
    if (pump_.get() != p || p == nullptr)
      throw error(errc::statement_closed,
                  pump_ ? "the statement was prepared on another connection" : "the statement was moved from");
    return prepared_;
  }

 private:
  void close() noexcept {
    try {
      auto r = pump_->borrow();
      wire::close(r.bytes, 'S', prepared_->name());
      wire::sync(r.bytes);
      r.expected = protocol::steps{protocol::step::closed};
      pump_->submit_quietly(r);
      pump_->give_back(std::move(r));
    } catch (...) { // out of memory: the server keeps the statement until the session ends
    }
  }
  net::ref<net::pump<Mode>> pump_;
  std::shared_ptr<prepared> prepared_;
};

} // namespace tusk
