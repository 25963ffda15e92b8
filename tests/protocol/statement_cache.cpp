// tusk: tests/protocol/statement_cache.cpp — which statements are kept, which are found again, and which have to go.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/protocol/statement_cache.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using tusk::protocol::ref;
using tusk::protocol::statement;
using tusk::protocol::statement_cache;
using tusk::protocol::statement_names;
using tusk::wire::oid;

namespace {

using types = std::vector<oid>;

struct cache {
  explicit cache(std::size_t limit) : kept(limit) {}
  ref<statement> find(std::string_view sql, types const& t = {}) { return kept.find(sql, t, names); }
  /// The texts of what has been evicted since the last call, the oldest first.
  std::string evicted() {
    std::string all;
    for (auto const& s : kept.take_evicted()) {
      CHECK(s->evicted);
      all += std::string(s->sql()) + " ";
    }
    return all;
  }
  statement_names names{1};
  statement_cache kept;
};

} // namespace

TEST_CASE("the same text is found again, wherever it stands") {
  cache c(10);
  auto const first = c.find("select 1");
  CHECK(first->sql() == "select 1");
  CHECK(first->lasting());
  CHECK(c.find("select 1").get() == first.get());
  auto const copy = std::make_unique<std::string>("select 1");
  CHECK(c.find(*copy).get() == first.get());
  CHECK(c.find(std::string_view("select 10").substr(0, 8)).get() == first.get());
  CHECK(c.kept.size() == 1);
  CHECK(!c.kept.has_evicted());
}

TEST_CASE("statements with other texts or other types of parameters are others, with names of their own") {
  cache c(10);
  auto const text = std::string("select $1");
  types const four{oid::int4};
  types const eight{oid::int8};
  types const both{oid::int4, oid::int4};
  auto const a = c.find(text, four);
  auto const b = c.find(text, eight);
  auto const d = c.find(text, both);
  auto const e = c.find(text, {});
  auto const f = c.find("select $2", four);
  std::vector<statement*> all{a.get(), b.get(), d.get(), e.get(), f.get()};
  std::vector<std::string> names;
  for (auto const* s : all) names.emplace_back(s->name());
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  CHECK(c.kept.size() == 5);
  for (int again = 0; again < 2; ++again) {
    CHECK(c.find(text, four).get() == a.get());
    CHECK(c.find(text, eight).get() == b.get());
    CHECK(c.find(text, both).get() == d.get());
    CHECK(c.find(text, {}).get() == e.get());
    CHECK(c.find("select $2", four).get() == f.get());
  }
  CHECK(c.find(text, types(four)).get() == a.get()); // the same types at another place
}

TEST_CASE("a buffer that is filled with another text is another statement, though the address is the same") {
  cache c(10);
  char buffer[32];
  auto const in_buffer = [&](char const* text) {
    std::strcpy(buffer, text);
    return c.find(buffer);
  };
  auto const one = in_buffer("select 1");
  auto const two = in_buffer("select 2");
  auto const longer = in_buffer("select 22");
  auto const shorter = in_buffer("select");
  CHECK(one->sql() == "select 1");
  CHECK(two->sql() == "select 2");
  CHECK(longer->sql() == "select 22");
  CHECK(shorter->sql() == "select");
  CHECK(in_buffer("select 1").get() == one.get());
  CHECK(in_buffer("select 1").get() == one.get());
  CHECK(in_buffer("select 2").get() == two.get());
  CHECK(c.kept.size() == 4);
}

TEST_CASE("a text at the address of one that has been evicted is looked up anew") {
  cache c(1);
  std::string const a = "select 'a'";
  auto const first = c.find(a);
  c.find("select 'b'");
  CHECK(c.evicted() == "select 'a' ");
  auto const second = c.find(a);
  CHECK(second.get() != first.get());
  CHECK(!second->evicted);
  CHECK(c.evicted() == "select 'b' ");
}

TEST_CASE("of those that are too many the least recently used goes") {
  cache c(3);
  c.find("a");
  c.find("b");
  c.find("c");
  CHECK(!c.kept.has_evicted());
  c.find("a");
  c.find("d");
  CHECK(c.kept.has_evicted());
  CHECK(c.evicted() == "b ");
  CHECK(!c.kept.has_evicted());
  CHECK(c.evicted().empty());
  std::string const copy = "c"; // found by its text, which counts as use too
  c.find(copy);
  c.find("e");
  c.find("f");
  CHECK(c.evicted() == "a d ");
  CHECK(c.kept.size() == 3);
}

