// tusk: tests/live/pipeline.cpp — several commands in one go: all or nothing, or each on its own.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"
#include "support/proxy.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace pipeline_test {

struct author {
  int id;
  std::string name;
};
struct post {
  std::int64_t id;
  std::optional<std::string> title;
};

} // namespace pipeline_test

using namespace live;

namespace {

using pipeline_test::author;
using pipeline_test::post;

using number_command = decltype(tusk::query_one<int>("select 1"));
using text_command = decltype(tusk::query_one<std::string>("select 'x'"));

std::string several(int n, std::string const& what) {
  std::string all;
  for (int i = 0; i < n; ++i) all += what;
  return all;
}

} // namespace

TEST_CASE("pipeline: different commands, each with its own result") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table post(id int8, title text, author int);"
                   "insert into post values (1, 'one', 7), (2, null, 7), (3, 'three', 8)"));
    auto const [one, posts, nobody, tag] =
        wait(db.pipeline(tusk::query_one<author>("select 'Ada' as name, $1::int as id", 7),
                         tusk::query<post>("select id, title from post where author = $1 order by id", 7),
                         tusk::query_maybe<post>("select id, title from post where author = 9"),
                         tusk::execute("update post set title = $1 where author = $2", "new", 7)));
    CHECK(one.id == 7);
    CHECK(one.name == "Ada");
    REQUIRE(posts.size() == 2);
    CHECK(posts[0].title == "one"); // the update comes behind it
    CHECK_FALSE(posts[1].title.has_value());
    CHECK_FALSE(nobody.has_value());
    CHECK(tag.text() == "UPDATE 2");
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from post where title = 'new'")) == 2);
  });
}

TEST_CASE("pipeline: it is one write and one round trip, with one Sync") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto const run = [&] {
      return wait(db.pipeline(tusk::query_one<int>("select $1", 5), tusk::execute("select 1"),
                              tusk::query<std::string>("select 'x'")));
    };
    std::optional<decltype(run())> first, second;
    auto const new_ones = between.during([&] { first = run(); });
    CHECK(new_ones.segments == 1);
    CHECK(new_ones.sent == "PDBEPDBEPDBES");
    CHECK(new_ones.received == "1tT2DC1tT2DC1tT2DCZ");
    auto const known_ones = between.during([&] { second = run(); });
    CHECK(known_ones.segments == 1);
    CHECK(known_ones.sent == "BEBEBES");
    CHECK(known_ones.received == "2DC2DC2DCZ");
    CHECK(std::get<0>(*first) == 5);
    CHECK(std::get<0>(*second) == 5);
    CHECK((std::get<2>(*second) == std::vector<std::string>{"x"}));
    CHECK(between.connections() == 1);
  });
}

TEST_CASE("pipeline: a vector of commands of one kind") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    between.sent();
    std::vector<number_command> commands;
    for (int i = 0; i < 1000; ++i) commands.push_back(tusk::query_one<int>("select $1 * 2", i));
    for (int round = 0; round < 2; ++round) { // commands may be run again
      auto const got = wait(db.pipeline(commands));
      REQUIRE(got.size() == 1000);
      bool good = true;
      for (int i = 0; i < 1000; ++i) good = good && got[static_cast<std::size_t>(i)] == 2 * i;
      CHECK(good);
      CHECK(between.sent() == (round == 0 ? "PD" : "") + several(1000, "BE") + "S"); // the text is parsed once
    }
    check_alive(wait, db);
  });
}

TEST_CASE("pipeline: a thousand different statements, more than are kept") {
  each_mode([](auto open, auto wait) {
    for (auto const* size : {"256", "1", "0"}) {
      auto db = open(options().set("statement_cache_size", size));
      std::vector<number_command> commands;
      for (int i = 0; i < 1000; ++i) {
        auto const sql = "select " + std::to_string(i);
        commands.push_back(tusk::query_one<int>(sql));
      }
      for (int round = 0; round < 2; ++round) {
        auto const got = wait(db.pipeline(commands));
        REQUIRE(got.size() == 1000);
        bool good = true;
        for (int i = 0; i < 1000; ++i) good = good && got[static_cast<std::size_t>(i)] == i;
        CHECK(good);
        auto const kept = wait(db.template query_one<std::int64_t>("select count(*) from pg_prepared_statements"));
        CHECK(kept <= std::stoi(size));
      }
    }
  });
}

