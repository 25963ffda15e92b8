// tusk: tests/live/errors.cpp — bad input: what the server refuses, and what never reaches it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// After each of these errors the connection goes on as if nothing had happened.
#include "support/live.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/mman.h>

namespace {

using live::error_of;
using live::in_both_modes;
using tusk::errc;
using tusk::sqlstate;
using namespace std::string_literals;

/// Much memory that is never touched, and so costs nothing.
class vast {
 public:
  static constexpr std::size_t size = (std::size_t{1} << 30) + 4096;
  vast() : at_(::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    REQUIRE(at_ != MAP_FAILED);
  }
  vast(vast const&) = delete;
  vast& operator=(vast const&) = delete;
  ~vast() { ::munmap(at_, size); }
  std::string_view text() const { return {static_cast<char const*>(at_), size}; }

 private:
  void* at_;
};

} // namespace

TEST_CASE("errors: a syntax error tells its position") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e = error_of([&] { db.query<int>("select 1 fron x"); });
    CHECK(e.sqlstate() == sqlstate::syntax_error);
    CHECK(e.sqlstate() == tusk::sqlstate::syntax_error);
    REQUIRE(e.server() != nullptr);
    CHECK(e.server()->position == 15);
    CHECK_THAT(e.what(), ContainsSubstring("syntax error at or near \"x\" (42601, position 15)"));
    CHECK_FALSE(e.retryable());
    CHECK_FALSE(e.safe_to_retry());
    live::check_usable(db);
    // In characters, not in bytes.
    CHECK(error_of([&] { db.query<int>("select 'öäü' fron x"); }).server()->position == 19);
    CHECK(error_of([&] { db.script("select 1; selec"); }).server()->position == 11);
    live::check_usable(db);
  });
}

TEST_CASE("errors: every field that the server sends") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("create temp table t(x int constraint positive check (x > 0), y int primary key)");
    auto const check = error_of([&] { db.execute("insert into t values (-1, 1)"); });
    REQUIRE(check.server() != nullptr);
    auto const& s = *check.server();
    CHECK(s.severity == "ERROR");
    CHECK(s.code == sqlstate::check_violation);
    CHECK_THAT(s.message, ContainsSubstring("violates check constraint \"positive\""));
    CHECK(s.detail == "Failing row contains (-1, 1).");
    CHECK_THAT(s.schema, ContainsSubstring("pg_temp"));
    CHECK(s.table == "t");
    CHECK(s.constraint == "positive");
    CHECK(s.file == "execMain.c");
    CHECK(s.line > 0);
    CHECK(s.routine == "ExecConstraints");
    CHECK_THAT(check.what(), ContainsSubstring("; detail: Failing row"));

    auto const null = error_of([&] { db.execute("insert into t values (1, null)"); });
    CHECK(null.sqlstate() == sqlstate::not_null_violation);
    CHECK(null.server()->column == "y");
    auto const hint = error_of([&] { db.execute("select nosuch(1)"); });
    CHECK_THAT(hint.server()->hint, ContainsSubstring("No function matches"));
    CHECK_THAT(hint.what(), ContainsSubstring("; hint: "));
    auto const inside = error_of([&] { db.script("do $$ begin execute 'selec'; end $$"); });
    CHECK(inside.server()->internal_query == "selec");
    CHECK(inside.server()->internal_position == 1);
    CHECK_THAT(inside.server()->where, ContainsSubstring("PL/pgSQL"));
    auto const custom = error_of([&] {
      db.script("do $$ begin raise exception 'm' using errcode = 'TK001', detail = 'd', hint = 'h', column = 'c', "
                "datatype = 't', table = 'tt', schema = 's'; end $$");
    });
    using namespace tusk::literals;
    CHECK(custom.sqlstate() == "TK001"_sqlstate);
    CHECK(custom.server()->data_type == "t");
    live::check_usable(db);
  });
}

