// tusk: tests/live/type_values.cpp — tusk's own types against real servers: as parameter, as result, and as text.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The server's own text of a value is the judge: what is parsed from it, sent and read back must be the same value, and
// must be written the same.
#include "support/live.hpp"
#include "support/text_of.hpp"

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace {

using live::in_both_modes;
using namespace std::chrono;

/// `value` goes out as a parameter of the SQL type and comes back. format() has the type's output function write it,
/// while the cast of inet to text, for one, has a form of its own.
template <class T> void check_value(live::connection& db, std::string const& type, T const& value) {
  auto const text = text_of(value);
  INFO(type << ' ' << text.substr(0, 200));
  auto const parameter = "$1::" + type;
  auto const [back, written] =
      db.query_one<std::pair<T, std::string>>("select " + parameter + ", format('%s', " + parameter + ")", value);
  CHECK((back == value));
  CHECK(written == text);
}

/// Each text is the server's own of a value.
template <class T>
void check_texts(live::connection& db, std::string const& type, std::initializer_list<std::string> texts) {
  for (auto const& text : texts) {
    auto const value = tusk::from_text<T>(text);
    INFO(text);
    CHECK(text_of(value) == text);
    check_value(db, type, value);
    CHECK((db.query_one<T>("select ($1::text)::" + type, text) == value));
  }
  CHECK_FALSE(db.query_one<std::optional<T>>("select $1::" + type, std::optional<T>()).has_value());
}

/// Arrays of it, both ways.
template <class T> void check_arrays(live::connection& db, std::string const& type, std::vector<T> const& values) {
  check_value(db, type + "[]", values);
  std::vector<std::optional<T>> with_null(values.begin(), values.end());
  with_null.emplace_back();
  check_value(db, type + "[]", with_null);
  CHECK(db.query_one<bool>("select $1 = any($2::" + type + "[])", values.at(0), values));
}

using moment = sys_time<microseconds>;

} // namespace

TEST_CASE("type values: numeric") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_texts<tusk::numeric>(db, "numeric",
                               {"0", "0.000", "1", "-1", "9999", "10000", "0.0001", "-0.00012345",
                                "1234567890.0987654321", "100000000000000000000000000000.5", "NaN",
                                std::string(200, '7') + ".5"});
    if (db.server_version() >= 140000) check_texts<tusk::numeric>(db, "numeric", {"Infinity", "-Infinity"});
    // As large and as fine as they can be.
    check_value(db, "numeric", tusk::numeric::parse(std::string(131072, '9')));
    check_value(db, "numeric", tusk::numeric::parse("-1e-16383"));
    check_arrays<tusk::numeric>(db, "numeric", {1, tusk::numeric::parse("2.50"), tusk::numeric::nan()});
    std::mt19937_64 random(11);
    for (int i = 0; i < 200; ++i) {
      std::string digits;
      for (auto n = 1 + random() % 60; n != 0; --n) digits += static_cast<char>('0' + random() % 10);
      auto const exponent = static_cast<int>(random() % 80) - 60;
      check_value(db, "numeric", tusk::numeric::parse(digits + "e" + std::to_string(exponent)));
    }
    // What is exact here is exact there.
    for (double d : {0.1, 1e22, 5e-324, -2.5})
      CHECK(db.query_one<bool>("select $1::numeric = $2", tusk::numeric::exactly(d), tusk::numeric::exactly(d)));
    CHECK(db.query_one<tusk::numeric>("select sum(n::numeric) from generate_series(1, 100) n").to<int>() == 5050);
  });
}

TEST_CASE("type values: times and intervals") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_texts<tusk::time_of_day>(db, "time", {"00:00:00", "04:05:06.789", "23:59:59.999999", "24:00:00"});
    check_texts<tusk::time_of_day_tz>(
        db, "timetz",
        {"00:00:00+00", "04:05:06.789-08", "12:34:56+05:30", "23:59:59.999999+15:59:59", "24:00:00-15:59:59"});
    check_texts<tusk::interval>(db, "interval",
                                {"00:00:00", "1 year 2 mons 3 days 04:05:06.789", "-1 years -2 mons +3 days -00:00:01",
                                 "178956970 years 7 mons", "-178956970 years -8 mons", "2147483647 days",
                                 "-00:00:00.000001", "1 mon -1 days +00:00:01"});
    if (db.server_version() >= 150000) // which cannot write it before
      check_texts<tusk::interval>(db, "interval", {"2562047788:00:54.775807"});
    if (db.server_version() >= 170000) check_texts<tusk::interval>(db, "interval", {"infinity", "-infinity"});
    check_arrays<tusk::interval>(db, "interval", {{1, 2, 3s}, {}});
    check_arrays<tusk::time_of_day>(db, "time", {{1h}, {24h}});
    std::mt19937_64 random(12);
    for (int i = 0; i < 100; ++i) {
      auto const number = [&](std::int64_t below) {
        return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(below)) - below / 2;
      };
      check_value(db, "interval",
                  tusk::interval{static_cast<std::int32_t>(number(1000)), static_cast<std::int32_t>(number(100)),
                                 microseconds(number(1'000'000'000'000))});
    }
    // Durations are intervals.
    CHECK(db.query_one<tusk::interval>("select $1", 90min) == tusk::interval{0, 0, 90min});
    CHECK(db.query_one<tusk::interval>("select $1 + $2", 250ms, -1us) == tusk::interval{0, 0, 249'999us});
    CHECK(db.query_one<moment>("select timestamptz '2000-01-01 00:00+00' + $1", 24h) ==
          moment(sys_days(2000y / January / 2)));
    CHECK(db.query_one<bool>("select $1 = any($2)", 1s, std::vector{1s, 2s}));
  });
}

