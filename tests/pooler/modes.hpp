// tusk: tests/pooler/modes.hpp — the two modes, for coroutines that are written once and run side by side in either.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/live.hpp"

#include <atomic>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace pooler {

/// What both modes return is awaited alike: `co_await Mode::result(db.query<int>("select 1"))`.
struct asynchronous {
  using connection = tusk::connection;
  using transaction = tusk::transaction;
  template <class T> using task = asio::awaitable<T>;
  template <class... P> using statement = tusk::statement<P...>;
  static task<connection> connect(tusk::options o) { return live::connect_asynchronously(std::move(o)); }
  template <class T> static task<T> result(task<T> t) { return t; }
  static task<void> commit(transaction& t) { return t.commit(); }
  static task<void> rollback(transaction& t) { return t.rollback(); }
};
struct blocking {
  using connection = tusk::blocking::connection;
  using transaction = tusk::blocking::transaction;
  template <class T> using task = tusk::net::direct<T>;
  template <class... P> using statement = tusk::blocking::statement<P...>;
  static tusk::net::ready<connection> connect(tusk::options const& o) { return {tusk::blocking::connect(o)}; }
  template <class T> static tusk::net::ready<T> result(T value) { return {std::move(value)}; }
  static tusk::net::ready<void> commit(transaction& t) {
    t.commit();
    return {};
  }
  static tusk::net::ready<void> rollback(transaction& t) {
    t.rollback();
    return {};
  }
};

/// What a client does with its connection.
template <class Mode> using conduct = std::function<typename Mode::template task<void>(typename Mode::connection&)>;
/// What goes on as long as some of the others are busy.
template <class Mode>
using companion =
    std::function<typename Mode::template task<void>(typename Mode::connection&, std::atomic<int> const&)>;

/// Opens a connection for it. Whatever it throws is put into `fault`.
template <class Mode, class F>
typename Mode::template task<void> behave(tusk::options o, F const& does, std::string& fault) {
  try {
    auto db = co_await Mode::connect(std::move(o));
    co_await does(db);
  } catch (std::exception const& e) {
    fault = e.what();
  }
}
template <class Mode>
typename Mode::template task<void> behave_busily(tusk::options o, conduct<Mode> const& does, std::string& fault,
                                                 std::atomic<int>& busy) {
  co_await behave<Mode>(std::move(o), does, fault);
  --busy;
}

/// Runs all of them at the same time, in coroutines on one loop or in threads. Checks that none throws.
template <class Mode>
void side_by_side(tusk::options const& o, std::vector<conduct<Mode>> const& all,
                  std::vector<companion<Mode>> const& companions) {
  std::vector<std::string> faults(all.size() + companions.size());
  std::atomic<int> busy{static_cast<int>(all.size())};
  std::vector<std::function<typename Mode::template task<void>()>> begin;
  for (auto const& does : all)
    begin.emplace_back([&, &fault = faults[begin.size()]] { return behave_busily<Mode>(o, does, fault, busy); });
  std::vector<conduct<Mode>> bound;
  for (auto const& c : companions) bound.emplace_back([&](auto& db) { return c(db, busy); });
  for (auto const& does : bound)
    begin.emplace_back([&, &fault = faults[begin.size()]] { return behave<Mode>(o, does, fault); });
  if constexpr (std::is_same_v<Mode, asynchronous>) {
    tusk::executor loop;
    for (auto const& f : begin) loop.spawn(f());
    loop.run();
  } else {
    std::vector<std::thread> threads;
    for (auto const& f : begin) threads.emplace_back([&] { f().get(); });
    for (auto& t : threads) t.join();
  }
  for (auto const& words : faults) CHECK(words == "");
}

} // namespace pooler
