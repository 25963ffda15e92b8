// tusk tests: net/transport.cpp — a session's bytes on their way to a socket, through a filter or not.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/transport.hpp>

#include "support/fake_tls.hpp"
#include "support/memory_mode.hpp"
#include "support/script.hpp"

#include <cerrno>

using namespace messages;
using tusk::errc;
using tusk::protocol::step;
using tusk::protocol::steps;
using transport = tusk::net::transport<memory::memory_mode>;

namespace {

steps const query{step::parsed, step::bound, step::columns, step::rows};

/// A transport between a session that is logged in and a peer in memory.
struct joint {
  joint() : t(memory::memory_mode::executor{&net}) { t.socket().connect(tusk::net::address::unix_socket("@peer"), {}); }
  memory::peer& peer() { return net.peers.front(); }
  void begin_tls() { t.begin_tls(std::make_unique<fake_tls::filter>()); }
  /// Receives all that the peer has said.
  void receive() {
    while (!peer().inbox.empty()) t.received(t.socket().read_some(t.room(s.session), false).value, s.session);
  }
  memory::network net;
  script s;
  transport t;
};

std::string long_text(std::size_t n) {
  std::string text(n, '\0');
  for (std::size_t i = 0; i < n; ++i) text[i] = static_cast<char>('a' + i % 23 + i / 1000 % 3);
  return text;
}

} // namespace

TEST_CASE("plain bytes go out in order, in as many writes as it takes") {
  joint l;
  l.peer().most_write = 4;
  l.s.ask("0123456789", query);
  CHECK(l.t.write(l.s.session));
  CHECK(l.peer().got == "0123456789");
  CHECK(l.peer().writes == std::vector<std::size_t>{4, 4, 2});
  CHECK(l.t.write(l.s.session));
  CHECK(l.peer().writes.size() == 3); // nothing more to send is no write
  CHECK(l.t.flushed());
  CHECK(!l.t.secure());
}

TEST_CASE("a full buffer stops plain writing where it is, and nothing is sent twice") {
  joint l;
  l.peer().window = 4;
  l.s.ask("0123456789", query);
  int turns = 0;
  for (; !l.t.write(l.s.session); ++turns) l.t.socket().writable();
  CHECK(turns == 2);
  CHECK(l.peer().got == "0123456789");
}

TEST_CASE("what is put goes out by flush, ahead of anything later") {
  joint l;
  l.peer().window = 3;
  l.t.put(tusk::wire::as_bytes("hello"));
  CHECK(!l.t.flushed());
  CHECK(!l.t.flush());
  CHECK(l.peer().got == "hel");
  CHECK(!l.t.flushed());
  l.peer().act();
  CHECK(l.t.flush());
  CHECK(l.t.flushed());
  CHECK(l.peer().got == "hello");
  CHECK(l.t.flush());
}

TEST_CASE("through a filter bytes count as sent before they are, and flushed() knows") {
  joint l;
  l.begin_tls();
  CHECK(l.t.secure());
  l.peer().window = 7;
  l.s.ask("0123456789", query);
  CHECK(!l.t.write(l.s.session));
  CHECK(l.s.session.unsent().empty());
  CHECK(!l.t.flushed());
  l.s.ask("second", query);
  CHECK(!l.t.write(l.s.session)); // still no room: the second request stays with the session
  CHECK(l.s.session.unsent().size() == 6);
  while (!l.t.write(l.s.session)) l.t.socket().writable();
  CHECK(l.t.flushed());
  CHECK(fake_tls::decoded(l.peer().got) == "0123456789second");
}

