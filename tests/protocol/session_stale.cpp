// tusk: tests/protocol/session_stale.cpp — statements that the server does not have, or has for something else.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A server loses prepared statements behind the driver's back: DISCARD ALL by a pooler, another session of the same
// backend, ALTER TABLE. Whether the request may be sent once more depends on nothing having been run.
#include "support/outcomes.hpp"

using namespace statements;

namespace {

std::string const text = "select 1";
std::vector<std::string> const stale_codes{"26000", "0A000", "42P05"};
std::string refusal(std::string const& code) { return error_response(code, "no"); }

} // namespace

TEST_CASE("when the first Parse fails those behind were not run, and the next one is sent with another Parse") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto const r = request_of(st);
    auto& a = s.ask(r);
    auto& b = s.ask(r);
    auto& c = s.ask(r);
    s.sent(first_run(st->name(), text) + early_run(st->name()) + early_run(st->name()));
    s.reply(error_response("42601", "syntax error") + ready());
    CHECK(a.code() == tusk::make_error_code(tusk::sqlstate::syntax_error));
    CHECK(!a.not_run); // it would fail again
    s.reply(error_response("26000", "no such statement") + ready());
    CHECK(b.code() == tusk::make_error_code(tusk::sqlstate::invalid_sql_statement_name));
    CHECK(b.not_run);
    auto& again = s.ask(r);
    s.reply(error_response("26000", "no such statement") + ready());
    CHECK(c.not_run);
    CHECK(st->on_server()); // by the later Parse, of which that failure says nothing
    s.sent(run_anew(st->name(), text));
    s.reply(described_anew() + ran() + ready());
    CHECK(again.to.log == "t0 T(a) " + row_log);
    check_runs(s, st);
  });
}

TEST_CASE("a first run that fails in a transaction is not repeated, nor are those behind it") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    auto& b = s.ask(request_of(st));
    s.sent("");
    s.reply(error_response("42601", "syntax error") + ready('E'));
    s.reply(error_response("25P02", "current transaction is aborted") + ready('E'));
    CHECK(!a.not_run);
    CHECK(!b.not_run);
    CHECK(b.code() == tusk::make_error_code(tusk::sqlstate::in_failed_sql_transaction));
  });
}

TEST_CASE("a statement that the server does not have as expected was not run, unless a transaction has failed by it") {
  for (auto const& code : stale_codes)
    for (char status : {'I', 'T', 'E'})
      play([&](script& s) {
        CAPTURE(code, status);
        auto const st = prepare(s, text);
        run_once(s, st);
        auto& a = s.ask(request_of(st));
        s.sent(run(st->name()));
        s.reply(refusal(code));
        CHECK(!a.done);
        s.reply(ready(status));
        CHECK(a.done);
        CHECK(!a.failure().empty());
        CHECK(a.not_run == (status == 'I'));
        CHECK(s.session.status() == status);
        check_prepared_anew(s, st);
      });
}

TEST_CASE(
    "a parameter's type that is not there any more makes a statement stale, other troubles of the server do not") {
  for (std::string const message : {"cache lookup failed for type 24550", "cache lookup failed for relation 1", ""})
    play([&](script& s) {
      CAPTURE(message);
      auto const st = prepare(s, text);
      run_once(s, st);
      auto& a = s.ask(request_of(st));
      s.sent(run(st->name()));
      s.reply(error_response("XX000", message) + ready());
      CHECK(!a.failure().empty());
      bool const stale = message.find("for type") != message.npos;
      CHECK(a.not_run == stale);
      if (stale)
        check_prepared_anew(s, st);
      else
        check_runs(s, st);
    });
}

TEST_CASE("the same goes for a name that is taken, and for what cannot be described") {
  for (auto const& code : stale_codes)
    for (auto const& before :
         {std::string(), parse_complete(), parse_complete() + parameter_description({}), described()})
      play([&](script& s) {
        CAPTURE(code, before.size());
        auto const st = prepare(s, text);
        auto& a = s.ask(request_of(st));
        s.sent("");
        s.reply(before + refusal(code) + ready());
        CHECK(a.not_run);
        check_prepared_anew(s, st);
      });
}

