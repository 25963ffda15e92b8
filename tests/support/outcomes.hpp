// tusk tests: support/outcomes.hpp — what became of those who asked, and whether a session still serves.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/statements.hpp"

namespace statements {

inline void check_ran(asker const& a) {
  CHECK(a.done);
  CHECK(a.failure().empty());
  CHECK(a.to.log == row_log);
}
/// It can be sent once more.
inline void check_not_run(asker const& a) {
  CHECK(a.done);
  CHECK(a.not_run);
  CHECK(!a.failure().empty());
}
/// `of` runs without being prepared.
inline void check_runs(script& s, statement const& of) {
  auto& a = s.ask(request_of(of));
  s.sent(run(of->name()));
  s.reply(ran() + ready());
  check_ran(a);
}
/// `of` runs, and is prepared anew for that.
inline void check_prepared_anew(script& s, statement const& of) {
  auto& a = s.ask(request_of(of));
  s.sent(run_anew(of->name(), of->sql()));
  s.reply(described_anew() + ran() + ready());
  CHECK(a.failure().empty());
  CHECK(a.to.log == "t0 T(a) " + row_log);
}
/// The answer to an `early_run`.
inline void check_runs_early(script& s, asker const& a) {
  s.reply(shape() + ran() + ready());
  CHECK(a.done);
  CHECK(a.failure().empty());
  CHECK(a.to.log == "t0 T(a) " + row_log);
}
/// Nothing is under way any more, and a request runs.
inline void check_usable(script& s) {
  CHECK(s.session.idle());
  auto& a = s.ask("usable", bound);
  s.sent("usable");
  s.reply(ran() + ready());
  check_ran(a);
  CHECK(s.session.idle());
}

} // namespace statements
