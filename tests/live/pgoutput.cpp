// tusk: tests/live/pgoutput.cpp — what the output plugin of a real server sends, read through its SQL functions.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The same messages as in a replication connection. Slots are temporary: they go with their session, whatever happens.
// They are of the whole server, as prepared transactions are, and so have names of their session's own.
#include "support/live.hpp"

#include <tusk/change.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace {

using live::error_of;
using live::in_both_modes;
using tusk::errc;
using tusk::server_time;

enum class mood { sad, ok, happy };

struct item {
  int id = 0;
  std::optional<std::int64_t> n;
  std::optional<std::string> t;
  std::optional<double> f;
  std::optional<mood> m;
  std::optional<int> small;
  std::optional<server_time> at;
  std::optional<std::vector<std::string>> tags;
  friend bool operator==(item const&, item const&) = default;
};

int major() { return live::main_server().version(); }
/// The newest version of the protocol that the server has.
int newest_protocol() { return major() >= 16 ? 4 : major() >= 15 ? 3 : major() >= 14 ? 2 : 1; }

/// Tables of their own with a publication of them. Dropped at the end.
class published {
 public:
  explicit published(live::connection& db) : db_(db) {
    db.script("set client_min_messages = warning; drop publication if exists followed_all;"
              "drop schema if exists followed cascade; create schema followed; set search_path = followed, public;"
              "set synchronous_commit = on;" // slots are read up to what is on disk
              "create type mood as enum ('sad', 'ok', 'happy');"
              "create domain small as int check (value < 100);"
              "create table items(id int primary key, n bigint, t text, f float4, m mood, small small,"
              "  at timestamptz, tags text[]);"
              "create table docs(id int primary key, doc text, note text);"
              "alter table docs alter column doc set storage external;"
              "create table whole(k int, v text); alter table whole replica identity full;"
              "create publication followed_all for table items, docs, whole");
  }
  ~published() {
    try {
      db_.script("drop publication if exists followed_all; drop schema followed cascade");
    } catch (tusk::error const&) {}
  }

 private:
  live::connection& db_;
};

/// A slot, and the decoder of what comes from it.
class follower {
 public:
  follower(live::connection& db, int version, std::vector<std::string> more = {}, bool two_phase = false)
      : db_(db), slot_("followed_" + std::to_string(db.backend_pid())), decoder_(version),
        options_{"proto_version", std::to_string(version), "publication_names", "followed_all"} {
    for (auto& one : more) options_.push_back(std::move(one));
    db.script("select pg_create_logical_replication_slot('" + slot_ + "', 'pgoutput', true" +
              (two_phase ? ", true)" : ")"));
  }
  ~follower() {
    try {
      db_.script("select pg_drop_replication_slot('" + slot_ + "')");
    } catch (tusk::error const&) {}
  }
  follower(follower const&) = delete;
  follower& operator=(follower const&) = delete;

  /// What has happened since.
  std::vector<tusk::change> changes() {
    using message = std::tuple<tusk::pg_lsn, tusk::xid, std::vector<std::byte>>;
    std::vector<tusk::change> all;
    for (auto const& [lsn, xid, data] : db_.query<message>(
             "select * from pg_logical_slot_get_binary_changes($1, null, null, variadic $2)", slot_, options_))
      all.push_back(decoder_.decode(data));
    CHECK_FALSE(decoder_.in_stream());
    return all;
  }

 private:
  live::connection& db_;
  std::string slot_;
  tusk::change_decoder decoder_;
  std::vector<std::string> options_;
};

/// Has inserted an item. Rolled back at the end unless it was ended before: it would be in everybody's way.
class prepared_transaction {
 public:
  explicit prepared_transaction(live::connection& db) : db_(db), gid_("followed " + std::to_string(db.backend_pid())) {
    db.script("begin; insert into items values (1); prepare transaction '" + gid_ + "'");
  }
  ~prepared_transaction() {
    try {
      if (!ended_) end("rollback");
    } catch (tusk::error const&) {}
  }
  prepared_transaction(prepared_transaction const&) = delete;
  prepared_transaction& operator=(prepared_transaction const&) = delete;
  std::string const& gid() const noexcept { return gid_; }
  /// Not twice: an error ends the session's temporary slots.
  void end(std::string const& how) {
    ended_ = true;
    db_.script(how + " prepared '" + gid_ + "'");
  }

 private:
  live::connection& db_;
  std::string gid_;
  bool ended_ = false;
};

template <class Event> std::vector<Event> only(std::vector<tusk::change> const& all) {
  std::vector<Event> some;
  for (auto const& c : all)
    if (auto const* e = std::get_if<Event>(&c)) some.push_back(*e);
  return some;
}

tusk::options admin() { return live::options().user("tusk_admin"); }

/// Text, and binary where the server has that.
std::vector<std::vector<std::string>> formats() {
  if (major() < 14) return {{}};
  return {{}, {"binary", "true"}};
}

} // namespace