TEST_CASE("type values: dates and timestamps as text") {
  in_both_modes([](live::opener connect) {
    auto db = connect(live::options().set("options", "-c timezone=UTC"));
    check_texts<sys_days>(db, "date",
                          {"1970-01-01", "2024-02-29", "0044-03-15 BC", "4714-11-24 BC", "10000-01-01", "5874897-12-31",
                           "infinity", "-infinity"});
    check_texts<moment>(db, "timestamptz",
                        {"2000-01-01 00:00:00+00", "1969-12-31 23:59:59.999999+00", "0044-03-15 01:02:03.5+00 BC",
                         "4714-11-24 00:00:00+00 BC", "294247-01-10 04:00:54.775806+00", "infinity", "-infinity"});
    check_texts<local_time<microseconds>>(
        db, "timestamp",
        {"2000-01-01 00:00:00", "0001-12-31 23:59:59.12 BC", "12345-01-01 00:00:00.000001", "infinity"});
    std::mt19937_64 random(13);
    for (int i = 0; i < 100; ++i) {
      check_value(db, "date", sys_days(days(static_cast<int>(random() % 4'000'000) - 2'400'000)));
      check_value(db, "timestamptz", moment(microseconds(static_cast<std::int64_t>(random() >> 4) - (1LL << 57))));
    }
    // Any offset is read.
    CHECK(tusk::from_text<moment>("2024-07-01 12:00:00-07") == tusk::from_text<moment>("2024-07-01 19:00:00+00"));
  });
}

TEST_CASE("type values: networks") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_texts<tusk::inet>(db, "inet",
                            {"0.0.0.0", "192.168.1.5/24", "10.0.0.1/0", "255.255.255.255", "::", "::1",
                             "2001:db8::1/64", "::ffff:1.2.3.4", "::1.2.3.4", "1:0:0:2::3",
                             "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"});
    check_texts<tusk::cidr>(db, "cidr", {"0.0.0.0/0", "192.168.0.0/16", "10.1.2.3/32", "::/0", "2001:db8::/32"});
    check_texts<tusk::macaddr>(db, "macaddr", {"00:00:00:00:00:00", "08:00:2b:01:02:ff"});
    check_texts<tusk::macaddr8>(db, "macaddr8", {"08:00:2b:ff:fe:01:02:03"});
    check_arrays<tusk::inet>(db, "inet", {tusk::inet::parse("1.2.3.4"), tusk::inet::parse("::1")});
    CHECK(db.query_one<tusk::inet>("select cidr '10.0.0.0/8'") == tusk::inet::parse("10.0.0.0/8"));
    CHECK(db.query_one<bool>("select $1 << $2", tusk::inet::parse("10.1.2.3"), tusk::cidr::parse("10.0.0.0/8")));
    auto const home = asio::ip::make_address("::1");
    CHECK(db.query_one<asio::ip::address>("select $1", home) == home);
    CHECK(db.query_one<asio::ip::address_v4>("select inet '1.2.3.4'") == asio::ip::make_address_v4("1.2.3.4"));
  });
}

TEST_CASE("type values: identifiers of the server") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_texts<tusk::pg_lsn>(db, "pg_lsn", {"0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF"});
    check_arrays<tusk::pg_lsn>(db, "pg_lsn", {tusk::pg_lsn{}, tusk::pg_lsn::parse("1/0")});
    check_texts<tusk::tid>(db, "tid", {"(0,1)", "(4294967295,65535)"});
    check_texts<tusk::xid>(db, "xid", {"0", "4294967295"});
    check_texts<tusk::cid>(db, "cid", {"0", "4294967295"});
    if (db.server_version() >= 130000) check_texts<tusk::xid8>(db, "xid8", {"0", "18446744073709551615"});
    check_texts<char>(db, "\"char\"", {"a", "1"});
    if (db.server_version() >= 150000) check_texts<char>(db, "\"char\"", {"\\377"}); // written as it is before
    check_texts<tusk::money>(db, "money", {"$0.00", "-$12.34", "$1,234,567.89", "-$92,233,720,368,547,758.08"});
    check_texts<tusk::bit_string>(db, "varbit", {"", "1", "101010101", std::string(1000, '1')});
    CHECK(db.query_one<tusk::bit_string>("select b'1010'::bit(4)") == tusk::bit_string::parse("1010"));
    check_texts<tusk::jsonpath>(db, "jsonpath", {"$.\"a\"[*]?(@ > 1)"});
  });
}

