// tusk: wire/pgoutput_decoder.hpp — reads the messages of pgoutput.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The decoder holds what a message does not tell itself: the version of the protocol, and whether it stands in a
// streamed transaction, where the number of a transaction comes before the rest. Knows no relation by its number and
// keeps nothing of a message. What servers check of these messages when they read them is checked here.
#pragma once

#include <tusk/error.hpp>
#include <tusk/wire/backend.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/oid.hpp>
#include <tusk/wire/pgoutput.hpp>
#include <tusk/wire/pgoutput_tuple.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tusk::wire {

/// Reads the messages of one stream, in their order.
class pgoutput_decoder {
 public:
  /// `version` is the proto_version that the plugin was asked for. Throws error (errc::invalid_option) unless it is 1
  /// to 4.
  explicit pgoutput_decoder(int version) : version_(version) {
    if (version < 1 || version > 4)
      throw error(errc::invalid_option,
                  "proto_version of pgoutput is " + std::to_string(version) + ", the driver knows 1 to 4");
  }

  int version() const noexcept { return version_; }
  /// Between stream_start and stream_stop.
  bool in_stream() const noexcept { return in_stream_; }

  /// One message, which borrows `payload`. Throws error (errc::protocol_violation) where it is none of this version or
  /// must not stand here; the decoder is then as it was. A template so that only programs that use it have to compile
  /// it: so large a variant is dear.
  template <class Message = pgoutput::message> Message decode(byte_view payload);

 private:
  void require_place(char type) const;
  template <class Message> Message decode_stream(reader& in, char type);
  template <class Message> Message decode_change(reader& in, char type) const;

  int version_;
  bool in_stream_ = false;
};

// ---- implementation -------------------------------------------------------------------------------------------------

/// A byte of flags of which none is known yet.
inline void read_no_flags(reader& in, std::string_view what) {
  auto const flags = in.get<std::uint8_t>();
  if (flags != 0) violation(what, "it has unknown flags, " + std::to_string(flags));
}
/// A byte that is 0 or 1.
inline bool read_flag(reader& in, std::string_view what) {
  auto const flag = in.get<std::uint8_t>();
  if (flag > 1) violation(what, "a flag is " + std::to_string(flag) + ", neither 0 nor 1");
  return flag == 1;
}
/// The byte before a tuple.
inline char read_tuple_mark(reader& in, std::string_view allowed, std::string_view what) {
  auto const mark = in.get<char>();
  if (in.ok() && allowed.find(mark) == allowed.npos)
    violation(what, "a row is marked " + type_text(mark) + ", not as one of " + std::string(allowed));
  return mark;
}

inline pgoutput::begin read_begin(reader& in) {
  pgoutput::begin m;
  m.final_lsn = in.get<std::uint64_t>();
  m.commit_time = in.get<std::int64_t>();
  m.xid = in.get<std::uint32_t>();
  finish(in, "Begin of pgoutput");
  return m;
}

inline pgoutput::commit read_commit(reader& in) {
  constexpr std::string_view what = "Commit of pgoutput";
  pgoutput::commit m;
  read_no_flags(in, what);
  m.commit_lsn = in.get<std::uint64_t>();
  m.end_lsn = in.get<std::uint64_t>();
  m.commit_time = in.get<std::int64_t>();
  finish(in, what);
  return m;
}

inline pgoutput::origin read_origin(reader& in) {
  pgoutput::origin m;
  m.commit_lsn = in.get<std::uint64_t>();
  m.name = in.text();
  finish(in, "Origin of pgoutput");
  return m;
}

inline pgoutput::logical_message read_message(reader& in, std::uint32_t xid) {
  constexpr std::string_view what = "Message of pgoutput";
  pgoutput::logical_message m;
  m.xid = xid;
  m.transactional = read_flag(in, what);
  m.lsn = in.get<std::uint64_t>();
  m.prefix = in.text();
  m.content = in.take(in.get<std::uint32_t>());
  finish(in, what);
  return m;
}

inline pgoutput::relation read_relation(reader& in, std::uint32_t xid) {
  constexpr std::string_view what = "Relation of pgoutput";
  pgoutput::relation m;
  m.xid = xid;
  m.id = static_cast<oid>(in.get<std::uint32_t>());
  m.schema = in.text();
  m.name = in.text();
  m.identity = in.get<char>();
  if (in.ok() && std::string_view("dnfi").find(m.identity) == std::string_view::npos)
    violation(what, "its replica identity is " + type_text(m.identity));
  std::size_t const n = in.get<std::uint16_t>();
  if (n * 10 > in.left()) violation(what, "it announces more columns than it has bytes for");
  m.columns.resize(n);
  for (auto& c : m.columns) {
    c.key = (in.get<std::uint8_t>() & 1) != 0; // as servers, which do not look at the other bits either
    c.name = in.text();
    c.type = static_cast<oid>(in.get<std::uint32_t>());
    c.modifier = in.get<std::int32_t>();
  }
  finish(in, what);
  return m;
}

