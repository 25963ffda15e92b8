// tusk: tests/protocol/session_pipeline.cpp — several statements in one request, which share a Sync: all or nothing.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/outcomes.hpp"

using namespace statements;
using tusk::protocol::want;

namespace {

steps const unprepared{step::parsed, step::bound, step::columns, step::rows};
std::string rows(int n) {
  std::string all;
  for (int i = 0; i < n; ++i) all += one_row();
  return all + command_complete("SELECT " + std::to_string(n));
}
/// Only those that `known` says need no Parse for their next run.
void check_on_server(std::vector<statement> const& all, std::vector<bool> const& known) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(i);
    CHECK(all[i]->on_server() == known[i]);
  }
}

} // namespace

TEST_CASE("a pipeline is sent at once with one Sync, and each part's sink gets what is its own, in order") {
  play([](script& s) {
    auto const st = prepared(s, 3);
    pipeline p;
    auto& a = p.add(st[0]).add(st[1]).add("unprepared", unprepared).add(st[2]).ask(s);
    s.sent(run_unsynced(st[0]->name()) + run_unsynced(st[1]->name()) + "unprepared" + run_unsynced(st[2]->name()) +
           sync_message());
    s.reply(bind_complete() + rows(2));
    CHECK(p.log(0) == "D10 D10 C(SELECT 2) ");
    CHECK(p.log(1).empty());
    s.reply(bind_complete() + rows(0) + parse_complete());
    CHECK(p.log(1) == "C(SELECT 0) ");
    s.reply(bind_complete() + row_description({{"x", oid::int4}}) + rows(1));
    CHECK(p.log(2) == "T(x) " + row_log);
    s.reply(bind_complete() + rows(1));
    CHECK(p.log(3) == row_log);
    CHECK(!a.done);
    s.reply(ready());
    CHECK(a.done);
    CHECK(a.failure().empty());
    CHECK(!a.not_run);
    CHECK(a.to.log.empty());
    CHECK(p.log(0) == "D10 D10 C(SELECT 2) ");
    check_usable(s);
  });
}

TEST_CASE("Parse goes ahead of each part whose statement the server does not have, once for each statement") {
  play([](script& s) {
    auto const known = prepared(s, 1)[0];
    auto const x = prepare(s, "select 'x'");
    auto const y = prepare(s, "select 'y'");
    pipeline p;
    auto& a = p.add(x).add(known).add(y).add(x).ask(s);
    s.sent(preparation(x->name(), x->sql()) + run_unsynced(x->name()) + run_unsynced(known->name()) +
           preparation(y->name(), y->sql()) + run_unsynced(y->name()) + run_unsynced(x->name()) + sync_message());
    s.reply(described("x") + ran());
    s.reply(ran());
    s.reply(described("y") + ran() + bind_complete());
    CHECK(p.log(3) == "T(x) ");
    s.reply(rows(1) + ready());
    CHECK(a.failure().empty());
    CHECK(p.log(0) == "t0 T(x) " + row_log);
    CHECK(p.log(1) == row_log);
    CHECK(p.log(2) == "t0 T(y) " + row_log);
    CHECK(p.log(3) == "T(x) " + row_log);
    pipeline again;
    again.add(x).add(y).ask(s);
    s.sent(run_unsynced(x->name()) + run_unsynced(y->name()) + sync_message());
    s.reply(ran() + ran() + ready());
    CHECK(again.log(0) == row_log);
    CHECK(again.log(1) == row_log);
  });
}

TEST_CASE("an error names the query, counted from 1, and none behind it gets anything") {
  for (int failing = 0; failing < 3; ++failing)
    for (bool begun : {false, true})
      play([&](script& s) {
        CAPTURE(failing, begun);
        auto const st = prepared(s, 3);
        pipeline p;
        auto& a = p.add(st).ask(s);
        s.sent("");
        for (int i = 0; i < failing; ++i) s.reply(ran());
        if (begun) s.reply(bind_complete() + one_row());
        s.reply(error_response("23505", "duplicate"));
        s.reply(ready());
        CHECK(a.done);
        CHECK(!a.not_run);
        CHECK(a.code() == tusk::make_error_code(tusk::sqlstate::unique_violation));
        CHECK(a.failure() == "query " + std::to_string(failing + 1) + " of the pipeline: duplicate (23505)");
        for (int i = 0; i < 3; ++i) {
          auto const at_failure = begun && i == failing ? "D10 " : "";
          CHECK(p.log(static_cast<std::size_t>(i)) == (i < failing ? row_log : at_failure));
        }
        check_on_server(st, {true, true, true});
        check_usable(s);
      });
}

