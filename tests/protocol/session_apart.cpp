// tusk: tests/protocol/session_apart.cpp — several statements in one request, each with a Sync and a fate of its own.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/outcomes.hpp"

using namespace statements;
using tusk::protocol::want;

namespace {

std::string const division = error_response("22012", "division by zero");

} // namespace

TEST_CASE("parts that stand apart have a Sync each, and the last ReadyForQuery ends them all") {
  play([](script& s) {
    auto const known = prepared(s, 1)[0];
    auto const x = prepare(s, "select 'x'");
    pipeline p(true);
    auto& a = p.add(known).add(x).add("unprepared", steps{step::parsed, step::bound, step::rows}).ask(s);
    s.sent(run(known->name()) + first_run(x->name(), x->sql()) + "unprepared" + sync_message());
    s.reply(ran() + ready());
    CHECK(p.log(0) == row_log);
    s.reply(described("x") + ran());
    s.reply(ready());
    CHECK(p.log(1) == "t0 T(x) " + row_log);
    CHECK(!a.done);
    s.reply(parse_complete() + bind_complete() + command_complete("INSERT 0 1") + ready());
    CHECK(p.log(2) == "C(INSERT 0 1) ");
    CHECK(a.done);
    CHECK(a.failure().empty());
    CHECK(!a.not_run);
    CHECK(a.to.log.empty());
    check_usable(s);
  });
}

TEST_CASE("a part that fails is told so when its replies are at their end, the others go on") {
  for (std::size_t failing = 0; failing < 3; ++failing)
    play([&](script& s) {
      CAPTURE(failing);
      auto const st = prepared(s, 3);
      pipeline p(true);
      auto& a = p.add(st).ask(s);
      s.sent("");
      for (std::size_t i = 0; i < 3; ++i) {
        if (i == failing) {
          s.reply(bind_complete() + division);
          CHECK(p.log(i).empty());
          s.reply(ready());
        } else
          s.reply(ran() + ready());
        CHECK(p.log(i) == (i == failing ? "F(division by zero (22012)) " : row_log));
      }
      CHECK(a.done);
      CHECK(a.failure().empty());
      CHECK(!a.not_run);
      for (auto const& one : st) CHECK(one->on_server());
      check_usable(s);
    });
}

TEST_CASE("all parts may fail, each in its own way") {
  play([](script& s) {
    auto const st = prepared(s, 3);
    pipeline p(true);
    p.add(st);
    p.sinks[1].throw_in_row = true;
    auto& a = p.ask(s);
    s.sent("");
    s.reply(division + ready());
    s.reply(ran() + ready());
    s.reply(bind_complete() + one_row() + error_response("23505", "duplicate") + ready());
    CHECK(p.log(0) == "F(division by zero (22012)) ");
    CHECK(p.log(1) == "D10 F(the sink's own trouble) ");
    CHECK(p.log(2) == "D10 F(duplicate (23505)) ");
    CHECK(a.failure().empty());
    check_usable(s);
  });
}

TEST_CASE("a part whose Parse fails is not prepared, the others are") {
  play([](script& s) {
    auto const x = prepare(s, "select 'x'");
    auto const y = prepare(s, "select 'y'");
    auto const z = prepare(s, "select 'z'");
    pipeline p(true);
    p.add(x).add(y).add(z).add(y).ask(s);
    s.sent(first_run(x->name(), x->sql()) + first_run(y->name(), y->sql()) + first_run(z->name(), z->sql()) +
           run_anew(y->name(), y->sql()));
    s.reply(described() + ran() + ready());
    s.reply(error_response("42601", "syntax error") + ready());
    s.reply(described() + ran() + ready());
    s.reply(close_complete() + error_response("42601", "syntax error") + ready());
    CHECK(p.log(1) == "F(syntax error (42601)) ");
    CHECK(p.log(2) == "t0 T(a) " + row_log);
    CHECK(p.log(3) == "F(syntax error (42601)) ");
    CHECK(x->on_server());
    CHECK(!y->on_server());
    CHECK(z->on_server());
  });
}

