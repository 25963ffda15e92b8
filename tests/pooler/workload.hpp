// tusk: tests/pooler/workload.hpp — a client's random operations, every answer checked; both modes from one source.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each client has rows of its own in the table `pooled` and knows what must be in them. It touches those of nobody
// else, so that its answers do not depend on what the others do.
#pragma once

#include "pooler/modes.hpp"
#include "support/live.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pooler {

struct record {
  std::int64_t id = 0;
  std::string body;
};

/// What a client does.
struct habits {
  bool transactions = true;
  bool pipelines = true;
  bool cancels = true;
};

template <class Mode> class client {
 public:
  using connection = typename Mode::connection;
  using task = typename Mode::template task<void>;

  client(int number, unsigned seed, habits h)
      : number_(number), seed_(seed), random_(seed + static_cast<unsigned>(number)), habits_(h) {}

  /// Random operations on `db` until so many statements have been run, and the pooler has replaced its connections to
  /// the server again and again.
  task run(connection& db, int queries, std::size_t servers) {
    db_ = &db;
    try {
      while (faults_.empty() && (made_ < queries || servers_.size() < servers)) {
        ++operation_;
        co_await anything();
      }
      if (faults_.empty()) co_await read_all(db);
    } catch (std::exception const& e) {
      expect(false, e.what());
    }
    kept_.reset();
  }
  /// What was not as it must be.
  std::vector<std::string> const& faults() const noexcept { return faults_; }
  int made() const noexcept { return made_; }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  void begin(char const* verb, int statements = 1) {
    verb_ = verb;
    made_ += statements;
  }
  void expect(bool right, std::string const& what) {
    if (right) return;
    faults_.push_back("seed " + std::to_string(seed_) + ", client " + std::to_string(number_) + ", operation " +
                      std::to_string(operation_) + ", " + verb_ + ": " + what);
  }
  void expect_refusal(tusk::error const& e, tusk::sqlstate code) { expect(e.sqlstate() == code, e.what()); }
  std::int64_t new_id() { return std::int64_t{number_} * 1'000'000 + ++last_id_; }
  /// One of the rows that are there; none: one that is not.
  std::int64_t old_id() {
    if (rows_.empty()) return new_id();
    auto at = rows_.begin();
    std::advance(at, pick(static_cast<int>(rows_.size())));
    return at->first;
  }
  std::int64_t some_id() { return pick(3) == 0 ? new_id() : old_id(); }
  std::string some_text() {
    // Now and then more than one of the pooler's packet buffers.
    return std::string(static_cast<std::size_t>(pick(pick(20) == 0 ? 20'000 : 40)), static_cast<char>('a' + pick(26)));
  }
  std::optional<std::string> body_of(std::int64_t id) const {
    auto const at = rows_.find(id);
    return at == rows_.end() ? std::nullopt : std::optional(at->second);
  }
  void expect_rows(std::vector<record> const& got) {
    bool same = got.size() == rows_.size();
    auto at = rows_.begin();
    for (auto const& r : got) {
      if (!same) break;
      same = at->first == r.id && at->second == r.body;
      ++at;
    }
    expect(same, "the rows are not those that were written");
  }
  std::int64_t row_count() const noexcept { return static_cast<std::int64_t>(rows_.size()); }

  task anything() {
    if (habits_.transactions && pick(6) == 0) return transaction();
    switch (pick(14)) {
    case 0: return refused(*db_);
    case 1: return script_refused();
    case 2: return habits_.cancels ? stream_begun() : stream(*db_);
    case 3: return habits_.pipelines ? pipeline_refused() : refused(*db_);
    case 4: return habits_.pipelines ? pipeline_each() : refused(*db_);
    default: return simple(*db_);
    }
  }
  /// What can be asked of a connection or a transaction, and is not refused.
  template <class On> task simple(On& on) {
    switch (pick(13)) {
    case 0: return read_all(on);
    case 1: return count(on);
    case 2: return echo(on);
    case 3: return look_up(on);
    case 4:
    case 5: return insert(on);
    case 6: return update(on);
    case 7: return erase(on);
    case 8: return script(on);
    case 9: return prepared(on);
    case 10: return prepared_long_ago(on);
    case 11: return habits_.pipelines ? pipeline(on) : look_up(on);
    default: return habits_.pipelines ? pipeline_of_many(on) : count(on);
    }
  }

  template <class On> task read_all(On& on) {
    begin("query");
    auto const got = co_await Mode::result(
        on.template query<record>("select id, body from pooled where client = $1 order by id", number_));
    expect_rows(got);
  }
  template <class On> task count(On& on) {
    begin("query_one");
    auto const got = co_await Mode::result(on.template query_one<std::pair<std::int64_t, int>>(
        "select count(*), pg_backend_pid() from pooled where client = $1", number_));
    expect(got.first == row_count(), "the count is not that of the rows that were written");
    servers_.insert(got.second);
  }
  template <class On> task echo(On& on) {
    begin("query_one of a text");
    auto const text = some_text();
    auto const n = pick(1000);
    auto const got =
        co_await Mode::result(on.template query_one<std::pair<std::string, int>>("select $1 || 'x', $2 + 1", text, n));
    expect(got.first == text + "x" && got.second == n + 1, "not the answer to this question");
  }
  template <class On> task look_up(On& on) {
    begin("query_maybe");
    auto const id = some_id();
    auto const got =
        co_await Mode::result(on.template query_maybe<std::string>("select body from pooled where id = $1", id));
    expect(got == body_of(id), "not the row that was written");
  }
  template <class On> task insert(On& on) {
    begin("execute insert");
    auto const id = new_id();
    auto const body = some_text();
    auto const tag = co_await Mode::result(
        on.execute("insert into pooled (id, client, body) values ($1, $2, $3)", id, number_, body));
    expect(tag.text() == "INSERT 0 1", tag.text());
    rows_[id] = body;
  }
  template <class On> task update(On& on) {
    begin("execute update");
    auto const id = some_id();
    auto const body = some_text();
    auto const tag = co_await Mode::result(on.execute("update pooled set body = $2 where id = $1", id, body));
    expect(tag.rows_affected() == rows_.count(id), tag.text());
    if (rows_.count(id) != 0) rows_[id] = body;
  }
  /// Of about half of them, so that they do not become many.
  template <class On> task erase(On& on) {
    begin("execute delete");
    auto const id = some_id();
    auto const tag =
        co_await Mode::result(on.execute("delete from pooled where client = $1 and id <= $2", number_, id));
    auto const end = rows_.upper_bound(id);
    expect(tag.rows_affected() == static_cast<std::uint64_t>(std::distance(rows_.begin(), end)), tag.text());
    rows_.erase(rows_.begin(), end);
  }
  template <class On> task script(On& on) {
    begin("script", 3);
    auto const id = new_id();
    auto const sql = "insert into pooled values (" + std::to_string(id) + ", " + std::to_string(number_) +
                     ", 'first'); update pooled set body = 'second' where id = " + std::to_string(id) +
                     "; select count(*) as n from pooled where client = " + std::to_string(number_);
    auto const got = co_await Mode::result(on.script(sql));
    rows_[id] = "second";
    expect(got.size() == 3, "not three results");
    if (got.size() != 3) co_return;
    expect(got[0].text() == "INSERT 0 1" && got[1].text() == "UPDATE 1", "not the tags of these statements");
    auto const& rows = got[2].rows();
    expect(rows.size() == 1 && rows[0]["n"].template as<std::string>() == std::to_string(row_count()),
           "the count is not that of the rows that were written");
  }
  template <class On> task prepared(On& on) {
    begin("prepare", 4);
    auto const find =
        co_await Mode::result(on.template prepare<std::int64_t>("select id, body from pooled where id = $1"));
    auto const id = old_id();
    auto const other = new_id();
    auto const found = co_await Mode::result(on.template query_maybe<record>(find, id));
    auto const nothing = co_await Mode::result(on.template query<record>(find, other));
    auto const again = co_await Mode::result(on.execute(find, id));
    auto const body = body_of(id);
    expect(found.has_value() == body.has_value() && (!found || found->body == *body), "not the row that was written");
    expect(nothing.empty(), "a row that was never written");
    expect(again.rows_affected() == rows_.count(id), again.text());
  }
  /// A statement of an earlier operation, which has been prepared on another connection to the server.
  template <class On> task prepared_long_ago(On& on) {
    begin("prepare, used later", 2);
    if (!kept_ || pick(8) == 0) {
      auto made = co_await Mode::result(on.template prepare<int, int>("select $1 * 1000 + $2, pg_backend_pid()"));
      kept_.emplace(std::move(made));
    }
    auto const a = pick(1000);
    auto const b = pick(1000);
    auto const got = co_await Mode::result(on.template query_one<std::pair<int, int>>(*kept_, a, b));
    expect(got.first == a * 1000 + b, "not the answer to this question");
    servers_.insert(got.second);
  }
  template <class On> task stream(On& on) {
    begin("stream");
    auto const n = 1 + pick(400);
    auto rows = co_await Mode::result(on.template stream<std::pair<int, std::string_view>>(
        "select g, repeat('x', g % 50) from generate_series(1, $1) as g", n));
    int seen = 0;
    bool right = true;
    while (auto const* const row = co_await Mode::result(rows.next())) {
      ++seen;
      right = right && row->first == seen && row->second.size() == static_cast<std::size_t>(seen % 50);
    }
    expect(right && seen == n, "not these rows");
  }
  /// Not read to its end: what the server still works on is cancelled.
  task stream_begun() {
    begin("stream, not read to its end");
    auto const wanted = 1 + pick(20);
    auto rows = co_await Mode::result(db_->template stream<int>("select generate_series(1, $1)", 3'000'000));
    for (int i = 1; i <= wanted; ++i) {
      auto const* const row = co_await Mode::result(rows.next());
      expect(row != nullptr && *row == i, "not these rows");
    }
  }
  task stream_in_portions(typename Mode::transaction& on) {
    begin("stream with a fetch_size");
    auto const n = pick(60);
    auto const size = tusk::fetch_size(1 + pick(20));
    bool const to_the_end = pick(2) == 0;
    auto rows =
        co_await Mode::result(on.template stream<int>(size, "select g * 2 from generate_series(1, $1) as g", n));
    int seen = 0;
    while (auto const* const row = co_await Mode::result(rows.next())) {
      ++seen;
      expect(*row == 2 * seen, "not this row");
      if (seen % 7 == 0) co_await look_up(on);
      if (!to_the_end && seen == n / 2) co_return;
    }
    expect(seen == n, "not so many rows");
  }
  template <class On> task pipeline(On& on) {
    begin("pipeline", 3);
    auto const id = new_id();
    auto const body = some_text();
    auto const before = tusk::query_one<std::int64_t>("select count(*) from pooled where client = $1", number_);
    auto const change = tusk::execute("insert into pooled (id, client, body) values ($1, $2, $3)", id, number_, body);
    auto const after = tusk::query<record>("select id, body from pooled where client = $1 order by id", number_);
    auto const got = co_await Mode::result(on.pipeline(before, change, after));
    expect(std::get<0>(got) == row_count(), "the count is not that of the rows that were written");
    expect(std::get<1>(got).text() == "INSERT 0 1", std::get<1>(got).text());
    rows_[id] = body;
    expect_rows(std::get<2>(got));
  }
  template <class On> task pipeline_of_many(On& on) {
    auto const n = 1 + pick(12);
    begin("pipeline of many", n);
    std::vector<decltype(tusk::query_one<int>("select $1 * 3", 1))> all;
    for (int i = 0; i < n; ++i) all.push_back(tusk::query_one<int>("select $1 * 3", i));
    auto const got = co_await Mode::result(on.pipeline(all));
    expect(got.size() == all.size(), "not so many answers");
    for (std::size_t i = 0; i < got.size(); ++i) expect(got[i] == static_cast<int>(i) * 3, "not this answer");
  }

  template <class On> task refused(On& on) {
    bool const duplicate = pick(2) == 0 && !rows_.empty();
    begin(duplicate ? "a unique violation" : "a division by zero");
    try {
      if (duplicate)
        (void)co_await Mode::result(on.execute("insert into pooled values ($1, $2, 'twice')", old_id(), number_));
      else
        (void)co_await Mode::result(on.template query_one<int>("select 1 / $1", 0));
      expect(false, "was not refused");
    } catch (tusk::error const& e) {
      expect_refusal(e, duplicate ? tusk::sqlstate::unique_violation : tusk::sqlstate::division_by_zero);
    }
  }
  task script_refused() {
    begin("script that is refused", 2);
    auto const sql = "insert into pooled values (" + std::to_string(new_id()) + ", " + std::to_string(number_) +
                     ", 'never'); select 1 / 0";
    try {
      (void)co_await Mode::result(db_->script(sql));
      expect(false, "was not refused");
    } catch (tusk::error const& e) {
      expect_refusal(e, tusk::sqlstate::division_by_zero);
    }
  }
  task pipeline_refused() {
    begin("pipeline that is refused", 3);
    auto const id = new_id();
    auto const first = tusk::execute("insert into pooled (id, client, body) values ($1, $2, 'never')", id, number_);
    auto const second = tusk::execute("insert into pooled values ($1, $2, 'twice')", id, number_);
    auto const third = tusk::query_one<int>("select $1 * 3", 1);
    try {
      (void)co_await Mode::result(db_->pipeline(first, second, third));
      expect(false, "was not refused");
    } catch (tusk::error const& e) {
      expect_refusal(e, tusk::sqlstate::unique_violation);
    }
  }
  task pipeline_each() {
    begin("pipeline_each", 4);
    auto const id = new_id();
    auto const first = tusk::execute("insert into pooled (id, client, body) values ($1, $2, 'each')", id, number_);
    auto const second = tusk::execute("insert into pooled values ($1, $2, 'twice')", id, number_);
    auto const third = tusk::query_one<int>("select 1 / $1", 0);
    auto const fourth = tusk::query_maybe<std::string>("select body from pooled where id = $1", id);
    auto const got = co_await Mode::result(db_->pipeline_each(first, second, third, fourth));
    expect(std::get<0>(got).has_value(), "the first was refused");
    if (std::get<0>(got).has_value()) rows_[id] = "each";
    expect(!std::get<1>(got).has_value() && !std::get<2>(got).has_value(), "two were not refused");
    if (!std::get<1>(got).has_value()) expect_refusal(std::get<1>(got).error(), tusk::sqlstate::unique_violation);
    if (!std::get<2>(got).has_value()) expect_refusal(std::get<2>(got).error(), tusk::sqlstate::division_by_zero);
    expect(std::get<3>(got).has_value() && std::get<3>(got).value() == "each", "the last has not seen the first");
  }

  task transaction() {
    begin("begin");
    auto const before = rows_;
    tusk::transaction_options how;
    if (pick(2) == 0) how.isolation(tusk::isolation::repeatable_read);
    auto tx = co_await Mode::result(db_->begin(how));
    for (int n = pick(5); n > 0; --n) {
      if (pick(4) == 0)
        co_await stream_in_portions(tx);
      else
        co_await simple(tx);
    }
    auto const end = pick(6);
    if (end == 0) co_await refused(tx);
    if (end <= 1) { // rolled back, or given up
      rows_ = before;
      begin("rollback");
      if (pick(2) == 0) co_await Mode::rollback(tx);
    } else if (end == 2) {
      co_await refused(tx);
      rows_ = before;
      begin("commit of what has failed");
      try {
        co_await Mode::commit(tx);
        expect(false, "was not refused");
      } catch (tusk::error const& e) {
        expect(e.code() == tusk::errc::transaction_failed, e.what());
      }
    } else {
      begin("commit");
      co_await Mode::commit(tx);
    }
  }

  int number_;
  unsigned seed_;
  std::mt19937 random_;
  connection* db_ = nullptr;
  habits habits_;
  std::optional<typename Mode::template statement<int, int>> kept_;
  std::map<std::int64_t, std::string> rows_;
  std::int64_t last_id_ = 0;
  std::set<int> servers_; // processes of the server that have been seen
  std::vector<std::string> faults_;
  char const* verb_ = "";
  int operation_ = 0;
  int made_ = 0;
};

} // namespace pooler
