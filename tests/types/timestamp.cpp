// tusk: tests/types/timestamp.cpp — std::chrono::sys_time and std::chrono::local_time.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/timestamp.hpp>

#include "types/calendar.hpp"
#include "types/check.hpp"

#include <chrono>
#include <cstdint>
#include <ratio>

using namespace codec_test;
using namespace std::chrono;
using namespace std::chrono_literals;

using moment = sys_time<microseconds>;
using wall = local_time<microseconds>;

// Never mixed.
static_assert(tusk::parameter_type<moment>() == oid::timestamptz && tusk::parameter_type<wall>() == oid::timestamp);
static_assert(!tusk::reads<moment>(oid::timestamp) && !tusk::reads<wall>(oid::timestamptz));
static_assert(!tusk::reads<moment>(oid::date) && !tusk::reads<wall>(oid::date));

// Results have microseconds; parameters may be coarser, never finer.
static_assert(tusk::decodable<moment> && tusk::decodable<wall>);
template <class D>
constexpr bool parameter_only = tusk::encodable<sys_time<D>> && tusk::encodable<local_time<D>> &&
                                !tusk::decodable<sys_time<D>> && !tusk::decodable<local_time<D>>;
template <class D> constexpr bool nothing = !tusk::encodable<sys_time<D>> && !tusk::encodable<local_time<D>>;
static_assert(parameter_only<milliseconds> && parameter_only<seconds> && parameter_only<minutes> &&
              parameter_only<hours>);
static_assert(nothing<nanoseconds> && nothing<duration<std::int64_t, std::ratio<1, 3'000'000>>>);
static_assert(nothing<duration<double>> && nothing<duration<double, std::micro>> && nothing<days> && nothing<weeks>);
static_assert(nothing<duration<unsigned, std::milli>>, "its min() is no infinity");
static_assert(!tusk::encodable<steady_clock::time_point>);

static_assert(tusk::cpp_name<moment>() == "std::chrono::sys_time<std::chrono::microseconds>");
static_assert(tusk::cpp_name<wall>() == "std::chrono::local_time<std::chrono::microseconds>");

namespace {

template <class T> T at(char const* iso) { return T(microseconds(unix_microseconds(iso))); }

} // namespace

TEST_CASE("timestamp: known moments, both ways") {
  struct known {
    char const* sent;
    char const* iso;
  };
  // Bytes from a server; the rest of them is in tests/data/types_expected.tsv.
  known const moments[] = {
      {"0000000000000000", "2000-01-01 00:00:00"},        {"ffffffffffffffff", "1999-12-31 23:59:59.999999"},
      {"0002b582c479f240", "2024-02-29 12:00:00.123456"}, {"ff1af9dfca4398c0", "0044-03-15 01:02:03 BC"},
      {"fd0f7cc1411fa000", "4714-11-24 00:00:00 BC"},     {"0380e70b913b8000", "10000-01-01 00:00:00"},
  };
  for (auto const& [sent, iso] : moments) {
    INFO(iso);
    CHECK(decode<moment>(sent) == at<moment>(iso));
    CHECK(decode<wall>(sent) == at<wall>(iso));
    CHECK(encode(at<moment>(iso)) == sent);
    CHECK(encode(at<wall>(iso)) == sent);
  }
  CHECK(decode<moment>("0002b582c479f240") == sys_days(2024y / February / 29) + 12h + 123456us);
  CHECK(decode<wall>("0002b582c479f240") == local_days(2024y / February / 29) + 12h + 123456us);
}

TEST_CASE("timestamp: infinities are the ends of the time point") {
  CHECK(decode<moment>("7fffffffffffffff") == moment::max());
  CHECK(decode<moment>("8000000000000000") == moment::min());
  CHECK(decode<wall>("7fffffffffffffff") == wall::max());
  CHECK(decode<wall>("8000000000000000") == wall::min());
  CHECK(encode(moment::max()) == "7fffffffffffffff");
  CHECK(encode(moment::min()) == "8000000000000000");
  CHECK(encode(wall::max()) == "7fffffffffffffff");
  CHECK(encode(sys_seconds::max()) == "7fffffffffffffff");
  CHECK(encode(sys_seconds::min()) == "8000000000000000");
  CHECK(encode(local_time<duration<std::int32_t, std::milli>>::max()) == "7fffffffffffffff");
}

