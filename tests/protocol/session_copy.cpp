// tusk: tests/protocol/session_copy.cpp — COPY FROM STDIN asked for by a verb that has no data for it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What servers do stands in support/copy_refusal.hpp.
#include "support/copy_refusal.hpp"

using namespace copy_refusal;
using tusk::protocol::want;

TEST_CASE("a COPY that is alone is ended by CopyFail, and by another Sync than the one that the server ignored") {
  play([](script& s) {
    auto& a = s.ask("copy", unprepared);
    s.sent("copy");
    s.reply(parse_complete() + bind_complete());
    CHECK(s.unsent().empty());
    s.reply(copy_in());
    CHECK(!a.done);
    CHECK(s.session.next() == want::read);
    s.sent(refusal);
    s.reply(refused);
    s.reply(ready());
    check_refused(a);
    check_usable(s);
  });
}

TEST_CASE("a COPY in a transaction fails that, and the refusal is still the error") {
  play([](script& s) {
    auto& a = s.ask("copy", unprepared);
    s.sent("copy");
    s.reply(begun);
    s.sent(refusal);
    s.reply(refused + ready('E'));
    check_refused(a);
    CHECK(s.session.status() == 'E');
  });
}

TEST_CASE("a prepared COPY stays prepared") {
  play([](script& s) {
    auto const st = prepare(s, "copy t from stdin");
    run_once(s, st);
    auto& a = s.ask(request_of(st));
    s.sent(run(st->name()));
    s.reply(bind_complete() + copy_in());
    s.sent(refusal);
    s.reply(refused + ready());
    check_refused(a);
    CHECK(st->on_server());
  });
}

TEST_CASE("requests behind a COPY that were not sent wait behind its CopyFail") {
  play([](script& s) {
    auto& a = s.ask("copy", unprepared);
    s.sent("copy");
    auto& b = s.ask("second", bound);
    auto& c = s.ask("third", bound);
    s.reply(begun);
    auto& d = s.ask("fourth", bound);
    CHECK(s.unsent() == refusal + "secondthirdfourth");
    s.abandon(c); // everybody's place has moved
    CHECK(s.unsent() == refusal + "secondfourth");
    s.session.sent(refusal.size() + 3);
    CHECK(s.session.pending(b.number));
    s.sent("ondfourth");
    s.reply(refused + ready());
    check_refused(a);
    s.reply(ran() + ready() + ran() + ready());
    check_ran(b);
    check_ran(d);
    check_usable(s);
  });
}

TEST_CASE("what was withdrawn behind a COPY before it began is not in the way") {
  play([](script& s) {
    auto& a = s.ask("copy", unprepared);
    s.sent("copy");
    auto& b = s.ask("second", bound);
    auto& c = s.ask("third", bound);
    s.abandon(b);
    s.reply(begun);
    s.sent(refusal + "third");
    check_ends(s, refused, a, c);
  });
}

TEST_CASE("a COPY whose own end was not sent yet is ended behind that") {
  play([](script& s) {
    auto& a = s.ask("copy", unprepared);
    s.session.sent(2);
    auto& b = s.ask("second", bound);
    s.reply(begun);
    s.sent("py" + refusal + "second");
    check_ends(s, refused, a, b);
  });
}

TEST_CASE("a request that was sent behind a COPY ends it and was not run; its Sync is the one that counts") {
  play([](script& s) {
    auto& a = s.ask("copy", unprepared);
    auto& b = s.ask("second", bound);
    s.sent("copysecond");
    auto& c = s.ask("third", bound);
    s.reply(begun);
    check_not_run(b);
    CHECK(s.session.take_done() == &b);
    CHECK(!s.session.pending(b.number));
    CHECK(!a.done);
    CHECK(!c.done);
    s.sent("third");
    s.reply(surprised + ready());
    check_refused(a);
    s.reply(ran() + ready());
    check_ran(c);
    check_usable(s);
  });
}

TEST_CASE("of several requests that were sent behind a COPY only the first is lost") {
  play([](script& s) {
    auto& a = s.ask("copy", unprepared);
    auto& b = s.ask("second", bound);
    auto& c = s.ask("third", bound);
    s.sent("copysecondthird");
    s.reply(begun);
    CHECK(s.unsent().empty());
    check_ends(s, surprised, a, c);
    check_not_run(b);
  });
}

TEST_CASE("a request that was begun behind a COPY is sent to its end, which ends the COPY") {
  play([](script& s) {
    auto& a = s.ask("copy", unprepared);
    auto& b = s.ask("second", bound);
    auto& c = s.ask("third", bound);
    s.session.sent(7);
    s.reply(begun);
    check_not_run(b);
    s.sent("ondthird");
    check_ends(s, surprised, a, c);
  });
}

