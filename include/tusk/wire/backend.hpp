// tusk: wire/backend.hpp — the messages that a server sends: their types, limits and contents.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each parser reads one message body (PostgreSQL documentation, "Message Formats") and throws errc::protocol_violation,
// naming the message, when the body is not exactly what its format says. Knows no order of messages.
#pragma once

#include <tusk/error.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/column.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tusk::wire {

/// The first byte of a message from the server.
enum class reply : char {
  authentication = 'R',
  backend_key = 'K',
  bind_complete = '2',
  close_complete = '3',
  command_complete = 'C',
  copy_both = 'W',
  copy_data = 'd',
  copy_done = 'c',
  copy_in = 'G',
  copy_out = 'H',
  data_row = 'D',
  empty_query = 'I',
  error = 'E',
  function_result = 'V',
  negotiate_version = 'v',
  no_data = 'n',
  notice = 'N',
  notification = 'A',
  parameter_description = 't',
  parameter_status = 'S',
  parse_complete = '1',
  portal_suspended = 's',
  ready_for_query = 'Z',
  row_description = 'T',
};

/// For messages: `'D'`, or `0x07` where it is no letter.
inline std::string type_text(char type) {
  if (type >= 0x20 && type < 0x7f) return {'\'', type, '\''};
  constexpr char digits[] = "0123456789abcdef";
  auto const u = static_cast<unsigned char>(type);
  return {'0', 'x', digits[u >> 4], digits[u & 15]};
}

/// The largest plausible length (as counted in the message, itself included) of a message of this type: the kinds that
/// carry data or words of any size have `largest`, all others 30000 as in libpq. Unlike there a ParameterDescription
/// may be long: with 65535 parameters, which a statement may have, it is.
constexpr std::uint32_t length_limit(char type, std::uint32_t largest) noexcept {
  switch (type) {
  case 'D':
  case 'T':
  case 'd':
  case 'E':
  case 'N':
  case 'A':
  case 'V':
  case 't': return largest;
  default: return largest < 30000 ? largest : 30000;
  }
}

/// Throws errc::protocol_violation: `what` is broken, `why` says how.
[[noreturn, gnu::cold, gnu::noinline]] inline void violation(std::string_view what, std::string_view why) {
  throw error(errc::protocol_violation,
              std::string("the server broke the protocol: ").append(what).append(": ").append(why));
}

/// Ends the reading of a body: all of it must have been read, and well.
inline void finish(reader const& in, std::string_view what) {
  if (!in.ok()) [[unlikely]]
    violation(what, in.why());
  if (in.left() != 0) [[unlikely]]
    violation(what, "it is longer than its contents");
}

/// ErrorResponse and NoticeResponse. Fields of unknown kinds are skipped, of a field that comes twice the last counts,
/// a number that is none or beyond two milliards is 0.
inline notice parse_notice(byte_view body, std::string_view what) {
  reader in(body);
  notice n;
  std::string localized;
  auto number = [](std::string_view digits) {
    int v = 0;
    for (char c : digits) {
      if (c < '0' || c > '9' || v > 200'000'000) return 0;
      v = v * 10 + (c - '0');
    }
    return v;
  };
  for (;;) {
    auto const field = in.get<char>();
    if (!in.ok() || field == '\0') break;
    auto const text = in.text();
    switch (field) { // unknown fields are to be ignored
    case 'S': localized = text; break;
    case 'V': n.severity = text; break;
    case 'C': n.code = sqlstate::from(text); break;
    case 'M': n.message = text; break;
    case 'D': n.detail = text; break;
    case 'H': n.hint = text; break;
    case 'P': n.position = number(text); break;
    case 'p': n.internal_position = number(text); break;
    case 'q': n.internal_query = text; break;
    case 'W': n.where = text; break;
    case 's': n.schema = text; break;
    case 't': n.table = text; break;
    case 'c': n.column = text; break;
    case 'd': n.data_type = text; break;
    case 'n': n.constraint = text; break;
    case 'F': n.file = text; break;
    case 'L': n.line = number(text); break;
    case 'R': n.routine = text; break;
    default: break;
    }
  }
  finish(in, what);
  if (n.severity.empty()) n.severity = std::move(localized);
  return n;
}

/// RowDescription, into `columns`, whose memory is reused.
inline void parse_row_description(byte_view body, std::vector<column>& columns) {
  constexpr std::string_view what = "RowDescription";
  reader in(body);
  std::size_t const n = in.get<std::uint16_t>();
  if (n * 19 > in.left()) violation(what, "it announces more columns than it has bytes for");
  columns.resize(n);
  for (auto& c : columns) {
    c.name.assign(in.text());
    c.table = static_cast<oid>(in.get<std::uint32_t>());
    c.attribute = in.get<std::int16_t>();
    c.type = static_cast<oid>(in.get<std::uint32_t>());
    c.size = in.get<std::int16_t>();
    c.modifier = in.get<std::int32_t>();
    c.format = in.get<std::int16_t>();
  }
  finish(in, what);
}