TEST_CASE("timestamp: nothing but infinity becomes max(), and beyond it nothing is a value") {
  // 294247-01-10 04:00:54.775806, the last moment before what would be taken for infinity.
  auto const latest = moment::max() - 1us;
  CHECK(encode(latest) == "7ffca2fec4c81ffe");
  CHECK(decode<moment>("7ffca2fec4c81ffe") == latest);
  for (auto sent : {"7ffca2fec4c81fff", "7ffca2fec4c82000", "7ffffffffffffffe"})
    CHECK(refused<moment>(sent) == "it is out of range, which ends in the year 294247");
  for (auto sent : {"fd0f7cc1411f9fff", "8000000000000001"}) CHECK(refused<wall>(sent) != "");
}

TEST_CASE("timestamp: the range of PostgreSQL") {
  auto const earliest = at<moment>("4714-11-24 00:00:00 BC");
  CHECK(encode(earliest) == "fd0f7cc1411fa000");
  CHECK(unsendable(earliest - 1us) ==
        "-210866803200000001 microseconds since 1970-01-01 is out of range for a timestamp, "
        "4714-11-24 BC to 294247-01-10");
  CHECK(unsendable(moment::min() + 1us) != "");
  CHECK(unsendable(wall::min() + 1us) != "");
  CHECK(unsendable(floor<seconds>(earliest) - 1s) ==
        "-210866803201 times 1000000 microseconds since 1970-01-01 is out of range for a timestamp, "
        "4714-11-24 BC to 294247-01-10");
}

TEST_CASE("timestamp: coarser parameters are widened, or refused where they are too far") {
  auto const sent = encode(at<moment>("2024-02-29 12:00:00"));
  auto const noon = sys_days(2024y / February / 29) + 12h;
  CHECK(encode(sys_time<milliseconds>(noon)) == sent);
  CHECK(encode(sys_time<seconds>(noon)) == sent);
  CHECK(encode(sys_time<minutes>(noon)) == sent);
  CHECK(encode(sys_time<hours>(noon)) == sent);
  CHECK(encode(local_time<seconds>(noon.time_since_epoch())) == sent);
  CHECK(encode(sys_time<duration<std::int32_t, std::ratio<60>>>(floor<minutes>(noon).time_since_epoch())) == sent);
  CHECK(encode(sys_time<duration<std::int64_t, std::ratio<1, 50>>>(noon)) == sent);
  CHECK(encode(sys_seconds(-1s)) == encode(moment(-1'000'000us)));
  for (auto too_far : {sys_seconds::max() - 1s, sys_seconds::min() + 1s, sys_seconds(9'223'372'036'855s)})
    CHECK(unsendable(too_far) != "");
  CHECK(unsendable(sys_seconds(9'223'372'036'854s)) == "");
}

TEST_CASE("timestamp: eight bytes") {
  for (auto sent : {"", "00", "00000000", "00000000000000"}) {
    CHECK(refused<moment>(sent) == "it ends too early");
    CHECK(refused<wall>(sent) == "it ends too early");
  }
  CHECK(refused<moment>("000000000000000000") == "bytes are left over");
}

TEST_CASE("timestamp: text both ways") {
  for (auto text : {"2024-02-29 12:00:00.123456", "0044-03-15 01:02:03 BC", "4714-11-24 00:00:00 BC",
                    "294247-01-10 04:00:54.775806", "infinity", "-infinity"})
    CHECK(text_of(tusk::from_text<wall>(text)) == text);
  CHECK(text_of(tusk::from_text<moment>("2024-02-29T12:00:00Z")) == "2024-02-29 12:00:00+00");
  CHECK(text_of(tusk::from_text<moment>("2024-02-29 12:00:00+05:30")) == "2024-02-29 06:30:00+00");
  CHECK(text_of(tusk::from_text<moment>("0001-01-01 00:00:00+01")) == "0001-12-31 23:00:00+00 BC");
  for (auto wrong : {"", "2024-02-29", "2024-02-30 00:00:00", "2024-02-29 24:00:00", "2024-02-29 12:00:00+00",
                     "2024-02-29 12:00:00.1234567", "4714-11-23 23:59:59 BC", "294247-01-10 04:00:54.775807",
                     "9999999-12-31 00:00:00"})
    CHECK(unreadable<wall>(wrong) ==
          '"' + tusk::printable(wrong, 60) +
              "\" is no timestamp: write such as 2024-02-29 12:00:00.123456, infinity or -infinity");
  for (auto wrong : {"2024-02-29 12:00:00", "2024-02-29 12:00:00+16", "2024-02-29 12:00:00 UTC"})
    CHECK(unreadable<moment>(wrong).starts_with('"' + std::string(wrong) + "\" is no timestamptz"));
}
