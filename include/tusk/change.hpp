// tusk: change.hpp — what a logical replication stream tells, message by message.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each message of the output plugin pgoutput is one event: a struct that owns what it says, with the rows' tables found
// by their numbers. A transaction comes whole between `transaction_begun` and `transaction_committed`, unless the
// stream was asked to send large ones before their end or prepared ones apart. Knows no connection.
#pragma once

#include <tusk/changed_row.hpp>
#include <tusk/relation.hpp>
#include <tusk/relation_cache.hpp>
#include <tusk/types/pg_lsn.hpp>
#include <tusk/types/timestamp.hpp>
#include <tusk/types/xid.hpp>
#include <tusk/wire/backend.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/pgoutput.hpp>
#include <tusk/wire/pgoutput_decoder.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tusk {

/// A moment by the server's clock.
using server_time = std::chrono::sys_time<std::chrono::microseconds>;

// Positions are those of the server's log. The `xid` of an event that can stand in a streamed transaction (between
// stream_started and stream_stopped) is there the transaction or subtransaction that did this; elsewhere it is 0, and
// the transaction is the one that has begun.

/// Begin: what follows until transaction_committed has been committed together.
struct transaction_begun {
  tusk::xid xid;
  pg_lsn commit_lsn; ///< where its commit stands
  server_time committed_at;
};
/// Commit. Whoever has done all of it may tell the server `end_lsn` as flushed.
struct transaction_committed {
  pg_lsn commit_lsn;
  pg_lsn end_lsn; ///< where the log goes on behind the transaction
  server_time committed_at;
};
/// Origin: the transaction has itself come to the server by replication, and from where.
struct origin_told {
  pg_lsn commit_lsn; ///< on the server that it came from
  std::string name;
};
/// Message: written by pg_logical_emit_message(). One that is not transactional may stand outside of transactions.
struct message_emitted {
  tusk::xid xid;
  bool transactional = false;
  pg_lsn lsn;
  std::string prefix;
  std::vector<std::byte> content;
};
/// Relation: what a table is from here on.
struct relation_described {
  tusk::xid xid;
  std::shared_ptr<tusk::relation const> relation;
};
/// Type: the name of a type that is not built in and that a column has; of a domain that of the type below it.
struct type_described {
  tusk::xid xid;
  oid type = oid::none;
  std::string schema;
  std::string name;
};
/// Insert.
struct row_inserted {
  tusk::xid xid;
  changed_row row;
};
/// Update.
struct row_updated {
  tusk::xid xid;
  /// With REPLICA IDENTITY FULL the whole row before; else its replica identity where that has changed.
  std::optional<changed_row> old;
  changed_row row;
};
/// Delete.
struct row_deleted {
  tusk::xid xid;
  changed_row old; ///< whole with REPLICA IDENTITY FULL, else the replica identity
};
/// Truncate: all of these tables, in one statement.
struct tables_truncated {
  tusk::xid xid;
  std::vector<std::shared_ptr<relation const>> relations;
  bool cascade = false;
  bool restart_identity = false;
};
/// Stream Start: a piece of a large transaction that has not ended yet. It may still be aborted.
struct stream_started {
  tusk::xid xid;
  bool first = false; ///< the first piece of it
};
/// Stream Stop: the end of the piece.
struct stream_stopped {};
/// Stream Commit: all pieces of the transaction count now.
struct stream_committed {
  tusk::xid xid;
  pg_lsn commit_lsn;
  pg_lsn end_lsn;
  server_time committed_at;
};
/// Stream Abort: what `subtransaction` did never happened; if that is `xid`, all of the transaction.
struct stream_aborted {
  tusk::xid xid;
  tusk::xid subtransaction;
  std::optional<pg_lsn> lsn;             ///< told when streaming is `parallel`
  std::optional<server_time> aborted_at; ///< as well
};
/// Begin Prepare: what follows until transaction_prepared has been prepared together (PREPARE TRANSACTION).
struct prepare_begun {
  tusk::xid xid;
  pg_lsn prepare_lsn;
  pg_lsn end_lsn;
  server_time prepared_at;
  std::string gid; ///< the name that the user has given it
};
/// Prepare.
struct transaction_prepared : prepare_begun {};
/// Stream Prepare: all pieces of the transaction are prepared now.
struct stream_prepared : prepare_begun {};
/// Commit Prepared.
struct prepared_committed {
  tusk::xid xid;
  pg_lsn commit_lsn;
  pg_lsn end_lsn;
  server_time committed_at;
  std::string gid;
};
/// Rollback Prepared.
struct prepared_rolled_back {
  tusk::xid xid;
  pg_lsn prepare_end_lsn;
  pg_lsn rollback_end_lsn;
  server_time prepared_at;
  server_time rolled_back_at;
  std::string gid;
};

