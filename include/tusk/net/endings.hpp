// tusk: net/endings.hpp — why a connection, or an operation on it, has ended, in words.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The same words wherever it is found out. What the operating system and the peer have to say of a lost connection is
// in transport.hpp. Decides nothing.
#pragma once

#include <tusk/error.hpp>

#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace tusk::net {

/// Something went wrong on our side, such as memory that was not to be had.
[[gnu::cold]] inline error closed_by(std::exception const& e) {
  return {errc::connection_closed, std::string("the connection was closed: ") + e.what()};
}
/// For whoever comes when it has been closed, because of `why`.
[[gnu::cold]] inline error closed_before(error const& why) {
  auto words = std::string("the connection is closed: ") + why.what();
  return why.server() != nullptr ? error(errc::connection_closed, std::move(words), *why.server())
                                 : error(errc::connection_closed, std::move(words));
}
[[gnu::cold]] inline error timed_out(std::chrono::milliseconds limit) {
  return {errc::timeout, "the operation did not end within " + std::to_string(limit.count()) + " ms"};
}
[[gnu::cold]] inline error unanswered(std::chrono::milliseconds limit) {
  return {errc::timeout, "the connection was closed: the server did not end a cancelled statement within " +
                             std::to_string(limit.count()) + " ms (cancel_timeout)"};
}

} // namespace tusk::net