template <> struct tusk::enum_labels<mood> {
  static constexpr auto value = std::array{"sad", "ok", "happy"};
};

TEST_CASE("pgoutput: rows become structs, from text and from binary") {
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    published const tables(db);
    for (auto const& format : formats()) {
      follower f(db, 1, format);
      item const first{1,
                       1LL << 40,
                       "t€xt",
                       0.1F,
                       mood::happy,
                       42,
                       server_time(std::chrono::microseconds(1'123'456)),
                       std::vector<std::string>{"a", "b c"}};
      auto const before = db.query_one<server_time>("select clock_timestamp()");
      db.execute("insert into items values ($1, $2, $3, $4, $5, $6, $7, $8), "
                 "(2, null, null, null, null, null, null, null)",
                 first.id, first.n, first.t, static_cast<float>(*first.f), first.m, first.small, first.at, first.tags);
      auto const after = db.query_one<server_time>("select clock_timestamp()");
      auto const all = f.changes();
      auto const rows = only<tusk::row_inserted>(all);
      REQUIRE(rows.size() == 2);
      CHECK(rows[0].row.as<item>() == first);
      item empty;
      empty.id = 2;
      CHECK(rows[1].row.as<item>() == empty);
      CHECK(to_string(rows[0].row.relation()) == "followed.items");
      CHECK(rows[0].row.relation().columns()[5].type == tusk::oid::int4); // of a domain
      // Servers before 15 tell of empty transactions too.
      auto const is_row = [](tusk::change const& c) { return std::holds_alternative<tusk::row_inserted>(c); };
      auto const at = std::find_if(all.begin(), all.end(), is_row) - all.begin();
      auto const begun = only<tusk::transaction_begun>({all.begin(), all.begin() + at});
      auto const committed = only<tusk::transaction_committed>({all.begin() + at, all.end()});
      REQUIRE((!begun.empty() && !committed.empty()));
      CHECK((begun.back().committed_at >= before && begun.back().committed_at <= after));
      CHECK(begun.back().committed_at == committed[0].committed_at);
      CHECK(begun.back().commit_lsn == committed[0].commit_lsn);
      CHECK(committed[0].end_lsn > committed[0].commit_lsn);

      db.execute("update items set id = 3, t = null where id = 2");
      db.execute("delete from items");
      auto const later = f.changes();
      auto const updated = only<tusk::row_updated>(later);
      REQUIRE((updated.size() == 1 && updated[0].old));
      CHECK((updated[0].old->as<int>() == 2 && updated[0].row.get<int>("id") == 3));
      auto const deleted = only<tusk::row_deleted>(later);
      REQUIRE(deleted.size() == 2);
      CHECK((deleted[0].old.as<int>() == 1 && deleted[1].old.as<int>() == 3));
    }
  });
}

TEST_CASE("pgoutput: an unchanged TOAST value is told apart from NULL") {
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    published const tables(db);
    for (auto const& format : formats()) {
      follower f(db, 1, format);
      db.execute("truncate docs");
      db.execute("insert into docs values (1, repeat('x', 10000), ''), (2, null, '')");
      db.execute("update docs set note = 'new'");
      auto const all = f.changes();
      CHECK(only<tusk::row_inserted>(all).at(0).row.get<std::string>("doc").size() == 10'000);
      auto const updated = only<tusk::row_updated>(all);
      REQUIRE(updated.size() == 2);
      auto const& kept = updated[0].row;
      CHECK((kept.is_unchanged("doc") && !kept.is_null("doc")));
      CHECK((kept.get<std::string>("note") == "new" && !kept.is_unchanged("note")));
      auto const e = error_of([&] { kept.get<std::optional<std::string>>("doc"); });
      CHECK(e.code() == errc::unchanged_value);
      CHECK_THAT(e.what(), ContainsSubstring("followed.docs: column \"doc\" (text) was not sent"));
      auto const& null = updated[1].row;
      CHECK((null.is_null("doc") && !null.is_unchanged("doc")));
      CHECK(null.get<std::optional<std::string>>("doc") == std::nullopt);
    }
    // With all of the row as its identity the value is in the old row.
    db.script("alter table docs replica identity full");
    follower f(db, 1);
    db.execute("update docs set note = 'newer' where id = 1");
    auto const updated = only<tusk::row_updated>(f.changes());
    REQUIRE((updated.size() == 1 && updated[0].old));
    CHECK(updated[0].row.is_unchanged("doc"));
    CHECK(updated[0].old->get<std::string>("doc").size() == 10'000);
  });
}