TEST_CASE("type values: figures of the plane") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_texts<tusk::point>(db, "point", {"(0,0)", "(1.5,-2e-07)", "(NaN,Infinity)", "(0.1,1e+15)"});
    check_texts<tusk::line>(db, "line", {"{1,-1,0}"});
    check_texts<tusk::lseg>(db, "lseg", {"[(0,0),(1,1)]"});
    check_texts<tusk::box>(db, "box", {"(1,1),(0,0)", "(-1,-2),(-3,-4)"});
    check_texts<tusk::path>(db, "path", {"((0,0),(1,1),(2,0))", "[(0,0),(1,1)]"});
    check_texts<tusk::polygon>(db, "polygon", {"((0,0),(1,1),(2,0))"});
    check_texts<tusk::circle>(db, "circle", {"<(1,2),3.5>"});
    check_value(db, "box[]", std::vector{tusk::box::parse("(1,1),(0,0)"), tusk::box::parse("(2,2),(1,1)")});
    check_value(db, "point[]", std::vector<tusk::point>{{1, 2}, {3, 4}});
  });
}

TEST_CASE("type values: text search") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_texts<tusk::tsvector>(db, "tsvector", {"", "'a' 'b' 'c'", "'\\\\x' 'it''s'", "'a':1A,2B 'b':3C,4,16383"});
    check_texts<tusk::tsquery>(
        db, "tsquery",
        {"'a' & ( 'b' | !'c' )", "'a' <3> 'b'", "'super':*AB & 'x':*", "( 'a' | 'b' ) <-> 'c'", "!( 'a' & 'b' )"});
    // An empty one is sent by every server, and refused as a parameter by some.
    CHECK(db.query_one<tusk::tsquery>("select ''::tsquery") == tusk::tsquery());
    CHECK(
        db.query_one<bool>("select to_tsvector('english', 'a fat cat') @@ $1", tusk::tsquery::parse("'fat' & 'cat'")));
  });
}

TEST_CASE("type values: ranges and multiranges") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_texts<tusk::range<std::int32_t>>(db, "int4range", {"empty", "[1,10)", "(,)", "[5,)", "(,5)"});
    check_texts<tusk::range<std::int64_t>>(db, "int8range", {"[1,10)"});
    check_texts<tusk::range<tusk::numeric>>(db, "numrange", {"[1.5,2.50]", "(1,2)", "[1,NaN]"});
    check_texts<tusk::range<sys_days>>(db, "daterange", {"[2024-01-01,2024-02-01)", "[2024-01-01,infinity)"});
    check_texts<tusk::range<local_time<microseconds>>>(db, "tsrange",
                                                       {"[\"2024-01-01 00:00:00\",\"2024-01-01 01:00:00.5\")"});
    // The server has a form of its own for ranges of what can be counted.
    CHECK(db.query_one<tusk::range<int>>("select $1", tusk::range<int>::closed(1, 9)) == tusk::range<int>(1, 10));
    CHECK(db.query_one<tusk::range<std::int64_t>>("select int4range(1, 5)") == tusk::range<std::int64_t>(1, 5));
    CHECK(db.query_one<bool>("select 5 <@ $1", tusk::range<int>(1, 10)));
    check_arrays<tusk::range<int>>(db, "int4range", {{1, 2}, {}});
    CHECK(live::error_of([&] {
            db.query_one<int>("select 1 where $1 is not null", tusk::range<int>(5, 1));
          }).sqlstate() == tusk::sqlstate::data_exception);
    if (db.server_version() < 140000) return;
    check_texts<tusk::multirange<int>>(db, "int4multirange", {"{}", "{[1,3),[5,)}", "{(,)}"});
    check_texts<tusk::multirange<tusk::numeric>>(db, "nummultirange", {"{[1.5,2],(3,4)}"});
    check_arrays<tusk::multirange<int>>(db, "int4multirange", {{{{1, 2}}}, {}});
  });
}

TEST_CASE("type values: arrays of any shape") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_texts<tusk::array<std::optional<int>>>(
        db, "int4[]", {"{}", "{1,NULL,3}", "[-1:0][3:4]={{1,2},{NULL,4}}", "{{{1},{2}},{{3},{4}}}", "[5:5]={7}"});
    check_texts<tusk::array<std::string>>(db, "text[]", {"{{a,b},{\"c d\",\"NULL\"}}", "[0:0]={\"\"}"});
    auto const grid = db.query_one<tusk::array<int>>("select array_fill(7, array[2, 3], array[0, 0])");
    CHECK(grid.at({1, 2}) == 7);
    CHECK(db.query_one<int>("select ($1)[1][2]", tusk::array<int>({{2, 1}, {2, 1}}, {1, 2, 3, 4})) == 2);
  });
}
