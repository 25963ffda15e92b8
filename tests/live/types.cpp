// tusk: tests/live/types.cpp — every codec against real servers, as parameter and as result, with its edge values.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A value goes out as a parameter and comes back as a result; the server's own text of it says whether it understood
// the same.
#include "support/live.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using live::error_of;
using live::in_both_modes;
using namespace std::chrono;
using namespace std::string_literals;

/// Sends `value` as `type` and wants it back, and `text` as what the server takes it for.
template <class T>
void check_round_trip(live::connection& db, std::string const& type, T const& value, std::string const& text) {
  INFO(type << " " << text);
  auto const [back, as_text] =
      db.query_one<std::pair<T, std::string>>("select $1::" + type + ", ($1::" + type + ")::text", value);
  CHECK((back == value));
  CHECK(as_text == text);
  auto const from_text = db.query_one<T>("select ($1::text)::" + type, text);
  CHECK((from_text == value));
  CHECK_FALSE(db.query_one<std::optional<T>>("select $1::" + type, std::optional<T>()).has_value());
}

template <class T> using limits = std::numeric_limits<T>;
using moment = sys_time<microseconds>;
using wall = local_time<microseconds>;

std::vector<std::byte> bytes(std::string const& s) {
  auto const b = std::as_bytes(std::span(s));
  return {b.begin(), b.end()};
}

} // namespace

TEST_CASE("types: bool") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    check_round_trip(db, "bool", true, "true");
    check_round_trip(db, "bool", false, "false");
  });
}

TEST_CASE("types: integers") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    for (std::int16_t v : {limits<std::int16_t>::min(), std::int16_t{-1}, std::int16_t{0}, limits<std::int16_t>::max()})
      check_round_trip(db, "int2", v, std::to_string(v));
    for (std::int32_t v : {limits<std::int32_t>::min(), -1, 0, 1, limits<std::int32_t>::max()})
      check_round_trip(db, "int4", v, std::to_string(v));
    for (std::int64_t v : {limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 40,
                           limits<std::int64_t>::max()})
      check_round_trip(db, "int8", v, std::to_string(v));
    CHECK(db.query_one<long long>("select $1::int8", 5LL) == 5);
  });
}

TEST_CASE("types: oid") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    CHECK(db.query_one<tusk::oid>("select 'pg_class'::regclass::oid") == tusk::oid{1259});
    CHECK(db.query_one<std::string>("select $1::oid::text", tusk::oid{4294967295}) == "4294967295");
    CHECK(db.query_one<tusk::oid>("select $1", tusk::oid{4294967295}) == tusk::oid{4294967295});
    CHECK(db.query_one<std::string>("select $1::regtype::text", tusk::oid::int4) == "integer");
  });
}

TEST_CASE("types: floating-point numbers") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const inf = limits<double>::infinity();
    check_round_trip(db, "float8", 0.1, "0.1");
    check_round_trip(db, "float8", inf, "Infinity");
    check_round_trip(db, "float8", -inf, "-Infinity");
    check_round_trip(db, "float8", limits<double>::max(), "1.7976931348623157e+308");
    check_round_trip(db, "float8", limits<double>::denorm_min(), "5e-324");
    check_round_trip(db, "float4", 0.1f, "0.1");
    check_round_trip(db, "float4", limits<float>::max(), "3.4028235e+38");
    check_round_trip(db, "float4", limits<float>::denorm_min(), "1e-45");
    CHECK(std::signbit(db.query_one<double>("select $1::float8", -0.0)));
    CHECK(std::isnan(db.query_one<double>("select $1::float8", limits<double>::quiet_NaN())));
    CHECK(std::isnan(db.query_one<float>("select 'NaN'::float4")));
    CHECK(db.query_one<std::string>("select $1::float8::text", limits<double>::quiet_NaN()) == "NaN");
  });
}

TEST_CASE("types: the text family") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    for (auto const& text :
         {""s, "plain"s, "it's a \"quote\" \\ $1"s, "grüße, 世界, 🐘"s, "\x01\n\t\x7f"s, std::string(100'000, 'x')}) {
      CHECK(db.query_one<std::string>("select $1::text", text) == text);
      CHECK(db.query_one<std::string>("select $1::varchar", text) == text);
      CHECK(db.query_one<int>("select octet_length($1)", text) == static_cast<int>(text.size()));
    }
    check_round_trip(db, "name", "a name"s, "a name");
    CHECK(db.query_one<std::string>("select 'x'::char(3)") == "x  ");
    CHECK(db.query_one<std::string>("select 'unknown'") == "unknown");
    CHECK(db.query_one<std::string>("select '<a/>'::xml") == "<a/>");
    CHECK(db.query_one<std::string>("select '{\"a\":  1}'::json") == "{\"a\":  1}");
    CHECK(db.query_one<std::string>("select '{\"a\":  1}'::jsonb") == "{\"a\": 1}");
  });
}

