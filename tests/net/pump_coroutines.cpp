// tusk tests: net/pump_coroutines.cpp — many coroutines on one connection: who leads, who waits, who goes away.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/loop_stage.hpp"

using namespace messages;
using namespace login;
using std::chrono::milliseconds;

namespace {
std::string const one_row = "T(a) D7 C(SELECT 1) ";
std::string const no_row = "T(a) C(SELECT 0) ";
} // namespace

TEST_CASE("the first request goes out at once, those of the same turn in one write, answers in order") {
  loop_stage s;
  std::vector<client*> all;
  for (auto const* text : {"A", "B", "C", "D"}) all.push_back(&s.ask(text));
  s.turn();
  CHECK(s.heard() == "ABCD");
  s.say(result(1));
  CHECK(all[0]->outcome() == one_row);
  CHECK(all[1]->outcome() == "waits");
  s.say(error_response("42601", "no") + ready() + result(0).substr(0, 10));
  CHECK(all[1]->error().sqlstate() == tusk::sqlstate::syntax_error);
  CHECK(all[2]->outcome() == "waits");
  s.say(result(0).substr(10) + result(1));
  CHECK(all[2]->outcome() == no_row);
  CHECK(all[3]->outcome() == one_row);
  s.check_usable();
}

TEST_CASE("who comes while others wait is sent without waiting for them") {
  loop_stage s;
  auto& a = s.ask("A");
  s.turn();
  CHECK(s.heard() == "A");
  auto& b = s.ask("B");
  s.turn();
  CHECK(s.heard() == "B");
  s.say(result(0) + result(1));
  CHECK(a.outcome() == no_row);
  CHECK(b.outcome() == one_row);
}

TEST_CASE("a leader that is cancelled goes at once when others wait; its replies are dropped") {
  loop_stage s;
  auto& a = s.ask("A");
  auto& b = s.ask("B");
  auto& c = s.ask("C");
  s.turn();
  CHECK(s.heard() == "ABC");
  a.cancel();
  s.turn();
  CHECK(a.outcome() == "cancelled");
  CHECK(!s.knocked()); // a CancelRequest could hit B
  s.say(result(1) + result(0));
  CHECK(b.outcome() == no_row);
  CHECK(c.outcome() == "waits");
  s.say(result(1));
  CHECK(c.outcome() == one_row);
  s.check_usable();
}

TEST_CASE("a follower that is cancelled goes at once, whether its request was sent or not") {
  loop_stage s;
  auto& a = s.ask("A");
  auto& b = s.ask("B");
  s.turn();
  CHECK(s.heard() == "AB");
  auto& c = s.ask("C");
  b.cancel();
  s.turn();
  CHECK(b.outcome() == "cancelled");
  CHECK(s.heard() == "C");
  s.say(result(0) + result(1) + result(0));
  CHECK(a.outcome() == no_row);
  CHECK(c.outcome() == no_row);
  CHECK(!s.knocked());
  s.check_usable();
}

TEST_CASE("the only one who waits is cancelled: one CancelRequest, and silence until both ends of it are seen") {
  for (bool reply_first : {false, true}) {
    loop_stage s;
    auto& a = s.ask("A");
    s.turn();
    CHECK(s.heard() == "A");
    a.cancel();
    s.turn();
    auto request = s.cancel_request();
    CHECK(a.outcome() == "waits");
    auto& b = s.ask("B");
    s.turn();
    CHECK(s.heard().empty());
    if (reply_first)
      s.say(cancelled_by_us());
    else
      request = live::descriptor();
    s.turn();
    CHECK(s.heard().empty());
    if (reply_first)
      request = live::descriptor();
    else
      s.say(error_response("57014", "canceling"));
    s.turn();
    CHECK(s.heard() == (reply_first ? "B" : ""));
    if (!reply_first) {
      s.say(ready());
      CHECK(s.heard() == "B");
    }
    CHECK(a.outcome() == "cancelled");
    s.say(result(1));
    CHECK(b.outcome() == one_row);
    s.check_usable();
  }
}

TEST_CASE("requests that wait for a cancellation keep their places when one of them is withdrawn") {
  loop_stage s;
  auto& a = s.ask("A");
  s.turn();
  CHECK(s.heard() == "A");
  a.cancel();
  s.turn();
  auto request = s.cancel_request();
  auto& b = s.ask("B");
  auto& c = s.ask("C");
  auto& d = s.ask("D");
  auto& e = s.ask("E");
  s.turn();
  c.cancel();
  s.turn();
  CHECK(c.outcome() == "cancelled");
  auto& f = s.ask("F");
  d.cancel();
  s.turn();
  CHECK(d.outcome() == "cancelled");
  request = live::descriptor();
  s.say(cancelled_by_us());
  CHECK(s.heard() == "BEF");
  s.say(result(1) + result(0) + result(1));
  CHECK(b.outcome() == one_row);
  CHECK(e.outcome() == no_row);
  CHECK(f.outcome() == one_row);
  s.check_usable();
}

TEST_CASE("all are cancelled: each statement that was sent is ended, the rest is never sent") {
  loop_stage s;
  auto& a = s.ask("A");
  auto& b = s.ask("B");
  s.turn();
  CHECK(s.heard() == "AB");
  a.cancel();
  b.cancel();
  s.turn();
  CHECK(a.outcome() == "cancelled");
  { auto const request = s.cancel_request(); }
  auto& c = s.ask("C");
  s.turn();
  c.cancel();
  s.turn();
  CHECK(c.outcome() == "cancelled");
  s.say(cancelled_by_us());
  { auto const request = s.cancel_request(); } // now for B
  s.turn();
  s.say(cancelled_by_us());
  CHECK(b.outcome() == "cancelled");
  CHECK(s.heard().empty());
  s.check_usable();
}

