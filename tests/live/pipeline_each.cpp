// tusk: tests/live/pipeline_each.cpp — several commands in one go, each of which stands alone.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/each_mode.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace live;

namespace {

using number_command = decltype(tusk::query_one<int>("select 1"));

} // namespace

TEST_CASE("pipeline_each: what happens to one does not touch the others") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    for (int round = 0; round < 2; ++round) {
      auto const [one, two, three, four, five, six] = wait(db.pipeline_each(
          tusk::execute("insert into t values (1)"), tusk::execute("insert into t values (1 / $1::int)", 0),
          tusk::query_one<int>("select nosuch"), tusk::query<int>("select null::int"),
          tusk::query_maybe<std::string>("select 'x' where false"),
          tusk::query_one<std::int64_t>("select count(*) from t")));
      REQUIRE(one.has_value());
      CHECK(one->text() == "INSERT 0 1");
      check_failed(two, sqlstate::division_by_zero);
      check_failed(three, sqlstate::undefined_column);
      check_failed(four, errc::unexpected_null);
      REQUIRE(five.has_value());
      CHECK_FALSE(five->has_value());
      REQUIRE(six.has_value());
      CHECK(*six == round + 1);
    }
    check_alive(wait, db);
  });
}

TEST_CASE("pipeline_each: it is one write and one round trip, with a Sync for each") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    auto const run = [&] {
      return wait(db.pipeline_each(tusk::query_one<int>("select $1", 5), tusk::query_one<int>("select 1 + $1", 0),
                                   tusk::query<std::string>("select 'x'")));
    };
    std::optional<decltype(run())> first, second;
    auto const new_ones = between.during([&] { first = run(); });
    CHECK(new_ones.segments == 1);
    CHECK(new_ones.sent == "PDBESPDBESPDBES");
    CHECK(new_ones.received == "1tT2DCZ1tT2DCZ1tT2DCZ");
    auto const known_ones = between.during([&] { second = run(); });
    CHECK(known_ones.segments == 1);
    CHECK(known_ones.sent == "BESBESBES");
    CHECK(std::get<0>(*first).value() == 5);
    CHECK(std::get<0>(*second).value() == 5);
    CHECK(std::get<1>(*second).value() == 1);
    CHECK(std::get<2>(*second).value() == std::vector<std::string>{"x"});
  });
}

TEST_CASE("pipeline_each: a vector in which every third one fails") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    std::vector<number_command> commands;
    for (int i = 0; i < 1000; ++i) commands.push_back(tusk::query_one<int>("select 30 / $1", i % 3));
    auto const got = wait(db.pipeline_each(commands));
    REQUIRE(got.size() == 1000);
    bool good = true;
    for (std::size_t i = 0; i < 1000; ++i)
      good = good && (i % 3 == 0 ? !got[i].has_value() && got[i].error().sqlstate() == sqlstate::division_by_zero
                                 : got[i].has_value() && *got[i] == 30 / static_cast<int>(i % 3));
    CHECK(good);
    check_alive(wait, db);
  });
}

TEST_CASE("pipeline_each: a statement that is refused is not taken for prepared") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const run = [&] {
      return wait(db.pipeline_each(tusk::query_one<int>("select x from pg_temp.later"), tusk::execute("select 1")));
    };
    auto const before = run();
    CHECK(std::get<0>(before).error().sqlstate() == sqlstate::undefined_table);
    CHECK(std::get<1>(before).has_value());
    wait(db.script("create temp table later as select 5 as x"));
    auto const after = run();
    CHECK(std::get<0>(after).value() == 5);
    CHECK(std::get<1>(after).has_value());
  });
}

TEST_CASE("pipeline_each: in a transaction a failed statement fails those behind it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto tx = wait(db.begin());
    auto const [one, two, three] =
        wait(tx.pipeline_each(tusk::execute("select 1"), tusk::execute("select 1 / 0"), tusk::execute("select 3")));
    CHECK(one.has_value());
    check_failed(two, sqlstate::division_by_zero);
    check_failed(three, sqlstate::in_failed_sql_transaction);
    CHECK(db.transaction_status() == tusk::transaction_status::failed);
    wait([&] { return tx.rollback(); });
    check_alive(wait, db);
  });
}