inline pgoutput::type read_type(reader& in, std::uint32_t xid) {
  pgoutput::type m;
  m.xid = xid;
  m.id = static_cast<oid>(in.get<std::uint32_t>());
  m.schema = in.text();
  m.name = in.text();
  finish(in, "Type of pgoutput");
  return m;
}

inline pgoutput::insert read_insert(reader& in, std::uint32_t xid) {
  constexpr std::string_view what = "Insert of pgoutput";
  pgoutput::insert m;
  m.xid = xid;
  m.relation = static_cast<oid>(in.get<std::uint32_t>());
  read_tuple_mark(in, "N", what);
  m.row = pgoutput_tuple::read(in, what);
  finish(in, what);
  return m;
}

inline pgoutput::update read_update(reader& in, std::uint32_t xid) {
  constexpr std::string_view what = "Update of pgoutput";
  pgoutput::update m;
  m.xid = xid;
  m.relation = static_cast<oid>(in.get<std::uint32_t>());
  auto const mark = read_tuple_mark(in, "KON", what);
  if (mark != 'N') {
    m.old = pgoutput::old_row{mark == 'K', pgoutput_tuple::read(in, what)};
    read_tuple_mark(in, "N", what);
  }
  m.row = pgoutput_tuple::read(in, what);
  finish(in, what);
  return m;
}

inline pgoutput::delete_ read_delete(reader& in, std::uint32_t xid) {
  constexpr std::string_view what = "Delete of pgoutput";
  pgoutput::delete_ m;
  m.xid = xid;
  m.relation = static_cast<oid>(in.get<std::uint32_t>());
  m.old.key = read_tuple_mark(in, "KO", what) == 'K';
  m.old.row = pgoutput_tuple::read(in, what);
  finish(in, what);
  return m;
}

inline pgoutput::truncate read_truncate(reader& in, std::uint32_t xid) {
  constexpr std::string_view what = "Truncate of pgoutput";
  pgoutput::truncate m;
  m.xid = xid;
  std::size_t const n = in.get<std::uint32_t>();
  auto const flags = in.get<std::uint8_t>();
  m.cascade = (flags & 1) != 0;
  m.restart_identity = (flags & 2) != 0;
  if (flags > 3) violation(what, "it has unknown flags, " + std::to_string(flags));
  if (n > in.left() / 4) violation(what, "it announces more relations than it has bytes for");
  m.relations.resize(n);
  for (auto& r : m.relations) r = static_cast<oid>(in.get<std::uint32_t>());
  finish(in, what);
  return m;
}

inline pgoutput::stream_start read_stream_start(reader& in) {
  constexpr std::string_view what = "Stream Start of pgoutput";
  pgoutput::stream_start m;
  m.xid = in.get<std::uint32_t>();
  m.first = read_flag(in, what);
  finish(in, what);
  return m;
}

inline pgoutput::stream_commit read_stream_commit(reader& in) {
  constexpr std::string_view what = "Stream Commit of pgoutput";
  pgoutput::stream_commit m;
  m.xid = in.get<std::uint32_t>();
  read_no_flags(in, what);
  m.commit_lsn = in.get<std::uint64_t>();
  m.end_lsn = in.get<std::uint64_t>();
  m.commit_time = in.get<std::int64_t>();
  finish(in, what);
  return m;
}

inline pgoutput::stream_abort read_stream_abort(reader& in, int version) {
  pgoutput::stream_abort m;
  m.xid = in.get<std::uint32_t>();
  m.subtransaction = in.get<std::uint32_t>();
  if (version >= 4 && in.left() != 0) {
    auto const lsn = in.get<std::uint64_t>();
    m.at = pgoutput::stream_abort::place{lsn, in.get<std::int64_t>()};
  }
  finish(in, "Stream Abort of pgoutput");
  return m;
}

/// Begin Prepare, Prepare and Stream Prepare, of which the first has no flags.
template <class Message> Message read_prepare(reader& in, std::string_view what, bool flags = true) {
  Message m;
  if (flags) read_no_flags(in, what);
  m.prepare_lsn = in.get<std::uint64_t>();
  m.end_lsn = in.get<std::uint64_t>();
  m.prepare_time = in.get<std::int64_t>();
  m.xid = in.get<std::uint32_t>();
  m.gid = in.text();
  finish(in, what);
  return m;
}