TEST_CASE("pgoutput: tables that become others, and are emptied") {
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    published const tables(db);
    follower f(db, 1);
    db.execute("insert into whole values (1, 'a')");
    auto const first = only<tusk::row_inserted>(f.changes()).at(0).row;
    db.script(
        "alter table whole add column w int[]; insert into whole values (null, 'b', '{1,2}');"
        "alter table whole drop column k; delete from whole where v = 'b'; truncate whole, docs restart identity");
    auto const all = f.changes();
    auto const second = only<tusk::row_inserted>(all).at(0).row;
    CHECK((second.is_null("k") && second.get<std::vector<int>>("w") == std::vector{1, 2}));
    auto const third = only<tusk::row_deleted>(all).at(0).old;
    CHECK((third.size() == 2 && !third.is_key() && third.get<std::string>("v") == "b"));
    CHECK((first.get<int>("k") == 1 && first.size() == 2)); // as it was
    auto const truncated = only<tusk::tables_truncated>(all);
    REQUIRE(truncated.size() == 1);
    CHECK((truncated[0].relations.size() == 2 && truncated[0].restart_identity && !truncated[0].cascade));
  });
}

TEST_CASE("pgoutput: a large transaction in pieces, a part of it rolled back") {
  if (major() < 14) return;
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    published const tables(db);
    for (int version = 2; version <= newest_protocol(); ++version) {
      db.script("truncate items; set logical_decoding_work_mem = '64kB'");
      bool const parallel = version >= 4;
      follower f(db, version, {"streaming", parallel ? "parallel" : "on", "messages", "true"});
      db.script("begin; insert into items select g from generate_series(1, 2000) g; savepoint a;"
                "insert into items select g from generate_series(10001, 12000) g; rollback to a;"
                "select pg_logical_emit_message(true, 'p', 'in a stream');"
                "insert into items select g from generate_series(2001, 3000) g; commit");
      auto const all = f.changes();
      auto const started = only<tusk::stream_started>(all);
      REQUIRE(started.size() > 1);
      CHECK(started[0].first);
      auto const xid = started[0].xid;
      auto const committed = only<tusk::stream_committed>(all);
      REQUIRE((committed.size() == 1 && committed[0].xid == xid));
      std::set<std::uint32_t> aborted;
      for (auto const& a : only<tusk::stream_aborted>(all)) {
        CHECK((a.xid == xid && a.subtransaction != xid && a.lsn.has_value() == parallel));
        aborted.insert(a.subtransaction.value());
      }
      CHECK(aborted.size() == 1);
      std::int64_t sum = 0;
      for (auto const& i : only<tusk::row_inserted>(all))
        if (!aborted.contains(i.xid.value())) sum += i.row.get<int>("id");
      CHECK(sum == 3000 * 3001 / 2);
      auto const messages = only<tusk::message_emitted>(all);
      REQUIRE(messages.size() == 1);
      CHECK((messages[0].xid != tusk::xid() && messages[0].transactional && messages[0].content.size() == 11));
    }
  });
}

TEST_CASE("pgoutput: prepared transactions, and messages without one") {
  if (major() < 15) return;
  in_both_modes([](live::opener connect) {
    auto db = connect(admin());
    published const tables(db);
    follower f(db, 3, {"two_phase", "true", "messages", "true"}, true);
    auto const begun_with = [&](std::string const& gid) {
      auto const all = f.changes();
      auto const begun = only<tusk::prepare_begun>(all);
      REQUIRE((begun.size() == 1 && begun[0].gid == gid));
      CHECK(only<tusk::row_inserted>(all).at(0).row.get<int>("id") == 1);
      auto const prepared = only<tusk::transaction_prepared>(all);
      REQUIRE((prepared.size() == 1 && prepared[0].gid == gid && prepared[0].xid == begun[0].xid));
      CHECK(prepared[0].end_lsn == begun[0].end_lsn);
      return prepared[0];
    };
    {
      prepared_transaction p(db);
      auto const begun = begun_with(p.gid());
      p.end("rollback");
      auto const back = only<tusk::prepared_rolled_back>(f.changes());
      REQUIRE((back.size() == 1 && back[0].gid == p.gid() && back[0].xid == begun.xid));
      CHECK((back[0].prepare_end_lsn == begun.end_lsn && back[0].rollback_end_lsn > begun.end_lsn));
    }
    {
      prepared_transaction p(db);
      auto const begun = begun_with(p.gid());
      p.end("commit");
      auto const committed = only<tusk::prepared_committed>(f.changes());
      REQUIRE((committed.size() == 1 && committed[0].gid == p.gid() && committed[0].xid == begun.xid));
      CHECK(committed[0].committed_at >= begun.prepared_at);
    }
    auto const written = db.query_one<tusk::pg_lsn>("select pg_logical_emit_message(false, 'prefix', 'now')");
    db.execute("insert into whole values (1)"); // and the log is on disk
    auto const messages = only<tusk::message_emitted>(f.changes());
    REQUIRE(messages.size() == 1);
    CHECK((!messages[0].transactional && messages[0].prefix == "prefix" && messages[0].content.size() == 3));
    CHECK(messages[0].lsn == written);
  });
}
