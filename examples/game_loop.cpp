// tusk: examples/game_loop.cpp — a loop of 60 frames a second that saves and loads players without waiting for it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The game owns the loop and gives the driver at most one millisecond of every frame; what is not done then goes on in
// the next. Three seconds are played, `game_loop 10` plays ten. Connects to DATABASE_URL, or to what PGHOST and the
// others say.
#include <tusk/tusk.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

struct player {
  std::int32_t id;
  std::string name;
  double x;
  double y;
};

struct game {
  std::vector<player> players;
  int saved = 0;
  int loaded = 0;
  bool ready = false;
  bool over = false;
};

// Lives beside the frames: saves every player, one after the other, and loads one back to see that it arrived.
static asio::awaitable<void> keeper(game& world) {
  tusk::connection db = co_await tusk::connect();
  co_await db.script("create temp table player (id int4 primary key, name text not null, x float8, y float8)");
  auto save = co_await db.prepare<std::int32_t, std::string, double, double>(
      "insert into player values ($1, $2, $3, $4) on conflict (id) do update set x = excluded.x, y = excluded.y");
  auto load = co_await db.prepare<std::int32_t>("select id, name, x, y from player where id = $1");
  world.ready = true;
  while (!world.over) {
    for (player const& p : world.players) {
      player const now = p; // the frames go on moving the original
      co_await db.execute(save, now.id, now.name, now.x, now.y);
      ++world.saved;
      player const stored = co_await db.query_one<player>(load, now.id);
      if (stored.x != now.x || stored.y != now.y || stored.name != now.name) std::abort();
      ++world.loaded;
    }
  }
}

int main(int argc, char** argv) {
  auto const seconds = argc > 1 ? std::atoi(argv[1]) : 3;
  game world;
  for (int i = 1; i <= 50; ++i) world.players.push_back({i, "player " + std::to_string(i), 0, 0});
  try {
    // [frames]
    tusk::executor driver;
    driver.spawn(keeper(world));

    clock_type::duration longest{};
    auto next = clock_type::now();
    for (int frame = 0; frame < 60 * seconds; ++frame) {
      auto const begin = clock_type::now();
      for (player& p : world.players) p.x += 0.5 * p.id, p.y += 0.25; // the game
      driver.poll_for(1ms);                                           // the database
      longest = std::max(longest, clock_type::now() - begin);
      std::this_thread::sleep_until(next += 16'667us);
    }
    // [/frames]
    world.over = true;
    driver.run(); // lets the keeper finish what it is doing
    auto const micros = std::chrono::duration_cast<std::chrono::microseconds>(longest).count();
    std::printf("%d frames, %d saves and %d loads, longest frame %.2f ms\n", 60 * seconds, world.saved, world.loaded,
                static_cast<double>(micros) / 1000);
    return world.ready && world.saved > 0 ? 0 : 1;
  } catch (tusk::error const& e) {
    std::fprintf(stderr, "game_loop: %s\n", e.what());
    return 1;
  }
}