inline pgoutput::commit_prepared read_commit_prepared(reader& in) {
  constexpr std::string_view what = "Commit Prepared of pgoutput";
  pgoutput::commit_prepared m;
  read_no_flags(in, what);
  m.commit_lsn = in.get<std::uint64_t>();
  m.end_lsn = in.get<std::uint64_t>();
  m.commit_time = in.get<std::int64_t>();
  m.xid = in.get<std::uint32_t>();
  m.gid = in.text();
  finish(in, what);
  return m;
}

inline pgoutput::rollback_prepared read_rollback_prepared(reader& in) {
  constexpr std::string_view what = "Rollback Prepared of pgoutput";
  pgoutput::rollback_prepared m;
  read_no_flags(in, what);
  m.prepare_end_lsn = in.get<std::uint64_t>();
  m.rollback_end_lsn = in.get<std::uint64_t>();
  m.prepare_time = in.get<std::int64_t>();
  m.rollback_time = in.get<std::int64_t>();
  m.xid = in.get<std::uint32_t>();
  m.gid = in.text();
  finish(in, what);
  return m;
}

/// The version that has messages of this type first; 0: none has.
constexpr int first_version_with(char type) noexcept {
  if (std::string_view("BCOMRYIUDT").find(type) != std::string_view::npos) return 1;
  if (std::string_view("SEcA").find(type) != std::string_view::npos) return 2;
  if (std::string_view("bPKrp").find(type) != std::string_view::npos) return 3;
  return 0;
}

inline void pgoutput_decoder::require_place(char type) const {
  auto const first = first_version_with(type);
  if (first == 0) violation("pgoutput", "unknown message type " + type_text(type));
  if (first > version_)
    violation("pgoutput", "message type " + type_text(type) + " is of version " + std::to_string(first) +
                              ", the stream of version " + std::to_string(version_));
  if (in_stream_ && std::string_view("OMRYIUDTE").find(type) == std::string_view::npos)
    violation("pgoutput", "message type " + type_text(type) + " in a streamed transaction");
  if (!in_stream_ && type == 'E') violation("pgoutput", "a Stream Stop without its Stream Start");
}

/// `m` as one of the messages. Saves the compiler the choice among all of them.
template <class Message, class M> Message as_message(M m) { return Message(std::in_place_type<M>, std::move(m)); }

template <class Message> Message pgoutput_decoder::decode_stream(reader& in, char type) {
  if (type == 'S') {
    auto const m = read_stream_start(in);
    in_stream_ = true;
    return as_message<Message>(m);
  }
  finish(in, "Stream Stop of pgoutput");
  in_stream_ = false;
  return as_message<Message>(pgoutput::stream_stop{});
}

/// Those that can stand in a streamed transaction.
template <class Message> Message pgoutput_decoder::decode_change(reader& in, char type) const {
  auto const xid = in_stream_ ? in.get<std::uint32_t>() : 0;
  switch (type) {
  case 'M': return as_message<Message>(read_message(in, xid));
  case 'R': return as_message<Message>(read_relation(in, xid));
  case 'Y': return as_message<Message>(read_type(in, xid));
  case 'I': return as_message<Message>(read_insert(in, xid));
  case 'U': return as_message<Message>(read_update(in, xid));
  case 'D': return as_message<Message>(read_delete(in, xid));
  default: return as_message<Message>(read_truncate(in, xid));
  }
}

template <class Message> Message pgoutput_decoder::decode(byte_view payload) {
  if (payload.empty()) violation("pgoutput", "a message without a type");
  reader in(payload);
  auto const type = in.get<char>();
  require_place(type);
  switch (type) {
  case 'B': return as_message<Message>(read_begin(in));
  case 'C': return as_message<Message>(read_commit(in));
  case 'O': return as_message<Message>(read_origin(in));
  case 'S':
  case 'E': return decode_stream<Message>(in, type);
  case 'c': return as_message<Message>(read_stream_commit(in));
  case 'A': return as_message<Message>(read_stream_abort(in, version_));
  case 'b': return as_message<Message>(read_prepare<pgoutput::begin_prepare>(in, "Begin Prepare of pgoutput", false));
  case 'P': return as_message<Message>(read_prepare<pgoutput::prepare>(in, "Prepare of pgoutput"));
  case 'p': return as_message<Message>(read_prepare<pgoutput::stream_prepare>(in, "Stream Prepare of pgoutput"));
  case 'K': return as_message<Message>(read_commit_prepared(in));
  case 'r': return as_message<Message>(read_rollback_prepared(in));
  default: return decode_change<Message>(in, type);
  }
}

} // namespace tusk::wire
