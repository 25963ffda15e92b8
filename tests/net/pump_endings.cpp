// tusk tests: net/pump_endings.cpp — the ends of a connection with coroutines on it: lost, closed, out of time,
// dropped. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/loop_stage.hpp"

using namespace messages;
using namespace login;
using std::chrono::milliseconds;
using tusk::errc;

TEST_CASE("a cancelled statement that does not end costs the connection") {
  loop_stage s(milliseconds(20));
  auto& a = s.ask("A");
  s.turn();
  a.cancel();
  s.turn();
  auto& b = s.ask("B");
  SECTION("the server has taken the request") {
    { auto const request = s.cancel_request(); }
    s.run_for(std::chrono::seconds(10));
  }
  SECTION("the server is silent altogether") {
    auto const request = s.cancel_request();
    s.run_for(std::chrono::seconds(10));
    CHECK(hung_up(request));
  }
  CHECK(a.outcome() == "cancelled");
  CHECK(b.error().code() == errc::timeout);
  CHECK(b.error().safe_to_retry());
  CHECK(s.pump->session().closed()->code() == errc::timeout);
  auto& c = s.ask("C");
  s.turn();
  CHECK(c.error().code() == errc::connection_closed);
  CHECK(c.outcome().find("within 20 ms (cancel_timeout)") != std::string::npos);
}

TEST_CASE("when the server goes away everybody is told, and what was not sent can be asked again elsewhere") {
  loop_stage s;
  std::vector<client*> sent{&s.ask("A"), &s.ask("B")};
  s.turn();
  SECTION("with a word") {
    live::send_all(s.server.get(), fatal("57P01", "terminating connection"));
    s.server = live::descriptor();
    sent[0]->cancel(); // so that B leads, and C is not sent before the end is seen
    auto& c = s.ask("C");
    s.turn();
    CHECK(sent[0]->outcome() == "cancelled");
    CHECK(sent[1]->error().code() == errc::connection_closed);
    CHECK(sent[1]->outcome().find("terminating connection") != std::string::npos);
    CHECK(c.ended);
    CHECK(c.error().safe_to_retry());
  }
  SECTION("without") {
    CHECK(s.heard() == "AB"); // or it would be a reset
    s.server = live::descriptor();
    auto& c = s.ask("C");
    s.turn();
    for (auto* one : sent) {
      CHECK(one->outcome() == "the server closed the connection");
      CHECK(!one->error().safe_to_retry());
    }
    CHECK(c.error().code() == errc::connection_closed);
    CHECK(c.error().safe_to_retry());
  }
}

TEST_CASE("closing tells everybody who waits") {
  loop_stage s;
  std::vector<client*> all{&s.ask("A"), &s.ask("B"), &s.ask("C")};
  s.turn();
  CHECK(s.heard() == "ABC");
  s.pump->close(tusk::error(errc::connection_closed, "close() was called"));
  s.turn();
  for (auto* one : all) CHECK(one->outcome() == "close() was called");
  CHECK(s.heard().empty());
  CHECK(hung_up(s.server));
}

TEST_CASE("the loop ends with everything pending") {
  loop_stage s;
  SECTION("one who leads, those who follow, and one who has not begun") {
    for (auto const* text : {"A", "B", "C"}) s.ask(text);
    s.turn();
    s.ask("D");
  }
  SECTION("those who would be woken in the next turn") {
    for (auto const* text : {"A", "B", "C"}) s.ask(text);
    s.turn();
    live::send_all(s.server.get(), result(0) + result(0) + result(0));
    s.io().restart();
    s.io().run_one();
  }
  SECTION("a request that is being written") {
    s.ask(std::string(4'000'000, 'q'));
    s.ask("B");
    s.turn();
  }
  SECTION("a cancellation under way") {
    auto& a = s.ask("A");
    s.turn();
    a.cancel();
    s.turn();
    { auto const request = s.cancel_request(); }
    s.ask("B");
  }
  SECTION("a cancellation that is not answered") {
    auto& a = s.ask("A");
    s.turn();
    a.cancel();
    s.turn();
    s.ask("B");
    s.turn();
  }
  SECTION("only followers, whose leader has just gone") {
    auto& a = s.ask("A");
    s.ask("B");
    s.ask("C");
    s.turn();
    a.cancel();
    s.io().restart();
    s.io().run_one();
  }
  SECTION("nobody, just the connection") {}
  live::arrived(s.server);
  s.end_loop();
  CHECK(live::arrived(s.server).size() <= 5); // a goodbye at most
  CHECK(hung_up(s.server));
}
