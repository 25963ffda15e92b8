// tusk: tests/mapping/reflect.cpp — members of aggregates: how many, which types, which names.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/reflect.hpp>

#include "support/catch.hpp"

#include <any>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using namespace tusk::mapping;

namespace {

struct user {
  int id;
  std::string name;
  std::optional<double> balance;
};
struct one {
  std::string only;
};
/// Members that a conversion operator would miscount.
struct greedy {
  std::any any;
  std::optional<std::any> maybe;
  std::array<int, 3> numbers;
  int plain[4];
  std::vector<std::string> texts;
  std::pair<int, std::string> both;
};
struct move_only {
  std::unique_ptr<int> owner;
  int id;
};
struct empty {};
struct empty_too {};
struct from_empty : empty, empty_too {
  int id;
  std::string name;
};
struct from_user : user {
  int more;
};
struct from_both : empty, user {};
struct nested {
  user inner;
  struct deeper {
    int value;
    int none;
    int object;
  } deep;
};
template <class T> struct generic {
  T value;
  T p;
};
struct spelled {
  int größe;
  int _under;
  int with1digit2;
  int operator_;
  std::map<std::string, std::vector<int>> long_type;
  int (*function)(int);
  int user::* pointer;
};
struct defaults {
  int id = 7;
  std::string name = "nobody";
};
struct explicit_start {
  explicit explicit_start() = default;
};
struct cannot_start {
  explicit_start member;
};
class hidden {
  [[maybe_unused]] int id = 0;
};
struct constructed {
  constructed(int);
  int id;
};
union either {
  int a;
  float b;
};

template <class T> std::string names_of() {
  std::string all;
  for (auto name : member_names<T>) all.append(name).append(" ");
  return all;
}

} // namespace

static_assert(member_count<user> == 3 && member_count<one> == 1 && member_count<greedy> == 6);
static_assert(member_count<move_only> == 2 && member_count<nested> == 2 && member_count<defaults> == 2);
static_assert(member_count<from_empty> == 2 && !inherits_data<from_empty>);
static_assert(inherits_data<from_user> && inherits_data<from_both> && !inherits_data<user> && !inherits_data<greedy>);
static_assert(std::is_same_v<member_types<user>, types<int, std::string, std::optional<double>>>);
static_assert(std::is_same_v<member_types<from_empty>, types<int, std::string>>);
static_assert(plain_aggregate<user> && !plain_aggregate<hidden> && !plain_aggregate<constructed>);
static_assert(!plain_aggregate<either> && !plain_aggregate<int> && !plain_aggregate<empty>);
static_assert(!plain_aggregate<std::array<int, 2>> && !plain_aggregate<std::tuple<int>> &&
              !plain_aggregate<std::string>);
static_assert(starts_empty<user> && !starts_empty<cannot_start>);

TEST_CASE("reflect: names as they are written") {
  CHECK(names_of<user>() == "id name balance ");
  CHECK(names_of<one>() == "only ");
  CHECK(names_of<greedy>() == "any maybe numbers plain texts both ");
  CHECK(names_of<move_only>() == "owner id ");
  CHECK(names_of<from_empty>() == "id name ");
  CHECK(names_of<nested>() == "inner deep ");
  CHECK(names_of<nested::deeper>() == "value none object ");
  CHECK(names_of<generic<int>>() == "value p ");
  CHECK(names_of<generic<generic<std::string>>>() == "value p ");
  CHECK(names_of<spelled>() == "größe _under with1digit2 operator_ long_type function pointer ");
  CHECK(names_of<defaults>() == "id name ");
}

TEST_CASE("reflect: local types have names too") {
  struct local {
    int first;
    std::string second;
  };
  CHECK(names_of<local>() == "first second ");
  CHECK(member_count<local> == 2);
}

TEST_CASE("reflect: members are reached in their order") {
  user u{1, "ada", 2.5};
  visit(u, [](int& id, std::string& name, std::optional<double>& balance) {
    id = 2;
    name += " l";
    balance.reset();
  });
  CHECK(u.id == 2);
  CHECK(u.name == "ada l");
  CHECK(!u.balance);
}
