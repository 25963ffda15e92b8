// tusk tests: protocol/exchange.cpp — which replies are legal, and where.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/script.hpp"

using namespace messages;
using tusk::errc;
using tusk::protocol::step;
using tusk::protocol::steps;

namespace {
steps const query{step::parsed, step::bound, step::columns, step::rows};
steps const simple{step::simple};
std::string const head = parse_complete() + bind_complete() + row_description({{"a", oid::int4}});
std::string const one = data_row({number(std::uint32_t{1})});
} // namespace

TEST_CASE("an error may come at every point of a reply, even behind CommandComplete") {
  auto const parts = {parse_complete(), bind_complete(), row_description({{"a", oid::int4}}), one,
                      command_complete("SELECT 1")};
  for (std::size_t before = 0; before <= parts.size(); ++before)
    play([&](script& s) {
      auto& a = s.ask("q", query);
      s.sent("q");
      for (std::size_t i = 0; i < before; ++i) s.reply(parts.begin()[i]);
      s.reply(error_response("23505", "duplicate"));
      s.reply(ready('E'));
      CHECK(a.done);
      CHECK(a.code() == tusk::make_error_code(tusk::sqlstate::unique_violation));
      CHECK(s.session.status() == 'E');
      CHECK(s.session.idle());
    });
}

TEST_CASE("what a sink throws is its exchange's error, and the replies are read to their end") {
  play([](script& s) {
    auto& a = s.ask("1", query);
    a.to.throw_in_row = true;
    auto& b = s.ask("2", query);
    s.sent("12");
    s.reply(head + one + one);
    s.reply(command_complete("SELECT 2") + ready() + head + one + command_complete("SELECT 1") + ready());
    CHECK(a.failure() == "the sink's own trouble");
    CHECK(a.to.log == "T(a) D10 ");
    CHECK(b.failure().empty());
    CHECK(b.to.log == "T(a) D10 C(SELECT 1) ");
  });
}

TEST_CASE("the simple protocol has any number of results") {
  play([](script& s) {
    auto& a = s.ask("script", simple);
    s.sent("script");
    s.reply(command_complete("CREATE TABLE"));
    s.reply(row_description({{"a", oid::int4, 0}}) + data_row({"1"}) + command_complete("SELECT 1"));
    s.reply(empty_query());
    s.reply(ready('T'));
    CHECK(a.to.log == "C(CREATE TABLE) T(a) D7 C(SELECT 1) C() ");
    CHECK(s.session.status() == 'T');
  });
}

TEST_CASE("a statement is described without running") {
  play([](script& s) {
    auto& a = s.ask("prepare", steps{step::parsed, step::parameters, step::columns});
    auto& b = s.ask("prepare", steps{step::parsed, step::parameters, step::columns});
    auto& c = s.ask("close", steps{step::closed});
    s.sent("");
    s.reply(parse_complete() + parameter_description({oid::int4, oid::text}) + row_description({{"x", oid::text}}) +
            ready());
    s.reply(parse_complete() + parameter_description({}) + no_data() + ready());
    s.reply(close_complete() + ready());
    CHECK(a.to.log == "t2 T(x) ");
    CHECK(b.to.log == "t0 T ");
    CHECK(c.done);
  });
}

TEST_CASE("COPY through a query is refused, and the session stays usable") {
  play([](script& s) {
    auto& in = s.ask("copy in", steps{step::parsed, step::bound, step::rows});
    s.sent("copy in");
    s.reply(parse_complete() + bind_complete() + copy_in());
    // The server ignores the Sync that it got while copying, so another one follows the CopyFail.
    CHECK(s.unsent().substr(0, 1) == "f");
    CHECK(s.unsent().substr(s.session.unsent().size() - 5) == std::string("S\0\0\0\4", 5));
    s.sent("");
    s.reply(error_response("57014", "COPY from stdin failed") + ready());
    CHECK(in.code() == tusk::make_error_code(errc::wrong_verb));
    auto& out = s.ask("copy out", simple);
    s.sent("copy out");
    s.reply(copy_out() + copy_data("1\n"));
    s.reply(copy_data("2\n") + copy_done() + command_complete("COPY 2") + ready());
    CHECK(out.code() == tusk::make_error_code(errc::wrong_verb));
    auto& simple_in = s.ask("copy in", simple);
    s.sent("copy in");
    s.reply(copy_in());
    CHECK(s.unsent().find('S') == std::string_view::npos);
    s.sent("");
    s.reply(error_response("57014", "COPY from stdin failed") + ready());
    CHECK(simple_in.code() == tusk::make_error_code(errc::wrong_verb));
    CHECK(s.session.idle());
  });
}

