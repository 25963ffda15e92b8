// tusk tests: protocol/session.cpp — conversations, legal and hostile.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/script.hpp"

using namespace messages;
using tusk::errc;
using tusk::protocol::step;
using tusk::protocol::steps;
using tusk::protocol::want;

namespace {
steps const query{step::parsed, step::bound, step::columns, step::rows};
std::string const head = parse_complete() + bind_complete() + row_description({{"a", oid::int4}});
std::string const one = data_row({number(std::uint32_t{1})});
} // namespace

TEST_CASE("a query's replies reach its sink, and the session is idle again") {
  play([](script& s) {
    CHECK(s.session.next() == want::done);
    auto& a = s.ask("query", query);
    CHECK(s.session.next() == want::read);
    s.sent("query");
    s.reply(head);
    s.reply(one + one);
    CHECK(!a.done);
    s.reply(command_complete("SELECT 2") + ready());
    CHECK(a.done);
    CHECK(s.session.take_done() == &a);
    CHECK(a.failure().empty());
    CHECK(a.to.log == "T(a) D10 D10 C(SELECT 2) ");
    CHECK(s.session.next() == want::done);
    CHECK(s.session.idle());
  });
}

TEST_CASE("an error belongs to its own exchange") {
  play([](script& s) {
    auto& first = s.ask("1", query);
    auto& second = s.ask("2", query);
    s.sent("12");
    s.reply(error_response("42601", "syntax error") + ready('I'));
    CHECK(first.done);
    CHECK(first.code() == tusk::make_error_code(tusk::sqlstate::syntax_error));
    CHECK(!second.done);
    s.reply(head + one);
    s.reply(command_complete("SELECT 1") + ready());
    CHECK(second.done);
    CHECK(second.failure().empty());
    CHECK(second.to.log == "T(a) D10 C(SELECT 1) ");
  });
}

TEST_CASE("notices, settings and notifications may come anywhere") {
  auto const noise = notice_response("psst") + parameter_status("TimeZone", "UTC") + notification(3, "jobs", "x");
  play([&](script& s) {
    s.session.keep_notices(true);
    s.reply(noise);
    auto& a = s.ask("q", query);
    s.sent("q");
    for (auto const& part : {parse_complete(), bind_complete(), row_description({{"a", oid::int4}}), one,
                             command_complete("SELECT 1"), ready()}) {
      s.reply(noise);
      s.reply(part);
    }
    s.reply(noise);
    CHECK(a.to.log == "T(a) D10 C(SELECT 1) ");
    CHECK(s.session.take_news().notices.size() == 8);
    CHECK(s.session.parameter("TimeZone") == "UTC");
    CHECK(s.session.parameter("DateStyle").empty());
  });
}

TEST_CASE("notices that nobody wants are not kept") {
  play([](script& s) {
    s.reply(notice_response("psst"));
    CHECK(!s.session.has_news());
  });
}

TEST_CASE("a FATAL while idle is why the session is closed") {
  play([](script& s) {
    s.reply(fatal("57P01", "terminating connection due to administrator command"));
    s.session.fail(tusk::error(errc::connection_closed, "the server closed the connection"));
    REQUIRE(s.session.closed());
    CHECK(s.session.closed()->code() == errc::connection_closed);
    CHECK(s.session.closed()->sqlstate() == tusk::sqlstate::admin_shutdown);
    CHECK(std::string(s.session.closed()->what()).find("administrator command") != std::string::npos);
  });
}

TEST_CASE("an error while idle after which the server goes on is not why the session is closed later") {
  play([](script& s) {
    s.reply(error_response("XX000", "stray"));
    s.ask("1", query);
    s.sent("1");
    s.reply(parse_complete() + bind_complete() + no_data() + command_complete("X") + ready());
    s.session.fail(tusk::error(errc::connection_closed, "close() was called"));
    CHECK(std::string(s.session.closed()->what()) == "close() was called");
  });
}

TEST_CASE(
    "when the connection is lost the head keeps the server's words, those behind it learn that they were not sent") {
  play([](script& s) {
    auto& first = s.ask("1", query);
    s.sent("1");
    auto& second = s.ask("2", query);
    s.reply(fatal("57P01", "terminating connection"));
    s.session.fail(tusk::error(errc::connection_closed, "gone"));
    CHECK(first.done);
    CHECK(first.code() == tusk::make_error_code(tusk::sqlstate::admin_shutdown));
    CHECK(second.code() == tusk::make_error_code(errc::connection_closed));
    CHECK(second.unsent());
  });
}

