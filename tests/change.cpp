// tusk: tests/change.cpp — the events of a stream: made by hand, and as servers have sent them.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/change.hpp>

#include "support/catch.hpp"
#include "support/pgoutput.hpp"
#include "support/rows.hpp"
#include "support/table.hpp"

#include <tusk/types/all.hpp>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>

namespace made = pgoutput_messages;

using made::outside;
using support::outcome;
using support::outcome_of;
using tusk::change;
using tusk::change_decoder;
using tusk::errc;
using tusk::oid;
using tusk::pg_lsn;
using tusk::server_time;
using tusk::xid;

namespace {

enum class mood { sad, ok, happy };

constexpr oid table{16400}, other{16401};
/// 2024-02-29 12:00:00.123456+00
constexpr std::int64_t sent_time = 762'523'200'123'456;
server_time const told_time = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + std::chrono::hours(12) +
                              std::chrono::microseconds(123'456);

/// From memory of exactly that size, which is gone afterwards.
change told(change_decoder& decoder, std::string const& bytes) {
  support::exact_bytes const exact(tusk::wire::as_bytes(bytes));
  return decoder.decode({exact.begin(), exact.end()});
}
template <class Event> Event told_as(change_decoder& decoder, std::string const& bytes) {
  return std::get<Event>(told(decoder, bytes));
}
std::string described(made::streamed xid, oid id, std::string_view name) {
  return made::relation(xid, id, "public", name, 'd', {{true, "id", oid::int4}, {false, "t", oid::text}});
}
outcome refused(change_decoder& decoder, std::string const& bytes) {
  return outcome_of([&] { told(decoder, bytes); });
}

} // namespace

template <> struct tusk::enum_labels<mood> {
  static constexpr auto value = std::array{"sad", "ok", "happy"};
};

TEST_CASE("change: a transaction and what stands in it") {
  change_decoder d(1);
  auto const begun = told_as<tusk::transaction_begun>(d, made::begin(0x1'0000'00a0, sent_time, 7));
  CHECK(begun.xid == xid(7));
  CHECK(begun.commit_lsn == pg_lsn::parse("1/A0"));
  CHECK(begun.committed_at == told_time);
  auto const from = told_as<tusk::origin_told>(d, made::origin(5, "elsewhere"));
  CHECK((from.commit_lsn == pg_lsn(5) && from.name == "elsewhere"));
  auto const type = told_as<tusk::type_described>(d, made::type(outside, oid{20000}, "", "int4"));
  CHECK((type.type == oid{20000} && type.schema == "pg_catalog" && type.name == "int4"));
  auto const relation = told_as<tusk::relation_described>(d, described(outside, table, "t")).relation;
  CHECK((relation->id() == table && relation->name() == "t"));
  CHECK(d.relations().size() == 1);

  auto const row = made::tuple({made::text("1"), made::text("one")});
  auto const inserted = told_as<tusk::row_inserted>(d, made::insert(outside, table, row));
  CHECK(inserted.xid == xid());
  CHECK(&inserted.row.relation() == relation.get());
  CHECK((inserted.row.get<int>("id") == 1 && inserted.row.get<std::string>("t") == "one"));
  auto const updated = told_as<tusk::row_updated>(d, made::update(outside, table, "", row));
  CHECK((!updated.old && updated.row.get<int>("id") == 1));
  auto const key = made::tuple({made::text("0"), made::null()});
  auto const moved = told_as<tusk::row_updated>(d, made::update(outside, table, 'K' + key, row));
  CHECK((moved.old && moved.old->is_key() && moved.old->as<int>() == 0));
  auto const deleted = told_as<tusk::row_deleted>(d, made::delete_(outside, table, 'O' + row));
  CHECK((!deleted.old.is_key() && deleted.old.get<std::string>("t") == "one"));
  told(d, described(outside, other, "u"));
  auto const truncated = told_as<tusk::tables_truncated>(d, made::truncate(outside, 1, {other, table}));
  REQUIRE(truncated.relations.size() == 2);
  CHECK((truncated.relations[0]->name() == "u" && truncated.relations[1] == relation));
  CHECK((truncated.cascade && !truncated.restart_identity));
  auto const message = told_as<tusk::message_emitted>(d, made::message(outside, true, 9, "p", "content"));
  CHECK((message.transactional && message.lsn == pg_lsn(9) && message.prefix == "p" && message.content.size() == 7));
  auto const committed = told_as<tusk::transaction_committed>(d, made::commit(1, 2, sent_time));
  CHECK((committed.commit_lsn == pg_lsn(1) && committed.end_lsn == pg_lsn(2) && committed.committed_at == told_time));
}

TEST_CASE("change: streamed and prepared transactions") {
  change_decoder d(4);
  CHECK((d.version() == 4 && !d.in_stream()));
  auto const started = told_as<tusk::stream_started>(d, made::stream_start(7, true));
  CHECK((started.xid == xid(7) && started.first && d.in_stream()));
  CHECK(told_as<tusk::relation_described>(d, described(8, table, "t")).xid == xid(8));
  auto const row = made::tuple({made::text("1"), made::unchanged()});
  CHECK(told_as<tusk::row_updated>(d, made::update(8, table, "", row)).xid == xid(8));
  CHECK(told_as<tusk::row_inserted>(d, made::insert(9, table, row)).xid == xid(9));
  CHECK(told_as<tusk::row_deleted>(d, made::delete_(9, table, 'O' + row)).xid == xid(9));
  CHECK(told_as<tusk::tables_truncated>(d, made::truncate(9, 2, {table})).xid == xid(9));
  CHECK(told_as<tusk::message_emitted>(d, made::message(9, true, 1, "", "")).xid == xid(9));
  CHECK(told_as<tusk::type_described>(d, made::type(9, oid{1}, "s", "n")).xid == xid(9));
  told_as<tusk::stream_stopped>(d, made::stream_stop());
  auto const aborted = told_as<tusk::stream_aborted>(d, made::stream_abort(7, 9));
  CHECK((aborted.xid == xid(7) && aborted.subtransaction == xid(9) && !aborted.lsn && !aborted.aborted_at));
  auto const placed = told_as<tusk::stream_aborted>(d, made::stream_abort(7, 7, 3, sent_time));
  CHECK((placed.lsn == pg_lsn(3) && placed.aborted_at == told_time));
  auto const committed = told_as<tusk::stream_committed>(d, made::stream_commit(7, 1, 2, sent_time));
  CHECK((committed.xid == xid(7) && committed.commit_lsn == pg_lsn(1) && committed.end_lsn == pg_lsn(2)));
  CHECK(committed.committed_at == told_time);

  auto const check = [](tusk::prepare_begun const& p) {
    CHECK((p.xid == xid(7) && p.prepare_lsn == pg_lsn(1) && p.end_lsn == pg_lsn(2)));
    CHECK((p.prepared_at == told_time && p.gid == "gid"));
  };
  check(told_as<tusk::prepare_begun>(d, made::begin_prepare(1, 2, sent_time, 7, "gid")));
  check(told_as<tusk::transaction_prepared>(d, made::prepare('P', 1, 2, sent_time, 7, "gid")));
  check(told_as<tusk::stream_prepared>(d, made::prepare('p', 1, 2, sent_time, 7, "gid")));
  auto const k = told_as<tusk::prepared_committed>(d, made::prepare('K', 1, 2, sent_time, 7, "gid"));
  CHECK((k.xid == xid(7) && k.commit_lsn == pg_lsn(1) && k.end_lsn == pg_lsn(2) && k.gid == "gid"));
  CHECK(k.committed_at == told_time);
  auto const r = told_as<tusk::prepared_rolled_back>(d, made::rollback_prepared(1, 2, sent_time, 0, 7, "gid"));
  CHECK((r.xid == xid(7) && r.prepare_end_lsn == pg_lsn(1) && r.rollback_end_lsn == pg_lsn(2) && r.gid == "gid"));
  CHECK(r.prepared_at == told_time);
  CHECK(r.rolled_back_at == std::chrono::sys_days(std::chrono::year(2000) / 1 / 1));
}

TEST_CASE("change: rows keep the description that they were read by") {
  change_decoder d(1);
  told(d, described(outside, table, "t"));
  auto const row = made::tuple({made::text("1"), made::text("one")});
  auto const before = told_as<tusk::row_inserted>(d, made::insert(outside, table, row)).row;
  told(d, made::relation(outside, table, "public", "t", 'd', {{true, "id", oid::int8}}));
  CHECK(before.get<std::string>("t") == "one");
  CHECK(before.columns().size() == 2);
  auto const after = told_as<tusk::row_inserted>(d, made::insert(outside, table, made::tuple({made::text("2")}))).row;
  CHECK(after.as<std::int64_t>() == 2);
  CHECK(refused(d, made::insert(outside, table, row)).code == errc::protocol_violation);
}

TEST_CASE("change: tables that were not described, and times that are none") {
  change_decoder d(1);
  auto const row = made::tuple({});
  auto const words = [](std::string_view what) {
    return outcome{errc::protocol_violation, "the server broke the protocol: " + std::string(what) +
                                                 " of pgoutput: relation 16400 was not described before"};
  };
  CHECK(refused(d, made::insert(outside, table, row)) == words("Insert"));
  CHECK(refused(d, made::update(outside, table, "", row)) == words("Update"));
  CHECK(refused(d, made::delete_(outside, table, 'K' + row)) == words("Delete"));
  CHECK(refused(d, made::truncate(outside, 0, {table})) == words("Truncate"));
  CHECK(refused(d, made::begin(1, std::numeric_limits<std::int64_t>::max() - 1, 7)) ==
        outcome{errc::protocol_violation,
                "the server broke the protocol: pgoutput: the time 9223372036854775806 is out of range"});
}

// ---- what servers have sent -----------------------------------------------------------------------------------------

namespace {

/// A stream of tests/data, as events.
std::vector<change> stream_of(std::string const& server, std::string const& name) {
  std::vector<change> all;
  support::table const messages("pgoutput_messages.tsv");
  std::unique_ptr<change_decoder> decoder;
  for (auto const& row : messages) {
    if (row["server"] != server || row["stream"] != name) continue;
    if (!decoder) decoder = std::make_unique<change_decoder>(std::stoi(row["version"]));
    all.push_back(told(*decoder, support::from_hex(row["bytes"])));
  }
  REQUIRE_FALSE(all.empty());
  return all;
}
template <class Event> std::vector<Event> only(std::vector<change> const& all, std::string_view of = "") {
  std::vector<Event> some;
  for (auto const& c : all)
    if (auto const* e = std::get_if<Event>(&c)) {
      if constexpr (requires { e->row; }) {
        if (e->row.relation().name() == of) some.push_back(*e);
      } else if constexpr (requires { e->old.relation(); }) {
        if (e->old.relation().name() == of) some.push_back(*e);
      } else
        some.push_back(*e);
    }
  return some;
}

void check_items(std::vector<change> const& all) {
  auto const inserted = only<tusk::row_inserted>(all, "items");
  REQUIRE(inserted.size() == 2);
  auto const& r = inserted[0].row;
  CHECK(r.get<std::int64_t>("id") == 1); // an int4
  CHECK(r.get<std::int64_t>("n") == 9'223'372'036'854'775'807);
  CHECK(r.get<std::string>("t") == "text");
  CHECK(r.get<double>("f") == 0.1);
  CHECK(r.get<mood>("m") == mood::happy);
  CHECK(r.get<std::string>("m") == "happy");
  CHECK(r.get<std::chrono::sys_days>("d") == std::chrono::sys_days(std::chrono::year(2024) / 2 / 29));
  CHECK(r.get<server_time>("ts") == told_time);
  CHECK(r.get<tusk::jsonb>("j").text() == "{\"a\": 1}");
  CHECK(r.get<std::vector<int>>("a") == std::vector{1, 2, 3});
  CHECK(r.get<std::vector<std::byte>>("y") == std::vector{std::byte{0}, std::byte{255}});
  CHECK(to_string(r.get<tusk::numeric>("p")) == "12.50");
  CHECK(r.get<tusk::uuid>("u") == tusk::uuid::parse("00112233-4455-6677-8899-aabbccddeeff"));
  CHECK(r.get<bool>("b"));
  CHECK(r.get<std::string>("v") == "vc");
  for (std::size_t i = 1; i < r.size(); ++i) CHECK(inserted[1].row.is_null(i));

  auto const updated = only<tusk::row_updated>(all, "items");
  REQUIRE(updated.size() == 2);
  CHECK((!updated[0].old && updated[0].row.is_null("n") && updated[0].row.get<std::string>("t") == "new"));
  REQUIRE(updated[1].old);
  CHECK((updated[1].old->is_key() && updated[1].old->as<int>() == 2 && updated[1].row.get<int>("id") == 3));
  auto const deleted = only<tusk::row_deleted>(all, "items");
  REQUIRE(deleted.size() == 1);
  CHECK((deleted[0].old.is_key() && deleted[0].old.get<int>("id") == 3));
}

void check_docs(std::vector<change> const& all) {
  auto const docs = only<tusk::row_updated>(all, "docs");
  REQUIRE(docs.size() == 3);
  CHECK((docs[0].row.is_unchanged("doc") && !docs[0].row.is_null("doc")));
  CHECK((docs[1].row.is_null("doc") && !docs[1].row.is_unchanged("doc")));
  CHECK(outcome_of([&] { docs[0].row.get<std::optional<std::string>>("doc"); }).code == errc::unchanged_value);
  CHECK(docs[1].row.get<std::optional<std::string>>("doc") == std::nullopt);
  CHECK(docs[0].row.get<std::string>("note") == "one");
}

/// Of what comes before any transaction in pieces.
void check_plain(std::string const& server, std::string const& name) {
  INFO(server << ", " << name);
  auto all = stream_of(server, name);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (std::holds_alternative<tusk::stream_started>(all[i])) all.resize(i);
  check_items(all);
  check_docs(all);
  auto const full = only<tusk::row_updated>(all, "whole");
  REQUIRE((full.size() == 1 && full[0].old));
  using whole = std::pair<std::optional<int>, std::optional<std::string>>;
  CHECK(full[0].old->as<whole>() == whole(1, "a"));
  CHECK(full[0].row.as<whole>() == whole(1, "b"));
  auto const gone = only<tusk::row_deleted>(all, "whole");
  REQUIRE(gone.size() == 1);
  CHECK((!gone[0].old.is_key() && gone[0].old.as<whole>() == whole()));
  CHECK(full[0].row.relation().identity() == tusk::replica_identity::full);
  CHECK(only<tusk::row_inserted>(all, "nobody").at(0).row.relation().identity() == tusk::replica_identity::nothing);
  auto const indexed = only<tusk::row_updated>(all, "indexed");
  REQUIRE(indexed.size() == 2);
  CHECK((!indexed[0].old && indexed[1].old && indexed[1].old->as<std::string>() == "one"));
  auto const tab = only<tusk::row_inserted>(all, "Tab.le").at(0).row;
  CHECK((tab.relation().schema() == "Other One" && tab.get<int>("Col umn") == 1));
  CHECK(tab.get<std::string>("größe") == "Größe");

  auto const small = only<tusk::row_inserted>(all, "small"); // between them the table was altered
  REQUIRE(small.size() == 3);
  CHECK((small[0].row.size() == 3 && small[1].row.size() == 2 && small[2].row.size() == 3));
  CHECK(small[1].row.get<std::string>("w") == "later");
  auto const truncated = only<tusk::tables_truncated>(all);
  REQUIRE(truncated.size() == 2);
  CHECK((truncated[0].relations.size() == 1 && !truncated[0].cascade && !truncated[0].restart_identity));
  CHECK((truncated[1].relations.size() == 2 && truncated[1].cascade && truncated[1].restart_identity));
  auto const messages = only<tusk::message_emitted>(all);
  REQUIRE(messages.size() >= 2);
  CHECK((!messages[0].transactional && messages[0].prefix == "now" && messages[0].content.size() == 17));
  CHECK((messages[1].transactional && messages[1].prefix == "then" && messages[1].content.size() == 3));
  auto const origins = only<tusk::origin_told>(all);
  REQUIRE(origins.size() == 1);
  CHECK((origins[0].name == "elsewhere" && origins[0].commit_lsn == pg_lsn::parse("0/ABCDEF")));
  auto const begun = only<tusk::transaction_begun>(all);
  auto const committed = only<tusk::transaction_committed>(all);
  REQUIRE((!begun.empty() && begun.size() == committed.size()));
  for (std::size_t i = 0; i < begun.size(); ++i) {
    CHECK(begun[i].commit_lsn == committed[i].commit_lsn);
    CHECK(begun[i].committed_at == committed[i].committed_at);
    CHECK(committed[i].end_lsn > committed[i].commit_lsn);
  }
}

/// Of one of pieces: every piece is of a transaction that ends.
void check_streamed(std::string const& server, std::string const& name, bool prepared) {
  INFO(server << ", " << name);
  auto const all = stream_of(server, name);
  std::set<std::uint32_t> open;
  for (auto const& started : only<tusk::stream_started>(all)) {
    CHECK(started.first == open.insert(started.xid.value()).second);
  }
  for (auto const& c : only<tusk::stream_committed>(all)) open.erase(c.xid.value());
  auto const prepares = only<tusk::stream_prepared>(all);
  for (auto const& p : prepares) open.erase(p.xid.value());
  for (auto const& a : only<tusk::stream_aborted>(all))
    if (a.xid == a.subtransaction) open.erase(a.xid.value());
  CHECK(open.empty());
  auto const aborted = only<tusk::stream_aborted>(all);
  REQUIRE_FALSE(aborted.empty());
  for (auto const& a : aborted) CHECK(a.lsn.has_value() == (name == "parallel"));
  if (!prepared) return;
  REQUIRE(prepares.size() == 1);
  CHECK(prepares[0].gid == "gid three");
  auto const begun = only<tusk::prepare_begun>(all);
  REQUIRE(begun.size() == 2);
  CHECK((begun[0].gid == "gid one" && begun[1].gid == "gid two"));
  CHECK(only<tusk::transaction_prepared>(all)[0].end_lsn == begun[0].end_lsn);
  CHECK(only<tusk::prepared_committed>(all).size() == 2);
  auto const back = only<tusk::prepared_rolled_back>(all);
  REQUIRE(back.size() == 1);
  CHECK((back[0].gid == "gid two" && back[0].prepare_end_lsn == begun[1].end_lsn));
  CHECK((back[0].rollback_end_lsn > back[0].prepare_end_lsn && back[0].rolled_back_at >= back[0].prepared_at));
}

} // namespace

TEST_CASE("change: streams of servers, whole transactions") {
  for (auto const* server : {"15.18", "18.4"}) {
    check_plain(server, "text");
    check_plain(server, "binary");
  }
  check_plain("18.4", "parallel");
}

TEST_CASE("change: streams of servers, transactions in pieces") {
  for (auto const* server : {"15.18", "18.4"}) {
    check_streamed(server, "streaming", false);
    check_streamed(server, "two-phase", true);
  }
  check_streamed("18.4", "parallel", true);
  check_streamed("18.4", "not parallel", false);
}