TEST_CASE("large data is encrypted a chunk at a time") {
  auto const text = long_text(300'000);
  for (std::size_t window : {std::size_t{1000}, std::size_t{70'000}, memory::unlimited}) {
    joint l;
    l.begin_tls();
    l.peer().window = window;
    l.s.ask(text, query);
    while (!l.t.write(l.s.session)) {
      auto const left = l.s.session.unsent().size();
      CHECK((left == 0 || left % (64 * 1024) == text.size() % (64 * 1024)));
      l.t.socket().writable();
    }
    CHECK(fake_tls::decoded(l.peer().got) == text);
    auto bytes = l.peer().got;
    while (auto const r = fake_tls::take_record(bytes)) CHECK(r->second.size() <= 64 * 1024);
  }
}

TEST_CASE("all that was received reaches the session, however much that is and however it was cut") {
  auto replies = parse_complete() + bind_complete() + row_description({{"a", oid::text}});
  std::string wanted = "T(a) ";
  for (std::size_t n : {10u, 100'000u, 0u, 300'000u, 5u}) {
    replies += data_row({std::string(n, 'x')});
    wanted += "D" + std::to_string(n + 6) + " ";
  }
  replies += command_complete("SELECT 5") + ready();
  wanted += "C(SELECT 5) ";
  for (bool tls : {false, true})
    for (std::size_t piece : {std::size_t{999}, memory::unlimited}) {
      CAPTURE(tls, piece);
      joint l;
      if (tls) l.begin_tls();
      auto& a = l.s.ask("q", query);
      CHECK(l.t.write(l.s.session));
      l.peer().most_read = piece;
      l.peer().say(tls ? fake_tls::data(replies.substr(0, 7)) + fake_tls::data(replies.substr(7)) : replies);
      l.receive();
      CHECK(a.done);
      CHECK(a.failure().empty());
      CHECK(a.to.log == wanted);
    }
}

TEST_CASE("the end of the TLS stream closes the connection, after all that came before it") {
  joint l;
  l.begin_tls();
  auto& a = l.s.ask("q", query);
  l.t.write(l.s.session);
  l.peer().say(fake_tls::data(error_response("42601", "syntax error") + ready()) + fake_tls::record('c', ""));
  auto const e = memory::error_of([&] { l.receive(); });
  CHECK(e.code() == errc::connection_closed);
  CHECK(a.done);
  CHECK(a.code() == tusk::make_error_code(tusk::sqlstate::syntax_error));
}

TEST_CASE("a broken record is told") {
  joint l;
  l.begin_tls();
  l.peer().say(fake_tls::record('?', ""));
  CHECK(memory::error_of([&] { l.receive(); }).code() == errc::tls_failed);
}

TEST_CASE("what the filter owes the peer waits for the next write, and is not forgotten") {
  joint l;
  l.begin_tls();
  l.peer().say(fake_tls::record('k', "new keys") + fake_tls::data(notice_response("psst")));
  l.receive();
  CHECK(!l.t.flushed());
  CHECK(l.peer().got.empty());
  l.s.ask("q", query);
  CHECK(l.t.write(l.s.session));
  CHECK(fake_tls::decoded(l.peer().got) == "[k]q");
  CHECK(l.t.flushed());
}

TEST_CASE("goodbye is said once, and closes the socket") {
  auto const farewell = tusk::wire::as_bytes("bye");
  SECTION("plain") {
    joint l;
    l.t.close(farewell);
    l.t.close(farewell);
    CHECK(l.peer().got == "bye");
    CHECK(l.peer().closed);
    CHECK(!l.t.socket().is_open());
  }
  SECTION("with TLS, whose stream is ended too") {
    joint l;
    l.begin_tls();
    l.t.close(farewell);
    l.t.close(farewell);
    CHECK(fake_tls::decoded(l.peer().got) == "bye[c]");
    CHECK(l.peer().closed);
  }
  SECTION("nothing to say") {
    joint l;
    l.t.close({});
    CHECK(l.peer().got.empty());
    CHECK(l.peer().closed);
  }
  SECTION("to one who takes nothing any more: without waiting") {
    joint l;
    l.peer().window = 2;
    l.t.close(farewell);
    CHECK(l.peer().got == "by");
    CHECK(l.peer().closed);
  }
  SECTION("to one who has gone: without an error") {
    for (int number : {EPIPE, ECONNRESET, ETIMEDOUT}) {
      joint l;
      l.peer().fail_writes(number);
      l.t.close(farewell);
      CHECK(l.peer().closed);
    }
  }
}

TEST_CASE("errors of writing come through, and the rest is still there") {
  for (bool tls : {false, true}) {
    joint l;
    if (tls) l.begin_tls();
    l.peer().fail_writes(EPIPE, 3);
    l.s.ask("0123456789", query);
    auto const e = memory::error_of([&] { l.t.write(l.s.session); });
    CHECK(e.code() == std::errc::broken_pipe);
    CHECK(tusk::net::hung_up(e.code()));
    CHECK(l.peer().got.size() == 3);
    CHECK(l.s.session.unsent().empty() == tls);
    CHECK(l.t.flushed() == !tls);
  }
}

TEST_CASE("what ended a connection is told in the same words in every mode") {
  using tusk::error;
  auto const words = [](std::system_error const& e) {
    return std::string(tusk::net::lost<memory::memory_mode>(e).what());
  };
  error const reset(std::make_error_code(std::errc::connection_reset), "the connection was lost: reset");
  CHECK(words(error(std::error_code(ECONNRESET, std::system_category()), "the connection was lost: reset")) ==
        "the connection was lost: reset");
  CHECK(tusk::net::lost<memory::memory_mode>(error(std::error_code(EPIPE, std::system_category()), "x")).code() ==
        errc::connection_closed);
  // Ours are as they are.
  auto const violation = tusk::net::lost<memory::memory_mode>(error(errc::protocol_violation, "nonsense"));
  CHECK(violation.code() == errc::protocol_violation);
  CHECK(std::string(violation.what()) == "nonsense");
  // Others, such as Asio's.
  CHECK(words(std::system_error(ECONNRESET, std::generic_category(), "read")) ==
        "the connection was lost: Connection reset by peer");
}
