// tusk tests: support/pgoutput.hpp — the messages of pgoutput, made by hand from the protocol's documentation.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each function returns one whole message; of those that can stand in a streamed transaction the first argument is the
// number that comes first there, or nothing.
#pragma once

#include "support/messages.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace pgoutput_messages {

using messages::number;
using messages::zero_terminated;
using tusk::wire::oid;

/// Of a streamed transaction.
using streamed = std::optional<std::uint32_t>;
inline constexpr streamed outside;

inline std::string head(char type, streamed xid) { return type + (xid ? number(*xid) : std::string()); }
inline std::string numbered(oid id) { return number(static_cast<std::uint32_t>(id)); }
inline std::string lsn(std::uint64_t at) { return number(at); }
inline std::string time(std::int64_t at) { return number(at); }

inline std::string null() { return "n"; }
inline std::string unchanged() { return "u"; }
inline std::string value(char kind, std::string_view bytes) {
  return kind + number(static_cast<std::uint32_t>(bytes.size())) + std::string(bytes);
}
inline std::string text(std::string_view s) { return value('t', s); }
inline std::string binary(std::string_view s) { return value('b', s); }
inline std::string tuple(std::initializer_list<std::string> columns) {
  auto out = number(static_cast<std::uint16_t>(columns.size()));
  for (auto const& c : columns) out += c;
  return out;
}

inline std::string begin(std::uint64_t final_lsn, std::int64_t at, std::uint32_t xid) {
  return 'B' + lsn(final_lsn) + time(at) + number(xid);
}
inline std::string commit(std::uint64_t commit_lsn, std::uint64_t end_lsn, std::int64_t at) {
  return 'C' + std::string(1, '\0') + lsn(commit_lsn) + lsn(end_lsn) + time(at);
}
inline std::string origin(std::uint64_t commit_lsn, std::string_view name) {
  return 'O' + lsn(commit_lsn) + zero_terminated(name);
}
inline std::string message(streamed xid, bool transactional, std::uint64_t at, std::string_view prefix,
                           std::string_view content) {
  return head('M', xid) + (transactional ? '\1' : '\0') + lsn(at) + zero_terminated(prefix) +
         number(static_cast<std::uint32_t>(content.size())) + std::string(content);
}
struct relation_column {
  bool key;
  std::string_view name;
  oid type;
  std::int32_t modifier = -1;
};
inline std::string relation(streamed xid, oid id, std::string_view schema, std::string_view name, char identity,
                            std::initializer_list<relation_column> columns) {
  auto out = head('R', xid) + numbered(id) + zero_terminated(schema) + zero_terminated(name) + identity +
             number(static_cast<std::uint16_t>(columns.size()));
  for (auto const& c : columns)
    out += (c.key ? '\1' : '\0') + zero_terminated(c.name) + numbered(c.type) + number(c.modifier);
  return out;
}
inline std::string type(streamed xid, oid id, std::string_view schema, std::string_view name) {
  return head('Y', xid) + numbered(id) + zero_terminated(schema) + zero_terminated(name);
}
inline std::string insert(streamed xid, oid relation, std::string const& row) {
  return head('I', xid) + numbered(relation) + 'N' + row;
}
/// `old` is empty, or a tuple that is marked with K or O.
inline std::string update(streamed xid, oid relation, std::string const& old, std::string const& row) {
  return head('U', xid) + numbered(relation) + old + 'N' + row;
}
inline std::string delete_(streamed xid, oid relation, std::string const& old) {
  return head('D', xid) + numbered(relation) + old;
}
inline std::string truncate(streamed xid, std::uint8_t flags, std::initializer_list<oid> relations) {
  auto out = head('T', xid) + number(static_cast<std::uint32_t>(relations.size())) + number(flags);
  for (auto const r : relations) out += numbered(r);
  return out;
}
inline std::string stream_start(std::uint32_t xid, bool first) { return 'S' + number(xid) + (first ? '\1' : '\0'); }
inline std::string stream_stop() { return "E"; }
inline std::string stream_commit(std::uint32_t xid, std::uint64_t commit_lsn, std::uint64_t end_lsn, std::int64_t at) {
  return 'c' + number(xid) + '\0' + lsn(commit_lsn) + lsn(end_lsn) + time(at);
}
inline std::string stream_abort(std::uint32_t xid, std::uint32_t subtransaction) {
  return 'A' + number(xid) + number(subtransaction);
}
inline std::string stream_abort(std::uint32_t xid, std::uint32_t subtransaction, std::uint64_t at_lsn,
                                std::int64_t at) {
  return stream_abort(xid, subtransaction) + lsn(at_lsn) + time(at);
}
inline std::string prepared(std::uint64_t prepare_lsn, std::uint64_t end_lsn, std::int64_t at, std::uint32_t xid,
                            std::string_view gid) {
  return lsn(prepare_lsn) + lsn(end_lsn) + time(at) + number(xid) + zero_terminated(gid);
}
inline std::string begin_prepare(std::uint64_t prepare_lsn, std::uint64_t end_lsn, std::int64_t at, std::uint32_t xid,
                                 std::string_view gid) {
  return 'b' + prepared(prepare_lsn, end_lsn, at, xid, gid);
}
/// Prepare ('P'), Stream Prepare ('p') or Commit Prepared ('K'), which look the same.
inline std::string prepare(char which, std::uint64_t prepare_lsn, std::uint64_t end_lsn, std::int64_t at,
                           std::uint32_t xid, std::string_view gid) {
  return which + std::string(1, '\0') + prepared(prepare_lsn, end_lsn, at, xid, gid);
}
inline std::string rollback_prepared(std::uint64_t prepare_end_lsn, std::uint64_t rollback_end_lsn,
                                     std::int64_t prepared_at, std::int64_t rolled_back_at, std::uint32_t xid,
                                     std::string_view gid) {
  return 'r' + std::string(1, '\0') + lsn(prepare_end_lsn) + lsn(rollback_end_lsn) + time(prepared_at) +
         time(rolled_back_at) + number(xid) + zero_terminated(gid);
}

} // namespace pgoutput_messages
