// tusk: protocol/request.hpp — what is sent for one exchange, and which replies it asks for.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A request is encoded completely before it is submitted, so that no argument of the user has to outlive the call, and
// an argument that cannot be encoded never leaves half a message behind. Knows neither who waits for it nor any socket.
#pragma once

#include <tusk/wire/bytes.hpp>

#include <cstdint>
#include <exception>
#include <initializer_list>
#include <utility>

namespace tusk::protocol {

/// One part of the replies to a request, in the order of the messages that ask for it.
enum class step : std::uint8_t {
  none = 0,
  parsed,     ///< ParseComplete
  parameters, ///< ParameterDescription
  bound,      ///< BindComplete
  columns,    ///< RowDescription | NoData
  rows,       ///< DataRow* (CommandComplete | EmptyQueryResponse)
  closed,     ///< CloseComplete
  simple,     ///< ((RowDescription DataRow*)? CommandComplete | EmptyQueryResponse)+
};

/// A short sequence of steps; ReadyForQuery follows the last one.
class steps {
 public:
  constexpr steps() = default;
  constexpr explicit steps(std::initializer_list<step> list) {
    int shift = 0;
    for (auto s : list) {
      bits_ |= static_cast<std::uint64_t>(s) << shift;
      shift += 4;
    }
  }
  constexpr step front() const noexcept { return static_cast<step>(bits_ & 15); }
  constexpr void pop() noexcept { bits_ >>= 4; }

 private:
  std::uint64_t bits_ = 0; // four bits a step: up to 16 of them, and a copy is one instruction
};

struct request {
  wire::buffer bytes;
  steps expected;
  std::exception_ptr refused; ///< encoding failed: nothing may be sent, this is thrown to whoever awaits the request
};

} // namespace tusk::protocol