TEST_CASE("a CancelRequest of which nothing has come is repeated") {
  loop_stage s(std::chrono::seconds(2)); // again after a fiftieth of it
  auto& a = s.ask("A");
  s.turn();
  CHECK(s.heard() == "A");
  a.cancel();
  s.turn();
  for (int i = 0; i < 2; ++i) {
    {
      auto const request = s.cancel_request();
    } // waits until it has come
    s.turn();
    for (int wait = 0; i == 0 && !s.knocked() && wait < 1000; ++wait) s.run_for(milliseconds(2));
  }
  s.say(cancelled_by_us());
  for (int wait = 0; !a.ended && wait < 1000; ++wait) { // on a busy machine there may be a third
    if (s.knocked()) {
      auto const request = s.cancel_request();
    }
    s.run_for(milliseconds(2));
  }
  CHECK(a.outcome() == "cancelled");
  s.check_usable();
}

TEST_CASE("a request that is cancelled while it is being sent is sent to its end and then cancelled") {
  loop_stage s;
  std::string const large(8'000'000, 'q');
  auto& a = s.ask(large);
  s.turn();
  a.cancel();
  s.turn();
  CHECK(!s.knocked());
  std::size_t got = 0;
  for (int idle = 0; got < large.size() && idle < 1000; ++idle)
    if (auto const n = s.heard().size(); n != 0) {
      got += n;
      idle = 0;
      s.turn();
    }
  CHECK(got == large.size());
  s.turn();
  REQUIRE(s.knocked());
  { auto const request = s.cancel_request(); }
  s.turn();
  s.say(cancelled_by_us());
  CHECK(a.outcome() == "cancelled");
  s.check_usable();
}

TEST_CASE("one who is cancelled again while the server is asked to stop still sees that through") {
  loop_stage s;
  auto& a = s.ask("A");
  s.turn();
  CHECK(s.heard() == "A");
  a.cancel();
  s.turn();
  auto request = s.cancel_request();
  a.cancel();
  s.turn();
  CHECK(!hung_up(request));
  CHECK(a.outcome() == "waits");
  // Others may come and go meanwhile.
  auto& b = s.ask("B");
  s.turn();
  b.cancel();
  s.turn();
  CHECK(b.outcome() == "cancelled");
  request = live::descriptor();
  s.turn();
  auto& c = s.ask("C");
  s.turn();
  c.cancel();
  s.turn();
  a.cancel();
  s.turn();
  CHECK(a.outcome() == "waits");
  CHECK(!hung_up(s.server));
  s.say(cancelled_by_us());
  CHECK(a.outcome() == "cancelled");
  s.check_usable();
}

TEST_CASE("one who asks the server to stop for others and is cancelled itself sees that through") {
  loop_stage s;
  auto& a = s.ask("A");
  auto& b = s.ask("B");
  s.turn();
  CHECK(s.heard() == "AB");
  a.cancel();
  b.cancel(); // in the same turn: B leads when it is cancelled
  s.turn();
  auto request = s.cancel_request();
  auto& c = s.ask("C");
  s.turn();
  CHECK(c.outcome() == "waits");
  request = live::descriptor();
  s.turn();
  s.say(cancelled_by_us());
  // What B had asked for is the head now. C is not written yet: the one who leads has the next CancelRequest sent.
  request = s.cancel_request();
  c.cancel();
  b.cancel();
  s.turn();
  CHECK(!hung_up(request));
  request = live::descriptor();
  s.turn();
  s.say(cancelled_by_us());
  CHECK(a.outcome() == "cancelled");
  CHECK(b.outcome() == "cancelled");
  CHECK(c.outcome() == "cancelled");
  CHECK(s.heard().empty());
  s.check_usable();
}

TEST_CASE("who hears a notice may ask something on the same connection") {
  loop_stage s;
  client* later = nullptr;
  s.pump->session().keep_notices(true);
  s.pump->audience().on_notice = [&](tusk::notice const&) { later = &s.ask("B"); };
  auto& a = s.ask("A");
  s.turn();
  CHECK(s.heard() == "A");
  s.say(notice_response("psst") + result(0));
  CHECK(a.outcome() == no_row);
  REQUIRE(later != nullptr);
  CHECK(s.heard() == "B");
  s.say(result(1));
  CHECK(later->outcome() == one_row);
  s.pump->audience().on_notice = nullptr;
}

TEST_CASE("megabytes from many coroutines, and megabytes back") {
  loop_stage s;
  std::string const large(300'000, 'q');
  std::vector<client*> all;
  for (int i = 0; i < 10; ++i) all.push_back(&s.ask(large));
  s.turn();
  auto const answer = begin_of_result() + data_row({std::string(300'000, 'r')}) + end_of_result(1);
  std::string to_say; // the server reads when it can and speaks when it can, as the clients must
  std::size_t got = 0;
  std::size_t answered = 0;
  for (int turns = 0; turns < 10'000 && !all.back()->ended; ++turns) {
    got += s.heard().size();
    for (; answered < got / large.size(); ++answered) to_say += answer;
    auto const n = ::send(s.server.get(), to_say.data(), to_say.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) to_say.erase(0, static_cast<std::size_t>(n));
    s.turn();
  }
  CHECK(got == large.size() * all.size());
  for (auto* one : all) CHECK(one->outcome() == "T(a) D300006 C(SELECT 1) ");
  s.check_usable();
}
