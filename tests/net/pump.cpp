// tusk tests: net/pump.cpp — the loop that moves the bytes, turn by turn, against a peer in memory.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/dial.hpp>
#include <tusk/net/pump.hpp>

#include "support/fake_tls.hpp"
#include "support/login.hpp"
#include "support/memory_mode.hpp"

#include <cerrno>

using memory::error_of;
using std::chrono::milliseconds;
using tusk::errc;
using namespace messages;
using namespace login;
using mode = memory::memory_mode;
using pump = tusk::net::pump<mode>;

namespace {

std::string const bye("X\0\0\0\4", 5);

/// A connection that is logged in. The peers of later connections are set up by `on_cancel`.
struct stage {
  explicit stage(bool secure = false) {
    auto s = login::settings();
    if (secure) s.sslmode = tusk::conninfo::sslmode::require;
    net.on_connect = [&](memory::peer& q) {
      if (secure)
        q.replies = {"S", fake_tls::consent, fake_tls::data(welcome())};
      else
        q.replies = {welcome()};
    };
    p = tusk::net::dial<mode>({&net}, s).get();
    net.on_connect = [this](memory::peer& q) { on_cancel(q); };
    peer().got.clear();
    peer().writes.clear();
    peer().seen = 0;
  }
  memory::peer& peer() { return net.peers.front(); }
  std::string ask(std::string_view bytes) { return ask(request(bytes)); }
  std::string ask(tusk::protocol::request r) { return pump::perform<collector>(p, std::move(r)).get(); }
  tusk::error failure(std::string_view bytes) {
    return error_of([&] { ask(bytes); });
  }
  /// It works as if nothing had happened.
  void check_usable() {
    auto const before = peer().got.size();
    peer().replies.push_back(result(1));
    CHECK(ask("again") == "T(a) D7 C(SELECT 1) ");
    CHECK(peer().got.substr(before) == "again");
  }
  /// It is closed; what was asked for was not sent.
  tusk::error check_closed() {
    auto const before = peer().got.size();
    CHECK(p->session().closed().has_value());
    CHECK(peer().closed);
    auto const e = failure("again");
    CHECK(e.code() == errc::connection_closed);
    CHECK(e.safe_to_retry());
    CHECK(peer().got.size() == before);
    return e;
  }
  fake_tls::installed tls;
  memory::network net;
  std::function<void(memory::peer&)> on_cancel = [](memory::peer&) {};
  tusk::protocol::ref<pump> p;
};

} // namespace

TEST_CASE("perform returns what the collector made of the replies") {
  stage s;
  s.peer().replies = {result(2), result(0)};
  CHECK(s.ask("one") == "T(a) D7 D7 C(SELECT 2) ");
  CHECK(s.ask("two") == "T(a) C(SELECT 0) ");
  CHECK(s.peer().got == "onetwo");
  CHECK(s.peer().writes.size() == 2);
  auto const number = s.p->next_portal();
  CHECK(s.p->next_portal() == number + 1);
}

TEST_CASE("what the server reports is thrown, and the connection goes on") {
  stage s;
  s.peer().replies = {error_response("42601", "syntax error") + ready()};
  auto const e = s.failure("bad");
  CHECK(e.sqlstate() == tusk::sqlstate::syntax_error);
  CHECK(!e.safe_to_retry());
  s.check_usable();
}

TEST_CASE("a request that could not be encoded is refused when it is awaited, and nothing is sent") {
  stage s;
  tusk::protocol::request r;
  r.refused = std::make_exception_ptr(tusk::error(errc::invalid_parameter, "a zero byte").unsent());
  auto const e = error_of([&] { s.ask(std::move(r)); });
  CHECK(e.code() == errc::invalid_parameter);
  CHECK(e.safe_to_retry());
  CHECK(s.peer().got.empty());
  s.check_usable();
}

