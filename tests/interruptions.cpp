// tusk: tests/interruptions.cpp — every verb interrupted at every moment, alone and among others, in every way.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Whatever is done to one operation, those beside it get the right answers, and so does the next one on the same
// connection. The moments are those before each message of the server, before anything is written, and while it is.
#include <tusk/connect.hpp>
#include <tusk/result.hpp>
#include <tusk/row_text.hpp>
#include <tusk/types/all.hpp>
#include <tusk/with_timeout.hpp>

#include "support/catch.hpp"
#include "support/mini_server.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>

#include <chrono>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using text = asio::awaitable<std::string>;

/// Something that is asked of a connection, and the answer.
struct verb {
  char const* name;
  std::function<text(tusk::connection&)> ask;
  char const* answer;
};

text all_rows(tusk::connection& db) {
  auto const rows = co_await db.query<int>("series 3");
  co_return std::to_string(rows.size());
}
text one(tusk::connection& db) { co_return std::to_string(co_await db.query_one<int>("select $1", 5)); }
text maybe(tusk::connection& db) { co_return std::to_string(*co_await db.query_maybe<int>("select 6")); }
text effect(tusk::connection& db) { co_return (co_await db.execute("select 7")).text(); }
text script(tusk::connection& db) {
  auto const results = co_await db.script("series 2");
  co_return results[0].rows()[1][0].as<std::string>();
}
text prepare(tusk::connection& db) {
  auto const s = co_await db.prepare<int>("select $1");
  co_return std::to_string(co_await db.query_one<int>(s, 8));
}
text pipeline(tusk::connection& db) {
  auto a = tusk::query_one<int>("select $1", 1);
  auto b = tusk::query<int>("series 2");
  auto c = tusk::execute("select 3");
  auto const [x, y, z] = co_await db.pipeline(a, b, c);
  co_return std::to_string(x) + std::to_string(y.size()) + z.text();
}
text pipeline_each(tusk::connection& db) {
  auto a = tusk::query_one<int>("select $1", 1);
  auto b = tusk::execute("fail");
  auto c = tusk::query_one<int>("select 3");
  auto const [x, y, z] = co_await db.pipeline_each(a, b, c);
  co_return std::to_string(*x) + (y.has_value() ? "+" : "-") + std::to_string(*z);
}
text stream(tusk::connection& db) {
  auto rows = co_await db.stream<int>("series 3");
  int sum = 0;
  while (auto const* n = co_await rows.next()) sum += *n;
  co_return std::to_string(sum);
}
text portal(tusk::connection& db) {
  auto tx = co_await db.begin();
  auto rows = co_await tx.stream<int>(tusk::fetch_size(2), "series 3");
  int sum = 0;
  while (auto const* n = co_await rows.next()) sum += *n;
  co_await tx.commit();
  co_return std::to_string(sum);
}
text dynamic_rows(tusk::connection& db) {
  auto const rows = co_await db.query<tusk::row>("labels 2");
  co_return rows.at(0)[0].text() + rows.at(1)[0].text();
}
text dynamic_stream(tusk::connection& db) {
  auto rows = co_await db.stream<tusk::row>("labels 3");
  std::string all;
  while (auto const* r = co_await rows.next()) all += (*r)["n"].text();
  co_return all;
}
text transaction(tusk::connection& db) {
  auto tx = co_await db.begin();
  auto const n = co_await tx.query_one<int>("select $1", 9);
  co_await tx.commit();
  co_return std::to_string(n);
}
text reset(tusk::connection& db) {
  co_await db.reset();
  co_return "reset";
}
text failure(tusk::connection& db) {
  auto const r = co_await tusk::as_result(db.execute("fail"));
  co_return r.has_value() ? "+" : std::string(r.error().sqlstate().view());
}
text copy_in(tusk::connection& db) {
  auto in = co_await db.copy_in<int>("copy t from stdin (format binary)");
  for (int n = 0; n < 100'000; ++n) co_await in.write(n);
  co_return std::to_string(co_await in.finish());
}
text copy_out(tusk::connection& db) {
  auto out = co_await db.copy_out<int>("copy t to stdout (format binary)");
  int sum = 0;
  while (auto const* n = co_await out.next()) sum += *n;
  co_return std::to_string(sum);
}
text large(tusk::connection& db) {
  std::string const much(4 << 20, 'x');
  co_return std::to_string(co_await db.query_one<int>("select $1", much));
}

text listen(tusk::connection& db) {
  auto jobs = co_await db.listen("jobs");
  co_await db.notify("jobs", "work");
  auto const n = co_await jobs.next();
  co_return n.payload;
}

verb const verbs[] = {
    {"query", all_rows, "3"},
    {"query_one", one, "5"},
    {"query_maybe", maybe, "6"},
    {"execute", effect, "SELECT 1"},
    {"script", script, "2"},
    {"prepare", prepare, "8"},
    {"pipeline", pipeline, "12SELECT 1"},
    {"pipeline_each", pipeline_each, "1-3"},
    {"stream", stream, "6"},
    {"portal", portal, "6"},
    {"dynamic rows", dynamic_rows, "t1t2"},
    {"dynamic stream", dynamic_stream, "t1t2t3"},
    {"transaction", transaction, "9"},
    {"reset", reset, "reset"},
    {"failure", failure, "22012"},
    {"copy_in", copy_in, "100000"},
    {"copy_out", copy_out, "6"},
    {"large", large, "4194304"},
    {"listen", listen, "work"},
};

/// One who asks, and what he got.
struct asker {
  std::string got;
  bool ended = false;
  asio::cancellation_signal signal;
};

/// A connection, its server, and those who use it, all in this thread.
class stage {
 public:
  explicit stage(char const* cache) : io_(std::make_unique<asio::io_context>()) {
    auto o = tusk::options().host(server.host()).user("u").sslmode("disable");
    o.set("statement_cache_size", cache).set("cancel_timeout", "20000");
    auto const connect = [this, o]() -> asio::awaitable<void> {
      db_ = std::make_shared<tusk::connection>(co_await tusk::connect(o));
    };
    bool connected = false;
    asio::co_spawn(*io_, connect, [&](std::exception_ptr) { connected = true; });
    run_until([&] { return connected; });
    REQUIRE(db_);
    server.said = 0;
  }
  asker& ask(std::function<text(tusk::connection&)> const& what, std::optional<std::chrono::milliseconds> limit = {}) {
    auto& a = askers_.emplace_back();
    auto const run = [](std::shared_ptr<tusk::connection> db, std::function<text(tusk::connection&)> f,
                        std::optional<std::chrono::milliseconds> time, asker& me) -> asio::awaitable<void> {
      auto operation = f(*db);
      try {
        if (time)
          me.got = co_await tusk::with_timeout(*time, std::move(operation));
        else
          me.got = co_await std::move(operation);
      } catch (tusk::error const& e) {
        me.got = e.code() == asio::error::operation_aborted ? "cancelled"
                 : e.code() == tusk::errc::timeout          ? "timeout"
                                                            : e.what();
      }
    };
    asio::co_spawn(*io_, run(db_, what, limit, a),
                   asio::bind_cancellation_slot(a.signal.slot(), [&a](std::exception_ptr e) {
                     if (e) a.got = "cancelled"; // before it had begun
                     a.ended = true;
                   }));
    return a;
  }
  /// Both sides do what they can, until there is nothing left to do.
  void settle() {
    for (int quiet = 0; quiet < 3;) quiet = turn() ? 0 : quiet + 1;
  }
  template <class F> void run_until(F done) {
    auto const end = std::chrono::steady_clock::now() + 20s;
    while (!done()) {
      if (!turn()) std::this_thread::sleep_for(200us);
      if (std::chrono::steady_clock::now() > end) throw std::runtime_error("something waits for ever");
    }
  }
  /// One who waits for news all the time is not meant.
  bool all_ended() const {
    for (auto const& a : askers_)
      if (!a.ended && &a != hearer_) return false;
    return true;
  }
  /// One begins to wait for news.
  asker& hear() {
    hearer_ = &ask([](tusk::connection& db) -> text {
      auto news = co_await db.listen("news");
      auto const n = co_await news.next();
      co_return n.payload;
    });
    settle();
    server.said = 0;
    return *hearer_;
  }
  tusk::connection& db() { return *db_; }
  /// The loop ends with all that is pending on it. The connection is closed before, or goes with the last who uses it.
  void destroy(bool close_first) {
    if (close_first) db_->close();
    db_.reset();
    io_.reset();
  }

  mini_server server;

 private:
  bool turn() {
    io_->restart();
    bool const moved = io_->poll() != 0;
    return server.step() || moved;
  }
  std::unique_ptr<asio::io_context> io_;
  std::deque<asker> askers_;
  asker* hearer_ = nullptr;
  std::shared_ptr<tusk::connection> db_; // the askers own it too
};

enum class way { cancelled, timed_out, destroyed };
/// Those alike ask for the same, and so count on statements that the victim was to prepare: as others behind it, or not
/// before it is interrupted. Another one may wait for news all the time.
enum class company { alone, others_before, others_behind, alike_behind, alike_later, hearer };
constexpr int before_writing = -2;
constexpr int while_writing = -1;

text tell(tusk::connection& db) {
  co_await db.notify("news", "great");
  co_return "told";
}
text neighbour(tusk::connection& db) { co_return std::to_string(co_await db.query_one<int>("select $1", 77)); }

/// How many messages the server says in answer to `v` and its neighbours.
int replies(verb const& v, company c, char const* cache) {
  stage s(cache);
  if (c == company::hearer) s.hear();
  if (c == company::others_before) s.ask(neighbour);
  s.ask(v.ask);
  if (c == company::others_behind) s.ask(neighbour);
  if (c == company::alike_behind) s.ask(v.ask);
  s.run_until([&] { return s.all_ended(); });
  return s.server.said;
}

/// A transaction, a stream and a COPY have the connection to themselves: others are refused, and say so.
bool right(std::string const& got, std::string const& answer) {
  return got == answer || got.find("is open on this connection") != got.npos ||
         got.find("is under way on this connection") != got.npos;
}

void interrupt(verb const& v, int moment, company c, way w, char const* cache) {
  CAPTURE(v.name, moment, static_cast<int>(c), static_cast<int>(w), cache);
  stage s(cache);
  auto const* const hearer = c == company::hearer ? &s.hear() : nullptr;
  std::vector<asker*> neighbours;
  if (c == company::others_before) neighbours.push_back(&s.ask(neighbour));
  auto& victim = w == way::timed_out ? s.ask(v.ask, 3ms) : s.ask(v.ask);
  if (c == company::others_behind) neighbours.push_back(&s.ask(neighbour));
  if (c == company::alike_behind) neighbours.push_back(&s.ask(v.ask));
  s.server.reads = moment >= 0;
  s.server.may_say = moment < 0 ? 0 : moment;
  if (moment != before_writing) s.settle();
  if (w == way::destroyed) {
    s.destroy(moment % 2 == 0);
    s.server.may_say = -1;
    s.server.reads = true;
    for (int i = 0; i < 200 && !s.server.deserted(); ++i) s.server.step();
    CHECK(s.server.deserted()); // nobody is left waiting
    return;
  }
  if (w == way::cancelled)
    victim.signal.emit(asio::cancellation_type::terminal);
  else
    std::this_thread::sleep_for(4ms); // it is late by now
  if (c == company::alike_later) neighbours.push_back(&s.ask(v.ask));
  s.settle();
  s.server.reads = true;
  s.server.may_say = -1;
  s.run_until([&] { return s.all_ended(); });
  auto const expected = w == way::cancelled ? "cancelled" : "timeout";
  if (victim.got != v.answer) CHECK(victim.got == expected);
  bool const alike = c == company::alike_behind || c == company::alike_later;
  for (auto const* n : neighbours) {
    CAPTURE(n->got);
    CHECK(right(n->got, alike ? v.answer : "77"));
  }
  // The connection works as if nothing had happened.
  auto& next = s.ask(neighbour);
  s.run_until([&] { return next.ended; });
  CHECK(next.got == "77");
  CHECK(s.db().is_open());
  if (hearer == nullptr) return;
  if (!hearer->ended) s.ask(tell);
  s.run_until([&] { return hearer->ended; });
  if (hearer->got != "great") { // the victim may have ended all listening
    CHECK_THAT(hearer->got, ContainsSubstring("the session was reset"));
    CHECK(std::string(v.name) == "reset");
  }
}

} // namespace

TEST_CASE("interruptions: without any, every verb has its answer") {
  for (auto const* cache : {"0", "8"})
    for (auto const& v : verbs) {
      CAPTURE(v.name, cache);
      stage s(cache);
      for (int i = 0; i < 2; ++i) {
        auto& a = s.ask(v.ask);
        s.run_until([&] { return a.ended; });
        CHECK(a.got == v.answer);
      }
    }
}

TEST_CASE("interruptions: every verb at every moment") {
  for (auto const* cache : {"0", "8"})
    for (auto const& v : verbs)
      for (auto c : {company::alone, company::others_before, company::others_behind, company::alike_behind,
                     company::alike_later, company::hearer}) {
        auto const last = replies(v, c, cache);
        for (int moment = before_writing; moment <= last; ++moment)
          for (auto w : {way::cancelled, way::timed_out, way::destroyed}) interrupt(v, moment, c, w, cache);
      }
}