TEST_CASE("behind an error nothing was prepared, and those who counted on it are not run") {
  play([](script& s) {
    auto const known = prepared(s, 1)[0];
    auto const x = prepare(s, "select 'x'");
    auto const y = prepare(s, "select 'y'");
    auto const z = prepare(s, "select 'z'");
    pipeline p;
    auto& a = p.add(x).add(known).add(y).add(z).ask(s);
    auto& behind = s.ask(request_of(y));
    s.sent("");
    s.reply(described() + ran() + bind_complete() + error_response("22012", "division by zero") + ready());
    CHECK(a.failure() == "query 2 of the pipeline: division by zero (22012)");
    check_on_server({x, known, y, z}, {true, true, false, false});
    s.reply(error_response("26000", "no such statement") + ready());
    CHECK(behind.not_run);
    pipeline again;
    again.add(x).add(y).ask(s);
    s.sent(run_unsynced(x->name()) + close(y->name()) + preparation(y->name(), y->sql()) + run_unsynced(y->name()) +
           sync_message());
    s.reply(ran() + described_anew() + ran() + ready());
    CHECK(again.log(1) == "t0 T(a) " + row_log);
  });
}

TEST_CASE(
    "a pipeline with a statement that the server does not have was not run, unless a transaction has failed by it") {
  for (char status : {'I', 'E'})
    for (std::string const code : {"26000", "0A000"})
      play([&](script& s) {
        CAPTURE(status, code);
        auto const st = prepared(s, 3);
        pipeline p;
        auto& a = p.add(st).ask(s);
        s.sent("");
        s.reply(error_response(code, "no") + ready(status));
        CHECK(a.not_run == (status == 'I'));
        CHECK(a.failure() == "query 1 of the pipeline: no (" + code + ")");
        check_on_server(st, {false, true, true});
      });
}

TEST_CASE("a pipeline is not repeated when an error may not have undone all of it") {
  auto const not_run_behind = [](std::string const& tag) {
    bool not_run = false;
    play([&](script& s) {
      auto const st = prepared(s, 2);
      pipeline p;
      auto& a = p.add(st).ask(s);
      s.sent("");
      s.reply(bind_complete() + command_complete(tag) + error_response("26000", "no") + ready());
      not_run = a.not_run;
    });
    return not_run;
  };
  for (auto const* tag : {"SELECT 1", "INSERT 0 1", "UPDATE 3", "DELETE 0"}) CHECK(not_run_behind(tag));
  for (auto const* tag : {"COMMIT", "ROLLBACK", "CALL", "VACUUM", "CREATE DATABASE"}) CHECK(!not_run_behind(tag));
}

TEST_CASE("what a sink throws is the pipeline's error, with the query's number, and the rest is read over") {
  play([](script& s) {
    auto const st = prepared(s, 3);
    pipeline p;
    p.add(st);
    struct refuser : recorder {
      void on_complete(std::string_view) override {
        throw tusk::error(tusk::errc::invalid_value, "the sink's own trouble");
      }
    } second;
    p.asked.parts[1].to = &second;
    auto& a = p.ask(s);
    s.sent("");
    s.reply(ran() + ran() + ran() + ready());
    CHECK(a.failure() == "query 2 of the pipeline: the sink's own trouble");
    CHECK(a.code() == tusk::make_error_code(tusk::errc::invalid_value));
    CHECK(p.log(0) == row_log);
    CHECK(p.log(2).empty());
    check_usable(s);
  });
}

TEST_CASE("an error of the Sync itself, such as of a deferred constraint, is the pipeline's") {
  play([](script& s) {
    auto const st = prepared(s, 2);
    pipeline p;
    auto& a = p.add(st).ask(s);
    s.sent("");
    s.reply(ran() + ran() + error_response("23503", "foreign key") + ready());
    CHECK(a.code() == tusk::make_error_code(tusk::sqlstate::foreign_key_violation));
    CHECK(!a.not_run);
    check_on_server(st, {true, true});
    check_usable(s);
  });
}

TEST_CASE("replies to a pipeline that come where they do not belong close the session") {
  struct hostile {
    char const* what;
    std::string before;
    std::string bad;
  };
  std::vector<hostile> const all{
      {"ReadyForQuery before the first part", "", ready()},
      {"ReadyForQuery between the parts", ran(), ready()},
      {"ReadyForQuery within a part", ran() + bind_complete(), ready()},
      {"a row of the second part that was not bound", ran(), one_row()},
      {"a result of the second part that was not bound", ran(), command_complete("X")},
      {"a result too many", ran() + ran(), command_complete("X")},
      {"a part too many", ran() + ran(), bind_complete()},
      {"a row behind the last part", ran() + ran(), one_row()},
      {"a part behind an error", error_response("22012", "x"), bind_complete()},
      {"CloseComplete", ran(), close_complete()},
      {"ParseComplete", ran(), parse_complete()},
  };
  for (auto const& h : all)
    play_uncut([&](script& s) {
      CAPTURE(h.what);
      auto const st = prepared(s, 2);
      pipeline p;
      auto& a = p.add(st).ask(s);
      s.sent("");
      s.reply_refused(a, h.before, h.bad);
    });
}

