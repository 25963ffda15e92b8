// tusk tests: conninfo/assignments.hpp — keywords with the values they were given.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/assignments.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tusk::conninfo;

TEST_CASE("assignments: the last value counts, in the order of the table") {
  assignments a, b;
  CHECK(a.put("user", "one"));
  CHECK(a.put("host", "h"));
  CHECK(a.put("user", "two"));
  CHECK(a.put("port", ""));
  CHECK_FALSE(a.put("usr", "x"));
  std::vector<std::string> order;
  for (auto const& x : a) order.push_back(std::string(x.key().name) + "=" + x.value);
  CHECK(order == std::vector<std::string>{"host=h", "port=", "user=two"});
  REQUIRE(a.find("port"_keyword)); // given, and empty
  CHECK(a.find("port"_keyword)->empty());
  CHECK(!a.find("dbname"_keyword));

  b.put("port"_keyword, "");
  b.put("user"_keyword, "two");
  CHECK_FALSE(a == b);
  b.put("host"_keyword, "h");
  CHECK(a == b);
}

TEST_CASE("assignments: the alias requiressl") {
  for (auto const& [value, mode] :
       {std::pair("1", "require"), {"1x", "require"}, {"0", "prefer"}, {"", "prefer"}, {"true", "prefer"}}) {
    assignments a;
    CHECK(a.put("requiressl", value));
    CHECK(*a.find("sslmode"_keyword) == mode);
  }
}

TEST_CASE("assignments: a secret's memory is wiped when it is moved away") {
  assignment from("password"_keyword, "hunter2");
  assignment const to(std::move(from));
  CHECK(to.value == "hunter2");
  CHECK(std::string_view(reinterpret_cast<char const*>(&from), sizeof from).find("hunter2") == std::string_view::npos);
  std::string text = "hunter2";
  assignments().put("password"_keyword, std::move(text));
  CHECK(std::string_view(reinterpret_cast<char const*>(&text), sizeof text).find("hunter2") == std::string_view::npos);
  assignment open("user"_keyword, "app");
  assignment closed("password"_keyword, "hunter2");
  open = std::move(closed);
  CHECK(open.key().name == "password");
  CHECK(open.value == "hunter2");
}

TEST_CASE("assignments: a password that a URL cut in two is noticed") {
  auto const split = [](char const* port, char const* dbname) {
    assignments a;
    a.put("port"_keyword, port);
    a.put("dbname"_keyword, dbname);
    return a.split_password();
  };
  CHECK(split("pa", "ss@host/db"));
  CHECK(split(",pw2@h2", "db"));
  CHECK_FALSE(split("5432,5433", "me@db"));
  CHECK_FALSE(split("abc", "db"));
  CHECK_FALSE(assignments().split_password());
}
