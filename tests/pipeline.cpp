// tusk: tests/pipeline.cpp — several commands in one request, and what their collectors make of the replies.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/pipeline.hpp>

#include "support/rows.hpp"
#include "support/statements.hpp"

#include <tusk/types/all.hpp>

#include <array>
#include <new>
#include <string>
#include <tuple>
#include <vector>

using namespace statements;
using namespace std::string_literals;
using support::outcome_of;
using support::row_bytes;
using tusk::errc;
using tusk::known_columns;
using tusk::pipeline_writer;

namespace {

int const owner = 0; // what stands for a connection here
std::string text(request const& r) { return std::string(tusk::wire::as_text(r.bytes.view())); }
std::vector<tusk::column> const number_column{support::column("n", oid::int4)};
known_columns known_number() { return known_columns(new tusk::protocol::description({}, number_column)); }

void give(tusk::protocol::sink& to, int n) {
  auto const exact = row_bytes::of(n).exact();
  to.on_row(exact.begin(), exact.end());
}
std::exception_ptr division() {
  return std::make_exception_ptr(
      tusk::error(tusk::make_error_code(tusk::sqlstate::division_by_zero), "division by zero"));
}
/// The parts of a request of `n` commands, none of which has a sink yet.
request parts(std::size_t n) {
  request r;
  r.parts.resize(n);
  return r;
}
/// Parse, Bind, Describe and Execute of what is not kept prepared.
std::string unkept(std::string_view sql) {
  return parse("", sql) + run_unsynced("").substr(0, run_unsynced("").find('E')) +
         message('D', "P" + zero_terminated("")) + run_unsynced("").substr(run_unsynced("").find('E'));
}

} // namespace

TEST_CASE("pipeline: commands are put one behind the other, and one Sync at the end") {
  script s(script::way::whole, -1, 10);
  request r;
  pipeline_writer w(r, s.session, &owner, false);
  CHECK(!w.add(tusk::execute("select 1")));
  auto const first = r.bytes.size();
  CHECK(!w.add(tusk::execute("select 2")));
  auto const second = r.bytes.size();
  w.end();
  auto const a = kept(s, "select 1");
  auto const b = kept(s, "select 2");
  CHECK(text(r) == run_unsynced(a->name()) + run_unsynced(b->name()) + sync_message());
  CHECK(!r.apart);
  REQUIRE(r.parts.size() == 2);
  CHECK(r.parts[0].subject.get() == a.get());
  CHECK(r.parts[1].subject.get() == b.get());
  CHECK(r.parts[0].end == first);
  CHECK(r.parts[1].end == second);
  CHECK(r.parts[0].generation == a->generation());
  CHECK(!r.parts[0].described);
}

TEST_CASE("pipeline: commands that stand apart have a Sync each") {
  script s(script::way::whole, -1, 10);
  request r;
  pipeline_writer w(r, s.session, &owner, true);
  w.add(tusk::execute("select 1"));
  w.add(tusk::execute("select 2"));
  w.end();
  CHECK(r.apart);
  CHECK(text(r) == run(kept(s, "select 1")->name()) + run(kept(s, "select 2")->name()));
  REQUIRE(r.parts.size() == 2);
  CHECK(r.parts[0].end == run(kept(s, "select 1")->name()).size());
  CHECK(r.parts[1].end == r.bytes.size());
}

TEST_CASE("pipeline: what is not kept prepared is parsed and described without a name") {
  script s;
  request r;
  pipeline_writer w(r, s.session, &owner, false);
  CHECK(!w.add(tusk::execute("select 1")));
  w.end();
  CHECK(text(r) == unkept("select 1") + sync_message());
  REQUIRE(r.parts.size() == 1);
  CHECK(!r.parts[0].subject);
}

TEST_CASE("pipeline: what is known of a statement is known of its command") {
  script s(script::way::whole, -1, 10);
  auto const st = kept(s, "select 1");
  auto const d = known_number();
  st->describe(d);
  request r;
  pipeline_writer w(r, s.session, &owner, false);
  CHECK(w.add(tusk::execute("select 1")).get() == d.get());
  CHECK(r.parts.at(0).described);
}

