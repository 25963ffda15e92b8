// tusk tests: the server under test, and connections to it in both modes behind the same verbs.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A test's body is written once and run twice. `live::connection` is a tusk::blocking::connection, or a
// tusk::connection on a loop of its own that runs until the verb is done. What is no template is compiled once, in
// live/both_modes.cpp.
#pragma once

#include <tusk/tusk.hpp>

#include "support/catch.hpp"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace live {

using tusk::errc;
using tusk::sqlstate;

inline std::string variable(char const* name) {
  auto const* const value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set: see tests/support/live.sh");
  return value;
}

/// A directory of tests/support/servers.sh.
class server {
 public:
  explicit server(std::string directory) : directory_(std::move(directory)), port_(word("port")) {}
  std::string file(std::string const& name) const { return directory_ + "/" + name; }
  std::string sockets() const { return file("socket"); }
  std::string const& port() const noexcept { return port_; }
  /// The major version.
  int version() const { return std::stoi(word("version")); }

 private:
  std::string word(std::string const& name) const {
    std::string found;
    std::ifstream(file(name)) >> found;
    if (found.empty()) throw std::runtime_error(file(name) + " says nothing");
    return found;
  }
  std::string directory_;
  std::string port_;
};

/// The one under test.
inline server const& main_server() {
  static server const the(variable(("TUSK_TEST_SERVER_" + variable("TUSK_TEST_SERVER")).c_str()));
  return the;
}
/// One that has no TLS.
inline server const& server_without_tls() {
  static server const the(variable("TUSK_TEST_SERVER_NOTLS"));
  return the;
}

/// How the server under test is to be reached.
inline tusk::transport wanted_transport() {
  auto const name = variable("TUSK_TEST_TRANSPORT");
  if (name == "unix") return tusk::transport::unix_socket;
  if (name == "tcp") return tusk::transport::tcp;
  if (name == "tls") return tusk::transport::tls;
  throw std::runtime_error("TUSK_TEST_TRANSPORT is " + name + ", not unix, tcp or tls");
}
inline bool over_unix() { return wanted_transport() == tusk::transport::unix_socket; }
inline bool over_tls() { return wanted_transport() == tusk::transport::tls; }

/// To the server and the database under test by the transport under test, as a role that needs no password.
inline tusk::options options() {
  auto const& s = main_server();
  tusk::options o;
  o.port(s.port()).dbname(variable("TUSK_TEST_DATABASE")).user("tusk_trust");
  o.host(over_unix() ? s.sockets() : "127.0.0.1").sslmode("disable");
  if (over_tls()) o.sslmode("verify-full").sslrootcert(s.file("ca.pem"));
  return o;
}

enum class mode { blocking, asynchronous };

/// A prepared statement of a `connection`.
template <class... P> class statement {
 public:
  explicit statement(tusk::blocking::statement<P...> s) : held_(std::in_place_index<0>, std::move(s)) {}
  explicit statement(tusk::statement<P...> s) : held_(std::in_place_index<1>, std::move(s)) {}
  std::vector<tusk::wire::column> const& columns() const {
    return std::visit([](auto& s) -> auto& { return s.columns(); }, held_);
  }
  std::vector<tusk::oid> const& parameters() const {
    return std::visit([](auto& s) -> auto& { return s.parameters(); }, held_);
  }
  auto const& in(tusk::blocking::connection const&) const { return std::get<0>(held_); }
  auto const& in(tusk::connection const&) const { return std::get<1>(held_); }

 private:
  std::variant<tusk::blocking::statement<P...>, tusk::statement<P...>> held_;
};

/// tusk::connect, compiled once.
asio::awaitable<tusk::connection> connect_asynchronously(tusk::options o);

/// Runs `task` to its end on a loop that nothing else keeps busy.
template <class T> T wait_on(tusk::executor& loop, asio::awaitable<T> task) {
  std::optional<T> result;
  auto const store = [](asio::awaitable<T> t, std::optional<T>& to) -> asio::awaitable<void> {
    to.emplace(co_await std::move(t));
  };
  loop.spawn(store(std::move(task), result));
  loop.run(); // returns: nothing of a connection keeps a loop busy while nobody waits
  if (!result) throw std::logic_error("the loop has ended before the operation");
  return std::move(*result);
}
inline void wait_on(tusk::executor& loop, asio::awaitable<void> task) {
  bool done = false;
  auto const note = [](asio::awaitable<void> t, bool& to) -> asio::awaitable<void> {
    co_await std::move(t);
    to = true;
  };
  loop.spawn(note(std::move(task), done));
  loop.run();
  if (!done) throw std::logic_error("the loop has ended before the operation");
}