TEST_CASE("a closed connection says why, and that nothing was sent") {
  stage s;
  s.p->close(tusk::error(errc::connection_closed, "close() was called"));
  CHECK(s.peer().got == bye);
  auto const e = s.check_closed();
  CHECK(std::string(e.what()) == "the connection is closed: close() was called");
  CHECK(e.server() == nullptr);
  s.p->submit_quietly(request("too late", closing));
  s.p->close(tusk::error(errc::connection_closed, "again"));
  CHECK(s.peer().got == bye);
}

TEST_CASE("the end of the stream in the middle closes the connection") {
  for (auto const& before : {std::string(), parse_complete(), begin_of_result(), begin_of_result().substr(0, 12)}) {
    stage s;
    s.peer().talk = [&](memory::peer& p, std::string_view) {
      p.say(before);
      p.end();
    };
    auto const e = s.failure("query");
    CHECK(e.code() == errc::connection_closed);
    CHECK(std::string(e.what()) == "the server closed the connection");
    CHECK(!e.safe_to_retry());
    s.check_closed();
  }
  stage s;
  s.peer().fail_reads(ECONNRESET);
  auto const e = s.failure("query");
  CHECK(e.code() == errc::connection_closed);
  CHECK(std::string(e.what()) == "the connection was lost: Connection reset by peer");
  s.check_closed();
}

TEST_CASE("replies against the protocol close the connection") {
  stage s;
  s.peer().replies = {bind_complete()};
  CHECK(s.failure("query").code() == errc::protocol_violation);
  s.check_closed();
}

TEST_CASE("after a write error the server's last words are read") {
  for (int number : {EPIPE, ECONNRESET}) {
    CAPTURE(number);
    stage s;
    s.peer().fail_writes(number, 2);
    s.peer().say(fatal("57P01", "terminating connection due to administrator command"));
    s.peer().end();
    auto const e = s.failure("query");
    CHECK(e.sqlstate() == tusk::sqlstate::admin_shutdown);
    s.check_closed();
  }
  SECTION("or the end, if it had none") {
    stage s;
    s.peer().fail_writes(EPIPE);
    s.peer().end();
    auto const e = s.failure("query");
    CHECK(e.code() == errc::connection_closed);
    CHECK(e.safe_to_retry());
    s.check_closed();
  }
  SECTION("other errors of writing are the end") {
    for (bool secure : {false, true}) {
      stage s(secure);
      s.peer().fail_writes(ETIMEDOUT);
      auto const e = s.failure("query");
      CHECK(e.code() == errc::connection_closed);
      CHECK(std::string(e.what()) == "the connection was lost while sending: Connection timed out");
      s.check_closed();
    }
  }
}

TEST_CASE("a FATAL while nobody asks is why the next request fails") {
  stage s;
  s.peer().say(fatal("57P01", "terminating connection"));
  s.peer().end();
  s.peer().fail_writes(EPIPE);
  CHECK(s.failure("query").sqlstate() == tusk::sqlstate::admin_shutdown);
  CHECK(s.check_closed().code() == errc::connection_closed);
}

