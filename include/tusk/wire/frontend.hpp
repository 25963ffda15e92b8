// tusk: wire/frontend.hpp — the messages that a client sends, one function each.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each function appends one whole message to a buffer (PostgreSQL documentation, "Message Formats"). Lengths are
// checked against what a server accepts before the buffer is touched, and no text with a zero byte gets into a field
// that ends with one: that is how messages are smuggled. Knows no order of messages.
#pragma once

#include <tusk/error.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/column.hpp>
#include <tusk/wire/oid.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace tusk::wire {

/// The largest lengths, as counted in the message, that a server accepts: of Parse, Bind, Query and CopyData
/// (PQ_LARGE_MESSAGE_LIMIT in its sources), of answers in a login (PG_MAX_AUTH_TOKEN_LENGTH), of the startup message
/// (MAX_STARTUP_PACKET_LENGTH and the length itself), of all other messages (PQ_SMALL_MESSAGE_LIMIT).
inline constexpr std::size_t max_frontend_message = 0x3ffffffe;
inline constexpr std::size_t max_login_message = 65535;
inline constexpr std::size_t max_startup_message = 10004;
inline constexpr std::size_t max_small_message = 10000;

/// The second word of the messages that have no type: what the connection is for.
inline constexpr std::uint32_t protocol_3_0 = 0x00030000;
inline constexpr std::uint32_t ssl_request_code = 80877103;
inline constexpr std::uint32_t cancel_request_code = 80877102;

/// Refuses text that cannot travel as a zero-terminated string. `what` names it: "the SQL text".
inline void require_no_zero(std::string_view text, std::string_view what) {
  if (auto const at = text.find('\0'); at != text.npos) [[unlikely]]
    throw error(errc::invalid_parameter, std::string(what) + " has a zero byte at offset " + std::to_string(at) +
                                             ", PostgreSQL has no such text");
}

/// Refuses a message of `n` bytes, counted as in the message, where a server takes `limit`. `what` is in it.
inline void require_length(std::size_t n, std::string_view what, std::size_t limit = max_frontend_message) {
  if (n > limit) [[unlikely]]
    throw error(errc::message_too_large, "the message with " + std::string(what) + " has " + std::to_string(n) +
                                             " bytes, a server takes " + std::to_string(limit) + " at most");
}

/// Begins a message and returns the place of its length for `end_message`.
inline std::size_t begin_message(buffer& to, char type) {
  auto* p = to.extend(5);
  p[0] = static_cast<std::byte>(type);
  return to.size() - 4;
}

/// Writes the length. Throws errc::message_too_large, and has then taken the whole message back.
inline void end_message(buffer& to, std::size_t place) {
  auto const n = to.size() - place;
  if (n > max_frontend_message) [[unlikely]] {
    to.truncate(place - 1);
    require_length(n, "the SQL text or the parameters");
  }
  store(to.data() + place, static_cast<std::uint32_t>(n));
}

/// Appends `text` and a zero. The caller has checked it.
inline void put_text(buffer& to, std::string_view text) {
  auto* p = to.extend(text.size() + 1);
  if (!text.empty()) std::memcpy(p, text.data(), text.size());
  p[text.size()] = std::byte{0};
}

/// A message that is only a type and one text.
inline void put_text_message(buffer& to, char type, std::string_view text, std::string_view what, std::size_t limit) {
  require_length(text.size() + 5, what, limit);
  require_no_zero(text, what);
  auto const place = begin_message(to, type);
  put_text(to, text);
  end_message(to, place);
}

/// Asks for TLS; a server answers with one byte.
inline void ssl_request(buffer& to) {
  auto* p = to.extend(8);
  store(p, std::uint32_t{8});
  store(p + 4, ssl_request_code);
}

/// The one message of a connection made to cancel what another one is running. `key` has 4 bytes in protocol 3.0,
/// up to 256 in 3.2.
inline void cancel_request(buffer& to, std::uint32_t backend_pid, byte_view key) {
  auto* p = to.extend(12);
  store(p, static_cast<std::uint32_t>(12 + key.size()));
  store(p + 4, cancel_request_code);
  store(p + 8, backend_pid);
  to.append(key);
}

using startup_parameter = std::pair<std::string_view, std::string_view>;

/// The first message of a session: protocol version and name-value pairs such as user and database.
inline void startup_message(buffer& to, std::span<startup_parameter const> parameters,
                            std::uint32_t version = protocol_3_0) {
  std::size_t n = 9;
  for (auto const& [name, value] : parameters) n += name.size() + value.size() + 2;
  require_length(n, "user, database, options and the other startup parameters", max_startup_message);
  for (auto const& [name, value] : parameters) {
    if (name.empty()) // an empty name ends the list
      throw error(errc::invalid_parameter,
                  "a startup parameter has no name, its value is \"" + printable(value) + "\"");
    require_no_zero(name, "a startup parameter's name");
    require_no_zero(value, "the startup parameter " + std::string(name));
  }
  auto* p = to.extend(8);
  store(p, static_cast<std::uint32_t>(n));
  store(p + 4, version);
  for (auto const& [name, value] : parameters) {
    put_text(to, name);
    put_text(to, value);
  }
  to.extend(1)[0] = std::byte{0};
}

/// PasswordMessage: the password, or what the md5 method makes of it.
inline void password_message(buffer& to, std::string_view password) {
  put_text_message(to, 'p', password, "the password", max_login_message);
}

/// SASLInitialResponse: the chosen mechanism and its first message.
inline void sasl_initial_response(buffer& to, std::string_view mechanism, std::string_view data) {
  require_length(mechanism.size() + data.size() + 9, "the SASL response", max_login_message);
  require_no_zero(mechanism, "the SASL mechanism");
  auto const place = begin_message(to, 'p');
  put_text(to, mechanism);
  store(to.extend(4), static_cast<std::uint32_t>(data.size()));
  to.append(data);
  end_message(to, place);
}