TEST_CASE("types: bytea") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    check_round_trip(db, "bytea", bytes(""), "\\x");
    check_round_trip(db, "bytea", bytes("\0\xff"s), "\\x00ff");
    CHECK((db.query_one<std::vector<std::byte>>("select $1::bytea", bytes(all)) == bytes(all)));
    CHECK((db.query_one<std::vector<std::byte>>("select $1::bytea", std::as_bytes(std::span(all))) == bytes(all)));
    db.execute("set bytea_output = 'escape'");
    CHECK((db.query_one<std::vector<std::byte>>("select $1::bytea", bytes(all)) == bytes(all)));
  });
}

TEST_CASE("types: uuid") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const text = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"s;
    check_round_trip(db, "uuid", tusk::uuid::parse(text), text);
    check_round_trip(db, "uuid", tusk::uuid{}, "00000000-0000-0000-0000-000000000000");
    CHECK(to_string(db.query_one<tusk::uuid>("select '{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}'::uuid")) == text);
  });
}

TEST_CASE("types: date") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    std::pair<sys_days, char const*> const days[] = {
        {2000y / 1 / 1, "2000-01-01"},
        {1999y / 12 / 31, "1999-12-31"},
        {2024y / 2 / 29, "2024-02-29"},
        {1970y / 1 / 1, "1970-01-01"},
        {year(0) / 12 / 31, "0001-12-31 BC"},
        {tusk::codec<sys_days>::first, "4714-11-24 BC"},
        {tusk::codec<sys_days>::last, "5874897-12-31"},
        {sys_days::max(), "infinity"},
        {sys_days::min(), "-infinity"},
    };
    for (auto const& [day, text] : days) check_round_trip(db, "date", day, text);
    check_round_trip(db, "date", 2024y / 2 / 29, "2024-02-29");
    check_round_trip(db, "date", 32767y / 12 / 31, "32767-12-31");
    CHECK(error_of([&] { db.execute("select $1::date", 2023y / 2 / 29); }).code() == tusk::errc::invalid_parameter);
  });
}

TEST_CASE("types: timestamps") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const first = sys_days(year(-4713) / 11 / 24);
    std::pair<moment, char const*> const moments[] = {
        {sys_days(2000y / 1 / 1), "2000-01-01 00:00:00+00"},
        {sys_days(2000y / 1 / 1) - 1us, "1999-12-31 23:59:59.999999+00"},
        {sys_days(2024y / 2 / 29) + 12h + 34min + 56s + 789012us, "2024-02-29 12:34:56.789012+00"},
        {first, "4714-11-24 00:00:00+00 BC"},
        {moment::max(), "infinity"},
        {moment::min(), "-infinity"},
    };
    for (auto const& [when, text] : moments) check_round_trip(db, "timestamptz", when, text);
    check_round_trip(db, "timestamp", wall(local_days(2024y / 2 / 29) + 1us), "2024-02-29 00:00:00.000001");
    check_round_trip(db, "timestamp", wall::max(), "infinity");
    // A moment is the same whatever the session's time zone is.
    db.execute("set timezone to 'America/New_York'");
    CHECK((db.query_one<moment>("select $1::timestamptz", moments[2].first) == moments[2].first));
    CHECK(db.query_one<std::string>("select ($1::timestamptz)::text", moments[2].first) ==
          "2024-02-29 07:34:56.789012-05");
    CHECK((db.query_one<moment>("select $1::timestamptz", sys_seconds(1700000000s)) == moment(1700000000s)));
    CHECK(error_of([&] { db.query_one<wall>("select now()"); }).code() == tusk::errc::column_mismatch);
    CHECK(db.query_one<bool>("select $1 - now() between '-1 minute' and '1 minute'",
                             floor<microseconds>(system_clock::now())));
  });
}

TEST_CASE("types: json and jsonb") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    auto const text = "{\"b\": [1, 2.50, null],  \"a\":\"\\u00e4\", \"a\": 2}"s;
    CHECK(db.query_one<tusk::json>("select $1::json", tusk::json(text)).text() == text);
    CHECK(db.query_one<tusk::jsonb>("select $1::jsonb", tusk::jsonb(text)).text() ==
          "{\"a\": 2, \"b\": [1, 2.50, null]}");
    CHECK(db.query_one<int>("select ($1 ->> 'a')::int", tusk::jsonb(text)) == 2);
    CHECK(error_of([&] { db.query_one<tusk::json>("select '1'::jsonb"); }).code() == tusk::errc::column_mismatch);
    CHECK(error_of([&] { db.execute("select $1", tusk::jsonb("{")); }).sqlstate() ==
          tusk::sqlstate::invalid_text_representation);
    live::check_usable(db);
  });
}

TEST_CASE("types: NULL") {
  in_both_modes([](live::opener connect) {
    auto db = connect();
    for (auto const* type : {"int4", "text", "bytea", "uuid", "date", "jsonb", "int4[]"})
      CHECK(db.query_one<bool>("select $1::"s + type + " is null", tusk::null));
    CHECK(db.query_one<bool>("select $1::text is null and $2 = 5", std::optional<std::string>(), std::optional(5)));
  });
}
