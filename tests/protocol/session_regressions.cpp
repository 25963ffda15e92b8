// tusk: tests/protocol/session_regressions.cpp — what once went wrong with statements that are prepared meanwhile.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/statements.hpp"

using namespace statements;
using tusk::protocol::want;

namespace {
std::string const text = "select 1";
std::string const row_log = "D10 C(SELECT 1) ";
tusk::error enough() { return tusk::error(tusk::errc::timeout, "enough"); }
} // namespace

TEST_CASE("a first run that was not sent is interrupted, and the next one is "
          "prepared") {
  play([](script& s) {
    s.log_in();
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    s.session.interrupt(enough());
    CHECK(a.unsent());
    CHECK(s.session.unsent().empty());
    CHECK(s.session.idle());
    auto& b = s.ask(request_of(st));
    s.sent(run_anew(st->name(), text));
    s.reply(described_anew() + ran() + ready());
    CHECK(b.to.log == "t0 T(a) " + row_log);
  });
}

TEST_CASE("of first runs that were not sent and are interrupted none is left "
          "that nobody can answer") {
  play([](script& s) {
    s.log_in();
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    auto& b = s.ask(request_of(st));
    s.session.interrupt(enough());
    CHECK(a.unsent());
    CHECK(b.unsent());
    // Its preparation may have stayed, or not.
    auto& c = s.ask(request_of(st));
    auto const bytes = std::string(tusk::wire::as_text(s.session.unsent()));
    s.sent("");
    if (bytes.starts_with(preparation(st->name(), text) + sync_message())) {
      s.reply(described() + ready() + ran() + ready());
      CHECK(c.to.log == "T(a) " + row_log);
    } else {
      s.reply(described_anew() + ran() + ready());
      CHECK(c.to.log == "t0 T(a) " + row_log);
    }
    CHECK(s.session.idle());
  });
}

TEST_CASE("a pipeline that was not sent is interrupted, and what it was to "
          "prepare is prepared by the next") {
  play([](script& s) {
    s.log_in();
    auto const st = prepare(s, text);
    pipeline p;
    auto& a = p.add(st).add(st).ask(s);
    s.session.interrupt(enough());
    CHECK(a.unsent());
    CHECK(!st->on_server());
    CHECK(s.session.idle());
  });
}

TEST_CASE("while a statement is prepared anew the columns that it had are not "
          "known to be those that it will have") {
  play([](script& s) {
    s.log_in();
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
    s.reply(described_anew("b") + ran() + ready() + ran() + ready());
    CHECK(b.to.log == "t0 T(b) " + row_log);
    CHECK(c.to.log == "T(b) " + row_log);
  });
}

TEST_CASE("statements outside of the cache are prepared again, too, when the "
          "server has closed them all") {
  play([](script& s) {
    s.log_in();
    auto const st = prepare(s, text);
    run_once(s, st);
    s.ask("discard", steps{step::simple});
    s.sent("");
    s.reply(command_complete("DISCARD ALL") + ready('I'));
    s.ask("begin", steps{step::simple});
    s.sent("");
    s.reply(command_complete("BEGIN") + ready('T'));
    s.ask(request_of(st)); // in a transaction it could not be repeated
    s.sent(run_anew(st->name(), text));
    s.reply(described_anew() + ran() + ready('T'));
  });
}

TEST_CASE("what is prepared behind DISCARD ALL is not closed by it") {
  play(
      [](script& s) {
        s.log_in();
        auto const st = kept(s, text);
        s.ask("discard", steps{step::simple});
        auto& a = s.ask(request_of(st));
        auto& b = s.ask(request_of(st));
        s.sent("discard" + first_run(st->name(), text) + run(st->name()));
        s.reply(command_complete("DISCARD ALL") + ready());
        auto& c = s.ask(request_of(st));
        s.sent(run(st->name()));
        s.reply(described() + ran() + ready());
        CHECK(a.to.log == "t0 T(a) " + row_log);
        s.reply(ran() + ready());
        CHECK(b.to.log == "T(a) " + row_log);
        s.reply(ran() + ready());
        CHECK(c.to.log == "T(a) " + row_log);
      },
      10);
}

TEST_CASE("a statement that was parsed and whose Describe fails does not close "
          "the connection") {
  play([](script& s) {
    s.log_in();
    auto const st = prepare(s, text);
    auto& a = s.ask(request_of(st));
    auto& b = s.ask(request_of(st));
    s.sent("");
    s.reply(parse_complete() + error_response("57014", "canceling statement") + ready());
    CHECK(a.done);
    s.reply(ran() + ready());
    CHECK(b.done);
    CHECK(!b.failure().empty()); // nobody knows what its columns are
    CHECK(s.session.idle());
  });
}

TEST_CASE("an abandoned COPY is ended by CopyFail whether it is being "
          "cancelled or not") {
  for (bool cancelling_before : {false, true})
    play([&](script& s) {
      CAPTURE(cancelling_before);
      s.log_in();
      auto& a = s.ask("copy", steps{step::parsed, step::bound, step::rows});
      s.sent("copy");
      s.abandon(a);
      REQUIRE(s.session.next() == want::cancel);
      if (cancelling_before) s.session.cancelling();
      auto& b = s.ask("next", steps{step::bound, step::rows});
      s.reply(parse_complete() + bind_complete() + copy_in());
      // A server that waits for data does not look whether it is to cancel:
      // without this it would wait for ever.
      CHECK(s.session.next() == want::read);
      s.sent(copy_fail() + sync_message());
      if (s.session.next() == want::cancel) s.session.cancelling();
      s.reply(error_response("57014", "COPY from stdin failed") + ready());
      s.sent("next");
      s.reply(ran() + ready());
      CHECK(b.to.log == row_log);
    });
}

TEST_CASE("a COPY that is refused in a pipeline names its query") {
  play([](script& s) {
    s.log_in();
    pipeline p;
    auto& a = p.add("one", steps{step::bound, step::rows}).add("copy", steps{step::bound, step::rows}).ask(s);
    s.sent("");
    s.reply(ran() + bind_complete() + copy_in());
    s.sent(copy_fail() + sync_message());
    s.reply(error_response("57014", "COPY failed") + ready());
    CHECK(a.code() == tusk::make_error_code(tusk::errc::wrong_verb));
    CHECK_THAT(a.failure(), ContainsSubstring("query 2 of the pipeline"));
  });
}