TEST_CASE("once it runs, an error with such a code is the statement's own") {
  for (auto const& code : stale_codes)
    for (bool with_row : {false, true})
      play([&](script& s) {
        CAPTURE(code, with_row);
        auto const st = prepare(s, text);
        run_once(s, st);
        auto& a = s.ask(request_of(st));
        s.sent("");
        s.reply(bind_complete() + (with_row ? one_row() : std::string()) + refusal(code) + ready());
        CHECK(!a.failure().empty());
        CHECK(!a.not_run);
        check_runs(s, st);
      });
}

TEST_CASE("the first run, too: what a function raises there says nothing of the statement") {
  for (auto const& code : stale_codes)
    play([&](script& s) {
      CAPTURE(code);
      auto const st = prepare(s, text);
      auto& a = s.ask(request_of(st));
      s.sent("");
      s.reply(described() + bind_complete() + refusal(code) + ready());
      CHECK(!a.failure().empty());
      CHECK(!a.not_run);
    });
}

TEST_CASE("a portal that is fetched from has begun") {
  play([](script& s) {
    auto const st = prepare(s, text);
    run_once(s, st);
    auto r = request_of(st);
    r.expected = steps{step::bound, step::fetched};
    auto& a = s.ask(r);
    s.sent("");
    s.reply(bind_complete() + refusal("0A000") + ready());
    CHECK(!a.not_run);
    check_runs(s, st);
  });
}

TEST_CASE("other errors before BindComplete are errors, and the statement stays") {
  for (std::string const code : {"22P02", "42501", "25P02", "08P01", "26001", "0A00"})
    play([&](script& s) {
      CAPTURE(code);
      auto const st = prepare(s, text);
      run_once(s, st);
      auto& a = s.ask(request_of(st));
      s.sent("");
      s.reply(refusal(code) + ready());
      CHECK(!a.failure().empty());
      CHECK(!a.not_run);
      check_runs(s, st);
    });
}

TEST_CASE("what runs no prepared statement cannot be stale") {
  for (auto const& code : stale_codes)
    for (bool as_script : {false, true})
      play([&](script& s) {
        auto& a = s.ask("query", as_script ? steps{step::simple} : steps{step::parsed, step::bound, step::rows});
        s.sent("");
        s.reply(refusal(code) + ready());
        CHECK(!a.failure().empty());
        CHECK(!a.not_run);
      });
}

TEST_CASE("many requests that were under way with a stale statement were all not run, and it is prepared once") {
  play([](script& s) {
    auto const st = prepare(s, text);
    run_once(s, st);
    auto const r = request_of(st);
    std::vector<asker*> all;
    for (int i = 0; i < 5; ++i) all.push_back(&s.ask(r));
    s.sent("");
    s.reply(refusal("0A000") + ready());
    auto& first = s.ask(r);
    s.sent(run_anew(st->name(), text));
    for (int i = 0; i < 2; ++i) s.reply(refusal("0A000") + ready());
    auto& second = s.ask(r);
    s.sent(early_run(st->name()));
    for (int i = 0; i < 2; ++i) s.reply(refusal("0A000") + ready());
    for (auto const* a : all) CHECK(a->not_run);
    s.reply(described_anew("b") + ran() + ready());
    CHECK(first.to.log == "t0 T(b) " + row_log);
    s.reply(shape("b") + ran() + ready());
    CHECK(second.to.log == "t0 T(b) " + row_log); // its request was made when other columns were known
    CHECK(second.failure().empty());
    check_runs(s, st);
  });
}

TEST_CASE("whoever decodes by an old description is not disturbed by a new one") {
  play([](script& s) {
    auto const st = prepare(s, text);
    run_once(s, st);
    auto const old = st->described();
    s.ask(request_of(st));
    s.sent("");
    s.reply(refusal("0A000") + ready());
    s.ask(request_of(st));
    s.sent("");
    s.reply(described_anew("b") + ran() + ready());
    CHECK(st->described().get() != old.get());
    CHECK(st->described()->columns->at(0).name == "b");
    CHECK(old->columns->at(0).name == "a");
  });
}

