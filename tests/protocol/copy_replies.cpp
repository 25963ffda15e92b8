// tusk: tests/protocol/copy_replies.cpp — COPY with data: the replies of a server, and what it is fed.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/script.hpp"
#include "support/statements.hpp"

#include <tusk/protocol/copy_replies.hpp>

#include <string>

using namespace messages;
using tusk::errc;
using tusk::protocol::request;
using tusk::protocol::step;
using tusk::protocol::steps;
using tusk::protocol::want;

namespace {

/// CopyInResponse, CopyOutResponse, CopyBothResponse of two columns.
std::string response(char type, int format = 1) {
  std::string const f{'\0', static_cast<char>(format)};
  return message(type, std::string{static_cast<char>(format), '\0', '\2'} + f + f);
}
std::string data(std::string const& bytes) { return copy_data(bytes); }
std::string done() { return copy_done(); }
std::string const gave_up = message('f', std::string("the COPY was given up") + '\0');

tusk::wire::byte_view bytes(std::string const& s) { return tusk::wire::as_bytes(s); }

request copy(step kind) {
  request r;
  r.bytes.append(std::string_view("copy"));
  r.expected = steps{kind};
  r.feeds = kind != step::copied_out;
  r.stepwise = kind != step::copied_in;
  return r;
}

/// Told what a COPY says.
struct copy_recorder : recorder {
  void on_copy(tusk::wire::copy_response const& r) override {
    log += "B" + std::to_string(r.format) + "/" + std::to_string(r.columns) + " ";
  }
  void on_copy_data(std::byte const* begin, std::byte const* end) override {
    log += "d(" + std::string(tusk::wire::as_text({begin, end})) + ") ";
    if (throw_in_row) throw std::runtime_error("the sink's own trouble");
  }
  void on_copy_done() override { log += "c "; }
};

void check_usable(script& s) {
  auto& a = s.ask("next", steps{step::simple});
  s.sent("next");
  s.reply(command_complete("NEXT") + ready());
  CHECK(a.to.log == "C(NEXT) ");
}
/// It reads on until it need not.
void go_on(script& s) {
  while (s.session.paused()) s.session.received(0);
}

} // namespace

TEST_CASE("copy_replies: data are fed between the response and the tag") {
  play([](script& s) {
    copy_recorder to;
    auto& a = s.ask(copy(step::copied_in), to);
    s.sent("copy");
    s.reply(response('G'));
    CHECK(to.log == "B1/2 ");
    CHECK(s.session.next() == want::read);
    REQUIRE(s.session.feed(a.number, bytes("one"), false));
    s.sent("one");
    REQUIRE(s.session.feed(a.number, bytes("two"), false));
    REQUIRE(s.session.feed(a.number, bytes("end"), true));
    CHECK(!s.session.feed(a.number, bytes("more"), false));
    s.sent("twoend");
    s.reply(command_complete("COPY 2"));
    s.reply(ready());
    CHECK(a.done);
    CHECK(a.failure().empty());
    CHECK(to.log == "B1/2 C(COPY 2) ");
    check_usable(s);
  });
}

TEST_CASE("copy_replies: what is asked for behind a COPY waits for the end of its data") {
  play([](script& s) {
    copy_recorder to;
    auto& before = s.ask("before", steps{step::simple});
    auto& a = s.ask(copy(step::copied_in), to);
    s.ask_quietly("close", steps{step::closed});
    CHECK(s.unsent() == "beforecopy");
    s.session.sent(8);
    REQUIRE(s.session.feed(a.number, bytes("one"), false));
    CHECK(s.unsent() == "pyone");
    s.sent("pyone");
    s.reply(command_complete("BEFORE") + ready());
    CHECK(before.done);
    s.reply(response('G'));
    CHECK(s.session.next() == want::read);
    REQUIRE(s.session.feed(a.number, bytes("end"), true));
    s.sent("endclose");
    s.reply(command_complete("COPY 1") + ready() + close_complete() + ready());
    CHECK(a.done);
    check_usable(s);
  });
}