/// ParameterDescription: the types of a statement's parameters.
inline void parse_parameter_description(byte_view body, std::vector<oid>& types) {
  constexpr std::string_view what = "ParameterDescription";
  reader in(body);
  std::size_t const n = in.get<std::uint16_t>();
  if (n * 4 > in.left()) violation(what, "it announces more parameters than it has bytes for");
  types.resize(n);
  for (auto& t : types) t = static_cast<oid>(in.get<std::uint32_t>());
  finish(in, what);
}

/// ParameterStatus: a setting and its present value.
struct parameter_status {
  std::string_view name;  ///< borrowed
  std::string_view value; ///< borrowed
};
inline parameter_status parse_parameter_status(byte_view body) {
  reader in(body);
  parameter_status p;
  p.name = in.text();
  p.value = in.text();
  finish(in, "ParameterStatus");
  return p;
}

/// BackendKeyData: what a CancelRequest must have to be obeyed.
struct backend_key {
  std::uint32_t pid = 0;
  byte_view key; ///< borrowed
};
inline backend_key parse_backend_key(byte_view body, bool long_keys = false) {
  constexpr std::string_view what = "BackendKeyData";
  reader in(body);
  backend_key k;
  k.pid = in.get<std::uint32_t>();
  k.key = in.rest();
  finish(in, what);
  if (!long_keys && k.key.size() != 4) violation(what, "the key has not the 4 bytes of protocol 3.0");
  if (long_keys && (k.key.size() < 4 || k.key.size() > 256))
    violation(what, "the key has not the 4 to 256 bytes of protocol 3.2, but " + std::to_string(k.key.size()));
  return k;
}

/// NegotiateProtocolVersion: the newest version that the server has, and what it does not know of the options asked
/// for.
struct version_offer {
  std::uint32_t version = 0;
  std::vector<std::string_view> unknown; ///< borrowed
};
inline version_offer parse_negotiate_version(byte_view body) {
  constexpr std::string_view what = "NegotiateProtocolVersion";
  reader in(body);
  version_offer offer;
  offer.version = in.get<std::uint32_t>();
  auto const n = in.get<std::int32_t>();
  if (in.ok() && (n < 0 || static_cast<std::size_t>(n) > in.left())) violation(what, "the number of options is wrong");
  for (std::int32_t i = 0; in.ok() && i < n; ++i) offer.unknown.push_back(in.text());
  finish(in, what);
  return offer;
}

/// ReadyForQuery: 'I' idle, 'T' in a transaction, 'E' in a failed transaction.
inline char parse_ready(byte_view body) {
  reader in(body);
  auto const status = in.get<char>();
  finish(in, "ReadyForQuery");
  if (status != 'I' && status != 'T' && status != 'E')
    violation("ReadyForQuery", "unknown status " + type_text(status));
  return status;
}

/// CommandComplete: the tag, such as `INSERT 0 5`. Borrowed.
inline std::string_view parse_command_complete(byte_view body) {
  reader in(body);
  auto const tag = in.text();
  finish(in, "CommandComplete");
  return tag;
}

/// NotificationResponse.
struct notification_view {
  std::uint32_t pid = 0;
  std::string_view channel; ///< borrowed
  std::string_view payload; ///< borrowed
};
inline notification_view parse_notification(byte_view body) {
  reader in(body);
  notification_view n;
  n.pid = in.get<std::uint32_t>();
  n.channel = in.text();
  n.payload = in.text();
  finish(in, "NotificationResponse");
  return n;
}

/// CopyInResponse, CopyOutResponse and CopyBothResponse: 0 is text, which may be CSV, 1 is binary.
struct copy_response {
  std::int8_t format = 0;
  std::uint16_t columns = 0;
};
inline copy_response parse_copy_response(byte_view body, std::string_view what) {
  reader in(body);
  copy_response r;
  r.format = in.get<std::int8_t>();
  r.columns = in.get<std::uint16_t>();
  for (int i = 0; in.ok() && i < r.columns; ++i)
    if (auto const f = in.get<std::int16_t>(); in.ok() && (f < 0 || f > r.format))
      violation(what, "a column has format " + std::to_string(f));
  finish(in, what);
  if (r.format != 0 && r.format != 1) violation(what, "its format is " + std::to_string(r.format));
  return r;
}

/// A message that has no body: ParseComplete and its like.
inline void parse_empty(byte_view body, std::string_view what) {
  if (!body.empty()) violation(what, "it is longer than its contents");
}

} // namespace tusk::wire
