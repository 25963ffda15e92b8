// tusk: tests/prepared.cpp — a statement's types and the plans that are made once.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/prepared.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <optional>
#include <tuple>

using support::column;
using support::outcome_of;
using tusk::oid;
using tusk::prepared;

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

prepared users() {
  return prepared("tusk_1", {oid::int4, oid::text}, {column("id", oid::int8), column("name", oid::text)});
}

} // namespace

TEST_CASE("prepared: keeps what the server said") {
  auto const p = users();
  CHECK(p.name() == "tusk_1");
  CHECK(p.parameters() == std::vector{oid::int4, oid::text});
  tusk::wire::buffer bind;
  tusk::wire::begin_bind(bind, "", "tusk_1");
  // Without the length, which is written when the message ends.
  REQUIRE(p.bind().size() == bind.size());
  CHECK(p.bind()[0] == bind.view()[0]);
  CHECK(tusk::wire::as_text(p.bind().subspan(5)) == tusk::wire::as_text(bind.view().subspan(5)));
  REQUIRE(p.columns() != nullptr);
  REQUIRE(p.columns()->size() == 2);
  CHECK((*p.columns())[1].name == "name");
  prepared const nothing("", {}, {});
  CHECK(nothing.parameters().empty());
  CHECK(nothing.columns()->empty());
}

TEST_CASE("prepared: the plan of a row type is made once") {
  auto p = users();
  auto const& first = p.plan_for<user>();
  CHECK(first.is_for<user>());
  CHECK(first.straight());
  CHECK(&p.plan_for<user>() == &first);

  auto const& other = p.plan_for<reversed>();
  CHECK(&other != &first);
  CHECK(other.is_for<reversed>());
  CHECK_FALSE(other.straight());
  using pair = std::pair<std::int64_t, std::string>;
  using tuple = std::tuple<std::int64_t, std::optional<std::string>>;
  CHECK(&p.plan_for<pair>() != &p.plan_for<tuple>());
  // Those made first are where they were.
  CHECK(&p.plan_for<user>() == &first);
  CHECK(&p.plan_for<reversed>() == &other);
  CHECK(first.is_for<user>());
}

TEST_CASE("prepared: a row type that does not fit is refused each time and spoils nothing") {
  auto p = users();
  for (int i = 0; i < 2; ++i) {
    auto const refused = outcome_of([&] { (void)p.plan_for<with_more>(); });
    CHECK(refused.code == tusk::errc::column_mismatch);
    CHECK_THAT(refused.text, ContainsSubstring("no column for member \"active\" (bool)"));
  }
  CHECK(outcome_of([&] { (void)p.plan_for<std::int64_t>(); }).code == tusk::errc::column_mismatch);
  CHECK(p.plan_for<user>().size() == 2);
}

TEST_CASE("prepared: a statement without columns has no rows of any type") {
  prepared p("", {}, {});
  CHECK(outcome_of([&] { (void)p.plan_for<user>(); }).code == tusk::errc::column_mismatch);
  CHECK(outcome_of([&] { (void)p.plan_for<int>(); }).code == tusk::errc::column_mismatch);
}
