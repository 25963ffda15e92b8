// tusk tests: net/pump_repeats.cpp — requests that the server has not run, because it lacked their statement.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/statement_stage.hpp"

using namespace dial;
using tusk::protocol::description;

namespace {

std::string const lost = error_response("26000", "prepared statement \"s\" does not exist") + ready();
std::string const done = bind_complete() + command_complete("SELECT 0") + ready();

/// A statement that has been prepared, as far as we know.
struct stage : statement_stage {
  explicit stage(std::function<void(peer&)> server) : statement_stage("select 1", std::move(server)) {
    subject->prepared();
    subject->describe(tusk::protocol::ref<description>(new description({}, {})));
  }
  /// Runs it, and returns the error.
  tusk::error failure() {
    return error_of([&] { run(); });
  }
};

} // namespace

TEST_CASE("a lost statement is prepared again, and the request run") {
  stage s(says({welcome(), lost, statements::described_anew() + done}));
  s.run();
  CHECK(s.sent() == statements::run("s") + statements::run_anew("s", "select 1"));
}

TEST_CASE("that is done once") {
  stage s(says({welcome(), lost, close_complete() + lost}));
  CHECK(s.failure().sqlstate() == tusk::sqlstate::invalid_sql_statement_name);
  CHECK(s.p->session().idle());
}

TEST_CASE("not in a transaction, which has failed by that") {
  stage s(says({welcome(), error_response("26000", "prepared statement \"s\" does not exist") + ready('E')}));
  CHECK(s.failure().sqlstate() == tusk::sqlstate::invalid_sql_statement_name);
}

TEST_CASE("when somebody has the connection to himself by then, that is told, and that nothing was done") {
  holder others;
  stage* on = nullptr;
  stage s([&](peer& p) {
    p.talk = [&, n = 0](peer& me, std::string_view fresh) mutable {
      if (fresh.empty()) return;
      if (n++ == 0) return me.say(welcome());
      on->p->tenures().begin(others, 0, "a transaction is open on this connection");
      me.say(lost);
    };
  });
  on = &s;
  auto const e = s.failure();
  CHECK(e.code() == errc::connection_busy);
  CHECK(e.safe_to_retry());
  CHECK(s.sent() == statements::run("s"));
  s.p->tenures().end(others);
}
