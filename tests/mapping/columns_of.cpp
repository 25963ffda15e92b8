// tusk: tests/mapping/columns_of.cpp — many structs as one array for each of their members.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/columns_of.hpp>
#include <tusk/mapping/composite.hpp>
#include <tusk/types/all.hpp>

#include "support/catch.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace {

struct user {
  int id = 0;
  std::string name;
  std::optional<std::string> mail;
  bool active = false;
  std::optional<double> score;
};

/// A value as well as a row.
struct place {
  int x = 0;
  std::string name;
};

using columns =
    std::tuple<std::vector<int>, std::vector<std::string_view>, std::vector<std::optional<std::string_view>>,
               std::vector<bool>, std::vector<std::optional<double>>>;
static_assert(std::is_same_v<decltype(tusk::columns_of(std::declval<std::vector<user> const&>())), columns>);
static_assert(tusk::sendable<std::tuple_element_t<2, columns>> && tusk::sendable<std::tuple_element_t<3, columns>>);

template <class V>
concept taken = requires(V&& v) { std::get<0>(tusk::columns_of(std::forward<V>(v))); };
static_assert(taken<std::vector<user>&> && taken<std::vector<user> const&> && taken<std::span<user const>>);
static_assert(!taken<std::vector<user>>, "its texts would be gone");

} // namespace

template <> struct tusk::codec<place> : tusk::composite<place> {};

TEST_CASE("columns_of: of composites, too") {
  std::vector<place> const places{{1, "a"}};
  auto const [xs, names] = tusk::columns_of(places);
  CHECK(xs == std::vector{1});
  CHECK(names == std::vector<std::string_view>{"a"});
}

TEST_CASE("columns_of: one array for each member, in the order of the rows") {
  std::vector<user> const users{{1, "a", "x@y", true, 1.5}, {2, "b", std::nullopt, false, std::nullopt}};
  auto const [ids, names, mails, active, scores] = tusk::columns_of(users);
  CHECK(ids == std::vector{1, 2});
  CHECK(names == std::vector<std::string_view>{"a", "b"});
  CHECK(mails == std::vector<std::optional<std::string_view>>{"x@y", std::nullopt});
  CHECK(active == std::vector{true, false});
  CHECK(scores == std::vector<std::optional<double>>{1.5, std::nullopt});
  CHECK(names[0].data() == users[0].name.data());
}

TEST_CASE("columns_of: of no rows, arrays without elements") {
  auto const none = tusk::columns_of(std::span<user const>());
  CHECK(std::get<0>(none).empty());
  CHECK(std::get<4>(none).empty());
}