TEST_CASE("an abandoned pipeline that was sent is cancelled, and its sinks hear nothing more") {
  play([](script& s) {
    auto const st = prepared(s, 2);
    auto const x = prepare(s, "select 'x'");
    pipeline p;
    auto& a = p.add(st).add(x).ask(s);
    s.sent("");
    s.reply(ran());
    s.abandon(a);
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    auto& b = s.ask("next", bound);
    s.reply(bind_complete() + one_row());
    CHECK(s.session.unsent().empty());
    s.reply(cancelled + ready());
    CHECK(p.log(0) == row_log);
    CHECK(p.log(1).empty());
    check_on_server({st[0], st[1], x}, {true, true, false});
    s.sent("next");
    s.reply(ran() + ready());
    CHECK(b.to.log == row_log);
    check_usable(s);
  });
}

TEST_CASE("an abandoned pipeline with a live request behind it is read to its end") {
  play([](script& s) {
    auto const x = prepare(s, "select 'x'");
    pipeline p;
    auto& a = p.add(x).add(x).ask(s);
    auto& b = s.ask(request_of(x));
    s.sent("");
    s.abandon(a);
    CHECK(s.session.next() == want::read);
    s.reply(described() + ran() + ran() + ready());
    check_runs_early(s, b);
    CHECK(p.log(0).empty());
  });
}

TEST_CASE("a pipeline that was not sent is withdrawn as a whole, with what it would have prepared") {
  play([](script& s) {
    auto const known = prepared(s, 1)[0];
    auto const x = prepare(s, "select 'x'");
    auto const y = prepare(s, "select 'y'");
    auto& first = s.ask("first", steps{step::closed});
    pipeline p;
    auto& a = p.add(x).add(known).add(y).ask(s);
    auto& last = s.ask("last", steps{step::closed});
    s.abandon(a);
    CHECK(s.unsent() == "firstlast");
    check_on_server({x, known, y}, {false, true, false});
    s.sent("firstlast");
    s.reply(close_complete() + ready() + close_complete() + ready());
    CHECK(first.done);
    CHECK(last.done);
    pipeline again;
    again.add(x).add(known).add(y).ask(s);
    s.sent(close(x->name()) + preparation(x->name(), x->sql()) + run_unsynced(x->name()) + run_unsynced(known->name()) +
           close(y->name()) + preparation(y->name(), y->sql()) + run_unsynced(y->name()) + sync_message());
    s.reply(described_anew() + ran() + ran() + described_anew() + ran() + ready());
    CHECK(again.log(2) == "t0 T(a) " + row_log);
  });
}

TEST_CASE("more replies are expected of one pipeline than of any other request") {
  for (int n : {17, 1000}) {
    auto const scenario = [&](script& s) {
      auto const known = prepared(s, 1)[0];
      pipeline p;
      std::string replies;
      for (int i = 0; i < n; ++i) {
        if (i % 3 == 0) {
          p.add(known);
          replies += ran();
        } else if (i % 3 == 1) {
          p.add("unprepared", unprepared);
          replies += parse_complete() + bind_complete() + row_description({{"x", oid::int4}}) + rows(i % 5);
        } else {
          p.add(prepare(s, "select " + std::to_string(i)));
          replies += described() + ran();
        }
      }
      auto& a = p.ask(s);
      s.sent("");
      s.reply(replies);
      CHECK(!a.done);
      s.reply(ready());
      CHECK(a.failure().empty());
      for (int i = 0; i < n; ++i) {
        auto const& log = p.log(static_cast<std::size_t>(i));
        REQUIRE(log.ends_with("C(SELECT " + std::to_string(i % 3 == 1 ? i % 5 : 1) + ") "));
      }
      check_usable(s);
    };
    if (n < 100) {
      play(scenario);
    } else {
      script s;
      scenario(s);
    }
  }
}

TEST_CASE("the thousandth query of a pipeline is named when it fails") {
  script s;
  auto const known = prepared(s, 1)[0];
  pipeline p;
  std::string replies;
  for (int i = 0; i < 1000; ++i) p.add(known);
  for (int i = 0; i < 999; ++i) replies += ran();
  auto& a = p.ask(s);
  s.sent("");
  s.reply(replies + error_response("22012", "division by zero") + ready());
  CHECK(a.failure() == "query 1000 of the pipeline: division by zero (22012)");
  CHECK(p.log(998) == row_log);
  CHECK(p.log(999).empty());
}

TEST_CASE("a pipeline that was not sent is interrupted, and what it was to prepare is prepared by the next") {
  play([](script& s) {
    auto const st = prepare(s, "select 1");
    pipeline p;
    auto& a = p.add(st).add(st).ask(s);
    s.interrupt();
    CHECK(a.unsent());
    CHECK(!st->on_server());
    CHECK(s.session.idle());
  });
}