TEST_CASE("pipeline_each: what cannot be sent is refused as a whole") {
  each_mode([](auto open, auto wait) {
    proxy between;
    auto db = open(between.options());
    between.sent();
    auto const second = tusk::execute("select $1::text", std::string(1, '\0'));
    check_refused([&] { wait(db.pipeline_each(tusk::execute("select 1"), second)); }, errc::invalid_parameter,
                  "query 2 of the pipeline: ");
    CHECK(between.sent().empty());
    check_alive(wait, db);
  });
}

TEST_CASE("pipeline_each: a command whose rows do not fit has run, and is not to be run again for that") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table ran(x int)"));
    for (int times : {1, 2, 3}) { // before the columns are known, and when they are
      auto const [one, two] =
          wait(db.pipeline_each(tusk::query_one<std::string>("insert into ran values (1) returning x"),
                                tusk::query_one<int>("select count(*)::int from ran")));
      REQUIRE_FALSE(one.has_value());
      CHECK(one.error().code() == errc::column_mismatch);
      CHECK_FALSE(one.error().safe_to_retry());
      CHECK(two.value() == times);
    }
  });
}

TEST_CASE("pipeline_each: the connection is lost between two of them") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const e = error_of([&] {
      wait(db.pipeline_each(tusk::query_one<int>("select 1"),
                            tusk::execute("select pg_terminate_backend(pg_backend_pid())"),
                            tusk::query_one<int>("select 3")));
    });
    REQUIRE(e.server() != nullptr);
    CHECK(e.server()->code == sqlstate::admin_shutdown);
    CHECK_FALSE(db.is_open());
  });
}

TEST_CASE("pipeline_each: COPY is no command for it") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    auto const [one, out, three] =
        wait(db.pipeline_each(tusk::query_one<int>("select 1"), tusk::execute("copy (select 1) to stdout"),
                              tusk::query_one<int>("select 3")));
    CHECK(one.has_value());
    check_failed(out, errc::wrong_verb);
    CHECK(three.has_value());
    check_alive(wait, db);
    // The server takes what is behind COPY from STDIN for its data: the last one can be refused alone.
    wait(db.script("create temp table t(x int)"));
    auto const [before, in] =
        wait(db.pipeline_each(tusk::query_one<int>("select 1"), tusk::execute("copy t from stdin")));
    CHECK(before.has_value());
    check_failed(in, errc::wrong_verb);
    check_alive(wait, db);
  });
}

TEST_CASE("pipeline_each: one whose statement is refused does not touch others with the same text") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    std::vector<decltype(tusk::execute("select 1"))> commands;
    commands.push_back(tusk::execute("insert into later values (1)"));
    commands.push_back(tusk::execute("create temp table later(x int)"));
    commands.push_back(tusk::execute("insert into later values (1)"));
    auto const got = wait(db.pipeline_each(commands));
    check_failed(got[0], sqlstate::undefined_table);
    CHECK(got[1].has_value());
    CHECK(got[2].has_value()); // alone it would have been
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from later")) == 1);
  });
}

TEST_CASE(
    "pipeline_each: what the server has forgotten behind our back is said of each that needs it, and then healed") {
  each_mode([](auto open, auto wait) {
    auto db = open();
    wait(db.script("create temp table t(x int)"));
    wait(db.execute("insert into t values (1)"));
    wait(db.template query_one<int>("select 7"));
    wait(db.script("do $$ begin execute 'deallocate ' || (select name from pg_prepared_statements"
                   " where statement = 'select 7'); end $$"));
    auto const run = [&] {
      return wait(db.pipeline_each(tusk::execute("insert into t values (1)"), tusk::query_one<int>("select 7"),
                                   tusk::execute("insert into t values (1)")));
    };
    auto const [one, two, three] = run();
    CHECK(one.has_value());
    check_failed(two, sqlstate::invalid_sql_statement_name); // behind the others it would be out of its order
    CHECK(two.error().safe_to_retry());
    CHECK(three.has_value());
    CHECK(std::get<1>(run()).has_value());
    CHECK(wait(db.template query_one<std::int64_t>("select count(*) from t")) == 5);
  });
}