TEST_CASE("pipeline: nothing to run") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    CHECK(wait(db.pipeline(std::vector<number_command>())).empty());
    check_alive(wait, db);
  });
}

TEST_CASE("pipeline: an error in one of them names it, and nothing has been done") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    // Refused when it is parsed, bound and run; the first time, and when all of it is known.
    for (int round = 0; round < 2; ++round) {
      auto const parsed = error_of([&] {
        wait(db.pipeline(tusk::execute("insert into t values (1)"), tusk::execute("select nosuch"),
                         tusk::execute("insert into t values (3)")));
      });
      CHECK(parsed.sqlstate() == sqlstate::undefined_column);
      CHECK_THAT(parsed.what(), ContainsSubstring("query 2 of the pipeline: ") && ContainsSubstring("nosuch"));
      REQUIRE(parsed.server() != nullptr);
      CHECK_FALSE(parsed.safe_to_retry());
      auto const run = error_of([&] {
        wait(db.pipeline(tusk::execute("insert into t values (1)"), tusk::execute("insert into t values (2)"),
                         tusk::query_one<int>("select 1 / $1", 0)));
      });
      CHECK(run.sqlstate() == sqlstate::division_by_zero);
      CHECK_THAT(run.what(), ContainsSubstring("query 3 of the pipeline: division by zero"));
      auto const bound = error_of([&] {
        wait(db.pipeline(tusk::execute("select $1::text::int", "nothing"), tusk::execute("insert into t values (1)")));
      });
      CHECK(bound.sqlstate() == sqlstate::invalid_text_representation);
      CHECK_THAT(bound.what(), ContainsSubstring("query 1 of the pipeline: "));
      CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 0);
    }
    // Those that the server has thrown away are not taken for prepared.
    CHECK(wait(db.execute("insert into t values (3)")).text() == "INSERT 0 1");
    CHECK(wait(db.execute("insert into t values (2)")).text() == "INSERT 0 1");
    check_alive(wait, db);
  });
}

TEST_CASE("pipeline: an error in a vector names its place") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    std::vector<decltype(tusk::execute("select 1"))> commands;
    for (int i = 0; i < 700; ++i) commands.push_back(tusk::execute("insert into t values (100 / (499 - $1::int))", i));
    auto const e = error_of([&] { wait(db.pipeline(commands)); });
    CHECK(e.sqlstate() == sqlstate::division_by_zero);
    CHECK_THAT(e.what(), ContainsSubstring("query 500 of the pipeline: "));
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 0);
    commands.erase(commands.begin() + 499, commands.end());
    CHECK(wait(db.pipeline(commands)).size() == 499);
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 499);
  });
}

TEST_CASE("pipeline: prepared statements are among them") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto const next = wait(db.template prepare<int>("select $1 + 1"));
    auto const name = wait(db.template prepare<std::string>("select $1 || '!' as name, 3 as id"));
    between.sent();
    auto const [a, b, c] = wait(
        db.pipeline(tusk::query_one<int>(next, 4), tusk::query<author>(name, "Ada"), tusk::query_one<int>(next, 5)));
    CHECK(between.sent() == "BEBEBES");
    CHECK(a == 5);
    REQUIRE(b.size() == 1);
    CHECK(b[0].name == "Ada!");
    CHECK(c == 6);
    std::vector<decltype(tusk::query_one<int>(next, 1))> many;
    for (int i = 0; i < 3; ++i) many.push_back(tusk::query_one<int>(next, i));
    CHECK((wait(db.pipeline(many)) == std::vector{1, 2, 3}));
    CHECK(between.sent() == "BEBEBES");
  });
}