TEST_CASE("a server that loses its place by that closes the connection, and the COPY is still told why it failed") {
  for (auto const& kind : {unprepared, simple}) {
    script s;
    auto& a = s.ask("copy", kind);
    auto& b = s.ask("second", bound);
    auto& c = s.ask("third", bound);
    s.sent("copysecondthird");
    auto& d = s.ask("fourth", bound);
    s.reply(kind.front() == step::simple ? copy_in() : begun);
    s.reply(surprised + fatal("08P01", "terminating connection because protocol synchronization was lost"));
    s.session.fail(tusk::error(tusk::errc::connection_closed, "the server closed the connection"));
    check_refused(a);
    CHECK(b.done);
    CHECK(c.done);
    CHECK(!c.not_run);
    CHECK(c.code() == tusk::make_error_code(tusk::errc::connection_closed));
    CHECK(!c.unsent());
    CHECK(d.unsent());
    CHECK_THAT(s.session.closed()->what(), ContainsSubstring("synchronization"));
    s.check_closed();
  }
}

TEST_CASE("a statement that the lost request was to prepare is prepared again") {
  play([](script& s) {
    auto const st = prepare(s, "select 'x'");
    auto& a = s.ask("copy", unprepared);
    auto const r = request_of(st);
    auto& b = s.ask(r);
    s.sent("");
    s.reply(begun);
    check_not_run(b);
    auto& again = s.ask(r);
    s.sent(run_anew(st->name(), st->sql()));
    s.reply(surprised + ready() + described_anew() + ran() + ready());
    check_refused(a);
    CHECK(again.to.log == "t0 T(a) " + row_log);
  });
}

TEST_CASE("a script that was sent behind a COPY has no Sync to end it with") {
  play([](script& s) {
    auto& a = s.ask("copy", unprepared);
    auto& b = s.ask("script", simple);
    auto& c = s.ask("another", simple);
    s.sent("copyscriptanother");
    auto& d = s.ask("last", bound);
    s.reply(begun);
    check_not_run(b);
    check_not_run(c);
    s.sent(refusal + "last");
    check_ends(s, surprised, a, d);
  });
}

TEST_CASE("clean-up that was sent behind a COPY is lost with it, and nobody is told") {
  play([](script& s) {
    auto& a = s.ask("copy", unprepared);
    s.ask_quietly("close", steps{step::closed});
    auto& b = s.ask("second", bound);
    s.sent("copyclosesecond");
    s.reply(begun);
    CHECK(s.unsent().empty());
    check_ends(s, surprised, a, b);
  });
}

TEST_CASE("a script's COPY is ended by CopyFail alone: the server answers to the script as a whole") {
  play([](script& s) {
    auto& a = s.ask("select 1; copy; select 2", simple);
    s.sent("");
    auto& b = s.ask("second", bound);
    s.reply(row_description({{"a", oid::int4, 0}}) + data_row({"1"}) + command_complete("SELECT 1") + copy_in());
    s.sent(copy_fail() + "second");
    check_ends(s, refused, a, b);
    CHECK(a.to.log == "T(a) D7 C(SELECT 1) ");
  });
}

TEST_CASE("a script that was sent behind a script's COPY ends it and was not run") {
  play([](script& s) {
    auto& a = s.ask("copy", simple);
    auto& b = s.ask("script", simple);
    auto& c = s.ask("another", simple);
    s.sent("copyscriptanother");
    s.reply(copy_in());
    check_not_run(b);
    CHECK(s.unsent().empty());
    s.reply(surprised + ready());
    check_refused(a);
    s.reply(command_complete("SET") + ready());
    CHECK(c.to.log == "C(SET) ");
    check_usable(s);
  });
}

TEST_CASE("of a request that was sent behind a script's COPY only the first message is lost, the rest has an end") {
  for (auto const& rest : {error_response("34000", "portal \"\" does not exist"), std::string(), close_complete()})
    play([&](script& s) {
      auto& a = s.ask("copy", simple);
      auto& b = s.ask("second", rest == close_complete() ? steps{step::closed, step::closed} : bound);
      auto& c = s.ask("third", bound);
      s.sent("copysecondthird");
      s.reply(copy_in());
      CHECK(s.unsent().empty());
      CHECK(!b.done);
      s.reply(surprised + ready());
      check_refused(a);
      CHECK(!b.done);
      s.reply(rest);
      s.reply(ready());
      check_not_run(b);
      s.reply(ran() + ready());
      check_ran(c);
      check_usable(s);
    });
}

TEST_CASE("an abandoned COPY is ended by CopyFail whether it is being cancelled or not") {
  for (bool cancelling_before : {false, true})
    play([&](script& s) {
      CAPTURE(cancelling_before);
      auto& a = s.ask("copy", unprepared);
      s.sent("copy");
      s.abandon(a);
      REQUIRE(s.session.next() == want::cancel);
      if (cancelling_before) s.session.cancelling();
      auto& b = s.ask("next", bound);
      s.reply(begun);
      // A server that waits for data does not look whether it is to cancel:
      // without this it would wait for ever.
      CHECK(s.session.next() == want::read);
      s.sent(refusal);
      if (s.session.next() == want::cancel) s.session.cancelling();
      s.reply(refused + ready());
      s.sent("next");
      s.reply(ran() + ready());
      CHECK(b.to.log == row_log);
    });
}
