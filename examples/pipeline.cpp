// tusk: examples/pipeline.cpp — several queries in one round trip, together or each on its own; a stream of many rows.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Connects to DATABASE_URL, or to what PGHOST, PGUSER and the others say.
#include <tusk/tusk.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

struct post {
  std::int32_t id;
  std::string title;
};

static asio::awaitable<void> fill(tusk::connection& db) {
  co_await db.script("create temp table author (id int4 primary key, name text not null);"
                     "create temp table post (id int4, author int4, title text not null);"
                     "create temp table stats (hits int4 not null);"
                     "insert into author values (1, 'Ada'), (2, 'Blaise');"
                     "insert into post values (1, 1, 'On engines'), (2, 1, 'On numbers'), (3, 2, 'On chance');"
                     "insert into stats values (0)");
}

static asio::awaitable<int> app() {
  tusk::connection db = co_await tusk::connect();
  co_await fill(db);

  // [pipeline]
  auto [author, posts, counted] = co_await db.pipeline( // one write, one round trip, all or nothing
      tusk::query_one<std::string>("select name from author where id = $1", 1),
      tusk::query<post>("select id, title from post where author = $1 order by id", 1),
      tusk::execute("update stats set hits = hits + 1"));
  std::printf("%s wrote %zu posts (%s)\n", author.c_str(), posts.size(), counted.text().c_str());
  // [/pipeline]

  // [failure]
  auto const both = co_await tusk::as_result(db.pipeline(tusk::execute("update stats set hits = hits + 1"),
                                                         tusk::query_one<std::int32_t>("select 1 / $1", 0)));
  std::printf("%s; hits: %d\n", both.error().what(), co_await db.query_one<std::int32_t>("select hits from stats"));
  // [/failure]

  // [vector]
  using title_of = decltype(tusk::query_maybe<std::string>("select title from post where id = $1", 1));
  std::vector<title_of> queries;
  for (int id = 1; id <= 4; ++id)
    queries.push_back(tusk::query_maybe<std::string>("select title from post where id = $1", id));
  for (auto const& title : co_await db.pipeline(queries)) std::printf("- %s\n", title.value_or("not there").c_str());
  // [/vector]

  // [each]
  auto [fails, works] = co_await db.pipeline_each( // a Sync for each: what happens to one does not touch the other
      tusk::query_one<std::int32_t>("select 1 / $1", 0), tusk::query_one<std::int32_t>("select $1 + 1", 41));
  std::printf("%s, but %d\n", fails.error().what(), *works);
  // [/each]

  // [stream]
  auto rows = co_await db.stream<std::tuple<std::int32_t, std::string_view>>( // views: nothing is copied
      "select n, md5(n::text) from generate_series(1, 100000) n");
  std::size_t letters = 0;
  while (auto const* row = co_await rows.next()) letters += std::get<1>(*row).size();
  std::printf("%zu letters went by\n", letters);
  // [/stream]
  co_return 0;
}

int main() {
  try {
    return tusk::run(app());
  } catch (tusk::error const& e) {
    std::fprintf(stderr, "pipeline: %s\n", e.what());
    return 1;
  }
}
