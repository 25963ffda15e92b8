// tusk: tests/protocol/session_copy_pipeline.cpp — COPY FROM STDIN in a pipeline, and pipelines behind one.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/copy_refusal.hpp"

using namespace copy_refusal;

TEST_CASE("in a pipeline a COPY is ended by the next query, and by CopyFail where there is none") {
  for (std::size_t at = 0; at < 3; ++at)
    play([&](script& s) {
      CAPTURE(at);
      pipeline p;
      auto& a = p.add("one", bound).add("two", bound).add("three", bound).ask(s);
      s.sent("onetwothree" + sync_message());
      auto& b = s.ask("second", bound);
      for (std::size_t i = 0; i < at; ++i) s.reply(ran());
      s.reply(bind_complete() + copy_in());
      s.sent((at == 2 ? refusal : std::string()) + "second");
      s.reply((at == 2 ? refused : surprised) + ready());
      check_refused(a);
      CHECK(p.log(at).empty());
      s.reply(ran() + ready());
      check_ran(b);
      check_usable(s);
    });
}

TEST_CASE("a pipeline that was sent behind a COPY ends it and was not run, with all that it was to prepare") {
  play([](script& s) {
    auto const x = prepare(s, "select 'x'");
    auto const y = prepare(s, "select 'y'");
    auto& a = s.ask("copy", unprepared);
    pipeline p;
    auto& b = p.add(x).add(y).ask(s);
    s.sent("");
    s.reply(begun);
    check_not_run(b);
    CHECK(!x->on_server());
    CHECK(!y->on_server());
    s.reply(surprised + ready());
    check_refused(a);
    CHECK(p.log(0).empty());
    check_usable(s);
  });
}

TEST_CASE("among queries that stand apart a COPY can only be ended as the last one") {
  play([](script& s) {
    pipeline p(true);
    auto& a = p.add("one", bound).add("copy", bound).ask(s);
    s.sent("");
    s.reply(ran() + ready() + bind_complete() + copy_in());
    s.sent(refusal);
    s.reply(refused + ready());
    CHECK(a.failure().empty());
    CHECK(p.log(0) == row_log);
    CHECK_THAT(p.log(1), ContainsSubstring("COPY"));
    check_usable(s);
  });
  play_uncut([](script& s) {
    pipeline p(true);
    auto& a = p.add("copy", bound).add("two", bound).ask(s);
    s.sent("");
    s.reply(bind_complete());
    s.reply_refused(copy_in(), tusk::errc::wrong_verb);
    CHECK(a.done);
    s.check_closed();
  });
}

TEST_CASE("queries that stand apart and were sent behind a COPY cannot be told from each other any more") {
  for (auto const& kind : {unprepared, simple}) {
    script s;
    auto& a = s.ask("copy", kind);
    pipeline p(true);
    auto& b = p.add("one", bound).add("two", bound).ask(s);
    s.sent("");
    s.reply_refused(kind.front() == step::simple ? copy_in() : begun, tusk::errc::wrong_verb);
    CHECK(a.done);
    CHECK(b.done);
    s.check_closed();
  }
}

TEST_CASE("a COPY that is refused in a pipeline names its query") {
  play([](script& s) {
    pipeline p;
    auto& a = p.add("one", bound).add("copy", bound).ask(s);
    s.sent("");
    s.reply(ran() + bind_complete() + copy_in());
    s.sent(refusal);
    s.reply(error_response("57014", "COPY failed") + ready());
    CHECK(a.code() == tusk::make_error_code(tusk::errc::wrong_verb));
    CHECK_THAT(a.failure(), ContainsSubstring("query 2 of the pipeline"));
  });
}
