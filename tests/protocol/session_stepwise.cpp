// tusk: tests/protocol/session_stepwise.cpp — rows that are taken one by one, and everything under way that is to end.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/outcomes.hpp"

using namespace statements;
using tusk::protocol::want;

namespace {

std::string const rows = one_row() + one_row() + one_row();
std::string const three = bind_complete() + rows + command_complete("SELECT 3");

request stepping(std::string_view bytes, steps expected = bound) {
  request r;
  r.bytes.append(bytes);
  r.expected = expected;
  r.stepwise = true;
  return r;
}
/// Takes all rows that are here, as one who asks for them.
void take_all(script& s) {
  while (s.session.paused()) s.session.received(0);
}
void check_told_unsent(asker const& a) {
  CHECK(a.done);
  CHECK(a.failure() == "enough");
  CHECK(a.unsent());
  CHECK(!a.not_run);
}

} // namespace

TEST_CASE("where rows are taken one by one the session stops behind each, and goes on when it is told to") {
  script s;
  auto& a = s.ask(stepping("q"));
  s.sent("q");
  s.reply(bind_complete());
  CHECK(!s.session.paused());
  s.reply(rows + command_complete("SELECT 3") + ready());
  CHECK(s.session.paused());
  CHECK(a.to.log == "D10 ");
  s.session.received(0);
  CHECK(s.session.paused());
  CHECK(a.to.log == "D10 D10 ");
  s.session.received(0);
  CHECK(s.session.paused());
  CHECK(a.to.log == "D10 D10 D10 ");
  CHECK(!a.done);
  s.session.received(0);
  CHECK(!s.session.paused());
  CHECK(a.to.log == "D10 D10 D10 C(SELECT 3) ");
  CHECK(a.done);
  CHECK(s.session.idle());
}

TEST_CASE("rows that are taken one by one come to the same, however they arrive") {
  play([](script& s) {
    auto& a = s.ask(stepping("q"));
    auto& b = s.ask("next", bound);
    s.sent("qnext");
    s.reply(three.substr(0, 30));
    take_all(s);
    s.reply(three.substr(30));
    take_all(s);
    CHECK(!a.done);
    s.reply(ready() + ran() + ready());
    take_all(s);
    CHECK(a.to.log == "D10 D10 D10 C(SELECT 3) ");
    CHECK(a.failure().empty());
    check_ran(b);
  });
}

TEST_CASE("a row that has been stopped at stays where it is until the session goes on") {
  struct keeper : recorder {
    void on_row(std::byte const* begin, std::byte const* end) override {
      row = {begin, end};
      first = std::string(tusk::wire::as_text(row));
    }
    tusk::wire::byte_view row;
    std::string first;
  } to;
  script s;
  tusk::protocol::awaiter who;
  s.session.submit(stepping("q"), &to, &who);
  s.sent("q");
  s.reply(bind_complete() + rows);
  REQUIRE(s.session.paused());
  auto const* const place = to.row.data();
  CHECK(tusk::wire::as_text(to.row) == to.first);
  CHECK(s.session.next() == want::read); // which may be asked meanwhile
  s.session.submit(stepping("another"), nullptr, nullptr);
  CHECK(tusk::wire::as_text(to.row) == to.first);
  s.session.received(0);
  CHECK(to.row.data() != place);
  CHECK(tusk::wire::as_text(to.row) == to.first);
}

TEST_CASE("notices and errors do not stop rows that are taken one by one") {
  play([](script& s) {
    s.session.keep_notices(true);
    auto& a = s.ask(stepping("q"));
    s.sent("q");
    s.reply(bind_complete() + one_row());
    take_all(s);
    s.reply(notice_response("psst") + error_response("22012", "division by zero"));
    CHECK(!s.session.paused());
    s.reply(ready());
    CHECK(a.to.log == "D10 ");
    CHECK(a.code() == tusk::make_error_code(tusk::sqlstate::division_by_zero));
    CHECK(s.session.take_news().notices.size() == 1);
  });
}

TEST_CASE("other requests do not stop where one does whose rows are taken one by one") {
  script s;
  auto& a = s.ask("first", bound);
  auto& b = s.ask(stepping("second"));
  auto& c = s.ask("third", bound);
  s.sent("");
  s.reply(three + ready() + three + ready() + three + ready());
  CHECK(a.done);
  CHECK(s.session.paused());
  CHECK(b.to.log == "D10 ");
  take_all(s);
  CHECK(b.done);
  CHECK(c.done);
  CHECK(c.to.log == "D10 D10 D10 C(SELECT 3) ");
}

TEST_CASE("whoever goes away in the middle stops nobody: the rest is read over") {
  script s;
  auto& a = s.ask(stepping("q"));
  s.sent("q");
  s.reply(three + ready());
  CHECK(s.session.paused());
  s.abandon(a);
  CHECK(s.session.next() == want::cancel); // the session cannot know that the end is here already
  s.session.received(0);
  CHECK(!s.session.paused());
  CHECK(a.to.log == "D10 ");
  CHECK(!a.done);
  CHECK(s.session.idle());
  CHECK(s.session.next() == want::done);
}

TEST_CASE("what the server still sends to one who has gone away in the middle is cancelled or read over") {
  for (bool live_behind : {false, true})
    play([&](script& s) {
      auto& a = s.ask(stepping("q"));
      if (live_behind) s.ask("live", bound);
      s.sent("");
      s.reply(bind_complete() + one_row());
      s.abandon(a);
      s.session.received(0);
      CHECK(s.session.next() == (live_behind ? want::read : want::cancel));
      if (!live_behind) s.session.cancelling();
      s.reply(one_row() + one_row());
      CHECK(!s.session.paused());
      s.reply((live_behind ? command_complete("SELECT 3") : cancelled) + ready());
      if (live_behind) s.reply(ran() + ready());
      CHECK(a.to.log == "D10 ");
      CHECK(s.session.idle());
    });
}