TEST_CASE("a large request wants reading and writing at once") {
  play([](script& s) {
    s.ask(std::string(64 * 1024 + 1, 'x'), query);
    CHECK(s.session.next() == want::both);
    s.session.sent(1);
    CHECK(s.session.next() == want::read);
  });
}

TEST_CASE("clean-up that nobody waits for is answered in its turn") {
  play([](script& s) {
    s.ask_quietly("close", steps{step::closed});
    auto& a = s.ask("q", query);
    s.sent("closeq");
    s.reply(error_response("26000", "no such statement") + ready());
    s.reply(head + command_complete("SELECT 0") + ready());
    CHECK(a.failure().empty());
    CHECK(a.to.log == "T(a) C(SELECT 0) ");
  });
}

TEST_CASE("an abandoned exchange that was written is cancelled when nothing live was written behind it") {
  play([](script& s) {
    auto& a = s.ask("slow", query);
    s.sent("slow");
    s.abandon(a);
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    auto& b = s.ask("next", query);
    // Until the cancelled one has ended nothing may be written: the cancellation could hit it.
    CHECK(s.session.unsent().empty());
    CHECK(s.session.next() == want::read);
    s.reply(error_response("57014", "canceling statement"));
    CHECK(s.session.unsent().empty());
    s.reply(ready());
    s.sent("next");
    s.reply(head + one + command_complete("SELECT 1") + ready());
    CHECK(a.to.log.empty());
    CHECK(b.to.log == "T(a) D10 C(SELECT 1) ");
  });
}

TEST_CASE("an abandoned exchange with a live one written behind it is only read to its end") {
  play([](script& s) {
    auto& a = s.ask("slow", query);
    auto& b = s.ask("live", query);
    s.sent("slowlive");
    s.abandon(a);
    CHECK(s.session.next() == want::read);
    s.reply(head + one + command_complete("SELECT 1") + ready());
    s.reply(head + one + command_complete("SELECT 1") + ready());
    CHECK(a.to.log.empty());
    CHECK(b.to.log == "T(a) D10 C(SELECT 1) ");
  });
}

TEST_CASE("an abandoned exchange whose followers are abandoned too is cancelled") {
  play([](script& s) {
    auto& a = s.ask("1", query);
    auto& b = s.ask("2", query);
    s.sent("12");
    s.abandon(a);
    CHECK(s.session.next() == want::read);
    s.abandon(b);
    CHECK(s.session.next() == want::cancel);
  });
}

TEST_CASE("a request of which nothing was written is withdrawn") {
  play([](script& s) {
    auto& a = s.ask("first", query);
    auto& b = s.ask("second", query);
    auto& c = s.ask("third", query);
    s.session.sent(2); // "fi": begun, so it cannot be taken back
    s.abandon(b);
    CHECK(s.unsent() == "rstthird");
    CHECK(s.session.pending(a.number));
    s.sent("rstthird");
    s.reply(head + command_complete("SELECT 0") + ready() + head + one + command_complete("SELECT 1") + ready());
    CHECK(a.to.log == "T(a) C(SELECT 0) ");
    CHECK(b.to.log.empty());
    CHECK(c.to.log == "T(a) D10 C(SELECT 1) ");
    CHECK(c.done);
    CHECK(s.session.idle());
  });
}

TEST_CASE("what is withdrawn, once or twice, does not move those behind it") {
  play([](script& s) {
    auto& a = s.ask("first", query);
    s.sent("first");
    auto& b = s.ask("second", query);
    auto& c = s.ask("third", query);
    auto& d = s.ask("fourth", query);
    s.abandon(b);
    s.abandon(b);
    CHECK(!s.session.pending(b.number));
    CHECK(s.session.pending(c.number));
    CHECK(s.session.pending(d.number));
    s.abandon(c);
    auto& e = s.ask("fifth", query);
    s.abandon(c);
    CHECK(s.unsent() == "fourthfifth");
    CHECK(s.session.oldest_awaiter() == &a);
    s.reply(head + command_complete("SELECT 0") + ready());
    CHECK(s.session.oldest_awaiter() == &d);
    s.sent("fourthfifth");
    s.reply(head + one + command_complete("SELECT 1") + ready() + head + command_complete("SELECT 0") + ready());
    CHECK(d.to.log == "T(a) D10 C(SELECT 1) ");
    CHECK(e.to.log == "T(a) C(SELECT 0) ");
    CHECK(s.session.idle());
    auto& f = s.ask("sixth", query);
    s.abandon(f);
    CHECK(s.session.idle());
    CHECK(s.session.next() == want::done);
  });
}

