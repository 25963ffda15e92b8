// tusk tests: support/login.hpp — settings that let in, a server that does, and requests that it can tell apart.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/messages.hpp"
#include "support/script.hpp"

#include <tusk/conninfo/settings.hpp>
#include <tusk/net/pump.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace login {

/// What a server says to the startup message of one whom it lets in.
inline std::string welcome() {
  return messages::authentication_ok() + messages::parameter_status("server_version", "15.4") +
         messages::backend_key(7, 9) + messages::ready();
}

inline tusk::conninfo::settings settings(std::string host = "127.0.0.1", std::uint16_t port = 5432) {
  tusk::conninfo::settings s;
  s.hosts.resize(1);
  s.hosts[0].host = std::move(host);
  s.hosts[0].port = port;
  s.user = s.dbname = "u";
  s.sslmode = tusk::conninfo::sslmode::disable;
  s.max_message_size = 1 << 24;
  s.cancel_timeout = std::chrono::milliseconds(500);
  return s;
}

inline tusk::protocol::steps const query{tusk::protocol::step::parsed, tusk::protocol::step::bound,
                                         tusk::protocol::step::columns, tusk::protocol::step::rows};
inline tusk::protocol::steps const closing{tusk::protocol::step::closed};

/// A request of these bytes. No server of a test looks into them.
inline tusk::protocol::request request(std::string_view bytes, tusk::protocol::steps expected = query) {
  tusk::protocol::request r;
  r.bytes.append(bytes);
  r.expected = expected;
  return r;
}

/// The result of a `query` with `rows` rows of one column, and what a `collector` makes of it.
inline std::string begin_of_result() {
  return messages::parse_complete() + messages::bind_complete() +
         messages::row_description({{"a", tusk::wire::oid::text}});
}
inline std::string end_of_result(int rows = 0) {
  return messages::command_complete("SELECT " + std::to_string(rows)) + messages::ready();
}
inline std::string result(int rows = 0) {
  auto all = begin_of_result();
  for (int i = 0; i < rows; ++i) all += messages::data_row({"x"});
  return all + end_of_result(rows);
}
inline std::string cancelled_by_us() {
  return messages::error_response("57014", "canceling statement due to user request") + messages::ready();
}

/// Says what it was told, as text.
struct collector : recorder {
  using result = std::string;
  std::string take() { return std::move(log); }
};

inline std::string const cancel_request("\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x07\0\0\0\x09", 16); // process 7, key 9

} // namespace login