TEST_CASE("of two errors, as a server reports that cannot undo what failed, the first counts") {
  play([](script& s) {
    for (auto const& asked : {query, simple}) {
      auto& a = s.ask("q", asked);
      s.sent("q");
      s.reply(error_response("22012", "division by zero") + error_response("26000", "and the cleaning up failed"));
      s.reply(ready());
      CHECK(a.code() == tusk::make_error_code(tusk::sqlstate::from("22012")));
      CHECK(!a.not_run);
    }
    CHECK(s.session.idle());
  });
}

TEST_CASE("COPY data where no COPY is under way are dropped, and CommandComplete ends one without CopyDone") {
  play([](script& s) {
    auto& stray = s.ask("q", simple);
    s.sent("q");
    s.reply(copy_data("x") + copy_done() + row_description({{"a", oid::int4}}) + one + copy_data("y") +
            command_complete("SELECT 1") + ready());
    CHECK(stray.to.log == "T(a) D10 C(SELECT 1) ");
    auto& out = s.ask("copy out", simple);
    s.sent("copy out");
    s.reply(copy_out() + copy_data("1\n") + command_complete("COPY 1") + ready());
    CHECK(out.code() == tusk::make_error_code(errc::wrong_verb));
    CHECK(s.session.idle());
  });
}

TEST_CASE("messages that do not belong where they come close the session") {
  struct hostile {
    char const* what;
    steps asked;
    std::string before;
    std::string bad;
  };
  std::vector<hostile> const all{
      {"rows before the description", query, parse_complete() + bind_complete(), one},
      {"rows before ParseComplete", query, "", one},
      {"ParseComplete twice", query, parse_complete(), parse_complete()},
      {"BindComplete first", query, "", bind_complete()},
      {"CommandComplete without rows' description", query, parse_complete() + bind_complete(), command_complete("X")},
      {"CommandComplete twice", query, head + command_complete("X"), command_complete("X")},
      {"ReadyForQuery too early", query, head, ready()},
      {"a row behind CommandComplete", query, head + command_complete("X"), one},
      {"a row behind an error", query, head + error_response("XX000", "x"), one},
      {"PortalSuspended unasked", query, head, portal_suspended()},
      {"CopyData before there is a result", query, "", copy_data("x")},
      {"CopyData behind an error", query, error_response("XX000", "x"), copy_data("x")},
      {"EmptyQueryResponse within COPY", simple, copy_out(), message('I', "")},
      {"a row without a description", simple, "", one},
      {"two descriptions", simple, row_description({{"a", oid::int4}}), row_description({{"a", oid::int4}})},
      {"nothing but ReadyForQuery", simple, "", ready()},
      {"ReadyForQuery within rows", simple, row_description({{"a", oid::int4}}), ready()},
      {"authentication after login", query, "", authentication_ok()},
      {"a key after login", query, "", backend_key(1, 2)},
      {"an unknown type", query, "", message('?', "")},
      {"a status that is none", query, head + command_complete("X"), ready('Q')},
      {"a copy-both response", query, head, message('W', std::string(3, '\0'))},
      {"a function's result", query, "", message('V', number(std::int32_t{-1}))},
      {"bytes behind an empty message", query, "", message('1', "x")},
      {"a description that announces too much", query, parse_complete() + bind_complete(),
       message('T', number(std::uint16_t{9}))},
      {"an error without an end", query, "", message('E', "Mtext")},
      {"an error cut within a field", query, "", message('E', zero_terminated("Mtext"))},
  };
  for (auto const& h : all)
    play_uncut([&](script& s) {
      CAPTURE(h.what);
      auto& a = s.ask("q", h.asked);
      s.sent("q");
      s.reply_refused(a, h.before, h.bad);
    });
}
