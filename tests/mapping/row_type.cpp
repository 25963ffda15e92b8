// tusk: tests/mapping/row_type.cpp — what may be a row, and why the rest may not.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// That each refusal is worded is tests/build/must_not_compile.
#include <tusk/mapping/row_type.hpp>

#include "support/catch.hpp"

#include <tusk/types/all.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

using namespace tusk::mapping;

namespace {

struct user {
  std::int64_t id;
  std::string name;
  std::optional<double> balance;
};
struct viewing {
  std::int64_t id;
  std::optional<std::string_view> name;
};
struct with_reference {
  int& id;
};
union either {
  int a;
  float b;
};
struct empty {};
struct inheriting : user {
  int more;
};
class hidden {
  [[maybe_unused]] int id = 0;
};
template <class T> constexpr auto owning = why_not_row<T, true>();
template <class M> constexpr auto owning_member = why_not_member<M, true>();

} // namespace

// Rows.
static_assert(check_row<user, true>() && check_row<user, false>() && check_row<viewing, false>());
static_assert(check_row<int, true>() && check_row<std::optional<std::string>, true>());
static_assert(check_row<std::string_view, false>() && check_row<std::vector<std::optional<int>>, true>());
static_assert(check_row<std::tuple<int, std::string>, true>() &&
              check_row<std::pair<int, std::optional<bool>>, true>());
static_assert(check_row<std::array<int, 3>, true>());
static_assert(row_type<int>::kind == row_kind::scalar && row_type<std::optional<int>>::kind == row_kind::scalar);
static_assert(row_type<std::array<int, 3>>::kind == row_kind::scalar && row_size<std::array<int, 3>> == 1);
static_assert(row_type<std::pair<int, int>>::kind == row_kind::tuple && row_size<std::pair<int, int>> == 2);
static_assert(row_type<user>::kind == row_kind::aggregate && row_size<user> == 3);

// Not rows.
static_assert(owning<int&> == row_refusal::qualified && owning<user const> == row_refusal::qualified);
static_assert(owning<void> == row_refusal::qualified && owning<int[2]> == row_refusal::array);
static_assert(owning<either> == row_refusal::union_type && owning<int*> == row_refusal::pointer);
static_assert(owning<unsigned> == row_refusal::is_unsigned && owning<empty> == row_refusal::empty);
static_assert(owning<std::tuple<>> == row_refusal::empty && owning<hidden> == row_refusal::no_aggregate);
static_assert(owning<std::thread> == row_refusal::no_aggregate && owning<signed char> == row_refusal::no_aggregate);
static_assert(owning<std::optional<user>> == row_refusal::no_aggregate);
static_assert(owning<with_reference> == row_refusal::no_empty_start && owning<inheriting> == row_refusal::inherits);
static_assert(owning<std::string_view> == row_refusal::borrows);
static_assert(owning<std::vector<std::string_view>> == row_refusal::borrows);

// Not members.
static_assert(owning_member<int&> == member_refusal::reference && owning_member<int const> == member_refusal::constant);
static_assert(owning_member<int[2]> == member_refusal::array && owning_member<either> == member_refusal::union_type);
static_assert(owning_member<std::optional<char*>> == member_refusal::pointer);
static_assert(owning_member<std::optional<unsigned>> == member_refusal::is_unsigned);
static_assert(owning_member<std::thread> == member_refusal::no_codec &&
              owning_member<user> == member_refusal::no_codec);
static_assert(owning_member<std::optional<std::optional<int>>> == member_refusal::no_codec);
static_assert(owning_member<std::span<std::byte const>> == member_refusal::borrows);
static_assert(why_not_member<std::span<std::byte const>, false>() == member_refusal::none);

TEST_CASE("row type: each() reaches the members of every kind") {
  auto const sum = [](auto& row) {
    int total = 0;
    row_type<std::remove_reference_t<decltype(row)>>::each(row,
                                                           [&](auto&... m) { total = (static_cast<int>(m) + ...); });
    return total;
  };
  std::tuple<int, double, short> three{1, 2.0, short{3}};
  std::pair<int, int> two{4, 5};
  int one = 6;
  struct local {
    int a, b;
  } row{7, 8};
  CHECK(sum(three) == 6);
  CHECK(sum(two) == 9);
  CHECK(sum(one) == 6);
  CHECK(sum(row) == 15);
}
