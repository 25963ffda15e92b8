// tusk tests: support/copy_refusal.hpp — COPY FROM STDIN asked for by a verb that has no data for it, and how it ends.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What a server does was tried with PostgreSQL 12 to 18: while it waits for data it ignores Sync, and CopyFail ends
// the COPY. Any other message is an error. Servers before 14 read it and go on; newer ones have lost their place in the
// stream then, and end the connection.
#pragma once

#include "support/outcomes.hpp"

#include <string>

namespace copy_refusal {

using namespace statements;

inline steps const unprepared{step::parsed, step::bound, step::rows};
inline steps const simple{step::simple};

// ---- what the server says ----
inline std::string const begun = parse_complete() + bind_complete() + copy_in();
inline std::string const refused = error_response("57014", "COPY from stdin failed");
inline std::string const surprised = error_response("08P01", "unexpected message type 0x42 during COPY from stdin");

/// What the client says. The Sync of its own request came while the server waited for data, and was ignored: this one
/// counts.
inline std::string const refusal = copy_fail() + sync_message();

inline void check_refused(asker const& a) {
  CHECK(a.done);
  CHECK(!a.not_run);
  CHECK(a.code() == tusk::make_error_code(tusk::errc::wrong_verb));
  CHECK_THAT(a.failure(), ContainsSubstring("COPY"));
}
/// The COPY ends with this error, and then the request behind it runs.
inline void check_ends(script& s, std::string const& error, asker const& copy, asker const& behind) {
  s.reply(error + ready() + ran() + ready());
  check_refused(copy);
  check_ran(behind);
  check_usable(s);
}

} // namespace copy_refusal