TEST_CASE("a conversation can end where nothing that was sent is unanswered") {
  script s;
  CHECK(s.session.between());
  s.ask("a", query);
  s.ask_quietly("b", query);
  CHECK(s.session.between());
  CHECK(!s.session.idle());
  s.session.sent(1);
  CHECK(!s.session.between());
  s.reply(head + command_complete("SELECT 0") + ready());
  CHECK(s.session.between()); // b was not sent
  s.session.sent(1);
  CHECK(!s.session.between());
}

TEST_CASE("a request that was begun must be written to its end before it can be cancelled") {
  play([](script& s) {
    auto& a = s.ask("slow", query);
    s.session.sent(1);
    s.abandon(a);
    CHECK(s.session.next() == want::read);
    s.sent("low");
    CHECK(s.session.next() == want::cancel);
  });
}

TEST_CASE("behind a request that was begun and is to be cancelled nothing is sent") {
  play([](script& s) {
    auto& a = s.ask("slow", query);
    auto& b = s.ask("next", query);
    s.session.sent(1);
    s.abandon(a);
    CHECK(s.unsent() == "low");
    s.sent("low");
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    CHECK(s.session.unsent().empty());
    s.reply(error_response("57014", "canceling statement") + ready());
    CHECK(s.unsent() == "next");
    s.sent("next");
    s.reply(head + one + command_complete("SELECT 1") + ready());
    CHECK(b.done);
    CHECK(b.to.log == "T(a) D10 C(SELECT 1) ");
  });
}

TEST_CASE("many requests in flight") {
  play([](script& s) {
    std::vector<asker*> all;
    for (int i = 0; i < 100; ++i) all.push_back(&s.ask("q", query));
    s.sent("");
    for (int i = 0; i < 100; ++i) {
      s.reply(head + command_complete("SELECT " + std::to_string(i)) + ready());
      CHECK(all[static_cast<std::size_t>(i)]->to.log == "T(a) C(SELECT " + std::to_string(i) + ") ");
    }
    int done = 0;
    for (auto* w = s.session.take_done(); w != nullptr; w = w->next_done) ++done;
    CHECK(done == 100);
  });
}

TEST_CASE("messages that answer nothing close the session") {
  for (auto const& bad : {ready(), one, parse_complete(), command_complete("X"), copy_in(), authentication_ok()}) {
    script s;
    s.reply_refused(bad);
    s.check_closed();
  }
}

TEST_CASE("impossible lengths are refused before their bytes arrive") {
  for (std::uint32_t length : {0u, 3u, 0x80000000u, 0xffffffffu, 30001u}) {
    CAPTURE(length);
    script s;
    s.ask("q", query);
    s.sent("q");
    s.reply_refused("1" + number(length));
  }
  // Kinds of messages that carry data may be long, up to max_message_size (here 16 MiB).
  script s;
  s.ask("q", query);
  s.sent("q");
  s.reply(head);
  auto const words = s.reply_refused("D" + number(std::uint32_t{(1 << 24) + 1}), errc::message_too_large);
  CHECK(words.find("max_message_size") != std::string::npos);
}

TEST_CASE("an announced length alone allocates nothing, and large memory is given back") {
  tusk::protocol::inbound in(1 << 30);
  auto const head_of_large = "D" + number(std::uint32_t{100 << 20});
  std::memcpy(in.room().data(), head_of_large.data(), 5);
  in.received(5);
  tusk::protocol::message m;
  CHECK(!in.take(m));
  in.room();
  CHECK(in.capacity() <= 2 * tusk::protocol::inbound::usual_size);
  std::size_t left = (100 << 20) - 4;
  std::size_t got = 5;
  while (left != 0) {
    auto const room = in.room();
    auto const n = std::min(room.size(), left);
    in.received(n);
    left -= n;
    got += n;
    REQUIRE(in.capacity() <= 2 * got + 2 * tusk::protocol::inbound::usual_size);
  }
  REQUIRE(in.take(m));
  CHECK(m.body().size() == (100 << 20) - 4);
  in.room();
  CHECK(in.capacity() == tusk::protocol::inbound::usual_size);
}

TEST_CASE("a server cannot fill the memory with settings") {
  script s;
  for (std::size_t i = 0; i < tusk::protocol::session::max_parameters; ++i)
    s.reply(parameter_status("name" + std::to_string(i), "x"));
  s.reply(parameter_status("name0", "changed"));
  CHECK(s.session.parameter("name0") == "changed");
  s.reply_refused(parameter_status("one more", "x"));
}