TEST_CASE("no part counts on what another one was to prepare") {
  for (bool first_fails : {false, true})
    play([&](script& s) {
      CAPTURE(first_fails);
      auto const x = prepare(s, "select 'x'");
      pipeline p(true);
      p.add(x).add(x).ask(s);
      s.sent(first_run(x->name(), x->sql()) + run_anew(x->name(), x->sql()));
      s.reply(first_fails ? error_response("42P01", "no such table") : described("before") + ran());
      s.reply(ready() + close_complete() + described("now") + ran() + ready());
      CHECK(p.log(0) == (first_fails ? "F(no such table (42P01)) " : "t0 T(before) " + row_log));
      CHECK(p.log(1) == "t0 T(now) " + row_log);
      CHECK(x->on_server());
      pipeline again(true);
      again.add(x).add(x).ask(s);
      s.sent(run(x->name()) + run(x->name()));
      s.reply(ran() + ready() + ran() + ready());
      CHECK(again.log(1) == row_log);
    });
}

TEST_CASE("a part with a stale statement knows that it was not run, and those behind it are not told so") {
  play([](script& s) {
    auto const st = prepared(s, 2);
    pipeline p(true);
    p.add(st).ask(s);
    s.sent("");
    s.reply(error_response("0A000", "cached plan must not change result type") + ready());
    s.reply(division + ready());
    CHECK(p.log(0) == "U(cached plan must not change result type (0A000)) ");
    CHECK(p.log(1) == "F(division by zero (22012)) ");
    CHECK(!st[0]->on_server());
    CHECK(st[1]->on_server());
  });
}

TEST_CASE("the last part's stale statement does not make the others be run once more") {
  play([](script& s) {
    auto const st = prepared(s, 2);
    pipeline p(true);
    auto& a = p.add(st).ask(s);
    s.sent("");
    s.reply(ran() + ready() + error_response("26000", "no such statement") + ready());
    CHECK(p.log(0) == row_log);
    CHECK(p.log(1) == "U(no such statement (26000)) ");
    CHECK(a.failure().empty());
    CHECK(!a.not_run);
  });
}

TEST_CASE("in a transaction a part with a stale statement has failed that, and is not to be repeated") {
  play([](script& s) {
    auto const st = prepared(s, 2);
    pipeline p(true);
    p.add(st).ask(s);
    s.sent("");
    s.reply(error_response("26000", "no such statement") + ready('E'));
    s.reply(error_response("25P02", "current transaction is aborted") + ready('E'));
    CHECK(p.log(0) == "F(no such statement (26000)) ");
    CHECK(p.log(1) == "F(current transaction is aborted (25P02)) ");
  });
}

TEST_CASE("the status is that of the last ReadyForQuery, between the parts as well") {
  play([](script& s) {
    auto const st = prepared(s, 3);
    pipeline p(true);
    p.add(st).ask(s);
    s.sent("");
    s.reply(ran() + ready('T'));
    CHECK(s.session.status() == 'T');
    s.reply(division + ready('E'));
    CHECK(s.session.status() == 'E');
    s.reply(ran() + ready('I'));
    CHECK(s.session.status() == 'I');
  });
}

TEST_CASE("replies to parts that stand apart and come where they do not belong close the session") {
  struct hostile {
    char const* what;
    std::string before;
    std::string bad;
  };
  std::vector<hostile> const all{
      {"the second part without the end of the first", ran(), bind_complete()},
      {"ReadyForQuery before the first part", "", ready()},
      {"ReadyForQuery twice", ran() + ready(), ready()},
      {"ReadyForQuery within the second part", ran() + ready() + bind_complete(), ready()},
      {"an error answered as if the parts shared a Sync", division + ready(), ready()},
      {"a row behind an error", division, one_row()},
      {"a part too many", ran() + ready() + ran(), bind_complete()},
      {"a status that is none", ran(), ready('Q')},
  };
  for (auto const& h : all)
    play_uncut([&](script& s) {
      CAPTURE(h.what);
      auto const st = prepared(s, 2);
      pipeline p(true);
      auto& a = p.add(st).ask(s);
      s.sent("");
      s.reply_refused(a, h.before, h.bad);
    });
}

