// tusk: tests/wire/pgoutput_decoder.cpp — every message of pgoutput in every version: whole, cut, lengthened, damaged.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/wire/pgoutput_decoder.hpp>

#include "support/catch.hpp"
#include "support/pgoutput.hpp"
#include "support/rows.hpp"

#include <deque>
#include <string>
#include <variant>
#include <vector>

namespace made = pgoutput_messages;

using namespace tusk::wire;
using made::outside;
using support::exact_bytes;
using support::outcome_of;
using tusk::errc;

namespace {

constexpr std::uint64_t lsn_1 = 0x0000'0001'2345'6780, lsn_2 = 0x0000'0001'2345'67f8;
constexpr std::int64_t time_1 = 0x0002'b1a2'c3d4'e5f6, time_2 = -1;
constexpr std::uint32_t top = 0x8000'0001, sub = 0x8000'0002;
constexpr oid table{0x8000'4001};

struct sample {
  char const* name; ///< as the words of a violation begin
  int version;      ///< the first that has it
  bool streamed;    ///< stands in a streamed transaction
  std::string bytes;
};

/// As the decoder of that version is at this point of a stream.
pgoutput_decoder decoder_for(int version, bool streamed) {
  pgoutput_decoder d(version);
  if (streamed) d.decode(as_bytes(made::stream_start(top, true)));
  return d;
}

/// The messages that can stand in a streamed transaction.
std::vector<sample> changes(made::streamed xid) {
  std::vector<sample> all;
  auto const add = [&](char const* name, std::string bytes) {
    all.push_back({name, xid ? 2 : 1, xid.has_value(), std::move(bytes)});
  };
  using made::tuple, made::text, made::null, made::unchanged, made::binary;
  add("Message", made::message(xid, true, lsn_1, "prefix", std::string("\0content", 8)));
  add("Message", made::message(xid, false, lsn_1, "", ""));
  add("Relation", made::relation(xid, table, "public", "users", 'd',
                                 {{true, "id", oid::int8}, {false, "größe", oid::varchar, 24}}));
  add("Relation", made::relation(xid, table, "", "pg_class", 'n', {}));
  add("Type", made::type(xid, oid{20000}, "public", "mood"));
  add("Insert", made::insert(xid, table, tuple({text("1"), null(), binary("x"), text("")})));
  add("Update", made::update(xid, table, "", tuple({text("1"), unchanged()})));
  add("Update", made::update(xid, table, 'K' + tuple({text("1"), null()}), tuple({text("2"), unchanged()})));
  add("Update", made::update(xid, table, 'O' + tuple({text("1"), text("")}), tuple({text("2"), unchanged()})));
  add("Delete", made::delete_(xid, table, 'K' + tuple({text("1"), null()})));
  add("Delete", made::delete_(xid, table, 'O' + tuple({binary("1"), text("a")})));
  add("Truncate", made::truncate(xid, 3, {table, oid{1}}));
  add("Truncate", made::truncate(xid, 0, {}));
  return all;
}

std::vector<sample> samples() {
  auto all = changes(outside);
  for (auto& s : changes(sub)) all.push_back(std::move(s));
  all.push_back({"Origin", 1, false, made::origin(lsn_1, "elsewhere")});
  all.push_back({"Origin", 2, true, made::origin(lsn_1, "elsewhere")});
  all.push_back({"Begin", 1, false, made::begin(lsn_1, time_1, top)});
  all.push_back({"Commit", 1, false, made::commit(lsn_1, lsn_2, time_1)});
  all.push_back({"Stream Start", 2, false, made::stream_start(top, true)});
  all.push_back({"Stream Stop", 2, true, made::stream_stop()});
  all.push_back({"Stream Commit", 2, false, made::stream_commit(top, lsn_1, lsn_2, time_1)});
  all.push_back({"Stream Abort", 2, false, made::stream_abort(top, sub)});
  all.push_back({"Stream Abort", 4, false, made::stream_abort(top, sub, lsn_1, time_2)});
  all.push_back({"Begin Prepare", 3, false, made::begin_prepare(lsn_1, lsn_2, time_1, top, "gid")});
  all.push_back({"Prepare", 3, false, made::prepare('P', lsn_1, lsn_2, time_1, top, "gid")});
  all.push_back({"Stream Prepare", 3, false, made::prepare('p', lsn_1, lsn_2, time_1, top, "gid")});
  all.push_back({"Commit Prepared", 3, false, made::prepare('K', lsn_1, lsn_2, time_1, top, "gid")});
  all.push_back({"Rollback Prepared", 3, false, made::rollback_prepared(lsn_1, lsn_2, time_1, time_2, top, "gid")});
  return all;
}

/// Reads each byte of what a message borrows, so that a sanitizer sees what is not there.
std::size_t touch(pgoutput::message const& m) {
  std::size_t sum = 0;
  auto const text = [&](std::string_view s) {
    for (char c : s) sum += static_cast<unsigned char>(c);
  };
  auto const row = [&](pgoutput_tuple const& t) {
    text(as_text(t.bytes()));
    t.each([&](tuple_kind, std::size_t at) { sum += at; });
  };
  std::visit(
      [&](auto const& v) {
        if constexpr (requires { v.gid; }) text(v.gid);
        if constexpr (requires { v.name; }) text(v.name);
        if constexpr (requires { v.schema; }) text(v.schema);
        if constexpr (requires { v.prefix; }) text(v.prefix);
        if constexpr (requires { v.content; }) text(as_text(v.content));
        if constexpr (requires { v.columns; })
          for (auto const& c : v.columns) text(c.name);
        if constexpr (requires { v.row; }) row(v.row);
        if constexpr (requires { v.old->row; }) {
          if (v.old) row(v.old->row);
        } else if constexpr (requires { v.old; })
          row(v.old.row);
      },
      m);
  return sum;
}

/// From memory of exactly that size.
support::outcome outcome(pgoutput_decoder decoder, std::string const& bytes) {
  exact_bytes const exact(as_bytes(bytes));
  return outcome_of([&] { touch(decoder.decode({exact.begin(), exact.end()})); });
}

/// The message borrows bytes, which are kept.
template <class M> M decoded(std::string const& bytes, int version = 1, bool streamed = false) {
  static std::deque<exact_bytes> kept;
  auto const& exact = kept.emplace_back(as_bytes(bytes));
  auto decoder = decoder_for(version, streamed);
  return std::get<M>(decoder.decode({exact.begin(), exact.end()}));
}
std::string refusal(std::string const& bytes, int version = 4, bool streamed = false) {
  auto const o = outcome(decoder_for(version, streamed), bytes);
  CHECK(o.code == errc::protocol_violation);
  constexpr std::string_view begin = "the server broke the protocol: ";
  CHECK(o.text.starts_with(begin));
  return o.text.substr(begin.size());
}

} // namespace

TEST_CASE("pgoutput_decoder: every message in every version that has it, and a violation in those that have not") {
  for (auto const& s : samples())
    for (int version = s.streamed ? 2 : 1; version <= 4; ++version) {
      INFO(s.name << " in version " << version);
      auto const o = outcome(decoder_for(version, s.streamed), s.bytes);
      if (version >= s.version)
        CHECK(o.text == "");
      else
        CHECK(o.code == errc::protocol_violation);
    }
}

TEST_CASE("pgoutput_decoder: every message cut anywhere, or longer, is a violation that names it") {
  for (auto const& s : samples()) {
    INFO(s.name);
    auto const prefix = "the server broke the protocol: " + std::string(s.name) + " of pgoutput: ";
    auto const decoder = decoder_for(4, s.streamed);
    for (std::size_t n = 1; n < s.bytes.size(); ++n) {
      auto const o = outcome(decoder, s.bytes.substr(0, n));
      // A Stream Abort need not say where.
      if (s.bytes[0] == 'A' && n == 9) continue;
      CHECK(o.code == errc::protocol_violation);
      CHECK(o.text.starts_with(prefix));
    }
    for (char more : {'\0', 'x', '\xff'}) {
      auto const o = outcome(decoder, s.bytes + more);
      CHECK(o.code == errc::protocol_violation);
      CHECK(o.text.starts_with(prefix));
    }
  }
  CHECK(refusal("") == "pgoutput: a message without a type");
  CHECK(refusal(made::stream_abort(top, sub, lsn_1, time_1), 3) ==
        "Stream Abort of pgoutput: it is longer than its contents");
}

TEST_CASE("pgoutput_decoder: every byte of every message damaged: decoded or a violation, nothing else") {
  for (auto const& s : samples()) {
    INFO(s.name);
    auto const decoder = decoder_for(4, s.streamed);
    int other = 0;
    for (std::size_t at = 0; at < s.bytes.size(); ++at)
      for (int bit = 0; bit < 8; ++bit) {
        auto damaged = s.bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
        auto const o = outcome(decoder, damaged);
        other += !o.text.empty() && o.code != errc::protocol_violation;
      }
    CHECK(other == 0);
  }
}

TEST_CASE("pgoutput_decoder: unknown types, and those of later versions") {
  int known = 0;
  for (int c = 0; c < 256; ++c) {
    auto const type = static_cast<char>(c);
    if (first_version_with(type) != 0) {
      ++known;
      continue;
    }
    CHECK(refusal(std::string(1, type)) == "pgoutput: unknown message type " + type_text(type));
  }
  CHECK(known == 19);
  CHECK(refusal(made::stream_start(1, true), 1) ==
        "pgoutput: message type 'S' is of version 2, the stream of version 1");
  CHECK(refusal(made::begin_prepare(1, 2, 3, 4, ""), 2) ==
        "pgoutput: message type 'b' is of version 3, the stream of version 2");
}

TEST_CASE("pgoutput_decoder: what may stand in a streamed transaction") {
  std::string allowed;
  for (auto const& s : samples())
    if (s.streamed && allowed.find(s.bytes[0]) == allowed.npos) allowed += s.bytes[0];
  for (auto const& s : samples()) {
    if (allowed.find(s.bytes[0]) != allowed.npos) continue;
    CHECK(refusal(s.bytes, 4, true) ==
          "pgoutput: message type " + type_text(s.bytes[0]) + " in a streamed transaction");
  }
  CHECK(refusal("E") == "pgoutput: a Stream Stop without its Stream Start");

  pgoutput_decoder d(2);
  auto const row = made::tuple({});
  CHECK_FALSE(d.in_stream());
  d.decode(as_bytes(made::stream_start(top, true)));
  CHECK(d.in_stream());
  CHECK(std::get<pgoutput::insert>(d.decode(as_bytes(made::insert(sub, table, row)))).xid == sub);
  CHECK_THROWS_AS(d.decode(as_bytes("Ex")), tusk::error);
  CHECK(d.in_stream()); // as it was
  d.decode(as_bytes("E"));
  CHECK_FALSE(d.in_stream());
  CHECK(std::get<pgoutput::insert>(d.decode(as_bytes(made::insert(outside, table, row)))).xid == 0);
  CHECK_THROWS_AS(d.decode(as_bytes("S")), tusk::error);
  CHECK_FALSE(d.in_stream());
}

TEST_CASE("pgoutput_decoder: the version") {
  for (int version : {1, 2, 3, 4}) CHECK(pgoutput_decoder(version).version() == version);
  for (int version : {-1, 0, 5})
    CHECK(outcome_of([&] { pgoutput_decoder{version}; }) ==
          support::outcome{errc::invalid_option,
                           "proto_version of pgoutput is " + std::to_string(version) + ", the driver knows 1 to 4"});
}

TEST_CASE("pgoutput_decoder: a transaction") {
  auto const b = decoded<pgoutput::begin>(made::begin(lsn_1, time_1, top));
  CHECK((b.final_lsn == lsn_1 && b.commit_time == time_1 && b.xid == top));
  auto const c = decoded<pgoutput::commit>(made::commit(lsn_1, lsn_2, time_2));
  CHECK((c.commit_lsn == lsn_1 && c.end_lsn == lsn_2 && c.commit_time == time_2));
  auto const o = decoded<pgoutput::origin>(made::origin(lsn_2, "elsewhere"));
  CHECK((o.commit_lsn == lsn_2 && o.name == "elsewhere"));
  for (auto xid : {made::streamed(), made::streamed(sub)}) {
    auto const m = decoded<pgoutput::logical_message>(made::message(xid, true, lsn_1, "prefix", std::string("\0c", 2)),
                                                      2, xid.has_value());
    CHECK((m.xid == xid.value_or(0) && m.transactional && m.lsn == lsn_1 && m.prefix == "prefix"));
    CHECK(m.content.size() == 2);
  }
  CHECK(refusal("C\1" + made::commit(lsn_1, lsn_2, time_2).substr(2)) == "Commit of pgoutput: it has unknown flags, 1");
  CHECK(refusal("M\2" + made::message(outside, true, 1, "", "").substr(2)) ==
        "Message of pgoutput: a flag is 2, neither 0 nor 1");
}

TEST_CASE("pgoutput_decoder: relations and types") {
  for (auto xid : {made::streamed(), made::streamed(sub)}) {
    auto const bytes = made::relation(xid, table, "public", "users", 'i',
                                      {{true, "id", oid::int8}, {false, "größe", oid::varchar, 24}});
    auto const r = decoded<pgoutput::relation>(bytes, 2, xid.has_value());
    CHECK((r.xid == xid.value_or(0) && r.id == table && r.schema == "public" && r.name == "users"));
    CHECK(r.identity == 'i');
    REQUIRE(r.columns.size() == 2);
    CHECK((r.columns[0].key && r.columns[0].name == "id" && r.columns[0].type == oid::int8));
    CHECK(r.columns[0].modifier == -1);
    CHECK((!r.columns[1].key && r.columns[1].name == "größe" && r.columns[1].type == oid::varchar));
    CHECK(r.columns[1].modifier == 24);
    auto const t = decoded<pgoutput::type>(made::type(xid, oid{20000}, "public", "mood"), 2, xid.has_value());
    CHECK((t.xid == xid.value_or(0) && t.id == oid{20000} && t.schema == "public" && t.name == "mood"));
  }
  CHECK(refusal(made::relation(outside, table, "", "t", 'x', {})) ==
        "Relation of pgoutput: its replica identity is 'x'");
}

TEST_CASE("pgoutput_decoder: rows") {
  for (auto xid : {made::streamed(), made::streamed(sub)}) {
    bool const streamed = xid.has_value();
    auto const row = made::tuple({made::text("1"), made::null()});
    auto const i = decoded<pgoutput::insert>(made::insert(xid, table, row), 2, streamed);
    CHECK((i.xid == xid.value_or(0) && i.relation == table && i.row.size() == 2));
    auto const u = decoded<pgoutput::update>(made::update(xid, table, "", row), 2, streamed);
    CHECK((u.xid == xid.value_or(0) && u.relation == table && !u.old && u.row.size() == 2));
    for (char mark : {'K', 'O'}) {
      auto const both = made::update(xid, table, mark + made::tuple({made::text("0")}), row);
      auto const changed = decoded<pgoutput::update>(both, 2, streamed);
      REQUIRE(changed.old);
      CHECK((changed.old->key == (mark == 'K') && changed.old->row.size() == 1 && changed.row.size() == 2));
      auto const d = decoded<pgoutput::delete_>(made::delete_(xid, table, mark + row), 2, streamed);
      CHECK((d.xid == xid.value_or(0) && d.relation == table && d.old.key == (mark == 'K') && d.old.row.size() == 2));
    }
    auto const t = decoded<pgoutput::truncate>(made::truncate(xid, 2, {table, oid{1}}), 2, streamed);
    CHECK((t.xid == xid.value_or(0) && !t.cascade && t.restart_identity));
    CHECK(t.relations == std::vector{table, oid{1}});
    CHECK(decoded<pgoutput::truncate>(made::truncate(xid, 1, {}), 2, streamed).cascade);
  }
  auto const row = made::tuple({});
  CHECK(refusal(made::delete_(outside, table, 'N' + row)) ==
        "Delete of pgoutput: a row is marked 'N', not as one of KO");
  CHECK(refusal('U' + made::numbered(table) + 'K' + row + 'K' + row) ==
        "Update of pgoutput: a row is marked 'K', not as one of N");
  CHECK(refusal(made::truncate(outside, 4, {table})) == "Truncate of pgoutput: it has unknown flags, 4");
}

TEST_CASE("pgoutput_decoder: streamed and prepared transactions") {
  auto const s = decoded<pgoutput::stream_start>(made::stream_start(top, true), 2);
  CHECK((s.xid == top && s.first));
  CHECK_FALSE(decoded<pgoutput::stream_start>(made::stream_start(top, false), 2).first);
  auto const c = decoded<pgoutput::stream_commit>(made::stream_commit(top, lsn_1, lsn_2, time_1), 2);
  CHECK((c.xid == top && c.commit_lsn == lsn_1 && c.end_lsn == lsn_2 && c.commit_time == time_1));
  for (int version : {2, 3, 4}) {
    auto const a = decoded<pgoutput::stream_abort>(made::stream_abort(top, sub), version);
    CHECK((a.xid == top && a.subtransaction == sub && !a.at));
  }
  auto const a = decoded<pgoutput::stream_abort>(made::stream_abort(top, sub, lsn_1, time_2), 4);
  CHECK((a.xid == top && a.subtransaction == sub && a.at && a.at->lsn == lsn_1 && a.at->time == time_2));

  auto const check = [](pgoutput::begin_prepare const& p) {
    CHECK((p.prepare_lsn == lsn_1 && p.end_lsn == lsn_2 && p.prepare_time == time_1 && p.xid == top && p.gid == "g"));
  };
  check(decoded<pgoutput::begin_prepare>(made::begin_prepare(lsn_1, lsn_2, time_1, top, "g"), 3));
  check(decoded<pgoutput::prepare>(made::prepare('P', lsn_1, lsn_2, time_1, top, "g"), 3));
  check(decoded<pgoutput::stream_prepare>(made::prepare('p', lsn_1, lsn_2, time_1, top, "g"), 3));
  auto const k = decoded<pgoutput::commit_prepared>(made::prepare('K', lsn_1, lsn_2, time_1, top, "g"), 3);
  CHECK((k.commit_lsn == lsn_1 && k.end_lsn == lsn_2 && k.commit_time == time_1 && k.xid == top && k.gid == "g"));
  auto const r =
      decoded<pgoutput::rollback_prepared>(made::rollback_prepared(lsn_1, lsn_2, time_1, time_2, top, "g"), 3);
  CHECK((r.prepare_end_lsn == lsn_1 && r.rollback_end_lsn == lsn_2 && r.prepare_time == time_1));
  CHECK((r.rollback_time == time_2 && r.xid == top && r.gid == "g"));
}

TEST_CASE("pgoutput_decoder: announced numbers allocate nothing that is not there") {
  auto const relation = made::relation(outside, table, "", "t", 'd', {});
  CHECK(refusal(relation.substr(0, relation.size() - 2) + "\xff\xff" + std::string(1000, '\0')) ==
        "Relation of pgoutput: it announces more columns than it has bytes for");
  for (std::uint32_t n : {0x8000'0000U, 0xffff'ffffU, 3U})
    CHECK(refusal('T' + made::number(n) + '\0' + std::string(11, '\0')) ==
          "Truncate of pgoutput: it announces more relations than it has bytes for");
  CHECK(refusal('I' + made::numbered(table) + "N\xff\xff" + "nn") ==
        "Insert of pgoutput: it announces more columns than it has bytes for");
  auto const message = made::message(outside, false, 1, "", "");
  CHECK(refusal(message.substr(0, message.size() - 4) + "\xff\xff\xff\xff" + "x") ==
        "Message of pgoutput: it ends too early");
}
