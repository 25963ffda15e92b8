// tusk: wire/frontend.hpp — the messages that a client sends, one function each.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each function appends one whole message to a buffer (PostgreSQL documentation, "Message Formats"). Lengths are
// checked against what a server accepts before the buffer is touched, and no text with a zero byte gets into a field
// that ends with one: that is how messages are smuggled. Knows no order of messages.
#pragma once

#include <tusk/error.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/oid.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tusk::wire {

/// The largest message body that a server accepts for Parse, Bind, Query and CopyData (PQ_LARGE_MESSAGE_LIMIT).
inline constexpr std::size_t max_frontend_message = 0x3ffffffe;

inline constexpr std::uint32_t protocol_3_0 = 0x00030000;
inline constexpr std::uint32_t ssl_request_code = 80877103;
inline constexpr std::uint32_t cancel_request_code = 80877102;

/// Refuses text that cannot travel as a zero-terminated string. `what` names it: "the SQL text".
inline void require_no_zero(std::string_view text, std::string_view what) {
  if (auto const at = text.find('\0'); at != text.npos) [[unlikely]]
    throw error(errc::invalid_parameter, std::string(what) + " has a zero byte at offset " + std::to_string(at) +
                                             ", PostgreSQL has no such text");
}

inline void require_length(std::size_t n, std::string_view what) {
  if (n > max_frontend_message) [[unlikely]]
    throw error(errc::message_too_large, std::string(what) + " has " + std::to_string(n) + " bytes, a server takes " +
                                             std::to_string(max_frontend_message) + " at most");
}

/// Begins a message and returns the place of its length for `end_message`.
inline std::size_t begin_message(buffer& to, char type) {
  auto* p = to.extend(5);
  p[0] = static_cast<std::byte>(type);
  return to.size() - 4;
}

inline void end_message(buffer& to, std::size_t place) {
  auto const n = to.size() - place;
  require_length(n, "the message");
  store(to.data() + place, static_cast<std::uint32_t>(n));
}

/// Appends `text` and a zero. The caller has checked it.
inline void put_text(buffer& to, std::string_view text) {
  auto* p = to.extend(text.size() + 1);
  if (!text.empty()) std::memcpy(p, text.data(), text.size());
  p[text.size()] = std::byte{0};
}

/// A message that is only a type and one text.
inline void put_text_message(buffer& to, char type, std::string_view text, std::string_view what) {
  require_length(text.size() + 5, what);
  require_no_zero(text, what);
  auto const place = begin_message(to, type);
  put_text(to, text);
  end_message(to, place);
}

inline void ssl_request(buffer& to) {
  auto* p = to.extend(8);
  store(p, std::uint32_t{8});
  store(p + 4, ssl_request_code);
}

/// The one message of a connection made to cancel what another one is running. `key` has 4 bytes in protocol 3.0.
inline void cancel_request(buffer& to, std::uint32_t backend_pid, byte_view key) {
  auto* p = to.extend(12);
  store(p, static_cast<std::uint32_t>(12 + key.size()));
  store(p + 4, cancel_request_code);
  store(p + 8, backend_pid);
  to.append(key);
}

using startup_parameter = std::pair<std::string_view, std::string_view>;

/// The first message of a session: protocol version and name-value pairs such as user and database.
inline void startup_message(buffer& to, std::span<startup_parameter const> parameters) {
  std::size_t n = 9;
  for (auto const& [name, value] : parameters) {
    require_no_zero(name, "a startup parameter's name");
    require_no_zero(value, "the startup parameter " + std::string(name));
    n += name.size() + value.size() + 2;
  }
  if (n > 10000) // MAX_STARTUP_PACKET_LENGTH
    throw error(errc::message_too_large, "user, database, options and the other startup parameters have " +
                                             std::to_string(n) + " bytes together, a server takes 10000 at most");
  auto* p = to.extend(8);
  store(p, static_cast<std::uint32_t>(n));
  store(p + 4, protocol_3_0);
  for (auto const& [name, value] : parameters) {
    put_text(to, name);
    put_text(to, value);
  }
  to.extend(1)[0] = std::byte{0};
}

inline void password_message(buffer& to, std::string_view password) {
  put_text_message(to, 'p', password, "the password");
}

inline void sasl_initial_response(buffer& to, std::string_view mechanism, std::string_view data) {
  auto const place = begin_message(to, 'p');
  put_text(to, mechanism);
  store(to.extend(4), static_cast<std::uint32_t>(data.size()));
  to.append(data);
  end_message(to, place);
}

inline void sasl_response(buffer& to, std::string_view data) {
  auto const place = begin_message(to, 'p');
  to.append(data);
  end_message(to, place);
}

/// Parse: prepares `sql` under `name` (empty: the unnamed statement). oid::none leaves a parameter's type to the
/// server.
inline void parse(buffer& to, std::string_view name, std::string_view sql, std::span<oid const> parameters) {
  require_length(sql.size() + name.size() + 4 * parameters.size() + 16, "the SQL text");
  require_no_zero(sql, "the SQL text");
  auto const place = begin_message(to, 'P');
  put_text(to, name);
  put_text(to, sql);
  store(to.extend(2), static_cast<std::uint16_t>(parameters.size()));
  for (auto type : parameters) store(to.extend(4), static_cast<std::uint32_t>(type));
  end_message(to, place);
}

/// Bind, up to where the parameters' formats and values follow. Finish with `end_bind`.
inline std::size_t begin_bind(buffer& to, std::string_view portal, std::string_view statement) {
  auto const place = begin_message(to, 'B');
  put_text(to, portal);
  put_text(to, statement);
  return place;
}

/// Ends Bind, asking for all result columns in binary format.
inline void end_bind(buffer& to, std::size_t place) {
  auto* p = to.extend(4);
  store(p, std::uint16_t{1});
  store(p + 2, std::uint16_t{1});
  end_message(to, place);
}

/// Describe or Close; `kind` is 'S' for a statement, 'P' for a portal.
inline void describe(buffer& to, char kind, std::string_view name) {
  auto const place = begin_message(to, 'D');
  to.extend(1)[0] = static_cast<std::byte>(kind);
  put_text(to, name);
  end_message(to, place);
}
inline void close(buffer& to, char kind, std::string_view name) {
  auto const place = begin_message(to, 'C');
  to.extend(1)[0] = static_cast<std::byte>(kind);
  put_text(to, name);
  end_message(to, place);
}

/// Execute; `max_rows` 0: all of them.
inline void execute(buffer& to, std::string_view portal, std::uint32_t max_rows) {
  auto const place = begin_message(to, 'E');
  put_text(to, portal);
  store(to.extend(4), max_rows);
  end_message(to, place);
}

inline void put_empty_message(buffer& to, char type) {
  auto* p = to.extend(5);
  p[0] = static_cast<std::byte>(type);
  store(p + 1, std::uint32_t{4});
}
inline void sync(buffer& to) { put_empty_message(to, 'S'); }
inline void terminate(buffer& to) { put_empty_message(to, 'X'); }

/// Query: the simple protocol.
inline void simple_query(buffer& to, std::string_view sql) { put_text_message(to, 'Q', sql, "the SQL text"); }

/// CopyFail: refuses to send data that the server asked for.
inline void copy_fail(buffer& to, std::string_view reason) { put_text_message(to, 'f', reason, "the reason"); }

} // namespace tusk::wire