/// One event of a stream.
using change = std::variant<transaction_begun, transaction_committed, origin_told, message_emitted, relation_described,
                            type_described, row_inserted, row_updated, row_deleted, tables_truncated, stream_started,
                            stream_stopped, stream_committed, stream_aborted, prepare_begun, transaction_prepared,
                            stream_prepared, prepared_committed, prepared_rolled_back>;

/// The event that a message is. A Relation is put into `relations`, rows take theirs from there. Throws error
/// (errc::protocol_violation) when a table was not described, or is not that of the row. A template so that only
/// programs that use it have to compile it: so large a variant is dear.
template <class Change = change> Change change_of(wire::pgoutput::message const& sent, relation_cache& relations);

/// Reads the messages of one stream, in their order, and keeps the tables that they describe.
class change_decoder {
 public:
  /// `version` is the proto_version that the plugin was asked for. Throws error (errc::invalid_option) unless it is 1
  /// to 4.
  explicit change_decoder(int version) : messages_(version) {}

  /// The next message, which is one payload of the stream; nothing of it is borrowed. Throws error
  /// (errc::protocol_violation): the stream is then of no use any more.
  template <class Change = change> Change decode(wire::byte_view payload) {
    return change_of<Change>(messages_.decode(payload), relations_);
  }

  int version() const noexcept { return messages_.version(); }
  /// Between stream_started and stream_stopped.
  bool in_stream() const noexcept { return messages_.in_stream(); }
  /// The tables described so far.
  relation_cache const& relations() const noexcept { return relations_; }

 private:
  wire::pgoutput_decoder messages_;
  relation_cache relations_;
};

// ---- implementation -------------------------------------------------------------------------------------------------