TEST_CASE("errors: a value out of the server's range") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e = error_of([&] { db.query<int>("select $1::int4", std::int64_t{1} << 40); });
    CHECK(e.sqlstate() == sqlstate::numeric_value_out_of_range);
    CHECK(e.sqlstate().view() == "22003");
    CHECK(error_of([&] { db.query<int>("select $1 + 1", 2147483647); }).sqlstate().view() == "22003");
    CHECK(error_of([&] { db.query<double>("select 1 / $1::float8", 0.0); }).sqlstate() == sqlstate::division_by_zero);
    live::check_usable(db);
  });
}

TEST_CASE("errors: a value out of range that is not sent at all") {
  in_both_modes([](live::opener connect) {
    using namespace std::chrono;
    live::proxy between;
    auto db = connect(between.options());
    between.sent();
    auto const e = error_of([&] { db.query<int>("select $1::date - $1::date", sys_days::max() - days(1)); });
    CHECK(e.code() == errc::invalid_parameter);
    CHECK(e.safe_to_retry());
    CHECK_THAT(e.what(), ContainsSubstring("parameter $1 cannot be sent") && ContainsSubstring("out of"));
    auto const second =
        error_of([&] { db.execute("select $1::int, $2::timestamptz", 1, sys_time<hours>::max() - hours(1)); });
    CHECK(second.code() == errc::invalid_parameter);
    CHECK_THAT(second.what(), ContainsSubstring("parameter $2 cannot be sent"));
    CHECK(between.sent().empty());
    live::check_usable(db);
    CHECK(between.sent() == "PDBES");
  });
}

TEST_CASE("errors: a NUL in text") {
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    between.sent();
    auto const parameter = error_of([&] { db.query<std::string>("select $1::text", "a\0b"s); });
    CHECK(parameter.code() == errc::invalid_parameter);
    CHECK(parameter.safe_to_retry());
    CHECK_THAT(parameter.what(), ContainsSubstring("parameter $1 cannot be sent: byte 2 of its 3 is NUL"));
    auto const element = error_of([&] { db.execute("select $1::text[]", std::vector{"a"s, "\0"s}); });
    CHECK(element.code() == errc::invalid_parameter);
    CHECK_THAT(element.what(), ContainsSubstring("element 2"));
    auto const sql = error_of([&] { db.query<int>("select 1\0; drop table t"s); });
    CHECK(sql.code() == errc::invalid_parameter);
    CHECK(error_of([&] { db.script("select 1\0; drop table t"s); }).code() == errc::invalid_parameter);
    CHECK(error_of([&] { db.prepare<>("select 1\0; drop table t"s); }).code() == errc::invalid_parameter);
    CHECK(between.sent().empty());
    live::check_usable(db);
  });
}

TEST_CASE("errors: text that is not UTF-8") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(error_of([&] { db.query<std::string>("select $1::text", "\xff\xfe"); }).sqlstate() ==
          sqlstate::character_not_in_repertoire);
    live::check_usable(db);
  });
}

TEST_CASE("errors: too few parameters in SQL made at run time") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const e = error_of([&] { db.query<int>("select $1 + $2"s, 1); });
    CHECK(e.sqlstate() == sqlstate::protocol_violation);
    CHECK_THAT(e.what(), ContainsSubstring("bind message supplies 1 parameters, but prepared statement") &&
                             ContainsSubstring("requires 2"));
    live::check_usable(db);
    auto const known = error_of([&] { db.query<int>("select $1 + $2"s, 1); });
    CHECK(known.code() == errc::parameter_mismatch);
    CHECK(known.safe_to_retry());
    CHECK_THAT(known.what(), ContainsSubstring("the SQL has 2 parameters, 1 arguments were given"));
    CHECK(error_of([&] { db.execute("select $1 || 'x'"s); }).sqlstate() == sqlstate::protocol_violation);
    live::check_usable(db);
  });
}

