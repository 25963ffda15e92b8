// tusk: tests/protocol/session_statements.cpp — when Parse and Close are sent, and what a session knows of statements.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What is let go stands in session_evicted.cpp, what becomes of statements when something goes wrong in
// session_stale.cpp.
#include "support/outcomes.hpp"

using namespace statements;
using tusk::protocol::want;

namespace {
std::string const text = "select 1";
}

TEST_CASE("Parse and Describe travel with the first run only") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    s.sent(first_run(st->name(), text));
    s.reply(parse_complete());
    s.reply(parameter_description({oid::int8}) + row_description({{"a", oid::int4, 0}}));
    REQUIRE(st->described());
    CHECK(st->described()->parameters == std::vector{oid::int8});
    REQUIRE(st->described()->columns->size() == 1);
    CHECK(st->described()->columns->at(0).name == "a");
    CHECK(st->described()->columns->at(0).format == 1); // a statement has no formats, each Bind asks for binary
    CHECK(a.to.log == "t1 T(a) ");
    s.reply(ran() + ready());
    CHECK(a.to.log == "t1 T(a) " + row_log);
    CHECK(a.done);
    CHECK(!a.not_run);
    check_runs(s, st);
    check_runs(s, st);
    CHECK(s.session.idle());
  });
}

TEST_CASE("a statement without rows is described as having none") {
  play([](script& s) {
    auto const st = prepare(s, "delete from t");
    auto& a = s.ask(request_of(st));
    s.sent(first_run(st->name(), "delete from t"));
    s.reply(parse_complete() + parameter_description({}) + no_data());
    REQUIRE(st->described());
    CHECK(st->described()->columns->empty());
    s.reply(bind_complete() + command_complete("DELETE 3") + ready());
    CHECK(a.to.log == "t0 T C(DELETE 3) ");
  });
}

TEST_CASE("what is asked for before the first answer counts on that Parse, and has a Describe of its own") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    auto& b = s.ask(request_of(st));
    s.sent(first_run(st->name(), text) + early_run(st->name()));
    auto& c = s.ask(request_of(st));
    s.sent(early_run(st->name()));
    s.reply(described() + ran() + ready());
    CHECK(a.to.log == "t0 T(a) " + row_log);
    s.reply(shape());
    CHECK(b.to.log == "t0 T(a) ");
    s.reply(ran() + ready());
    CHECK(b.to.log == "t0 T(a) " + row_log);
    s.reply(shape() + ran() + ready());
    CHECK(c.to.log == "t0 T(a) " + row_log);
    check_runs(s, st);
  });
}

TEST_CASE("a statement can be prepared without being run") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto r = request_about(st);
    tusk::wire::sync(r.bytes);
    auto& a = s.ask(r);
    s.sent(preparation(st->name(), text) + sync_message());
    s.reply(described() + ready());
    CHECK(a.done);
    CHECK(a.to.log == "t0 T(a) ");
    check_runs(s, st);
  });
}

TEST_CASE("a portal with a name is bound behind Parse as well") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto r = request_about(st);
    r.expected = steps{step::bound, step::fetched};
    r.bytes.append(run_unsynced(st->name(), "portal") + sync_message());
    auto& a = s.ask(r);
    s.sent(preparation(st->name(), text) + run_unsynced(st->name(), "portal") + sync_message());
    s.reply(described("b") + bind_complete() + one_row() + portal_suspended() + ready());
    CHECK(a.to.log == "t0 T(b) D10 ");
    CHECK(a.failure().empty());
  });
}

TEST_CASE("a statement without a name is parsed each time, even with another run of it under way") {
  play([](script& s) {
    statement const st(new tusk::protocol::statement("", text, {}));
    auto& a = s.ask(request_of(st));
    auto& b = s.ask(request_of(st));
    s.sent(first_run("", text) + first_run("", text));
    s.reply(described() + ran() + ready());
    CHECK(a.to.log == "t0 T(a) " + row_log);
    auto& c = s.ask(request_of(st));
    s.sent(first_run("", text));
    s.reply(described() + ran() + ready());
    CHECK(b.to.log == "t0 T(a) " + row_log);
    s.reply(described("changed") + ran() + ready());
    CHECK(c.to.log == "t0 T(changed) " + row_log);
    CHECK(st->name().empty());
  });
}

TEST_CASE("what the server prepares for nobody counts all the same") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    auto& b = s.ask(request_of(st));
    s.sent(first_run(st->name(), text) + early_run(st->name()));
    s.abandon(a);
    s.reply(described() + ran() + ready());
    CHECK(a.to.log.empty());
    check_runs_early(s, b);
    check_runs(s, st);
  });
}