TEST_CASE("abandoned parts that stand apart are cancelled one after the other") {
  play([](script& s) {
    auto const st = prepared(s, 3);
    pipeline p(true);
    auto& a = p.add(st).ask(s);
    s.sent("");
    s.reply(ran() + ready());
    s.abandon(a);
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    auto& b = s.ask("next", bound);
    CHECK(s.session.next() == want::read);
    CHECK(s.session.unsent().empty());
    s.reply(cancelled);
    CHECK(s.session.next() == want::read);
    s.reply(ready());
    CHECK(s.session.next() == want::cancel); // the first request was for the part before
    CHECK(s.session.unsent().empty());
    s.session.cancelling();
    s.reply(cancelled + ready());
    CHECK(p.log(0) == row_log);
    CHECK(p.log(1).empty());
    CHECK(p.log(2).empty());
    CHECK(s.session.next() == want::read);
    s.sent("next");
    s.reply(ran() + ready());
    CHECK(b.to.log == row_log);
    check_usable(s);
  });
}

TEST_CASE("abandoned parts that are not cancelled in time are read to their end all the same") {
  play([](script& s) {
    auto const x = prepare(s, "select 'x'");
    pipeline p(true);
    auto& a = p.add(x).add(x).ask(s);
    s.sent("");
    s.abandon(a);
    s.session.cancelling();
    s.reply(described() + ran() + ready());
    s.session.cancelling();
    s.reply(described_anew() + ran() + ready());
    CHECK(p.log(0).empty());
    CHECK(x->on_server());
    CHECK(s.session.idle());
    auto& b = s.ask(request_of(x));
    s.sent(run(x->name()));
    s.reply(ran() + ready());
    CHECK(b.to.log == row_log);
  });
}

TEST_CASE("parts that stand apart and were not sent are withdrawn together") {
  play([](script& s) {
    auto const x = prepare(s, "select 'x'");
    pipeline p(true);
    auto& first = s.ask("first", steps{step::closed});
    auto& a = p.add(x).add(x).ask(s);
    auto& last = s.ask("last", steps{step::closed});
    s.abandon(a);
    s.sent("firstlast");
    CHECK(!x->on_server());
    s.reply(close_complete() + ready() + close_complete() + ready());
    CHECK(first.done);
    CHECK(last.done);
    CHECK(p.log(0).empty());
    CHECK(s.session.idle());
  });
}

TEST_CASE("of parts that are interrupted each is cancelled in turn and told what became of it") {
  play([](script& s) {
    auto const st = prepared(s, 3);
    pipeline p(true);
    auto& a = p.add(st).ask(s);
    s.sent("");
    s.reply(ran() + ready());
    s.interrupt();
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    s.reply(cancelled + ready());
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    s.reply(ran() + ready()); // that one was faster
    CHECK(p.log(0) == row_log);
    CHECK(p.log(1) == "F(canceling statement (57014)) ");
    CHECK(p.log(2) == row_log);
    CHECK(a.done);
    CHECK(a.failure().empty());
    check_usable(s);
  });
}

TEST_CASE("a connection that is lost is the error of all who wait, whatever parts have ended") {
  script s;
  auto const st = prepared(s, 2);
  pipeline p(true);
  auto& a = p.add(st).ask(s);
  s.sent("");
  s.reply(ran() + ready());
  s.session.fail(tusk::error(tusk::errc::connection_closed, "gone"));
  CHECK(a.done);
  CHECK(a.failure() == "gone");
  CHECK(!a.unsent());
  CHECK(!a.not_run);
}

TEST_CASE("a thousand parts stand apart") {
  script s;
  auto const known = prepared(s, 1)[0];
  pipeline p(true);
  std::string replies;
  for (int i = 0; i < 1000; ++i) {
    p.add(known);
    replies += (i % 10 == 3 ? division : ran()) + ready();
  }
  auto& a = p.ask(s);
  s.sent("");
  s.reply(replies);
  CHECK(a.done);
  CHECK(a.failure().empty());
  for (std::size_t i = 0; i < 1000; ++i) REQUIRE(p.log(i) == (i % 10 == 3 ? "F(division by zero (22012)) " : row_log));
  check_usable(s);
}
