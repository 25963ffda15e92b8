// tusk: wire/replication.hpp — the messages inside the CopyData of a replication stream.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// PostgreSQL documentation, "Streaming Replication Protocol": what a server sends in a stream that START_REPLICATION
// began, and what it wants to hear from time to time. Positions are bytes of the write-ahead log, clocks are
// microseconds since 2000-01-01 in UTC. Knows neither what a payload holds (pgoutput.hpp) nor the frame of CopyData.
#pragma once

#include <tusk/wire/backend.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstdint>
#include <variant>

namespace tusk::wire {

/// XLogData: a piece of the log, or one message of an output plugin.
struct xlog_data {
  std::uint64_t start = 0; ///< where the payload begins; of a plugin's message 0 where it has no place of its own
  std::uint64_t end = 0;   ///< where the server's log ends at present
  std::int64_t clock = 0;  ///< the server's, as it sent this
  byte_view payload;       ///< borrowed
};

/// Primary keepalive.
struct primary_keepalive {
  std::uint64_t end = 0;        ///< where the server's log ends at present; of a plugin's stream, what it has looked at
  std::int64_t clock = 0;       ///< the server's, as it sent this
  bool reply_requested = false; ///< answer with a standby status update now, or be cut off
};

using replication_message = std::variant<xlog_data, primary_keepalive>;

/// What a CopyData of the server holds.
inline replication_message parse_replication(byte_view body) {
  if (body.empty()) violation("the replication stream", "it has a message without a type");
  reader in(body);
  auto const type = in.get<char>();
  if (type == 'w') {
    xlog_data d;
    d.start = in.get<std::uint64_t>();
    d.end = in.get<std::uint64_t>();
    d.clock = in.get<std::int64_t>();
    d.payload = in.rest();
    finish(in, "XLogData");
    return d;
  }
  if (type == 'k') {
    primary_keepalive k;
    k.end = in.get<std::uint64_t>();
    k.clock = in.get<std::int64_t>();
    auto const reply = in.get<std::uint8_t>();
    finish(in, "the primary keepalive");
    if (reply > 1) violation("the primary keepalive", "whether to reply is neither 0 nor 1");
    k.reply_requested = reply == 1;
    return k;
  }
  violation("the replication stream", "it has a message of unknown type " + type_text(type));
}

/// Standby status update: how far this side is. A server keeps the log from `flushed` on for it.
struct standby_status {
  std::uint64_t written = 0; ///< the end of what was received
  std::uint64_t flushed = 0; ///< the end of what will not be asked for again
  std::uint64_t applied = 0;
  std::int64_t clock = 0;       ///< this side's
  bool reply_requested = false; ///< the server answers with a keepalive at once
};

/// Appends what the CopyData of a standby status update holds: the 34 bytes without its frame.
inline void put_standby_status(buffer& to, standby_status const& status) {
  writer out(to);
  out.put('r');
  out.put(status.written);
  out.put(status.flushed);
  out.put(status.applied);
  out.put(status.clock);
  out.put(static_cast<std::uint8_t>(status.reply_requested ? 1 : 0));
}

} // namespace tusk::wire
