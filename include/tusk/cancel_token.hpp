// tusk: cancel_token.hpp — ends what a connection is doing, from anywhere.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A handle on the one part of a connection that other threads may touch. What happens then is in net/interruptor.hpp,
// and the rule that no later statement may be hit is the session's and the pump's. Knows neither.
#pragma once

#include <tusk/net/interruptor.hpp>

#include <memory>
#include <utility>

namespace tusk {

/// Made by `get_cancel_token` of a connection. May be copied, used from any thread, and outlive the connection.
class cancel_token {
 public:
  explicit cancel_token(std::shared_ptr<net::interruptor> i) : interruptor_(std::move(i)) {}

  /// Ends all operations that are under way on the connection, and no later one: each throws SQLSTATE 57014
  /// (query_canceled), unless it was done before; what was not sent yet throws operation_aborted. The connection stays
  /// usable. An asynchronous wait for a notification ends with operation_aborted, too; a blocking one does not. Does
  /// nothing when the connection is idle or closed.
  ///
  /// Of an asynchronous connection: returns at once. Of a blocking one: opens a connection to the server, and returns
  /// when the operation has ended, or after `cancel_timeout`.
  void cancel() const { interruptor_->interrupt(); }

 private:
  std::shared_ptr<net::interruptor> interruptor_;
};

} // namespace tusk
