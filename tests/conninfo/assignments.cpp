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

TEST_CASE("assignments: what may hold a piece of a password that a URL cut in two is noticed") {
  auto const doubtful = [](std::string_view name, char const* host, char const* port, char const* dbname,
                           char const* user = nullptr) {
    assignments a;
    a.put("host"_keyword, host);
    a.put("port"_keyword, port);
    a.put("dbname"_keyword, dbname);
    if (user) a.put("user"_keyword, user);
    return a.doubtful(*find_keyword(name));
  };
  CHECK(doubtful("port", "user", "pa", "ss@host/db"));
  CHECK(doubtful("dbname", "user", "pa", "ss"));
  CHECK(doubtful("dbname", "user", "12", "ss@host/db"));
  CHECK(doubtful("port", "h1,u2", ",pw2@h2", "db"));
  CHECK(doubtful("host", "a,ss@host", "", ""));
  CHECK_FALSE(doubtful("port", "h", "5432,5433", "me@db"));
  CHECK_FALSE(doubtful("dbname", "h", "5432", "me@db", "me"));
  CHECK_FALSE(doubtful("host", "@abstract", "5432", "db"));
  CHECK_FALSE(doubtful("user", "h", "abc", "db"));
  for (auto const& k : keywords) CHECK_FALSE(assignments().doubtful(k));
}

TEST_CASE("assignments: one from the environment is equal to one that was given, and can be told from it") {
  assignments a, b;
  a.put("host"_keyword, "h");
  b.put("host"_keyword, "h", true);
  CHECK(a == b);
  CHECK_FALSE(a.entry("host"_keyword)->ambient);
  CHECK(b.entry("host"_keyword)->ambient);
  b.put("host"_keyword, "h");
  CHECK_FALSE(b.entry("host"_keyword)->ambient);
  CHECK(!b.entry("port"_keyword));
}