TEST_CASE("a portion of a portal's rows may be taken one by one as well") {
  script s;
  auto& a = s.ask(stepping("fetch", steps{step::fetched}));
  s.sent("fetch");
  s.reply(one_row() + one_row() + portal_suspended() + ready('T'));
  CHECK(a.to.log == "D10 ");
  s.session.received(0);
  CHECK(a.to.log == "D10 D10 ");
  s.session.received(0);
  CHECK(a.done);
  CHECK(a.failure().empty());
}

TEST_CASE("a connection that is lost between two rows is told to the one who takes them") {
  script s;
  auto& a = s.ask(stepping("q"));
  s.sent("q");
  s.reply(bind_complete() + rows);
  s.session.fail(tusk::error(tusk::errc::connection_closed, "gone"));
  CHECK(a.done);
  CHECK(a.failure() == "gone");
  CHECK(a.to.log == "D10 ");
}

TEST_CASE("an interruption ends what was sent by a CancelRequest for each, and its awaiter hears what became of it") {
  play([](script& s) {
    auto& a = s.ask("first", bound);
    auto& b = s.ask("second", bound);
    s.sent("firstsecond");
    CHECK(!s.session.head_unwanted());
    s.interrupt();
    CHECK(!a.done);
    CHECK(s.session.head_unwanted());
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    CHECK(s.session.cancel_under_way());
    CHECK(s.session.next() == want::read);
    auto& c = s.ask("third", bound); // asked for afterwards: that was not meant
    CHECK(s.session.unsent().empty());
    s.reply(cancelled);
    CHECK(!a.done);
    s.reply(ready());
    CHECK(a.done);
    CHECK(a.code() == tusk::make_error_code(tusk::sqlstate::query_canceled));
    CHECK(!a.unsent());
    CHECK(!b.done);
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    s.reply(ran() + ready()); // it was faster
    check_ran(b);
    CHECK(s.session.next() == want::read);
    s.sent("third");
    s.reply(ran() + ready());
    check_ran(c);
    CHECK(s.session.idle());
  });
}

TEST_CASE("what was not sent when it was interrupted fails at once, and may be sent again") {
  play([](script& s) {
    auto& a = s.ask("first", bound);
    s.sent("first");
    auto& b = s.ask("second", bound);
    s.ask_quietly("clean-up", steps{step::closed});
    auto& c = s.ask("third", bound);
    s.interrupt();
    check_told_unsent(b);
    check_told_unsent(c);
    auto* const told = s.session.take_done();
    CHECK(told == &b);
    CHECK(told->next_done == &c);
    CHECK(c.next_done == nullptr);
    CHECK(!a.done);
    CHECK(!s.session.pending(b.number));
    CHECK(!s.session.pending(c.number));
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    s.reply(cancelled + ready());
    CHECK(a.done);
    s.sent("clean-up"); // nobody waits for it, and somebody may count on it
    s.reply(close_complete() + ready());
    CHECK(s.session.idle());
    CHECK(s.session.next() == want::done);
  });
}

TEST_CASE("what was begun when it was interrupted is sent to its end first") {
  play([](script& s) {
    auto& a = s.ask("first", bound);
    auto& b = s.ask("second", bound);
    s.session.sent(2);
    s.interrupt();
    check_told_unsent(b);
    CHECK(!a.done);
    CHECK(s.session.next() == want::read);
    s.sent("rst");
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    s.reply(cancelled + ready());
    CHECK(a.code() == tusk::make_error_code(tusk::sqlstate::query_canceled));
    CHECK(s.session.idle());
  });
}

TEST_CASE("with nothing under way an interruption means nothing") {
  play([](script& s) {
    s.interrupt();
    CHECK(s.session.next() == want::done);
    auto& a = s.ask("first", bound);
    s.sent("first");
    s.reply(ran() + ready());
    check_ran(a);
    s.interrupt();
    CHECK(s.session.next() == want::done);
  });
}

TEST_CASE("what nobody waits for is not interrupted, and what was abandoned is cancelled as before") {
  play([](script& s) {
    s.ask_quietly("clean-up", steps{step::closed});
    auto& a = s.ask("first", bound);
    s.sent("");
    s.abandon(a);
    s.interrupt();
    CHECK(s.session.next() == want::read);
    s.reply(close_complete() + ready());
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    s.reply(cancelled + ready());
    CHECK(!a.done);
    CHECK(s.session.idle());
  });
}

TEST_CASE("one who takes rows one by one is interrupted between two of them") {
  script s;
  auto& a = s.ask(stepping("q"));
  s.sent("q");
  s.reply(bind_complete() + rows);
  s.interrupt();
  CHECK(s.session.next() == want::cancel);
  s.session.cancelling();
  take_all(s);
  CHECK(a.to.log == "D10 D10 D10 ");
  s.reply(cancelled + ready());
  CHECK(a.done);
  CHECK(a.code() == tusk::make_error_code(tusk::sqlstate::query_canceled));
  CHECK(s.session.idle());
}

TEST_CASE("a CancelRequest that has come to nothing can be repeated as long as the request runs") {
  play([](script& s) {
    auto& a = s.ask("first", bound);
    s.sent("first");
    s.session.cancel_again(); // none has been sent
    CHECK(s.session.next() == want::read);
    s.interrupt();
    s.session.cancelling();
    s.session.cancel_again();
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    CHECK(s.session.next() == want::read);
    s.reply(cancelled + ready());
    CHECK(a.done);
    s.session.cancel_again();
    CHECK(s.session.next() == want::done);
  });
}
