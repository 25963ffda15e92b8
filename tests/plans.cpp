// tusk: tests/plans.cpp — the plans that are made once and kept with a statement's description.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/plans.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <optional>
#include <tuple>

using support::column;
using support::outcome_of;
using tusk::oid;
using tusk::plan_for;
using tusk::protocol::description;

namespace {

struct user {
  std::int64_t id;
  std::string name;
};
struct reversed {
  std::string name;
  std::int64_t id;
};
struct with_more {
  std::int64_t id;
  std::string name;
  bool active;
};

using described = tusk::protocol::ref<description>;
described users() {
  return described(new description({oid::int4, oid::text}, {column("id", oid::int8), column("name", oid::text)}));
}

} // namespace

TEST_CASE("plans: the plan of a row type is made once") {
  auto p = users();
  auto const& first = plan_for<user>(*p);
  CHECK(first.is_for<user>());
  CHECK(first.straight());
  CHECK(&plan_for<user>(*p) == &first);

  auto const& other = plan_for<reversed>(*p);
  CHECK(&other != &first);
  CHECK(other.is_for<reversed>());
  CHECK_FALSE(other.straight());
  using pair = std::pair<std::int64_t, std::string>;
  using tuple = std::tuple<std::int64_t, std::optional<std::string>>;
  CHECK(&plan_for<pair>(*p) != &plan_for<tuple>(*p));
  // Those made first are where they were.
  CHECK(&plan_for<user>(*p) == &first);
  CHECK(&plan_for<reversed>(*p) == &other);
  CHECK(first.is_for<user>());
}

TEST_CASE("plans: a row type that does not fit is refused each time and spoils nothing") {
  auto p = users();
  for (int i = 0; i < 2; ++i) {
    auto const refused = outcome_of([&] { (void)plan_for<with_more>(*p); });
    CHECK(refused.code == tusk::errc::column_mismatch);
    CHECK_THAT(refused.text, ContainsSubstring("no column for member \"active\" (bool)"));
  }
  CHECK(outcome_of([&] { (void)plan_for<std::int64_t>(*p); }).code == tusk::errc::column_mismatch);
  CHECK(plan_for<user>(*p).size() == 2);
}

TEST_CASE("plans: a statement without columns has no rows of any type") {
  described const p(new description({}, {}));
  CHECK(outcome_of([&] { (void)plan_for<user>(*p); }).code == tusk::errc::column_mismatch);
  CHECK(outcome_of([&] { (void)plan_for<int>(*p); }).code == tusk::errc::column_mismatch);
}
