// tusk: examples/types.cpp — enums, composites, types of your own, and PostgreSQL's types that C++ does not have.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Connects as examples/quickstart.cpp does. Everything is made in one transaction, which is not committed.
#include <tusk/tusk.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

// [enum]
enum class mood { sad, ok, happy };

template <> struct tusk::enum_labels<mood> {
  static constexpr auto value = std::array{"sad", "ok", "happy"};
};
// [/enum]

// [composite]
struct address {
  std::string street;
  std::optional<int> number;
};

template <> struct tusk::codec<address> : tusk::composite<address> {};
// [/composite]

// [scalar]
struct celsius {
  double degrees = 0;
};

template <> struct tusk::codec<celsius> {
  static constexpr std::array oids{tusk::oid::float8};
  static constexpr tusk::oid array = tusk::oid::float8_array;
  static void decode(tusk::reader& in, celsius& out) { out.degrees = in.get<double>(); }
  static void encode(celsius value, tusk::writer& to) { to.put(value.degrees); }
};
// [/scalar]

// [renamed]
struct visitor {
  int id = 0;
  std::string name;
  mood feels{};
};

template <> inline constexpr auto tusk::renamed<visitor> = std::array{tusk::renamed_column{"feels", "currentMood"}};
// [/renamed]

static asio::awaitable<void> visitors(tusk::transaction& tx) {
  co_await tx.script("create type mood as enum ('sad', 'ok', 'happy');"
                     "create type address as (street text, number int);"
                     "create table visitor (id int, name text, \"currentMood\" mood);");
  // [columns_of]
  std::vector<visitor> const arrived{{1, "Ann", mood::happy}, {2, "Bob", mood::ok}, {3, "Cid", mood::sad}};
  auto const [ids, names, moods] = tusk::columns_of(arrived);
  co_await tx.execute("insert into visitor select * from unnest($1::int[], $2::text[], $3::mood[])", ids, names, moods);
  // [/columns_of]
  auto const fine =
      co_await tx.query<visitor>("select * from visitor where \"currentMood\" > $1 order by id", mood::sad);
  for (auto const& v : fine) std::printf("%s is %s\n", v.name.c_str(), v.feels == mood::happy ? "happy" : "well");
  address const home{"High Street", std::nullopt};
  auto const homes = co_await tx.query_one<std::vector<address>>("select array[$1, ('Lane', 5)::address]", home);
  for (auto const& a : homes) std::printf("%s %d\n", a.street.c_str(), a.number.value_or(0));
  // [text]
  auto const rows = co_await tx.query<tusk::row>("select *, 'visitor'::regclass, ('Lane', id)::address from visitor");
  for (tusk::row const& r : rows) {
    for (std::size_t i = 0; i < r.size(); ++i) std::printf("%s ", r[i].is_null() ? "-" : r[i].text().c_str());
    std::printf("%s\n", r["currentMood"].as<mood>() == mood::sad ? "..." : "");
  }
  // [/text]
}

static asio::awaitable<void> values(tusk::transaction& tx) {
  using namespace std::chrono_literals;
  // [values]
  auto const price = co_await tx.query_one<tusk::numeric>("select 19.90 * 3");
  auto const cents = tusk::numeric::parse("5970").to<std::int64_t>(); // exact, or an error
  auto const later = co_await tx.query_one<tusk::interval>("select interval '1 month' + $1", 90min);
  auto const week = tusk::range<int>::closed(1, 7);
  bool const inside = co_await tx.query_one<bool>("select 3 <@ $1", week);
  auto const home = tusk::inet::parse("192.168.1.5/24");
  auto const net = co_await tx.query_one<tusk::cidr>("select network($1)", home);
  auto const grid = co_await tx.query_one<tusk::array<int>>("select array[[1, 2], [3, 4]]");
  // [/values]
  std::printf("%s, %lld, %s, %s, %s, %d\n", to_string(price).c_str(), static_cast<long long>(cents),
              to_string(later).c_str(), inside ? "inside" : "outside", to_string(net).c_str(), grid.at({2, 1}));
  auto const warm = co_await tx.query_one<celsius>("select $1 + 0.5", celsius{20});
  std::printf("%.1f degrees\n", warm.degrees);
}

static asio::awaitable<int> app() {
  auto db = co_await tusk::connect();
  auto tx = co_await db.begin();
  co_await visitors(tx);
  co_await values(tx);
  co_await tx.rollback();
  co_return 0;
}

int main() { return tusk::run(app()); }
