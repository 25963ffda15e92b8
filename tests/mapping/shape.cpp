// tusk: tests/mapping/shape.cpp — row types described without their type.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/shape.hpp>

#include "support/catch.hpp"

#include <tusk/types/all.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

using namespace tusk::mapping;
using tusk::oid;

namespace {

struct user {
  std::int16_t age;
  std::optional<std::int64_t> id;
  std::string name;
  bool active;
};
struct twin {
  std::int16_t age;
  std::optional<std::int64_t> id;
  std::string name;
  bool active;
};

} // namespace

TEST_CASE("shape: an aggregate") {
  auto const& s = shape_of<user>();
  CHECK(s.kind == row_kind::aggregate);
  CHECK_THAT(std::string(s.name), ContainsSubstring("user"));
  REQUIRE(s.size == 4);
  CHECK(s.names[0] == "age");
  CHECK(s.names[3] == "active");
  CHECK(s.offsets[0] == offsetof(user, age));
  CHECK(s.offsets[1] == offsetof(user, id));
  CHECK(s.offsets[2] == offsetof(user, name));
  CHECK(s.offsets[3] == offsetof(user, active));
  CHECK(s.members[0]->spelling() == "std::int16_t");
  CHECK(s.members[1]->spelling() == "std::optional<std::int64_t>");
  CHECK(s.members[1]->nullable);
  CHECK(!s.members[2]->nullable);
}

TEST_CASE("shape: one object for each type") {
  CHECK(&shape_of<user>() == &shape_of<user>());
  CHECK(&shape_of<user>() != &shape_of<twin>());
  CHECK(&shape_of<int>() != &shape_of<std::optional<int>>());
}

TEST_CASE("shape: tuples and single values") {
  using row = std::tuple<std::string, bool, std::int64_t>;
  row sample;
  auto const at = [&](void const* member) {
    return static_cast<std::byte const*>(member) - reinterpret_cast<std::byte const*>(&sample);
  };
  auto const& s = shape_of<row>();
  CHECK(s.kind == row_kind::tuple);
  CHECK(s.names == nullptr);
  REQUIRE(s.size == 3);
  CHECK(s.offsets[0] == at(&std::get<0>(sample)));
  CHECK(s.offsets[1] == at(&std::get<1>(sample)));
  CHECK(s.offsets[2] == at(&std::get<2>(sample)));

  CHECK(shape_of<std::pair<int, bool>>().size == 2);
  CHECK(shape_of<std::pair<int, bool>>().offsets[1] == 4);
  CHECK(shape_of<std::optional<double>>().kind == row_kind::scalar);
  CHECK(shape_of<std::optional<double>>().size == 1);
  CHECK(shape_of<std::optional<double>>().offsets[0] == 0);
}

TEST_CASE("shape: a member knows which columns it reads, and by which function") {
  auto const& number = member_type_of<std::int64_t>;
  CHECK(number.reader_of(oid::int8) == number.read);
  CHECK(number.reader_of(oid::int2) == number.read);
  CHECK(number.reader_of(oid::text) == nullptr);
  auto const& text = member_type_of<std::optional<std::string>>;
  CHECK(text.reader_of(oid::varchar) == text.read);
  REQUIRE(text.reader_of(oid::jsonb) != nullptr);
  CHECK(text.reader_of(oid::jsonb) != text.read);
  CHECK(text.reader_of(oid::int4) == nullptr);
}