TEST_CASE(
    "copy_replies: an error at any time ends the feeding, and what was sent behind it is the server's to ignore") {
  for (bool begun : {false, true})
    play([&](script& s) {
      copy_recorder to;
      auto& a = s.ask(copy(step::copied_in), to);
      s.sent("copy");
      if (begun) {
        s.reply(response('G'));
        REQUIRE(s.session.feed(a.number, bytes("one"), false));
        s.session.sent(1);
      }
      s.reply(error_response("22P02", "bad data"));
      REQUIRE(s.session.feed(a.number, bytes("two"), false)); // it may not have been noticed
      s.reply(ready());
      CHECK(a.done);
      CHECK_THAT(a.failure(), ContainsSubstring("bad data"));
      CHECK(!s.session.feed(a.number, bytes("end"), true));
      auto& b = s.ask("next", steps{step::simple});
      s.sent(begun ? "netwonext" : "twonext");
      s.reply(command_complete("NEXT") + ready());
      CHECK(b.done);
      check_usable(s);
    });
}

TEST_CASE("copy_replies: one that is given up ends with CopyFail, and what it was to insert is nobody's") {
  for (bool begun : {false, true})
    for (bool by_token : {false, true})
      play([&](script& s) {
        CAPTURE(begun, by_token);
        copy_recorder to;
        auto& a = s.ask(copy(step::copied_in), to);
        s.sent("copy");
        if (begun) s.reply(response('G'));
        REQUIRE(s.session.feed(a.number, bytes("one"), false));
        if (by_token)
          s.interrupt();
        else
          s.abandon(a);
        s.sent("one" + gave_up);
        CHECK(s.session.next() == want::cancel);
        s.session.cancelling();
        CHECK(s.session.next() == want::read);
        if (!begun) s.reply(response('G'));
        s.reply(error_response("57014", "COPY from stdin failed: the COPY was given up") + ready());
        CHECK(a.done == by_token);
        CHECK(s.session.idle());
        check_usable(s);
      });
}

TEST_CASE("copy_replies: one of which nothing was sent is withdrawn whole") {
  play([](script& s) {
    auto& a = s.ask(copy(step::copied_in));
    REQUIRE(s.session.feed(a.number, bytes("one"), false));
    s.abandon(a);
    auto& b = s.ask("next", steps{step::simple});
    s.sent("next");
    s.reply(command_complete("NEXT") + ready());
    CHECK(b.done);
  });
}

TEST_CASE("copy_replies: data of the server, one message at a time") {
  play([](script& s) {
    copy_recorder to;
    auto& a = s.ask(copy(step::copied_out), to);
    s.sent("copy");
    s.reply(response('H'));
    s.reply(data("one") + data(""));
    CHECK(to.log.starts_with("B1/2 d(one) "));
    go_on(s);
    s.reply(data("three") + done());
    go_on(s);
    CHECK(to.log == "B1/2 d(one) d() d(three) c ");
    s.reply(command_complete("COPY 3") + ready());
    CHECK(a.done);
    CHECK(a.failure().empty());
    check_usable(s);
  });
}

TEST_CASE("copy_replies: what a sink throws ends the data, and is the error") {
  play([](script& s) {
    copy_recorder to;
    to.throw_in_row = true;
    auto& a = s.ask(copy(step::copied_out), to);
    s.sent("copy");
    s.reply(response('H') + data("one"));
    CHECK(s.session.next() == want::cancel);
    s.session.cancelling();
    s.reply(data("two") + error_response("57014", "canceling statement") + ready());
    CHECK(a.failure() == "the sink's own trouble");
    CHECK(to.log == "B1/2 d(one) ");
    check_usable(s);
  });
}

TEST_CASE("copy_replies: another statement than a COPY of that direction is told, and read over") {
  auto const other = [](step kind, std::string const& replies, std::string const& refusal = {}) {
    CAPTURE(static_cast<int>(kind), replies);
    play([&](script& s) {
      copy_recorder to;
      auto& a = s.ask(copy(kind), to);
      s.sent("copy");
      s.reply(replies);
      if (!refusal.empty()) {
        s.sent(refusal);
        s.reply(error_response("57014", "COPY from stdin failed"));
      }
      s.reply(ready());
      CHECK(a.done);
      CHECK(a.code() == make_error_code(errc::wrong_verb));
      CHECK(to.log.find("d(") == to.log.npos);
      check_usable(s);
    });
  };
  auto const row = row_description({{"a", tusk::wire::oid::int4, 0}}) + data_row({"1"}) + command_complete("SELECT 1");
  for (auto kind : {step::copied_in, step::copied_out, step::copied_both}) {
    other(kind, command_complete("SET"));
    other(kind, empty_query());
    other(kind, row);
    other(kind, row + command_complete("SET"));
  }
  other(step::copied_in, response('H') + data("x") + done() + command_complete("COPY 1"));
  auto const no_data = message('f', std::string("this verb has no data for COPY") + '\0');
  other(step::copied_out, response('G'), no_data);
}