TEST_CASE("what is evicted lives on for those who still use it") {
  cache c(1);
  auto const a = c.find("a");
  a->prepared();
  c.find("b");
  auto out = c.kept.take_evicted();
  REQUIRE(out.size() == 1);
  CHECK(out[0].get() == a.get());
  out.clear();
  CHECK(a->sql() == "a");
  CHECK(a->evicted);
  CHECK(a->on_server()); // it is still to be closed
}

TEST_CASE("with a limit of nothing nothing is kept") {
  cache c(0);
  CHECK(!c.kept.keeps("select 1"));
  CHECK(!c.kept.keeps(""));
  CHECK(c.kept.size() == 0);
}

TEST_CASE("texts that are too long are not kept") {
  cache c(1);
  CHECK(c.kept.keeps(""));
  CHECK(c.kept.keeps(std::string(statement_cache::longest, 'x')));
  CHECK(!c.kept.keeps(std::string(statement_cache::longest + 1, 'x')));
  auto const longest = std::string(statement_cache::longest, 'x');
  CHECK(c.find(longest).get() == c.find(longest).get());
}

TEST_CASE("an empty text is a text") {
  cache c(2);
  auto const empty = c.find("");
  CHECK(empty->sql().empty());
  CHECK(c.find(std::string()).get() == empty.get());
  CHECK(c.find(std::string_view()).get() == empty.get());
  CHECK(c.kept.size() == 1);
}

TEST_CASE("the server has closed them all: each is to be prepared again, and still found") {
  cache c(10);
  auto const a = c.find("a");
  auto const b = c.find("b");
  a->prepared();
  b->prepared();
  c.kept.forget_all();
  CHECK(!a->on_server());
  CHECK(!b->on_server());
  CHECK(c.find("a").get() == a.get());
  CHECK(c.find("b").get() == b.get());
  CHECK(c.evicted().empty());
}

TEST_CASE("a text that cannot be sent is refused and leaves nothing behind") {
  cache c(2);
  auto const a = c.find("a");
  auto const b = c.find("b");
  std::string const bad("select\0", 7);
  for (int again = 0; again < 2; ++again) CHECK_THROWS_AS(c.find(bad), tusk::error);
  CHECK_THROWS_AS(c.find("c", types(65536)), tusk::error);
  CHECK(c.kept.size() == 2);
  CHECK(c.evicted().empty());
  CHECK(c.find("a").get() == a.get());
  CHECK(c.find("b").get() == b.get());
}

TEST_CASE("thousands of statements are each found again") {
  cache c(5000);
  std::vector<std::string> texts;
  std::vector<ref<statement>> made;
  for (int i = 0; i < 5000; ++i) texts.push_back("select " + std::to_string(i));
  for (auto const& t : texts) made.push_back(c.find(t));
  CHECK(c.kept.size() == 5000);
  for (std::size_t i = 0; i < texts.size(); ++i) REQUIRE(c.find(std::string(texts[i])).get() == made[i].get());
  CHECK(c.evicted().empty());
  c.find("one more");
  CHECK(c.evicted() == "select 0 ");
}

TEST_CASE("whatever is asked for in whatever order, it keeps what a plain list would") {
  for (std::size_t limit : {1u, 2u, 7u, 64u}) {
    cache c(limit);
    std::mt19937 random(static_cast<unsigned>(limit));
    std::vector<std::string> texts;
    for (int i = 0; i < 100; ++i) texts.push_back("select " + std::to_string(i));
    std::vector<std::string> list; // the most recently used at the end
    std::string gone;
    for (int i = 0; i < 3000; ++i) {
      auto const n = random() % (random() % 100 + 1); // some more often than others
      auto const& text = texts[n];
      auto const in_place = random() % 2 == 0;
      auto const found = in_place ? c.find(text) : c.find(std::string(text));
      REQUIRE(found->sql() == text);
      REQUIRE(!found->evicted);
      if (auto const at = std::find(list.begin(), list.end(), text); at != list.end()) list.erase(at);
      list.push_back(text);
      if (list.size() > limit) {
        gone += list.front() + " ";
        list.erase(list.begin());
      }
      REQUIRE(c.kept.size() == list.size());
    }
    CHECK(c.evicted() == gone);
  }
}