TEST_CASE("errors: too many parameters in SQL made at run time") {
  // The server would not mind: the type of what the statement does not mention is known to it.
  in_both_modes([](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    between.sent();
    for (auto const& e : {error_of([&] { db.query<int>("select $1"s, 1, 2); }),
                          error_of([&] { db.query_maybe<int>("select $1"s, 1, 2); }),
                          error_of([&] { db.execute("select '$2' /* $3 */, $1"s, 1, 2); }),
                          error_of([&] { db.prepare<int, int>("select $1"s); })}) {
      CHECK(e.code() == errc::parameter_mismatch);
      CHECK(e.safe_to_retry());
      CHECK_THAT(e.what(), ContainsSubstring("the SQL has 1 parameters, 2 arguments were given"));
    }
    CHECK(between.sent().empty());
    live::check_usable(db);
  });
}

TEST_CASE("errors: a query longer than the limit", "[slow]") {
  vast const sql;
  in_both_modes([&](live::opener connect) {
    live::proxy between;
    auto db = connect(between.options());
    between.sent();
    auto const bytes = between.bytes_sent();
    for (auto const& e : {error_of([&] { db.query<int>(sql.text()); }), error_of([&] { db.execute(sql.text()); }),
                          error_of([&] { db.script(sql.text()); }), error_of([&] { db.prepare<>(sql.text()); })}) {
      CHECK(e.code() == errc::message_too_large);
      CHECK(e.safe_to_retry());
      CHECK_THAT(e.what(), ContainsSubstring("the SQL text has 10737") && ContainsSubstring("at most"));
    }
    CHECK(between.sent().empty());
    CHECK(between.bytes_sent() == bytes);
    live::check_usable(db);
  });
}

TEST_CASE("errors: a parameter longer than the limit") {
  vast const bytes;
  in_both_modes([&](live::opener connect) {
    auto db = connect();
    auto const e = error_of([&] { db.execute("select $1::bytea", std::as_bytes(std::span(bytes.text()))); });
    CHECK((e.code() == errc::invalid_parameter || e.code() == errc::message_too_large));
    CHECK(e.safe_to_retry());
    live::check_usable(db);
  });
}

TEST_CASE("errors: a row larger than max_message_size") {
  in_both_modes([](live::opener connect) {
    auto db = connect(live::options().max_message_size(100'000));
    CHECK(db.query_one<std::string>("select repeat('x', 90000)").size() == 90'000);
    auto const e = error_of([&] { db.query_one<std::string>("select repeat('x', 100001)"); });
    CHECK(e.code() == errc::message_too_large);
    CHECK_THAT(e.what(), ContainsSubstring("max_message_size is 100000"));
    live::check_closed(db, "max_message_size");
  });
}

TEST_CASE("errors: none of them disturbs a transaction more than the server says") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    db.script("begin");
    CHECK(error_of([&] { db.query<int>("select 'x'"); }).code() == errc::column_mismatch); // ours: all is well
    CHECK(db.transaction_status() == tusk::transaction_status::in_transaction);
    CHECK(error_of([&] { db.query<int>("select 1 / 0"); }).sqlstate() == sqlstate::division_by_zero);
    CHECK(db.transaction_status() == tusk::transaction_status::failed);
    CHECK(error_of([&] { db.query<int>("select 1"); }).sqlstate() == sqlstate::in_failed_sql_transaction);
    db.script("rollback");
    CHECK(db.transaction_status() == tusk::transaction_status::idle);
    live::check_usable(db);
  });
}

TEST_CASE("errors: of a thousand statements every other one fails") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    for (int i = 0; i < 500; ++i) {
      CHECK(error_of([&] { db.query_one<int>("select 1 / $1", 0); }).sqlstate() == sqlstate::division_by_zero);
      CHECK(db.query_one<int>("select 1 / $1", 1) == 1);
    }
  });
}
