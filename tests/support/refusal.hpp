// tusk tests: support/refusal.hpp — the error with which something is refused.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/catch.hpp"

#include <tusk/error.hpp>

#include <concepts>
#include <string>

namespace support {

/// What `action`, which must be refused, throws.
template <std::invocable Action> tusk::error refused(Action action) {
  try {
    action();
  } catch (tusk::error const& e) {
    return e;
  }
  FAIL("was not refused");
  throw;
}
/// The words of the refusal of an option; empty when `action` is not refused.
template <std::invocable Action> std::string refusal(Action action) {
  try {
    action();
    return {};
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::invalid_option);
    return e.what();
  }
}

} // namespace support