/// Turns each message into its event.
template <class Change> class change_writer {
 public:
  explicit change_writer(relation_cache& relations) noexcept : relations_(&relations) {}

  Change operator()(wire::pgoutput::begin const& m) const {
    return told(transaction_begun{xid(m.xid), pg_lsn(m.final_lsn), time(m.commit_time)});
  }
  Change operator()(wire::pgoutput::commit const& m) const {
    return told(transaction_committed{pg_lsn(m.commit_lsn), pg_lsn(m.end_lsn), time(m.commit_time)});
  }
  Change operator()(wire::pgoutput::origin const& m) const {
    return told(origin_told{pg_lsn(m.commit_lsn), std::string(m.name)});
  }
  Change operator()(wire::pgoutput::logical_message const& m) const {
    return told(message_emitted{xid(m.xid), m.transactional, pg_lsn(m.lsn), std::string(m.prefix),
                                std::vector<std::byte>(m.content.begin(), m.content.end())});
  }
  Change operator()(wire::pgoutput::relation const& m) const {
    return told(relation_described{xid(m.xid), relations_->put(m)});
  }
  Change operator()(wire::pgoutput::type const& m) const {
    relations_->put(m);
    return told(
        type_described{xid(m.xid), m.id, std::string(m.schema.empty() ? "pg_catalog" : m.schema), std::string(m.name)});
  }
  Change operator()(wire::pgoutput::insert const& m) const {
    return told(row_inserted{xid(m.xid), changed_row(relations_->at(m.relation, "Insert of pgoutput"), m.row, false)});
  }
  Change operator()(wire::pgoutput::update const& m) const {
    auto const& table = relations_->at(m.relation, "Update of pgoutput");
    row_updated event;
    event.xid = xid(m.xid);
    if (m.old) event.old.emplace(table, m.old->row, m.old->key);
    event.row = changed_row(table, m.row, false);
    return told(std::move(event));
  }
  Change operator()(wire::pgoutput::delete_ const& m) const {
    return told(
        row_deleted{xid(m.xid), changed_row(relations_->at(m.relation, "Delete of pgoutput"), m.old.row, m.old.key)});
  }
  Change operator()(wire::pgoutput::truncate const& m) const {
    tables_truncated event;
    event.xid = xid(m.xid);
    event.relations.reserve(m.relations.size());
    for (auto const id : m.relations) event.relations.push_back(relations_->at(id, "Truncate of pgoutput"));
    event.cascade = m.cascade;
    event.restart_identity = m.restart_identity;
    return told(std::move(event));
  }
  Change operator()(wire::pgoutput::stream_start const& m) const { return told(stream_started{xid(m.xid), m.first}); }
  Change operator()(wire::pgoutput::stream_stop const&) const { return told(stream_stopped{}); }
  Change operator()(wire::pgoutput::stream_commit const& m) const {
    return told(stream_committed{xid(m.xid), pg_lsn(m.commit_lsn), pg_lsn(m.end_lsn), time(m.commit_time)});
  }
  Change operator()(wire::pgoutput::stream_abort const& m) const {
    stream_aborted event;
    event.xid = xid(m.xid);
    event.subtransaction = xid(m.subtransaction);
    if (m.at) event.lsn = pg_lsn(m.at->lsn);
    if (m.at) event.aborted_at = time(m.at->time);
    return told(std::move(event));
  }
  Change operator()(wire::pgoutput::begin_prepare const& m) const { return told(prepared(m)); }
  Change operator()(wire::pgoutput::prepare const& m) const { return told(transaction_prepared{prepared(m)}); }
  Change operator()(wire::pgoutput::stream_prepare const& m) const { return told(stream_prepared{prepared(m)}); }
  Change operator()(wire::pgoutput::commit_prepared const& m) const {
    return told(prepared_committed{xid(m.xid), pg_lsn(m.commit_lsn), pg_lsn(m.end_lsn), time(m.commit_time),
                                   std::string(m.gid)});
  }
  Change operator()(wire::pgoutput::rollback_prepared const& m) const {
    return told(prepared_rolled_back{xid(m.xid), pg_lsn(m.prepare_end_lsn), pg_lsn(m.rollback_end_lsn),
                                     time(m.prepare_time), time(m.rollback_time), std::string(m.gid)});
  }

 private:
  /// Saves the compiler the choice among all events.
  template <class E> static Change told(E e) { return Change(std::in_place_type<E>, std::move(e)); }
  /// As a timestamptz has it, the infinities included.
  static server_time time(std::int64_t sent) {
    std::byte bytes[8];
    wire::store(bytes, sent);
    reader in{wire::byte_view(bytes)};
    server_time out;
    codec<server_time>::decode(in, out);
    if (!in.ok()) wire::violation("pgoutput", "the time " + std::to_string(sent) + " is out of range");
    return out;
  }
  static prepare_begun prepared(wire::pgoutput::begin_prepare const& m) {
    return {xid(m.xid), pg_lsn(m.prepare_lsn), pg_lsn(m.end_lsn), time(m.prepare_time), std::string(m.gid)};
  }

  relation_cache* relations_;
};

template <class Change> Change change_of(wire::pgoutput::message const& sent, relation_cache& relations) {
  return std::visit(change_writer<Change>(relations), sent);
}

} // namespace tusk
