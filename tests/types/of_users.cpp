// tusk: tests/types/of_users.cpp — types that users and extensions have created, against what servers sent.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Their numbers differ between databases: they are read by what their bytes say, and sent as text.
#include <tusk/types/all.hpp>

#include "types/served.hpp"
#include "types/users.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace served;
using namespace users;

namespace {

/// Of types that users and extensions have created. False: there is no codec.
bool check_of_users(sample const& row) {
  auto const& type = row.type_name;
  if (type == "hstore")
    inferred<tusk::hstore>(row);
  else if (type == "ltree")
    inferred<tusk::ltree>(row);
  else if (type == "lquery")
    inferred<tusk::lquery>(row);
  else if (type == "textrange")
    inferred<tusk::range<std::string>>(row);
  else if (type == "floatrange")
    CHECK(to_string(decode<tusk::range<double>>(row.sent, row.type)) == row.text); // NaN is not equal to itself
  else if (type == "mood") {
    inferred<mood>(row);
    inferred<std::string>(row);
  } else if (type == "mood[]")
    inferred<std::vector<mood>>(row);
  else if (type == "pt")
    inferred<pt>(row);
  else if (type == "pt[]")
    inferred<std::vector<std::optional<pt>>>(row);
  else if (type == "nested")
    inferred<nested>(row);
  else if (type == "onecol")
    inferred<onecol>(row);
  else
    return false;
  return true;
}

} // namespace

TEST_CASE("types of users: what servers sent, and damaged") {
  std::set<std::string> seen;
  // Listed exceptions: an extension that no program has asked for yet, and a composite without attributes.
  std::set<std::string> const without_codec{"cube", "zerocol"};
  for (auto const& row : samples()) {
    if (!tusk::is_of_users(row.type)) continue;
    INFO(row.expression);
    CHECK(check_of_users(row) != without_codec.contains(row.type_name));
    seen.insert(row.type_name);
  }
  CHECK(seen.size() == 13);
}

TEST_CASE("types of users: a record is read as a composite") {
  int records = 0;
  for (auto const& row : samples()) {
    if (row.type != oid::record || row.text == "()") continue;
    inferred<pt>(row);
    ++records;
  }
  CHECK(records == 1);
}

TEST_CASE("types of users: what is no text is not read as one") {
  for (auto const& row : samples()) {
    if (!tusk::is_of_users(row.type)) continue;
    INFO(row.expression);
    auto const why = refused<std::string>(hex(row.sent), row.type);
    CHECK((why == "") == (row.type_name == "mood"));
    if (!why.empty()) CHECK(why == "its type is not sent as text: cast it in the query, as in column::text");
  }
}
