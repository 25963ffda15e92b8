// tusk: tests/live/type_table.cpp — each value of tests/data/types_expected.tsv from, and to, a real server.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The table tells what servers 15 and 18 sent. Here the server under test is asked for the value, which must have the
// table's text, and is then given it as a parameter, of which it must write the same.
#include "support/json.hpp"
#include "support/live.hpp"
#include "support/table.hpp"
#include "support/text_of.hpp"
#include "types/home_types.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace {

struct expected {
  std::string expression, type, text;
  tusk::oid number;
};

/// The built-in types under standard settings, as the server under test knows them.
std::vector<expected> values(int server_version) {
  std::vector<expected> out;
  support::table const table("types_expected.tsv");
  for (auto const& row : table) {
    auto const text = row["text_json"];
    if (row["oid"] == "dynamic" || !row["set"].empty() || text == "null" || text.starts_with('{')) continue;
    // Not of types: which database it is. Of domains, which this database has not: types_of_users.cpp.
    if (row["group"] == "misc" || row["group"] == "domain") continue;
    if (std::stoi(row["min_pg"]) * 10000 > std::max(server_version, 150000)) continue; // the table begins with 15
    // Before 15 a byte that is no character was written as it is.
    if (server_version < 150000 && row["group"] == "char1" && text.size() > 3) continue;
    if (server_version >= 180000 && !row["text_differs_in_pg18"].empty()) continue;
    out.push_back({row["expr"], row["type"], support::json::string(text), tusk::oid(std::stoul(row["oid"]))});
  }
  return out;
}

template <class T> void check(live::connection& db, expected const& e) {
  auto const value = db.query_one<T>("select " + e.expression);
  CHECK(text_of(value) == e.text);
  if constexpr (tusk::sendable<T>) {
    auto const parameter = "$1::" + e.type;
    auto const [back, written] =
        db.query_one<std::pair<T, std::string>>("select " + parameter + ", format('%s', " + parameter + ")", value);
    CHECK(text_of(back) == e.text);
    CHECK(written == e.text);
  }
}

} // namespace

TEST_CASE("type table: every value as the text of a dynamic row") {
  live::in_both_modes([](live::opener connect) {
    auto db = connect(live::options().set("options", "-c timezone=UTC -c lc_monetary=C"));
    int checked = 0;
    for (auto const& e : values(db.server_version())) {
      INFO(e.expression);
      auto const rows = tusk::as_result([&] { return db.query_one<tusk::row>("select " + e.expression); });
      if (!rows.has_value()) {
        CHECK(db.server_version() < 150000); // types and spellings that came later
        continue;
      }
      auto const field = (*rows)[0];
      CHECK(field.text() == e.text);
      CHECK(field.description().format == (tusk::mapping::has_text_form(e.number) ? 1 : 0));
      ++checked;
    }
    CHECK(checked >= (db.server_version() < 150000 ? 185 : 210));
  });
}

TEST_CASE("type table: every value from the server, and to it") {
  live::in_both_modes([](live::opener connect) {
    auto db = connect(live::options().set("options", "-c timezone=UTC -c lc_monetary=C"));
    int checked = 0, not_known = 0;
    for (auto const& e : values(db.server_version())) {
      INFO(e.expression);
      // Listed exception: PostgreSQL 18 sends an empty tsquery and does not take one.
      if (e.number == tusk::oid::tsquery && e.text.empty()) continue;
      if (db.server_version() < 150000) {
        try {
          db.execute("select " + e.expression);
        } catch (tusk::error const&) {
          ++not_known;
          continue;
        }
      }
      checked += with_home_type(e.number, [&](auto t) { check<typename decltype(t)::type>(db, e); }) ? 1 : 0;
    }
    CHECK(checked >= (db.server_version() < 150000 ? 185 : 200));
    CHECK(not_known <= 25); // types and spellings that came later
  });
}
