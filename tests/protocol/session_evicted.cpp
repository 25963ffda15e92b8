// tusk: tests/protocol/session_evicted.cpp — statements that the cache lets go, and that the server has closed itself.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/outcomes.hpp"

using namespace statements;

namespace {

/// `of` is prepared and run, behind the Close of what it has driven out.
void run_once_behind_close(script& s, statement const& of, std::string const& closed) {
  s.ask(request_of(of));
  s.sent(close(closed) + sync_message() + first_run(of->name(), of->sql()));
  s.reply(close_complete() + ready() + described() + ran() + ready());
}
/// The server reports that a command with this tag has run.
void discard(script& s, std::string const& tag) {
  s.ask(simple_query(tag), steps{step::simple});
  s.sent(simple_query(tag));
  s.reply(command_complete(tag) + ready());
}

} // namespace

TEST_CASE("what the cache has let go is closed ahead of the next request, and nobody is told") {
  play(
      [](script& s) {
        auto const a = kept(s, "select 'a'");
        run_once(s, a);
        auto const b = kept(s, "select 'b'");
        auto const closed_name = std::string(a->name());
        auto const r = request_of(b);
        auto& first = s.ask(r);
        CHECK(!a->on_server());
        s.sent(close(closed_name) + sync_message() + first_run(b->name(), b->sql()));
        s.reply(close_complete() + ready());
        CHECK(!first.done);
        s.reply(described() + ran() + ready());
        CHECK(first.to.log == "t0 T(a) " + row_log);
        check_runs(s, b);
        CHECK(s.session.idle());
      },
      1);
}

TEST_CASE("a Close that fails is nobody's error") {
  play(
      [](script& s) {
        run_once(s, kept(s, "select 'a'"));
        auto const b = kept(s, "select 'b'");
        auto& first = s.ask(request_of(b));
        s.sent("");
        s.reply(error_response("08P01", "no") + ready());
        s.reply(described() + ran() + ready());
        CHECK(first.failure().empty());
        CHECK(first.to.log == "t0 T(a) " + row_log);
      },
      1);
}

TEST_CASE("what was let go before it was ever sent needs no Close") {
  play(
      [](script& s) {
        kept(s, "select 'a'");
        run_once(s, kept(s, "select 'b'"));
      },
      1);
}

TEST_CASE("many statements are let go at once") {
  play(
      [](script& s) {
        std::vector<statement> all;
        for (int i = 0; i < 40; ++i) {
          all.push_back(kept(s, "select " + std::to_string(i)));
          s.ask(request_of(all.back()));
        }
        s.sent("");
        for (int i = 0; i < 40; ++i) s.reply(described() + ran() + ready());
        for (int i = 0; i < 40; ++i) kept(s, "select 'other'" + std::to_string(i));
        auto& last = s.ask("last", steps{step::closed});
        auto const bytes = s.unsent();
        std::string replies;
        std::size_t closes = 0;
        for (std::size_t at = 0; !bytes.substr(at).starts_with("last");) {
          REQUIRE(at + 5 < bytes.size());
          auto const length =
              tusk::wire::load<std::uint32_t>(reinterpret_cast<std::byte const*>(bytes.data()) + at + 1);
          if (bytes[at] == 'C') ++closes;
          replies += bytes[at] == 'C' ? close_complete() : ready();
          at += 1 + length;
        }
        CHECK(closes == 40);
        for (auto const& st : all) CHECK(bytes.find(close(st->name())) != bytes.npos);
        s.sent("");
        s.reply(replies);
        CHECK(!last.done);
        s.reply(close_complete() + ready());
        CHECK(last.failure().empty());
        CHECK(s.session.idle());
      },
      40);
}

TEST_CASE("a request that was made before its statement was let go is still run, and leaves nothing on the server") {
  play(
      [](script& s) {
        auto const a = kept(s, "select 'a'");
        run_once(s, a);
        auto const late = request_of(a);
        auto const b = kept(s, "select 'b'");
        run_once_behind_close(s, b, std::string(a->name()));
        auto& c = s.ask(late);
        s.sent(run_anew(a->name(), "select 'a'"));
        s.reply(described_anew() + ran() + ready());
        CHECK(c.to.log == "t0 T(a) " + row_log);
        s.ask(request_of(b));
        s.sent(close(a->name()) + sync_message() + run(b->name()));
        s.reply(close_complete() + ready() + ran() + ready());
        CHECK(s.session.idle());
      },
      1);
}

TEST_CASE("when the server has closed all statements they are prepared again") {
  for (std::string const tag : {"DISCARD ALL", "DEALLOCATE ALL"})
    play(
        [&](script& s) {
          auto const a = kept(s, "select 'a'");
          auto const b = kept(s, "select 'b'");
          run_once(s, a);
          run_once(s, b);
          discard(s, tag);
          check_prepared_anew(s, a);
          check_runs(s, a);
          check_prepared_anew(s, b);
        },
        10);
}

TEST_CASE("by whatever way they are closed, and by whomever") {
  play(
      [](script& s) {
        auto const a = kept(s, "select 'a'");
        run_once(s, a);
        auto const b = kept(s, "deallocate all");
        s.ask(request_of(b));
        s.sent("");
        s.reply(parse_complete() + parameter_description({}) + no_data());
        s.reply(bind_complete() + command_complete("DEALLOCATE ALL") + ready());
        check_prepared_anew(s, a);
        s.ask("script", steps{step::simple});
        s.sent("script");
        s.reply(command_complete("SET") + command_complete("DEALLOCATE ALL") + command_complete("SET") + ready());
        check_prepared_anew(s, a);
        auto& nobody = s.ask("nobody", steps{step::simple});
        s.sent("nobody");
        s.abandon(nobody);
        s.reply(command_complete("DEALLOCATE ALL"));
        s.reply(cancelled + ready());
        check_prepared_anew(s, a);
      },
      10);
}

TEST_CASE("other commands close none") {
  for (std::string const tag :
       {"DISCARD PLANS", "DISCARD SEQUENCES", "DISCARD TEMP", "DEALLOCATE", "DELETE 1", "DO", ""})
    play(
        [&](script& s) {
          auto const a = kept(s, "select 'a'");
          run_once(s, a);
          discard(s, tag);
          check_runs(s, a);
        },
        10);
}

TEST_CASE("statements outside of the cache are prepared again, too, when the server has closed them all") {
  play([](script& s) {
    auto const st = prepare(s, "select 1");
    run_once(s, st);
    s.ask("discard", steps{step::simple});
    s.sent("");
    s.reply(command_complete("DISCARD ALL") + ready('I'));
    s.ask("begin", steps{step::simple});
    s.sent("");
    s.reply(command_complete("BEGIN") + ready('T'));
    s.ask(request_of(st)); // in a transaction it could not be repeated
    s.sent(run_anew(st->name(), st->sql()));
    s.reply(described_anew() + ran() + ready('T'));
  });
}

TEST_CASE("what is prepared behind DISCARD ALL is not closed by it") {
  play(
      [](script& s) {
        auto const st = kept(s, "select 1");
        s.ask("discard", steps{step::simple});
        auto& a = s.ask(request_of(st));
        auto& b = s.ask(request_of(st));
        s.sent("discard" + first_run(st->name(), st->sql()) + early_run(st->name()));
        s.reply(command_complete("DISCARD ALL") + ready());
        auto& c = s.ask(request_of(st));
        s.sent(early_run(st->name()));
        s.reply(described() + ran() + ready());
        CHECK(a.to.log == "t0 T(a) " + row_log);
        check_runs_early(s, b);
        check_runs_early(s, c);
      },
      10);
}
