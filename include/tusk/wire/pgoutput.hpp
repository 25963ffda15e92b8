// tusk: wire/pgoutput.hpp — the messages of pgoutput, the output plugin of logical replication.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// PostgreSQL documentation, "Logical Replication Message Formats", versions 1 to 4 of that protocol: 2 has transactions
// streamed before they end, 3 two-phase commit, 4 says where a streamed one was aborted. Here is what they say, as
// plain structs; pgoutput_decoder.hpp reads them.
#pragma once

#include <tusk/wire/bytes.hpp>
#include <tusk/wire/oid.hpp>
#include <tusk/wire/pgoutput_tuple.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace tusk::wire {

/// The messages, which borrow the bytes that they were decoded from. Positions are bytes of the log, times are
/// microseconds since 2000-01-01 in UTC. `xid` is the number of the transaction; of a message that can stand in a
/// streamed transaction the number of it, or of its subtransaction that did this, and 0 elsewhere.
struct pgoutput {
  struct begin {
    std::uint64_t final_lsn = 0; ///< of its commit
    std::int64_t commit_time = 0;
    std::uint32_t xid = 0;
  };
  struct commit {
    std::uint64_t commit_lsn = 0;
    std::uint64_t end_lsn = 0; ///< where the log goes on behind the transaction
    std::int64_t commit_time = 0;
  };
  /// The transaction has come to the server by replication.
  struct origin {
    std::uint64_t commit_lsn = 0; ///< on the server that it came from
    std::string_view name;
  };
  /// What pg_logical_emit_message() has written into the log.
  struct logical_message {
    std::uint32_t xid = 0;
    bool transactional = false;
    std::uint64_t lsn = 0;
    std::string_view prefix;
    byte_view content;
  };
  struct relation_column {
    bool key = false; ///< part of the replica identity
    std::string_view name;
    oid type = oid::none;
    std::int32_t modifier = -1;
  };
  /// What a table is from now on.
  struct relation {
    std::uint32_t xid = 0;
    oid id = oid::none;
    std::string_view schema; ///< empty: pg_catalog
    std::string_view name;
    char identity = 'd'; ///< pg_class.relreplident: d default, n nothing, f full, i index
    std::vector<relation_column> columns;
  };
  /// The name of a type that is not built in.
  struct type {
    std::uint32_t xid = 0;
    oid id = oid::none;
    std::string_view schema; ///< empty: pg_catalog
    std::string_view name;
  };
  struct insert {
    std::uint32_t xid = 0;
    oid relation = oid::none;
    pgoutput_tuple row;
  };
  /// The row before a change: of its replica identity, the other columns being NULL, or whole.
  struct old_row {
    bool key = false;
    pgoutput_tuple row;
  };
  struct update {
    std::uint32_t xid = 0;
    oid relation = oid::none;
    std::optional<old_row> old; ///< none: the replica identity has stayed as it was
    pgoutput_tuple row;
  };
  struct delete_ {
    std::uint32_t xid = 0;
    oid relation = oid::none;
    old_row old;
  };
  struct truncate {
    std::uint32_t xid = 0;
    bool cascade = false;
    bool restart_identity = false;
    std::vector<oid> relations;
  };
  /// What follows until stream_stop is of this transaction.
  struct stream_start {
    std::uint32_t xid = 0;
    bool first = false; ///< the first piece of it
  };
  struct stream_stop {};
  struct stream_commit {
    std::uint32_t xid = 0;
    std::uint64_t commit_lsn = 0;
    std::uint64_t end_lsn = 0;
    std::int64_t commit_time = 0;
  };
  struct stream_abort {
    struct place { // without initialisers: clang wants them of a member of a std::optional only behind this class
      std::uint64_t lsn;
      std::int64_t time;
    };
    std::uint32_t xid = 0;
    std::uint32_t subtransaction = 0; ///< the same: all of the transaction
    std::optional<place> at;          ///< from version 4 on, when streaming is parallel
  };
  struct begin_prepare {
    std::uint64_t prepare_lsn = 0;
    std::uint64_t end_lsn = 0;
    std::int64_t prepare_time = 0;
    std::uint32_t xid = 0;
    std::string_view gid;
  };
  struct prepare : begin_prepare {};
  struct stream_prepare : begin_prepare {};
  struct commit_prepared {
    std::uint64_t commit_lsn = 0;
    std::uint64_t end_lsn = 0;
    std::int64_t commit_time = 0;
    std::uint32_t xid = 0;
    std::string_view gid;
  };
  struct rollback_prepared {
    std::uint64_t prepare_end_lsn = 0;
    std::uint64_t rollback_end_lsn = 0;
    std::int64_t prepare_time = 0;
    std::int64_t rollback_time = 0;
    std::uint32_t xid = 0;
    std::string_view gid;
  };
  using message = std::variant<begin, commit, origin, logical_message, relation, type, insert, update, delete_,
                               truncate, stream_start, stream_stop, stream_commit, stream_abort, begin_prepare, prepare,
                               commit_prepared, rollback_prepared, stream_prepare>;
};

} // namespace tusk::wire