TEST_CASE("pipeline: a command that is refused is named, and those of another connection are refused") {
  script s(script::way::whole, -1, 10);
  request r;
  pipeline_writer w(r, s.session, &owner, false);
  w.add(tusk::execute("select 1"));
  auto const bad = outcome_of([&] { w.add(tusk::execute("select $1::text", "a\0b"s)); });
  CHECK(bad.code == errc::invalid_parameter);
  CHECK_THAT(bad.text, ContainsSubstring("query 2 of the pipeline: parameter $1"));
  auto const zero = outcome_of([&] { w.add(tusk::execute("select\0 1"s)); });
  CHECK(zero.code == errc::invalid_parameter);
  CHECK_THAT(zero.text, ContainsSubstring("query 2 of the pipeline: "));
  auto foreign = tusk::execute("");
  foreign.of = &s;
  foreign.prepared = prepare(s, "select 1");
  auto const other = outcome_of([&] { w.add(foreign); });
  CHECK(other.code == errc::statement_closed);
  CHECK_THAT(other.text, ContainsSubstring("query 2 of the pipeline: "));
  foreign.of = &owner;
  w.add(foreign);
  CHECK(r.parts.size() == 2);
  CHECK(r.parts[1].subject.get() == foreign.prepared.get());
}

TEST_CASE("pipeline: a command can be sent many times") {
  script s(script::way::whole, -1, 10);
  auto const c = tusk::query<int>("select 1");
  std::string first;
  for (int i = 0; i < 3; ++i) {
    request r;
    pipeline_writer w(r, s.session, &owner, false);
    w.add(c);
    w.add(c);
    w.end();
    if (i == 0) first = text(r);
    CHECK(text(r) == first);
  }
}

TEST_CASE("pipeline: a whole conversation, with statements that are known and some that are not") {
  play(
      [](script& s) {
        run_once(s, kept(s, "select 'known'"));
        using collectors = tusk::tuple_pipeline<tusk::every_row<int>, tusk::one_row<int>, tusk::no_rows_wanted>;
        request r;
        pipeline_writer w(r, s.session, &owner, false);
        std::array<known_columns, 3> known;
        known[0] = w.add(tusk::query<int>("select 'known'"));
        known[1] = w.add(tusk::query_one<int>("select 'new'"));
        known[2] = w.add(tusk::execute("select 'new'"));
        w.end();
        CHECK(known[0]);
        CHECK(!known[1]);
        collectors c(std::move(known));
        CHECK(c.attach(r) == nullptr);
        auto& a = s.ask(r);
        auto const fresh = kept(s, "select 'new'");
        s.sent(run_unsynced(kept(s, "select 'known'")->name()) + preparation(fresh->name(), "select 'new'") +
               run_unsynced(fresh->name()) + run_unsynced(fresh->name()) + sync_message());
        s.reply(bind_complete() + one_row() + one_row() + command_complete("SELECT 2"));
        s.reply(described() + ran() + ran() + ready());
        CHECK(a.failure().empty());
        auto const [all, one, tag] = c.take();
        CHECK(all == std::vector{1, 1});
        CHECK(one == 1);
        CHECK(tag.text() == "SELECT 1");
      },
      10);
}

TEST_CASE("pipeline: results of different kinds come in the order of their commands") {
  tusk::tuple_pipeline<tusk::every_row<int>, tusk::maybe_row<int>, tusk::no_rows_wanted> c(
      std::array<known_columns, 3>{known_number(), known_columns(), known_columns()});
  auto r = parts(3);
  c.attach(r);
  for (int n : {1, 2, 3}) give(*r.parts[0].to, n);
  r.parts[1].to->on_columns(number_column);
  give(*r.parts[1].to, 4);
  r.parts[2].to->on_complete("DELETE 5");
  auto const [all, maybe, tag] = c.take();
  CHECK(all == std::vector{1, 2, 3});
  CHECK(maybe == 4);
  CHECK(tag.rows_affected() == 5);
}

