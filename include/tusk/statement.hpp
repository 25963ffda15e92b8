// tusk: statement.hpp — a statement that the server has prepared, with the C++ types of its parameters.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Made by `prepare` of a connection and used with its verbs; running it sends no Parse and no Describe. What the server
// said of its columns is kept, and so is each row type's plan for them: a row type that does not fit is refused before
// the statement runs. Its destructor queues a Close that travels with the connection's next request.
#pragma once

#include <tusk/error.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/row.hpp>
#include <tusk/wire/frontend.hpp>

#include <utility>
#include <vector>

namespace tusk {

/// A prepared statement of one connection, whose parameters are passed as `Parameters`. Movable. Must not be used after
/// its connection is closed; that is errc::connection_closed.
template <class Mode, class... Parameters> class basic_statement {
 public:
  /// `s` has been described.
  basic_statement(protocol::ref<net::pump<Mode>> p, protocol::ref<protocol::statement> s)
      : pump_(std::move(p)), subject_(std::move(s)) {}
  basic_statement(basic_statement&&) noexcept = default;
  basic_statement& operator=(basic_statement&& other) noexcept {
    std::swap(pump_, other.pump_);
    std::swap(subject_, other.subject_);
    return *this;
  }
  ~basic_statement() {
    if (pump_) close();
  }

  /// The columns of its rows; none for a statement that returns no rows. Valid until the statement is run again: a
  /// table may have changed by then.
  std::vector<column> const& columns() const noexcept { return *subject_->last_described()->columns; }
  /// The types that the server takes its parameters as. Valid as `columns()`.
  std::vector<oid> const& parameters() const noexcept { return subject_->last_described()->parameters; }

  /// For verbs: the statement, if it belongs to the connection of `p`. Throws errc::statement_closed otherwise.
  protocol::ref<protocol::statement> const& of(net::pump<Mode> const* p) const {
    if (pump_.get() != p || p == nullptr)
      throw error(errc::statement_closed,
                  pump_ ? "the statement was prepared on another connection" : "the statement was moved from");
    return subject_;
  }

  net::pump<Mode> const* owner() const noexcept { return pump_.get(); }

 private:
  void close() noexcept {
    if (!pump_->session().has(*subject_)) return;
    try {
      auto r = pump_->borrow();
      wire::close(r.bytes, 'S', subject_->name());
      wire::sync(r.bytes);
      r.expected = protocol::steps{protocol::step::closed};
      pump_->submit_quietly(r);
      subject_->forget(); // a command may still hold it: it prepares it again
      subject_->evicted = true;
      pump_->give_back(std::move(r));
    } catch (...) { // out of memory: the server keeps the statement until the session ends
    }
  }
  protocol::ref<net::pump<Mode>> pump_;
  protocol::ref<protocol::statement> subject_;
};

} // namespace tusk