TEST_CASE("copy_replies: a COPY is to be the only statement") {
  play([](script& s) {
    copy_recorder to;
    auto& a = s.ask(copy(step::copied_in), to);
    s.sent("copy");
    s.reply(response('G'));
    REQUIRE(s.session.feed(a.number, bytes("end"), true));
    s.sent("end");
    s.reply(command_complete("COPY 0") + command_complete("DELETE 5") + ready());
    CHECK(a.code() == make_error_code(errc::wrong_verb));
    check_usable(s);
  });
}

TEST_CASE("copy_replies: replication goes in both directions, and ends from either side") {
  play([](script& s) {
    copy_recorder to;
    auto& a = s.ask(copy(step::copied_both), to);
    s.sent("copy");
    s.reply(response('W', 0) + data("w1"));
    go_on(s);
    REQUIRE(s.session.feed(a.number, bytes("status"), false));
    s.sent("status");
    s.reply(data("w2"));
    go_on(s);
    REQUIRE(s.session.feed(a.number, bytes("done"), true));
    s.sent("done");
    s.reply(data("w3") + done());
    go_on(s);
    s.reply(command_complete("COPY 0") + command_complete("START_REPLICATION") + ready());
    CHECK(a.failure().empty());
    CHECK(to.log == "B0/2 d(w1) d(w2) d(w3) c C(COPY 0) C(START_REPLICATION) ");
    check_usable(s);
  });
}

TEST_CASE("copy_replies: one that is given up ends replication with CopyDone") {
  play([](script& s) {
    auto& a = s.ask(copy(step::copied_both));
    s.sent("copy");
    s.reply(response('W', 0));
    s.abandon(a);
    s.sent(done());
    s.reply(data("w1") + done() + command_complete("COPY 0") + ready());
    check_usable(s);
  });
}

TEST_CASE("copy_replies: what does not belong to a COPY closes the connection") {
  auto const refused = [](step kind, std::string const& before, std::string const& bad) {
    CAPTURE(static_cast<int>(kind), before, bad);
    script s;
    copy_recorder to;
    auto& a = s.ask(copy(kind), to);
    s.sent("copy");
    s.reply(before);
    go_on(s);
    try {
      s.reply_refused(bad);
    } catch (tusk::error const&) {
      FAIL("");
    }
    CHECK(a.done);
    CHECK(!a.failure().empty());
    s.check_closed();
  };
  auto const in = response('G'), out = response('H'), both = response('W', 0);
  auto const row = data_row({"1"});
  for (auto const& bad : {in, out, data("x"), done(), command_complete("COPY 0"), row, ready(), parse_complete(),
                          row_description({{"a", tusk::wire::oid::int4, 0}})})
    refused(step::copied_in, in, bad);
  for (auto const& bad : {in, out, both, row, ready(), parse_complete()}) refused(step::copied_out, out, bad);
  for (auto const& bad : {data("x"), done(), out, row, ready()}) refused(step::copied_out, out + done(), bad);
  for (auto const& bad : {in, both, row, ready()}) refused(step::copied_both, both, bad);
  for (auto kind : {step::copied_in, step::copied_out, step::copied_both}) {
    auto const type = kind == step::copied_in ? 'G' : kind == step::copied_out ? 'H' : 'W';
    for (auto const& bad :
         {message(type, ""), message(type, std::string(2, '\0')), message(type, std::string{'\2', '\0', '\0'}),
          message(type, std::string{'\0', '\0', '\1', '\0', '\1'}),
          message(type, std::string{'\1', '\0', '\2', '\0', '\1'}), message(type, std::string{'\1', '\0', '\0', '\0'}),
          message(type, std::string{'\1', '\xff', '\xff', '\0', '\1'}), ready(), row, parse_complete()})
      refused(kind, "", bad);
    refused(kind, kind == step::copied_in ? in : kind == step::copied_out ? out : both, message('c', "x"));
  }
}