TEST_CASE("when the request that carries Parse is withdrawn, Parse stays for those behind") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto& first = s.ask("first", steps{step::closed});
    s.sent("first");
    auto& a = s.ask(request_of(st));
    auto& b = s.ask(request_of(st));
    auto& c = s.ask(request_of(st));
    s.abandon(a);
    CHECK(!a.to.log.size());
    CHECK(s.unsent() == preparation(st->name(), text) + sync_message() + early_run(st->name()) + early_run(st->name()));
    s.abandon(b); // which carries nothing for others
    s.sent(preparation(st->name(), text) + sync_message() + early_run(st->name()));
    s.reply(close_complete() + ready());
    CHECK(first.done);
    s.reply(described() + ready());
    check_runs_early(s, c);
    CHECK(a.to.log.empty());
    CHECK(s.session.idle());
    check_runs(s, st);
  });
}

TEST_CASE("when the request that carries Close and Parse is withdrawn both stay for those behind") {
  play([](script& s) {
    auto const st = prepare(s, text);
    run_once(s, st);
    auto const r = request_of(st);
    st->forget();
    auto& a = s.ask(r);
    auto& b = s.ask(r);
    s.abandon(a);
    s.sent(close(st->name()) + preparation(st->name(), text) + sync_message() + early_run(st->name()));
    s.reply(described_anew("b") + ready() + shape("b") + ran() + ready());
    CHECK(a.to.log.empty());
    CHECK(b.to.log == "t0 T(b) " + row_log);
    check_runs(s, st);
  });
}

TEST_CASE("when the request that carries Parse is withdrawn and none is behind, the next one carries it") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    s.abandon(a);
    CHECK(s.session.unsent().empty());
    CHECK(s.session.idle());
    check_prepared_anew(s, st);
  });
}

TEST_CASE("a Parse that stayed for others and fails lets those be run once more") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    auto const again = request_of(st);
    auto& b = s.ask(again);
    s.abandon(a);
    s.sent(preparation(st->name(), text) + sync_message() + early_run(st->name()));
    s.reply(error_response("42P01", "no such table") + ready());
    s.reply(error_response("26000", "no such statement") + ready());
    CHECK(b.not_run);
    auto& c = s.ask(again);
    s.sent(run_anew(st->name(), text));
    s.reply(close_complete() + error_response("42P01", "no such table") + ready());
    CHECK(c.code() == tusk::make_error_code(tusk::sqlstate::undefined_table));
    CHECK(!c.not_run);
  });
}

TEST_CASE("a first run that was not sent is interrupted, and the next one is prepared") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    s.interrupt();
    CHECK(a.unsent());
    CHECK(s.session.unsent().empty());
    CHECK(s.session.idle());
    auto& b = s.ask(request_of(st));
    s.sent(run_anew(st->name(), text));
    s.reply(described_anew() + ran() + ready());
    CHECK(b.to.log == "t0 T(a) " + row_log);
  });
}

TEST_CASE("of first runs that were not sent and are interrupted none is left that nobody can answer") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    auto& b = s.ask(request_of(st));
    s.interrupt();
    CHECK(a.unsent());
    CHECK(b.unsent());
    // Its preparation may have stayed, or not.
    auto& c = s.ask(request_of(st));
    auto const bytes = s.unsent();
    s.sent("");
    if (bytes.starts_with(preparation(st->name(), text) + sync_message())) {
      s.reply(described() + ready() + shape() + ran() + ready());
    } else {
      s.reply(described_anew() + ran() + ready());
    }
    CHECK(c.to.log == "t0 T(a) " + row_log);
    CHECK(s.session.idle());
  });
}

TEST_CASE("when Describe fails, those behind describe the statement, which was parsed, themselves") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    auto& b = s.ask(request_of(st));
    s.sent(first_run(st->name(), text) + early_run(st->name()));
    s.reply(parse_complete() + cancelled + ready()); // as statement_timeout does it, or pg_cancel_backend
    CHECK(!a.failure().empty());
    CHECK(!a.not_run);
    check_runs_early(s, b);
    check_prepared_anew(s, st); // whoever comes next does not know that it has been parsed
  });
}

TEST_CASE("also when Describe is cancelled because nobody waits for it") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    s.sent(first_run(st->name(), text));
    s.abandon(a);
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    auto& b = s.ask(request_of(st));
    s.reply(parse_complete() + cancelled + ready());
    s.sent(early_run(st->name()));
    check_runs_early(s, b);
    CHECK(s.session.idle());
  });
}