TEST_CASE("much to send and much to read at once: neither waits for the other") {
  for (bool secure : {false, true}) {
    stage s(secure);
    s.peer().window = 10'000;
    std::string const large(300'000, 'q');
    // It takes nothing more before what it has said is read: as a server whose own buffers are full.
    std::size_t said = 0;
    auto const coded = [&](std::string const& plain) { return secure ? fake_tls::data(plain) : plain; };
    s.peer().talk = [&](memory::peer& p, std::string_view fresh) {
      if (said == 0) p.say(coded(begin_of_result()));
      if (!fresh.empty()) p.say(coded(data_row({std::string(10'000, 'r')}))), ++said;
      auto const all = secure ? fake_tls::decoded(p.got) : p.got;
      if (all == large) p.say(coded(end_of_result(1)));
    };
    auto const log = s.ask(large);
    CHECK(log.ends_with("D10006 C(SELECT 1) "));
    CHECK(said >= 30);
  }
}

TEST_CASE("an answer that comes before all of the request is sent does not shorten the request") {
  stage s;
  s.peer().window = 4;
  s.peer().talk = [](memory::peer& p, std::string_view) {
    if (p.got == "long") p.say(error_response("54000", "too long") + ready());
    if (p.got == "long requestnext") p.say(result(0));
  };
  CHECK(s.failure("long request").sqlstate() == tusk::sqlstate::program_limit_exceeded);
  CHECK(s.ask("next") == "T(a) C(SELECT 0) ");
}

TEST_CASE("clean-up that nobody waits for travels ahead of the next request, in the same write") {
  stage s;
  s.p->submit_quietly(request("close1", closing));
  s.p->submit_quietly(request("close2", closing));
  CHECK(s.peer().got.empty());
  s.peer().replies = {close_complete() + ready() + error_response("26000", "no such thing") + ready() + result(1)};
  CHECK(s.ask("query") == "T(a) D7 C(SELECT 1) ");
  CHECK(s.peer().got == "close1close2query");
  CHECK(s.peer().writes.size() == 1);
  s.check_usable();
}

TEST_CASE("notices are delivered as they come, to whom wants them then") {
  stage s;
  std::string heard;
  s.p->session().keep_notices(true);
  s.p->audience().on_notice = [&](tusk::notice const& n) {
    heard += n.message + " ";
    s.p->audience().on_notice = nullptr; // those that came along are still delivered
  };
  s.peer().replies = {notice_response("one") + begin_of_result() + notice_response("two") + end_of_result(),
                      notice_response("three") + result()};
  s.ask("query");
  CHECK(heard == "one two ");
  s.ask("query");
  CHECK(heard == "one two ");
  s.check_usable();
}

TEST_CASE("who hears a notice may close the connection, or use it") {
  stage s;
  s.p->session().keep_notices(true);
  SECTION("close") {
    s.p->audience().on_notice = [&](tusk::notice const&) {
      s.p->close(tusk::error(errc::connection_closed, "enough"));
    };
    s.peer().replies = {notice_response("one") + begin_of_result()};
    auto const e = s.failure("query");
    CHECK(std::string(e.what()) == "enough");
    s.check_closed();
  }
  SECTION("clean-up") {
    s.p->audience().on_notice = [&](tusk::notice const&) { s.p->submit_quietly(request("close", closing)); };
    s.peer().replies = {notice_response("one") + result(), close_complete() + ready() + result(1)};
    s.ask("query");
    CHECK(s.ask("next") == "T(a) D7 C(SELECT 1) ");
    CHECK(s.peer().got == "queryclosenext");
  }
}

TEST_CASE("goodbye is said where a conversation can end") {
  stage s;
  SECTION("idle") {
    s.p = {};
    CHECK(s.peer().got == bye);
  }
  SECTION("with clean-up that was not sent: it is not needed any more") {
    s.p->submit_quietly(request("close", closing));
    s.p = {};
    CHECK(s.peer().got == bye);
  }
  SECTION("not in the middle of something") {
    s.p->session().keep_notices(true);
    s.p->audience().on_notice = [&](tusk::notice const&) {
      s.p->close(tusk::error(errc::connection_closed, "enough"));
    };
    s.peer().replies = {notice_response("one")};
    s.failure("query");
    CHECK(s.peer().got == "query");
  }
  CHECK(s.peer().closed);
}

TEST_CASE("the memory of requests is used again, within bounds") {
  stage s;
  auto r = s.p->borrow();
  CHECK(r.bytes.capacity() == 0);
  r.bytes.append(std::string(1000, 'x'));
  auto const* const memory = r.bytes.data();
  s.p->give_back(std::move(r));
  r = s.p->borrow();
  CHECK(r.bytes.data() == memory);
  CHECK(r.bytes.empty());
  CHECK(s.p->borrow().bytes.capacity() == 0); // there is but one
  r.bytes.append("query");
  r.expected = query;
  s.peer().replies = {result()};
  s.ask(std::move(r)); // performing gives it back
  CHECK(s.p->borrow().bytes.data() == memory);
  SECTION("large ones are not kept") {
    tusk::protocol::request large;
    large.bytes.append(std::string(65 * 1024, 'x'));
    s.p->give_back(std::move(large));
    CHECK(s.p->borrow().bytes.capacity() == 0);
  }
  SECTION("nor are very many") {
    for (int i = 0; i < 300; ++i) s.p->give_back(request("x"));
    int kept = 0;
    while (s.p->borrow().bytes.capacity() != 0) ++kept;
    CHECK(kept == 256);
  }
}

TEST_CASE("a deadline: the statement is cancelled, once, and read to its end") {
  for (bool secure : {false, true}) {
    stage s(secure);
    auto const coded = [&](std::string const& plain) { return secure ? fake_tls::data(plain) : plain; };
    std::string order;
    s.on_cancel = [&](memory::peer& c) {
      c.talk = [&](memory::peer& me, std::string_view fresh) {
        if (secure && me.got.size() == 8 && !fresh.empty()) me.say("S");
        if (fresh == fake_tls::greeting) me.say(fake_tls::consent);
        auto const all = secure ? me.got.substr(8) : me.got;
        if ((secure ? fake_tls::decoded(all) : all) != (secure ? "[h]" : "") + cancel_request) return;
        // While it is under way nothing may be sent: it could hit that.
        s.p->submit_quietly(request("close", closing));
        order += "cancelled ";
        me.end();
      };
    };
    s.peer().talk = [&](memory::peer& me, std::string_view fresh) {
      if (s.net.peers.size() == 2 && s.net.peers[1].closed && order == "cancelled ") {
        order += "answered ";
        me.say(coded(cancelled_by_us()));
      } else if (order == "cancelled answered " && !fresh.empty()) {
        me.say(coded(close_complete() + ready() + result(1)));
      }
    };
    {
      mode::alarm const limit({&s.net}, s.p->transport().socket(), milliseconds(100));
      auto const e = s.failure("slow");
      CHECK(e.code() == errc::timeout);
      CHECK(!e.safe_to_retry());
    }
    CHECK(order == "cancelled answered ");
    CHECK(s.net.now == milliseconds(100));
    CHECK(s.net.peers.size() == 2);
    CHECK(s.net.peers[1].where == s.peer().where);
    CHECK((secure ? fake_tls::decoded(s.peer().got) : s.peer().got) == "slow");
    CHECK(s.ask("next") == "T(a) D7 C(SELECT 1) ");
    CHECK((secure ? fake_tls::decoded(s.peer().got) : s.peer().got) == "slowclosenext");
    CHECK(s.net.peers.size() == 2);
  }
}

TEST_CASE("a server that does not end a cancelled statement loses its connection after cancel_timeout") {
  stage s;
  SECTION("it has taken the request") {
    s.on_cancel = [](memory::peer& p) { p.end(); };
  }
  SECTION("it has not even done that") {}
  SECTION("it could not be reached") {
    s.on_cancel = [](memory::peer&) { tusk::net::throw_errno(ECONNREFUSED, "connect"); };
  }
  {
    mode::alarm const limit({&s.net}, s.p->transport().socket(), milliseconds(100));
    CHECK(s.failure("slow").code() == errc::timeout);
  }
  CHECK(s.net.now == milliseconds(600));
  CHECK(s.net.peers.size() >= 2); // asked again and again, where it answers
  CHECK(s.net.peers.size() < 10);
  CHECK(s.p->session().closed()->code() == errc::timeout);
  CHECK(std::string(s.check_closed().what()).find("within 500 ms (cancel_timeout)") != std::string::npos);
}

TEST_CASE("a deadline before anything was sent costs nothing") {
  stage s;
  s.peer().window = 0;
  {
    mode::alarm const limit({&s.net}, s.p->transport().socket(), milliseconds(100));
    CHECK(s.failure("never sent").code() == errc::timeout);
  }
  CHECK(s.net.peers.size() == 1);
  s.peer().window = memory::unlimited;
  s.check_usable();
}
