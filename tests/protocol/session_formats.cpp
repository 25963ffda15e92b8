// tusk: tests/protocol/session_formats.cpp — columns that are asked for as text, by what is known of a statement.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A Bind says in which format each column is to come, and nothing in a row tells whether it did: what reads the rows
// must have been told what was asked for, or nothing at all.
#include "support/outcomes.hpp"

using namespace statements;

namespace {

std::string const text = "select a, b";

/// All but int4.
bool not_integers(oid type) { return type != oid::int4; }

/// Tells the formats, too.
struct format_recorder : recorder {
  void on_columns(std::span<tusk::wire::column const> c) override {
    recorder::on_columns(c);
    for (auto const& one : c) log += one.format == 0 ? "t" : "b";
    log += " ";
  }
};

request row_request(statement const& of) {
  auto r = request_of(of);
  r.in_text = not_integers;
  return r;
}
std::string columns_of(std::initializer_list<messages::column> columns) {
  return parameter_description({}) + row_description(columns);
}
std::string const mixed = columns_of({{"a", oid::int4, 0}, {"b", oid::text, 0}});
std::string const swapped = columns_of({{"a", oid::text, 0}, {"b", oid::int4, 0}});
std::string const integers = columns_of({{"a", oid::int4, 0}, {"b", oid::int4, 0}});

std::string const changed = "the columns have changed since the server described them: run it again";

/// Has it described, without a run.
void describe(script& s, statement const& st, std::string const& columns = mixed) {
  auto r = request_about(st);
  tusk::wire::sync(r.bytes);
  s.ask(r);
  s.sent("");
  s.reply((st->generation() > 1 ? close_complete() : "") + parse_complete() + columns + ready());
}

} // namespace

TEST_CASE("formats are asked for by what the server has said of the columns") {
  play([](script& s) {
    auto const st = prepare(s, text);
    CHECK(s.session.must_describe(row_request(st)));
    CHECK(!s.session.must_describe(request_of(st)));
    describe(s, st);
    CHECK(!s.session.must_describe(row_request(st)));
    format_recorder told;
    auto r = row_request(st);
    r.described = false;
    auto& a = s.ask(r, told);
    s.sent(run_in(st->name(), {1, 0}));
    s.reply(ran() + ready());
    CHECK(a.done);
    CHECK(a.failure().empty());
    CHECK(told.log == "T(a)(b) bt " + row_log);
    // Others ask for binary still.
    check_runs(s, st);
    CHECK(st->described()->all_binary());
  });
}

TEST_CASE("where no column is to be text a Bind is what it always is") {
  play([](script& s) {
    auto const st = prepare(s, text);
    describe(s, st, integers);
    auto& a = s.ask(row_request(st));
    s.sent(run(st->name()));
    s.reply(ran() + ready());
    check_ran(a);
    CHECK(&st->described()->with_text(not_integers) == st->described().get());
  });
}

TEST_CASE("a statement that is not there any more is to be described again") {
  play([](script& s) {
    auto const st = prepare(s, text);
    describe(s, st);
    st->forget();
    CHECK(s.session.must_describe(row_request(st)));
  });
}

TEST_CASE("a statement that does not last is parsed again, and asked for by what was said the last time") {
  play([](script& s) {
    statement const st(new tusk::protocol::statement("", text, {}));
    CHECK(s.session.must_describe(row_request(st)));
    describe(s, st);
    CHECK(!s.session.must_describe(row_request(st)));
    for (int i = 0; i < 2; ++i) {
      format_recorder told;
      auto& a = s.ask(row_request(st), told);
      s.sent(preparation("", text) + run_in("", {1, 0}));
      s.reply(parse_complete() + mixed + ran() + ready());
      CHECK(a.failure().empty());
      CHECK(told.log == "t0 T(a)(b) bt " + row_log);
    }
  });
}

TEST_CASE("columns that are others by then are an error, and no row of them is read") {
  for (auto const& now : {swapped, integers})
    play([&](script& s) {
      statement const st(new tusk::protocol::statement("", text, {}));
      describe(s, st);
      format_recorder told;
      auto& a = s.ask(row_request(st), told);
      s.sent("");
      s.reply(parse_complete() + now + ran() + ready());
      CHECK(a.code() == tusk::errc::column_mismatch);
      CHECK(a.failure() == changed);
      CHECK(told.log == "t0 ");
      // By then it is known.
      format_recorder then;
      auto& b = s.ask(row_request(st), then);
      s.sent("");
      s.reply(parse_complete() + now + ran() + ready());
      CHECK(b.failure().empty());
      CHECK(then.log == (now == swapped ? "t0 T(a)(b) tb " : "t0 T(a)(b) bb ") + row_log);
    });
}

TEST_CASE("so are columns of which nothing was known") {
  play([](script& s) {
    auto const st = prepare(s, text);
    auto const r = row_request(st);
    auto& a = s.ask(r); // nobody has had it described
    auto& b = s.ask(r);
    s.sent(first_run(st->name(), text) + early_run(st->name()));
    s.reply(parse_complete() + mixed + ran() + ready());
    CHECK(a.failure() == changed);
    s.reply(mixed + ran() + ready());
    CHECK(b.failure() == changed);
    CHECK(s.session.idle());
  });
}

TEST_CASE("each run asks by what is known by then") {
  play([](script& s) {
    auto const st = prepare(s, text);
    describe(s, st);
    st->forget(); // prepared anew without being described before: by what was known
    auto& a = s.ask(row_request(st));
    auto& b = s.ask(row_request(st));
    s.sent(close(st->name()) + preparation(st->name(), text) + run_in(st->name(), {1, 0}) +
           message('D', "S" + zero_terminated(st->name())) + run_in(st->name(), {1, 0}));
    s.reply(close_complete() + parse_complete() + swapped + ran() + ready());
    CHECK(a.failure() == changed);
    auto& c = s.ask(row_request(st));
    s.sent(run_in(st->name(), {0, 1}));
    s.reply(swapped + ran() + ready());
    CHECK(b.failure() == changed);
    s.reply(ran() + ready());
    check_ran(c);
  });
}