TEST_CASE("the awaiter of a request that the connection took down is not told that nothing was run") {
  script s;
  auto const st = prepare(s, text);
  run_once(s, st);
  auto& a = s.ask(request_of(st));
  s.sent("");
  s.reply(refusal("26000"));
  s.session.fail(tusk::error(tusk::errc::connection_closed, "gone"));
  CHECK(a.done);
  CHECK(!a.not_run);
}

TEST_CASE("replies about a statement that come where they do not belong close the session") {
  struct hostile {
    char const* what;
    bool known;
    std::string before;
    std::string bad;
  };
  std::vector<hostile> const all{
      {"a bound statement that was not described", false, parse_complete() + parameter_description({}),
       bind_complete()},
      {"bound before it was parsed", false, "", bind_complete()},
      {"described before it was parsed", false, "", row_description({{"a", oid::int4, 0}})},
      {"columns before parameters", false, parse_complete(), row_description({{"a", oid::int4, 0}})},
      {"described twice", false, described(), no_data()},
      {"parsed though nobody asked", true, "", parse_complete()},
      {"described though nobody asked", true, bind_complete(), row_description({{"a", oid::int4, 0}})},
      {"rows of what was not bound", true, "", one_row()},
      {"a portal suspended though all rows were asked for", true, bind_complete(), portal_suspended()},
  };
  for (auto const& h : all)
    play_uncut([&](script& s) {
      CAPTURE(h.what);
      auto const st = prepare(s, text);
      if (h.known) run_once(s, st);
      auto& a = s.ask(request_of(st));
      s.sent("");
      s.reply_refused(a, h.before, h.bad);
    });
}

TEST_CASE(
    "what could not be repeated does not count on a Parse that has not been answered, since that may be cancelled") {
  play([](script& s) {
    auto const x = prepare(s, "select 'x'");
    auto& first = s.ask(request_of(x));
    s.sent(first_run(x->name(), x->sql()));
    auto& second = s.ask(request_of(x)); // which can be repeated
    s.sent(early_run(x->name()));
    pipeline shared, apart(true);
    shared.add(x).add(x).ask(s);
    s.sent(close(x->name()) + preparation(x->name(), x->sql()) + run_unsynced(x->name()) + run(x->name()));
    apart.add(x).add(x).ask(s);
    s.sent(run_anew(x->name(), x->sql()) + run_anew(x->name(), x->sql()));
    auto of_somebody = request_of(x); // who has the connection to himself, perhaps in a transaction
    of_somebody.scope = 1;
    auto& third = s.ask(of_somebody);
    s.sent(run_anew(x->name(), x->sql()));
    s.reply(cancelled + ready());
    s.reply(error_response("26000", "no such statement") + ready());
    CHECK(second.not_run);
    s.reply(described_anew() + ran() + ran() + ready());
    s.reply(described_anew() + ran() + ready() + described_anew() + ran() + ready());
    s.reply(described_anew() + ran() + ready());
    CHECK(first.done);
    CHECK(shared.log(1) == "T(a) " + row_log);
    CHECK(apart.log(0) == "t0 T(a) " + row_log);
    CHECK(apart.log(1) == "t0 T(a) " + row_log);
    CHECK(third.to.log == "t0 T(a) " + row_log);
    pipeline known(true);
    known.add(x).ask(s);
    s.sent(run(x->name())); // that one has been answered
    s.reply(ran() + ready());
    CHECK(s.session.idle());
  });
}

TEST_CASE("while a statement is prepared anew the columns that it had are not known to be those that it will have") {
  play([](script& s) {
    auto const st = prepare(s, text);
    run_once(s, st);
    auto& a = s.ask(request_of(st));
    s.sent("");
    s.reply(error_response("0A000", "cached plan must not change result type") + ready());
    CHECK(a.not_run);
    auto& b = s.ask(request_of(st)); // prepared anew, and not answered yet
    auto& c = s.ask(request_of(st)); // made meanwhile: its collector must not
                                     // decode by the old columns
    s.sent("");
    s.reply(described_anew("b") + ran() + ready() + shape("b") + ran() + ready());
    CHECK(b.to.log == "t0 T(b) " + row_log);
    CHECK(c.to.log == "t0 T(b) " + row_log);
  });
}