TEST_CASE("pipeline: what can be refused is refused before anything is sent") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto other = open();
    wait(db.script("create temp table t(x int)"));
    auto const there = wait(other.template prepare<int>("select $1"));
    between.sent();
    auto const refused = [&](auto const& second, errc why, char const* words) {
      check_refused([&] { wait(db.pipeline(tusk::execute("insert into t values (1)"), second)); }, why,
                    "query 2 of the pipeline: ", words);
      CHECK(between.sent().empty());
    };
    refused(tusk::execute("select $1::text", std::string(1, '\0')), errc::invalid_parameter, "NUL");
    refused(tusk::query_one<int>(there, 1), errc::statement_closed, "another connection");
    refused(tusk::execute(std::string("select $1"), 1, 2), errc::parameter_mismatch, "2 arguments were given");
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 0);
    check_alive(wait, db);
  });
}

TEST_CASE("pipeline: rows that do not fit what they were asked as") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const thrown_by = [&](auto const& second) {
      auto const e = error_of([&] { wait(db.pipeline(tusk::query_one<int>("select 1"), second)); });
      CHECK_THAT(e.what(), ContainsSubstring("query 2 of the pipeline: "));
      check_alive(wait, db);
      return e.code();
    };
    CHECK(thrown_by(tusk::query<int>("select 'text'")) == errc::column_mismatch);
    CHECK(thrown_by(tusk::query<author>("select 1 as id, 2 as name")) == errc::column_mismatch);
    CHECK(thrown_by(tusk::query<int>("select null::int")) == errc::unexpected_null);
    CHECK(thrown_by(tusk::query_one<int>("select 1 where false")) == errc::no_rows);
    CHECK(thrown_by(tusk::query_maybe<int>("select generate_series(1, 2)")) == errc::too_many_rows);
    // What the server says is worth more than what we think of its rows.
    auto const theirs = error_of(
        [&] { wait(db.pipeline(tusk::query<int>("select 'other text'"), tusk::query_one<int>("select 1 / 0"))); });
    CHECK(theirs.sqlstate() == sqlstate::division_by_zero);
    check_alive(wait, db);
  });
}

TEST_CASE("pipeline: in a transaction it belongs to that") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    {
      auto tx = wait(db.begin());
      wait(tx.pipeline(tusk::execute("insert into t values (1)"), tusk::execute("insert into t values (2)")));
      auto const busy = error_of([&] { wait(db.pipeline(tusk::execute("insert into t values (3)"))); });
      CHECK(busy.code() == errc::connection_busy);
      CHECK(wait(tx.template query_one<std::int64_t>("select count(*) from t")) == 2);
    }
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 0);
  });
}

TEST_CASE("pipeline: megabytes in both directions block nobody", "[slow]") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    std::vector<text_command> commands;
    for (int i = 0; i < 40; ++i) {
      std::string const text(400'000, static_cast<char>('a' + i % 26));
      commands.push_back(tusk::query_one<std::string>("select $1::text || $1::text", text));
    }
    auto const got = wait(db.pipeline(commands));
    REQUIRE(got.size() == 40);
    bool good = true;
    for (std::size_t i = 0; i < 40; ++i) good = good && got[i] == std::string(800'000, static_cast<char>('a' + i % 26));
    CHECK(good);
    auto const each = wait(db.pipeline_each(commands));
    REQUIRE(each.size() == 40);
    for (std::size_t i = 0; i < 40; ++i) good = good && each[i].has_value() && each[i].value() == got[i];
    CHECK(good);
    check_alive(wait, db);
  });
}

TEST_CASE("pipeline: COPY is no command for it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    auto const refused = [&](auto const&... commands) {
      auto const e = error_of([&] { wait(db.pipeline(commands...)); });
      CHECK(e.code() == errc::wrong_verb);
    };
    auto const insert = tusk::execute("insert into t values (1)");
    for (int round = 0; round < 2; ++round) {
      refused(insert, tusk::execute("copy t from stdin"));
      check_alive(wait, db);
      refused(insert, tusk::execute("copy (select 1) to stdout"), tusk::query_one<int>("select 3"));
      check_alive(wait, db);
    }
    // The server takes what is sent behind it for its data. From 14 on it then gives up; before, that was an error as
    // others are, and ended the pipeline.
    wait(db.script("truncate t"));
    refused(tusk::execute("copy t from stdin"), insert);
    if (live::main_server().version() >= 14) {
      CHECK_FALSE(db.is_open());
    } else {
      check_alive(wait, db);
      CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 0);
    }
  });
}
