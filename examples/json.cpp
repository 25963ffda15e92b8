// tusk: examples/json.cpp — a JSON library's documents as columns and parameters.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// With nlohmann/json, and alike with any other library that reads and writes text. Connects as examples/quickstart.cpp
// does.
#include <tusk/tusk.hpp>

#include <array>
#include <cstdio>
#include <string>

#include <nlohmann/json.hpp>

// [adaptor]
template <> struct tusk::codec<nlohmann::json> : tusk::codec<tusk::jsonb> {
  static void decode(tusk::reader& in, nlohmann::json& out) {
    tusk::jsonb text;
    tusk::codec<tusk::jsonb>::decode(in, text);
    if (in.ok()) out = nlohmann::json::parse(text.text());
  }
  static void encode(nlohmann::json const& value, tusk::writer& to) {
    tusk::codec<tusk::jsonb>::encode(tusk::jsonb(value.dump()), to);
  }
};
// [/adaptor]

static asio::awaitable<int> app() {
  auto db = co_await tusk::connect();
  nlohmann::json const order{{"item", "lamp"}, {"count", 2}, {"tags", {"new", "light"}}};
  auto const changed = co_await db.query_one<nlohmann::json>("select $1 || '{\"count\": 3}'", order);
  std::printf("%s of %s\n", changed["count"].dump().c_str(), changed["item"].get<std::string>().c_str());
  auto const tags = co_await db.query_one<std::vector<nlohmann::json>>("select array[$1 -> 'tags']", order);
  std::printf("%s\n", tags.at(0).dump().c_str());
  co_return 0;
}

int main() { return tusk::run(app()); }
