// tusk: notification.hpp — what one session tells others with NOTIFY.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A value, as a server's NotificationResponse has it (PostgreSQL documentation, "NOTIFY"). It belongs to no layer: the
// session makes it and the user keeps it. Knows nothing of who hears it.
#pragma once

#include <cstdint>
#include <string>

namespace tusk {

struct notification {
  std::string channel;
  std::string payload;   ///< empty if the sender gave none; a server takes less than 8000 bytes
  std::uint32_t pid = 0; ///< the sender's backend; a session hears itself, too
};

} // namespace tusk