TEST_CASE("pipeline: the first result that is an error is thrown, and it names the query") {
  tusk::tuple_pipeline<tusk::no_rows_wanted, tusk::one_row<int>, tusk::one_row<int>> c(
      std::array<known_columns, 3>{known_columns(), known_number(), known_number()});
  auto r = parts(3);
  c.attach(r);
  give(*r.parts[1].to, 1);
  give(*r.parts[1].to, 2);
  auto const failed = outcome_of([&] { (void)c.take(); });
  CHECK(failed.code == errc::too_many_rows);
  CHECK(failed.text == "query 2 of the pipeline: one row was asked for, the query returned 2");
}

TEST_CASE("pipeline: commands of one kind have their results in a vector") {
  std::vector<known_columns> known;
  for (int i = 0; i < 100; ++i) known.push_back(known_number());
  tusk::vector_pipeline<tusk::one_row<int>> c(std::move(known));
  auto r = parts(100);
  c.attach(r);
  for (int i = 0; i < 100; ++i) give(*r.parts[static_cast<std::size_t>(i)].to, i);
  auto const all = c.take();
  REQUIRE(all.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(all[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("pipeline: of commands of one kind the first that has no result is named") {
  std::vector<known_columns> known;
  for (int i = 0; i < 3; ++i) known.push_back(known_number());
  tusk::vector_pipeline<tusk::one_row<int>> c(std::move(known));
  auto r = parts(3);
  c.attach(r);
  give(*r.parts[0].to, 1);
  auto const failed = outcome_of([&] { (void)c.take(); });
  CHECK(failed.code == errc::no_rows);
  CHECK_THAT(failed.text, ContainsSubstring("query 2 of the pipeline: "));
}

TEST_CASE("pipeline: of no commands there are no results") {
  tusk::vector_pipeline<tusk::one_row<int>> none({});
  auto r = parts(0);
  none.attach(r);
  CHECK(none.take().empty());
}

TEST_CASE("pipeline: one that stands alone has its value, or its error, as a result") {
  tusk::tuple_pipeline<tusk::alone<tusk::one_row<int>>, tusk::alone<tusk::one_row<int>>,
                       tusk::alone<tusk::one_row<int>>, tusk::alone<tusk::no_rows_wanted>>
      c(std::array<known_columns, 4>{known_number(), known_columns(), known_number(), known_columns()});
  auto r = parts(4);
  c.attach(r);
  r.parts[0].to->on_failed(division());
  r.parts[1].to->on_columns(number_column);
  give(*r.parts[1].to, 2);
  r.parts[3].to->on_complete("DELETE 1");
  auto const [failed, one, none, tag] = c.take();
  REQUIRE(!failed);
  CHECK(failed.error().code() == tusk::make_error_code(tusk::sqlstate::division_by_zero));
  CHECK(std::string(failed.error().what()) == "division by zero");
  CHECK(*one == 2);
  REQUIRE(!none);
  CHECK(none.error().code() == errc::no_rows);
  CHECK(tag->rows_affected() == 1);
}

TEST_CASE("pipeline: what is no error of ours is thrown even where queries stand alone") {
  tusk::alone<tusk::no_rows_wanted> c{known_columns()};
  c.on_failed(std::make_exception_ptr(std::bad_alloc()));
  CHECK_THROWS_AS(c.take(), std::bad_alloc);
}

TEST_CASE("pipeline: one that stands alone passes on what it is told") {
  tusk::alone<tusk::every_row<int>> by_description{known_columns()};
  auto const d = known_number();
  by_description.on_description(*d);
  give(by_description, 1);
  CHECK(by_description.take().value() == std::vector{1});
  tusk::alone<tusk::every_row<int>> wrong{known_columns()};
  std::vector<tusk::column> const words{support::column("n", oid::text)};
  CHECK(outcome_of([&] { wrong.on_columns(words); }).code == errc::column_mismatch);
}

TEST_CASE("pipeline: one that is run once more has the results of that run only") {
  tusk::alone<tusk::every_row<int>> c{known_number()};
  give(c, 1);
  c.on_failed(division());
  c.on_restart();
  give(c, 2);
  auto const result = c.take();
  REQUIRE(result);
  CHECK(*result == std::vector{2});
}
