// tusk: tests/mapping/renamed.cpp — columns of other names than their members have.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/decode.hpp>
#include <tusk/mapping/renamed.hpp>
#include <tusk/types/all.hpp>

#include "support/catch.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct user {
  int id = 0;
  std::string created;
  bool is_class = false;
};
struct swapped {
  int a = 0;
  int b = 0;
};
struct misnamed {
  int a = 0;
};
struct twice {
  int a = 0;
  int b = 0;
};

} // namespace

template <>
inline constexpr auto tusk::renamed<user> =
    std::array{tusk::renamed_column{"created", "createdAt"}, tusk::renamed_column{"is_class", "class"}};
template <>
inline constexpr auto tusk::renamed<swapped> =
    std::array{tusk::renamed_column{"a", "b"}, tusk::renamed_column{"b", "a"}};
template <> inline constexpr auto tusk::renamed<misnamed> = std::array{tusk::renamed_column{"z", "b"}};
template <> inline constexpr auto tusk::renamed<twice> = std::array{tusk::renamed_column{"a", "b"}};

using namespace tusk::mapping;

static_assert(column_names<user> == std::array<std::string_view, 3>{"id", "createdAt", "class"});
static_assert(column_names<swapped> == std::array<std::string_view, 2>{"b", "a"});
static_assert(renamed_well<user>() && renamed_well<swapped>());
static_assert(!renamed_well<misnamed>(), "a member that is not there");
static_assert(!renamed_well<twice>(), "two members of one column");

TEST_CASE("renamed: columns are found by their own names") {
  std::vector<tusk::wire::column> columns(3);
  columns[0] = {"class", tusk::oid::bool_, {}, 0, 1, -1, 1};
  columns[1] = {"createdAt", tusk::oid::text, {}, 0, -1, -1, 1};
  columns[2] = {"id", tusk::oid::int4, {}, 0, 4, -1, 1};
  plan p;
  match(columns, shape_of<user>(), p);
  CHECK(p.member_of(0) == 2);
  CHECK(p.member_of(1) == 1);
  CHECK(p.member_of(2) == 0);
  columns[1].name = "created";
  try {
    match(columns, shape_of<user>(), p);
    FAIL("it fits");
  } catch (tusk::error const& e) {
    CHECK(std::string(e.what()).find("column \"created\" (text) has no member of that name") != std::string::npos);
    CHECK(std::string(e.what()).find("no column for member \"createdAt\"") != std::string::npos);
  }
}
