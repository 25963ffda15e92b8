// tusk tests: support/messages.hpp — the messages of a server, made by hand.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each function returns the bytes of one whole message, so that conversations read as what they are.
#pragma once

#include <tusk/wire/oid.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace messages {

using tusk::wire::oid;

template <class T> std::string number(T value) {
  std::string out;
  for (int shift = int(sizeof(T)) * 8 - 8; shift >= 0; shift -= 8)
    out += static_cast<char>((static_cast<std::uint64_t>(value) >> shift) & 0xff);
  return out;
}
inline std::string zero_terminated(std::string_view s) { return std::string(s) + '\0'; }
inline std::string message(char type, std::string_view body) {
  return std::string(1, type) + number(static_cast<std::uint32_t>(body.size() + 4)) + std::string(body);
}

inline std::string authentication(std::uint32_t code, std::string_view data = {}) {
  return message('R', number(code) + std::string(data));
}
inline std::string authentication_ok() { return authentication(0); }
inline std::string sasl(std::initializer_list<std::string_view> mechanisms) {
  std::string list;
  for (auto m : mechanisms) list += zero_terminated(m);
  return authentication(10, list + '\0');
}
inline std::string parameter_status(std::string_view name, std::string_view value) {
  return message('S', zero_terminated(name) + zero_terminated(value));
}
inline std::string backend_key(std::uint32_t pid, std::uint32_t key) { return message('K', number(pid) + number(key)); }
inline std::string ready(char status = 'I') { return message('Z', std::string(1, status)); }
inline std::string parse_complete() { return message('1', ""); }
inline std::string bind_complete() { return message('2', ""); }
inline std::string close_complete() { return message('3', ""); }
inline std::string no_data() { return message('n', ""); }
inline std::string empty_query() { return message('I', ""); }
inline std::string portal_suspended() { return message('s', ""); }
inline std::string command_complete(std::string_view tag) { return message('C', zero_terminated(tag)); }

struct column {
  std::string_view name;
  oid type;
  std::int16_t format = 1;
};
inline std::string row_description(std::initializer_list<column> columns) {
  auto body = number(static_cast<std::uint16_t>(columns.size()));
  for (auto const& c : columns)
    body += zero_terminated(c.name) + number(std::uint32_t{0}) + number(std::uint16_t{0}) +
            number(static_cast<std::uint32_t>(c.type)) + number(std::int16_t{-1}) + number(std::int32_t{-1}) +
            number(c.format);
  return message('T', body);
}
/// One field: its bytes, or NULL.
using field = std::optional<std::string>;
inline std::string data_row_body(std::initializer_list<field> fields) {
  auto body = number(static_cast<std::uint16_t>(fields.size()));
  for (auto const& f : fields)
    body += f ? number(static_cast<std::uint32_t>(f->size())) + *f : number(std::int32_t{-1});
  return body;
}
inline std::string data_row(std::initializer_list<field> fields) { return message('D', data_row_body(fields)); }
inline std::string parameter_description(std::initializer_list<oid> types) {
  auto body = number(static_cast<std::uint16_t>(types.size()));
  for (auto t : types) body += number(static_cast<std::uint32_t>(t));
  return message('t', body);
}
/// ErrorResponse ('E') or NoticeResponse ('N') with these fields besides severity, code and message.
inline std::string said(char type, std::string_view severity, std::string_view code, std::string_view text,
                        std::initializer_list<std::pair<char, std::string_view>> more = {}) {
  auto body = "S" + zero_terminated(severity) + "V" + zero_terminated(severity) + "C" + zero_terminated(code) + "M" +
              zero_terminated(text);
  for (auto const& [id, value] : more) body += id + zero_terminated(value);
  return message(type, body + '\0');
}
inline std::string error_response(std::string_view code, std::string_view text) {
  return said('E', "ERROR", code, text);
}
inline std::string fatal(std::string_view code, std::string_view text) { return said('E', "FATAL", code, text); }
inline std::string notice_response(std::string_view text) { return said('N', "NOTICE", "00000", text); }
inline std::string notification(std::uint32_t pid, std::string_view channel, std::string_view payload) {
  return message('A', number(pid) + zero_terminated(channel) + zero_terminated(payload));
}
inline std::string copy_out(std::uint16_t columns = 1) {
  std::string body = std::string(1, '\0') + number(columns);
  for (int i = 0; i < columns; ++i) body += number(std::uint16_t{0});
  return message('H', body);
}
inline std::string copy_in() { return message('G', std::string(1, '\0') + number(std::uint16_t{0})); }
inline std::string copy_data(std::string_view data) { return message('d', data); }
inline std::string copy_done() { return message('c', ""); }

} // namespace messages