class connection {
  template <class T> T wait(asio::awaitable<T> task) { return wait_on(*loop_, std::move(task)); }
  template <class F> auto on(F verb) {
    if (blocking_) return verb(*blocking_);
    return wait(verb(*async_));
  }
  template <class F> auto shared(F f) const { return blocking_ ? f(*blocking_) : f(*async_); }

  std::unique_ptr<tusk::executor> loop_; // outlives the connection
  std::optional<tusk::blocking::connection> blocking_;
  std::optional<tusk::connection> async_;

 public:
  template <class... A> using text = tusk::mapping::sql_text<std::type_identity_t<A>...>;

  connection(mode m, tusk::options const& o);

  template <class T, class... A> std::vector<T> query(text<A...> sql, A const&... a) {
    return on([&](auto& db) { return db.template query<T>(sql, a...); });
  }
  template <class T, class... P, class... A> std::vector<T> query(statement<P...> const& s, A const&... a) {
    return on([&](auto& db) { return db.template query<T>(s.in(db), a...); });
  }
  template <class T, class... A> T query_one(text<A...> sql, A const&... a) {
    return on([&](auto& db) { return db.template query_one<T>(sql, a...); });
  }
  template <class T, class... P, class... A> T query_one(statement<P...> const& s, A const&... a) {
    return on([&](auto& db) { return db.template query_one<T>(s.in(db), a...); });
  }
  template <class T, class... A> std::optional<T> query_maybe(text<A...> sql, A const&... a) {
    return on([&](auto& db) { return db.template query_maybe<T>(sql, a...); });
  }
  template <class T, class... P, class... A> std::optional<T> query_maybe(statement<P...> const& s, A const&... a) {
    return on([&](auto& db) { return db.template query_maybe<T>(s.in(db), a...); });
  }
  template <class... A> tusk::command_tag execute(text<A...> sql, A const&... a) {
    return on([&](auto& db) { return db.execute(sql, a...); });
  }
  template <class... P, class... A> tusk::command_tag execute(statement<P...> const& s, A const&... a) {
    return on([&](auto& db) { return db.execute(s.in(db), a...); });
  }
  std::vector<tusk::script_result> script(std::string_view sql);
  template <class... P> statement<P...> prepare(text<P...> sql) {
    if (blocking_) return statement<P...>(blocking_->template prepare<P...>(sql));
    return statement<P...>(wait(async_->template prepare<P...>(sql)));
  }

  /// For what has a type of its own in each mode: calls that of the two which has this connection's.
  template <class Blocking, class Async> auto in_mode(Blocking blocking, Async async) {
    return blocking_ ? blocking(*blocking_) : async(*async_);
  }
  /// Null in the blocking mode.
  tusk::executor* loop() noexcept { return loop_.get(); }

  bool is_open() const;
  void close();
  std::string parameter(std::string_view name) const;
  int server_version() const;
  std::int32_t backend_pid() const;
  tusk::transport transport() const;
  tusk::transaction_status transaction_status() const;
  void on_notice(std::function<void(tusk::notice const&)> f);
};

/// Opens connections of one mode.
class opener {
 public:
  explicit opener(mode m) : mode_(m) {}
  connection operator()(tusk::options const& o = options()) const { return connection(mode_, o); }

 private:
  live::mode mode_;
};

/// Runs the rest of a test case in each mode.
template <class Body> void in_both_modes(Body body) {
  SECTION("blocking") { body(opener(mode::blocking)); }
  SECTION("asynchronous") { body(opener(mode::asynchronous)); }
}

/// What `f` throws.
template <class F> tusk::error error_of(F f) {
  try {
    f();
  } catch (tusk::error const& e) {
    return e;
  }
  throw std::logic_error("nothing was thrown");
}
template <class F> std::string words_of(F f) { return error_of(f).what(); }
/// `f` is refused for this reason, in words with these among them, and nothing has been done.
template <class F, class... Words> void check_refused(F f, errc why, Words const&... words) {
  auto const e = error_of(f);
  CHECK(e.code() == why);
  CHECK(e.safe_to_retry());
  for (auto const& w : std::vector<std::string>{words...}) CHECK_THAT(e.what(), ContainsSubstring(w));
}
/// This result of one of several commands is its error.
template <class Result> void check_failed(Result const& r, sqlstate why) {
  REQUIRE_FALSE(r.has_value());
  CHECK(r.error().sqlstate() == why);
}
template <class Result> void check_failed(Result const& r, errc why) {
  REQUIRE_FALSE(r.has_value());
  CHECK(r.error().code() == why);
}

/// The connection has survived.
void check_usable(connection& db);
/// The connection is closed, and says so, with these words.
void check_closed(connection& db, std::string const& words = "");

} // namespace live
