// tusk: protocol/awaiter.hpp — who waits for the replies to a request.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The session tells it when its exchange is done, and links those who are to be woken into a list. What waits, and how
// it is woken, is for the mode to know.
#pragma once

#include <exception>

namespace tusk::protocol {

/// Who waits for an exchange. Told by `done`, and linked into the session's list of those to be woken.
struct awaiter {
  bool done = false;
  bool not_run = false; ///< beside the error: nothing of it was done, it may be submitted once more
  std::exception_ptr error;
  awaiter* next_done = nullptr;
};

} // namespace tusk::protocol
