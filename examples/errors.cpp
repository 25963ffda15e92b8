// tusk: examples/errors.cpp — what goes wrong, what is said about it, and that the connection is usable afterwards.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Connects to DATABASE_URL, or to what PGHOST, PGUSER and the others say.
#include <tusk/tusk.hpp>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

struct person {
  std::int32_t id;
  std::string name;
};

static asio::awaitable<int> app() {
  // [as_result]
  tusk::result<tusk::connection> nowhere =
      co_await tusk::as_result(tusk::connect("postgres://me:secret@127.0.0.1:1/db?connect_timeout=2"));
  if (!nowhere.has_value()) std::printf("%s\n", nowhere.error().what());
  // [/as_result]

  tusk::connection db = co_await tusk::connect();

  // [sqlstate]
  try {
    co_await db.query<person>("select id, name from persons");
  } catch (tusk::error const& e) {
    if (e.sqlstate() == tusk::sqlstate::undefined_table) // or: == "42P01"_sqlstate
      std::printf("%s, at character %d\n", e.server()->message.c_str(), e.server()->position);
  }
  // [/sqlstate]

  // What the columns are is checked before the first row, all of it in one message.
  auto const shape = co_await tusk::as_result(db.query<person>("select 1::int8 as id, 'x' as nmae"));
  std::printf("%s\n", shape.error().what());

  auto const null = co_await tusk::as_result(db.query<person>("select 1 as id, null::text as name"));
  std::printf("%s\n", null.error().what());

  auto const none = co_await tusk::as_result(db.query_one<std::int32_t>("select 1 where false"));
  std::printf("%s\n", none.error().what());

  auto const text = co_await tusk::as_result(db.execute("select $1", std::string("a\0b", 3)));
  std::printf("%s\n", text.error().what());

  auto const option = tusk::as_result([] { return tusk::options{"postgres://host/db?ssl_mode=require"}; });
  std::printf("%s\n", option.error().what());

  auto const usable = co_await db.query_one<bool>("select true");
  std::printf("the connection is %s\n", db.is_open() && usable ? "usable" : "lost");
  co_return 0;
}

int main() {
  try {
    return tusk::run(app());
  } catch (tusk::error const& e) {
    std::fprintf(stderr, "errors: %s\n", e.what());
    return 1;
  }
}
