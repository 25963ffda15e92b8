// tusk: tests/protocol/statement.cpp — prepared statements: their names, their messages, and what a server said of
// them. Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/protocol/statement.hpp>

#include "support/rows.hpp"
#include "support/statements.hpp"

#include <set>
#include <string>
#include <vector>

using tusk::errc;
using tusk::protocol::description;
using tusk::protocol::ref;
using tusk::protocol::statement;
using tusk::protocol::statement_names;
using tusk::wire::as_text;
using tusk::wire::oid;

namespace {

ref<statement> make(std::string_view name, std::string_view sql, std::vector<oid> const& types = {}) {
  return ref<statement>(new statement(name, sql, types));
}

/// Tells how many of it there are.
struct counted_attachment : description::attachment {
  explicit counted_attachment(int& n) : alive(n) { ++alive; }
  ~counted_attachment() override { --alive; }
  int& alive;
};

} // namespace

TEST_CASE("a statement is parsed and described under its name, with the declared types") {
  auto const s = make("s1", "select $1", {oid::int8, oid::none, oid::text});
  CHECK(s->name() == "s1");
  CHECK(s->sql() == "select $1");
  CHECK(s->types().size() == 3);
  CHECK(s->lasting());
  using namespace messages;
  auto const types =
      number(std::uint16_t{3}) + number(std::uint32_t{20}) + number(std::uint32_t{0}) + number(std::uint32_t{25});
  CHECK(as_text(s->preparation()) == message('P', zero_terminated("s1") + zero_terminated("select $1") + types) +
                                         message('D', "S" + zero_terminated("s1")));
}

TEST_CASE("a statement keeps its own copy of the text and of the types") {
  std::string name = "s1";
  std::string sql = "select 1";
  std::vector<oid> types{oid::int4};
  statement* s = new statement(name, sql, types);
  ref<statement> const owner(s);
  auto const before = std::string(as_text(s->preparation()));
  name = sql = "gone";
  types = {oid::text};
  CHECK(s->name() == "s1");
  CHECK(s->sql() == "select 1");
  CHECK(s->types()[0] == oid::int4);
  CHECK(as_text(s->preparation()) == before);
}

TEST_CASE("the beginning of a Bind names the unnamed portal and the statement") {
  auto const s = make("name", "select 1");
  tusk::wire::buffer b;
  b.append(std::string_view("before"));
  auto const place = tusk::wire::begin_bind(b, s->bind());
  b.append(messages::number(std::uint32_t{0}));
  tusk::wire::end_bind(b, place);
  tusk::wire::execute(b, {}, 0);
  CHECK(as_text(b.view()) == "before" + statements::run_unsynced("name"));
}

TEST_CASE("once it has been sent it is taken to be on the server, until something says that it is not") {
  auto const s = make("s1", "select 1");
  CHECK(!s->on_server());
  CHECK(!s->name_is_used());
  s->prepared();
  CHECK(s->on_server());
  CHECK(s->name_is_used());
  s->forget();
  CHECK(!s->on_server());
  CHECK(s->name_is_used()); // what became of the Parse is not known: the name may be taken
}

TEST_CASE("each time that it is prepared those who knew it before can tell, and its messages are the same") {
  auto const s = make("s1", "select 1");
  auto const made = s->generation();
  s->prepared();
  auto const first = s->generation();
  CHECK(first != made);
  s->forget();
  CHECK(s->generation() == first);
  s->prepared();
  CHECK(s->generation() != first);
  CHECK(s->generation() != made);
  CHECK(s->name() == "s1");
  CHECK(as_text(s->preparation()) == statements::preparation("s1", "select 1"));
}

TEST_CASE("without a name it does not last: it is to be parsed each time, under the same empty name") {
  auto const s = make("", "select 1");
  CHECK(!s->lasting());
  s->prepared();
  CHECK(!s->on_server());
  CHECK(!s->name_is_used());
  CHECK(as_text(s->preparation()) == statements::preparation("", "select 1"));
}

TEST_CASE("what cannot be sent cannot be made into a statement") {
  auto const refusal = [](std::string const& name, std::string const& sql, std::size_t types) {
    std::vector<oid> const all(types);
    return support::outcome_of([&] { (void)make(name, sql, all); }).code;
  };
  CHECK(refusal("s", std::string("select\0 1", 9), 0) == errc::invalid_parameter);
  CHECK(refusal(std::string("s\0", 2), "select 1", 0) == errc::invalid_parameter);
  CHECK(refusal("s", "select 1", 65536) == errc::message_too_large);
  CHECK(refusal("s", "select 1", 65535) == std::error_code());
}

TEST_CASE("a new description takes the place of the old one, which lives for those who decode by it") {
  auto const s = make("s1", "select 1");
  CHECK(!s->described());
  int alive = 0;
  ref<description> first(new description({oid::int4}, {support::column("a", oid::text)}));
  first->attached = std::make_unique<counted_attachment>(alive);
  s->describe(first);
  CHECK(s->described().get() == first.get());
  auto const columns = first->columns;
  auto held = s->described();
  s->describe(ref<description>(new description({}, {})));
  CHECK(s->described()->columns->empty());
  CHECK(s->described()->parameters.empty());
  CHECK(held->columns->at(0).name == "a");
  CHECK(alive == 1);
  held = {};
  first = {};
  CHECK(alive == 0);
  CHECK(columns->at(0).name == "a"); // rows share the columns, whatever becomes of the description
}

TEST_CASE("a description without columns still has a list of them") {
  description const d({}, {});
  REQUIRE(d.columns);
  CHECK(d.columns->empty());
  CHECK(!d.attached);
}

TEST_CASE("names differ within a connection, and between connections by their seeds") {
  std::set<std::string> all;
  for (std::uint32_t seed : {0u, 1u, 35u, 36u, 1000000u, 0xffffffffu}) {
    statement_names names(seed);
    for (int i = 0; i < 1000; ++i) {
      auto const name = names.next();
      REQUIRE(name.starts_with("tusk_"));
      REQUIRE(name.size() < 64); // beyond that a server would cut it
      REQUIRE(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos);
      all.insert(name);
    }
  }
  CHECK(all.size() == 6000);
}

TEST_CASE("the same seed gives the same names, so that tests can name them") {
  statement_names a(7);
  statement_names b(7);
  for (int i = 0; i < 3; ++i) CHECK(a.next() == b.next());
}

TEST_CASE("seeds are not the same each time") {
  std::set<std::uint32_t> all;
  for (int i = 0; i < 8; ++i) all.insert(statement_names::random_seed());
  CHECK(all.size() > 1); // eight equal ones in a row: once in 2^224 times
}
