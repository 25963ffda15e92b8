// tusk tests: net/pump_formats.cpp — requests whose columns have to be known before they are asked for.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The statement is described first, and run then. Between the two anything may happen to the connection.
#include "support/statement_stage.hpp"

using namespace dial;
using statements::preparation;
using statements::run_in;
using statements::sync_message;

namespace {

std::string const text = "select a, b";
std::string const described = parse_complete() + parameter_description({}) +
                              row_description({{"a", oid::int4, 0}, {"b", oid::text, 0}}) + ready();
std::string const described_anew =
    close_complete() + parse_complete() + parameter_description({}) + row_description({{"b", oid::text, 0}}) + ready();
std::string const done = bind_complete() + command_complete("SELECT 0") + ready();

/// A statement that nothing is known of, for rows whose columns are text but for int4.
struct stage : statement_stage {
  explicit stage(std::function<void(peer&)> server) : statement_stage(text, std::move(server)) {}
  void run() {
    statement_stage::run([](oid type) { return type != oid::int4; });
  }
  tusk::error refusal() {
    return error_of([&] { run(); });
  }
};

/// Describes, does something else, and goes on.
std::function<void(peer&)> describes_and(std::function<void(peer&)> then, std::string const& answer = described) {
  return [=](peer& p) {
    p.talk = [=, n = 0](peer& me, std::string_view fresh) mutable {
      if (fresh.empty()) return;
      ++n;
      if (n == 1) return me.say(welcome());
      if (n == 3) return me.say(done);
      me.say(answer);
      then(me);
    };
  };
}

} // namespace

TEST_CASE("a statement of which nothing is known is described, and then run; the second time it is only run") {
  stage s(says({welcome(), described, done, done}));
  s.run();
  auto const first = preparation("s", text) + sync_message() + run_in("s", {1, 0});
  CHECK(s.sent() == first);
  s.run();
  CHECK(s.sent() == first + run_in("s", {1, 0}));
  CHECK(s.p->session().idle());
}

TEST_CASE("what cannot be described is not run") {
  stage s(says({welcome(), error_response("42601", "syntax error") + ready(), described, done}));
  CHECK(s.refusal().sqlstate() == tusk::sqlstate::syntax_error);
  CHECK(s.sent() == preparation("s", text) + sync_message());
  CHECK(s.p->session().idle());
}

TEST_CASE("a statement that is lost is described anew before it is run anew") {
  std::string const lost = error_response("26000", "prepared statement \"s\" does not exist") + ready();
  stage s(says({welcome(), described, lost, described_anew, done}));
  s.run();
  CHECK(s.sent() == preparation("s", text) + sync_message() + run_in("s", {1, 0}) + statements::close("s") +
                        preparation("s", text) + sync_message() + run_in("s", {0}));
}

TEST_CASE("so is one that cannot be described because its name is taken; that is done once") {
  std::string const taken = error_response("42P05", "prepared statement \"s\" already exists") + ready();
  stage s(says({welcome(), taken, described_anew, done, taken, taken}));
  s.run();
  CHECK(s.sent() == preparation("s", text) + sync_message() + statements::close("s") + preparation("s", text) +
                        sync_message() + run_in("s", {0}));
  s.subject->forget();
  CHECK(s.refusal().sqlstate() == tusk::sqlstate::duplicate_prepared_statement);
  CHECK(s.p->session().idle());
}

TEST_CASE("when the connection ends between the two, that is told") {
  stage s(describes_and([](peer& me) { me.end(); }));
  auto const e = s.refusal();
  CHECK(e.code() == errc::connection_closed);
  CHECK(s.sent() == preparation("s", text) + sync_message() + run_in("s", {1, 0}));
}

TEST_CASE("when it is closed between the two, that is told, and that nothing was done") {
  stage* on = nullptr;
  stage s(describes_and([](peer&) {}, described + message('Z', "?")));
  on = &s;
  auto const e = s.refusal();
  CHECK(e.code() == errc::connection_closed);
  CHECK(e.safe_to_retry());
  CHECK(on->sent() == preparation("s", text) + sync_message());
}

TEST_CASE("when somebody has the connection to himself by then, nothing is run") {
  holder others;
  stage* on = nullptr;
  stage s(describes_and([&](peer&) { on->p->tenures().begin(others, 0, "a transaction is open on this connection"); }));
  on = &s;
  auto const e = s.refusal();
  CHECK(e.code() == errc::connection_busy);
  CHECK(e.safe_to_retry());
  CHECK(s.sent() == preparation("s", text) + sync_message());
  s.p->tenures().end(others);
  s.run();
  CHECK(s.sent() == preparation("s", text) + sync_message() + run_in("s", {1, 0}));
}

TEST_CASE("a request that needs no text is run at once") {
  stage s(says({welcome(), described.substr(0, described.size() - ready().size()) + done}));
  tusk::net::pump<mode>::perform<tusk::net::unheard>(s.p, statements::request_of(s.subject)).get();
  CHECK(s.sent() == statements::first_run("s", text));
}