/// SASLResponse: a further message of the mechanism.
inline void sasl_response(buffer& to, std::string_view data) {
  require_length(data.size() + 4, "the SASL response", max_login_message);
  auto const place = begin_message(to, 'p');
  to.append(data);
  end_message(to, place);
}

/// Parse: prepares `sql` under `name` (empty: the unnamed statement). oid::none leaves a parameter's type to the
/// server.
inline void parse(buffer& to, std::string_view name, std::string_view sql, std::span<oid const> parameters) {
  if (parameters.size() > 65535) [[unlikely]] // counted in 16 bits
    throw error(errc::message_too_large,
                "a statement with " + std::to_string(parameters.size()) + " parameters, a server takes 65535 at most");
  require_length(sql.size() + name.size() + 4 * parameters.size() + 8, "the SQL text");
  require_no_zero(name, "the statement's name");
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
  require_length(portal.size() + statement.size() + 12, "the names of portal and statement");
  require_no_zero(portal, "the portal's name");
  require_no_zero(statement, "the statement's name");
  auto const place = begin_message(to, 'B');
  put_text(to, portal);
  put_text(to, statement);
  return place;
}

/// Bind, up to there, as `begin_bind` has put it into a buffer of its own.
inline std::size_t begin_bind(buffer& to, byte_view head) {
  auto const place = to.size() + 1;
  to.append(head);
  return place;
}

/// Ends Bind, asking for all result columns in binary format. Throws as `end_message` does.
inline void end_bind(buffer& to, std::size_t place) {
  auto* p = to.extend(4);
  store(p, std::uint16_t{1});
  store(p + 2, std::uint16_t{1});
  end_message(to, place);
}

/// Ends Bind and goes on with Execute of the unnamed portal, all rows, and Sync. Throws as `end_message` does.
inline void end_bind_and_run(buffer& to, std::size_t place) {
  static constexpr unsigned char run[]{'E', 0, 0, 0, 9, 0, 0, 0, 0, 0, 'S', 0, 0, 0, 4};
  end_bind(to, place);
  to.append(run, sizeof run);
}

/// Appends messages of which the first is a Bind that asks for all result columns in binary format, as `end_bind` makes
/// it; here it asks for them in the formats that `columns` have. Throws as `end_message` does, and has then appended
/// nothing.
inline void append_with_formats(buffer& to, byte_view messages, std::span<column const> columns) {
  auto const bind = 1 + static_cast<std::size_t>(load<std::uint32_t>(messages.data() + 1));
  auto const place = to.size() + 1;
  to.append(messages.first(bind - 4)); // without Int16 1, Int16 1
  store(to.extend(2), static_cast<std::uint16_t>(columns.size()));
  for (auto const& c : columns) store(to.extend(2), c.format);
  end_message(to, place);
  to.append(messages.subspan(bind));
}

/// A message that names a statement (`kind` 'S') or a portal ('P').
inline void put_name_message(buffer& to, char type, char kind, std::string_view name) {
  require_length(name.size() + 6, "the name of a statement or portal", max_small_message);
  require_no_zero(name, "the name of a statement or portal");
  auto const place = begin_message(to, type);
  to.extend(1)[0] = static_cast<std::byte>(kind);
  put_text(to, name);
  end_message(to, place);
}
/// Describe or Close; `kind` is 'S' for a statement, 'P' for a portal.
inline void describe(buffer& to, char kind, std::string_view name) { put_name_message(to, 'D', kind, name); }
inline void close(buffer& to, char kind, std::string_view name) { put_name_message(to, 'C', kind, name); }

/// Execute; `max_rows` 0 (and, for a server, any negative number): all of them.
inline void execute(buffer& to, std::string_view portal, std::int32_t max_rows) {
  require_length(portal.size() + 9, "the portal's name", max_small_message);
  require_no_zero(portal, "the portal's name");
  auto const place = begin_message(to, 'E');
  put_text(to, portal);
  store(to.extend(4), max_rows);
  end_message(to, place);
}

/// A message that is only a type.
inline void put_empty_message(buffer& to, char type) {
  auto* p = to.extend(5);
  p[0] = static_cast<std::byte>(type);
  store(p + 1, std::uint32_t{4});
}
/// Sync: the end of a request, answered by ReadyForQuery. Terminate: the end of the session, not answered.
inline constexpr std::size_t sync_size = 5;
inline void sync(buffer& to) { put_empty_message(to, 'S'); }
inline void terminate(buffer& to) { put_empty_message(to, 'X'); }

/// Query: the simple protocol.
inline void simple_query(buffer& to, std::string_view sql) {
  put_text_message(to, 'Q', sql, "the SQL text", max_frontend_message);
}

/// CopyData: some of the data of a COPY. Begin with the place of its length, append the data, and end the message; or
/// in one go.
inline std::size_t begin_copy_data(buffer& to) { return begin_message(to, 'd'); }
inline void copy_data(buffer& to, byte_view data) {
  require_length(data.size() + 4, "the data of a COPY");
  auto const place = begin_copy_data(to);
  to.append(data);
  end_message(to, place);
}
/// CopyDone: there are no more data.
inline void copy_done(buffer& to) { put_empty_message(to, 'c'); }

/// CopyFail: ends a COPY as an error, or refuses to send data that the server asked for.
inline void copy_fail(buffer& to, std::string_view reason) {
  put_text_message(to, 'f', reason, "the reason", max_small_message);
}

} // namespace tusk::wire
