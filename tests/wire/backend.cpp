// tusk: tests/wire/backend.cpp — every message of a server: as documented, cut, lengthened and damaged.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/wire/backend.hpp>

#include "support/catch.hpp"
#include "support/messages.hpp"
#include "support/rows.hpp"

#include <functional>

using namespace tusk::wire;
using namespace std::string_literals;
using namespace std::string_view_literals;
using messages::number;
using support::exact_bytes;
using support::from_hex;
using support::outcome_of;
using tusk::errc;

namespace {

/// Without type and length.
std::string body_of(std::string const& message) { return message.substr(5); }

byte_view view(exact_bytes const& b) { return {b.begin(), b.end()}; }

/// What a parser makes of these bytes, which lie in memory of exactly their size.
template <class F> auto parsed(std::string const& body, F parse) {
  exact_bytes const exact(as_bytes(body));
  return parse(view(exact));
}
tusk::notice notice_of(std::string const& body) {
  return parsed(body, [](byte_view b) { return parse_notice(b, "ErrorResponse"); });
}
std::vector<column> columns_of(std::string const& body) {
  std::vector<column> columns;
  parsed(body, [&](byte_view b) { parse_row_description(b, columns); });
  return columns;
}
std::vector<oid> types_of(std::string const& body) {
  std::vector<oid> types;
  parsed(body, [&](byte_view b) { parse_parameter_description(b, types); });
  return types;
}

enum class verdict { parsed, violation, other };

struct sample {
  char const* name; ///< as the words of a violation begin
  std::string body;
  std::function<void(byte_view)> parse;

  verdict try_with(std::string const& bytes) const {
    exact_bytes const exact(as_bytes(bytes));
    try {
      parse(view(exact));
      return verdict::parsed;
    } catch (tusk::error const& e) {
      return e.code() == errc::protocol_violation ? verdict::violation : verdict::other;
    }
  }
};

/// Reads each character, so that a sanitizer sees a text that is not there.
void touch(std::string_view text) {
  unsigned sum = 0;
  for (char c : text) sum += static_cast<unsigned char>(c);
  if (sum > 1'000'000'000) throw sum;
}

std::vector<sample> samples() {
  using namespace messages;
  std::vector<sample> all;
  auto const add = [&](char const* name, std::string const& whole, std::function<void(byte_view)> parse) {
    all.push_back({name, body_of(whole), std::move(parse)});
  };
  add("ErrorResponse", said('E', "ERROR", "42601", "no", {{'P', "8"}, {'q', "x"}, {'?', ""}}),
      [](byte_view b) { touch(parse_notice(b, "ErrorResponse").message); });
  add("RowDescription", row_description({{"id", oid::int4}, {"", oid::text}}), [](byte_view b) {
    std::vector<tusk::wire::column> columns;
    parse_row_description(b, columns);
    for (auto const& c : columns) touch(c.name);
  });
  add("ParameterDescription", parameter_description({oid::int4, oid::text}), [](byte_view b) {
    std::vector<oid> types;
    parse_parameter_description(b, types);
  });
  add("ParameterStatus", messages::parameter_status("TimeZone", "UTC"), [](byte_view b) {
    auto const p = parse_parameter_status(b);
    touch(p.name);
    touch(p.value);
  });
  add("BackendKeyData", messages::backend_key(1234, 0xfedcba98),
      [](byte_view b) { touch(as_text(parse_backend_key(b).key)); });
  add("ReadyForQuery", ready('T'), [](byte_view b) { parse_ready(b); });
  add("CommandComplete", command_complete("INSERT 0 5"), [](byte_view b) { touch(parse_command_complete(b)); });
  add("NotificationResponse", notification(99, "jobs", "a payload"), [](byte_view b) {
    auto const n = parse_notification(b);
    touch(n.channel);
    touch(n.payload);
  });
  add("ParseComplete", parse_complete(), [](byte_view b) { parse_empty(b, "ParseComplete"); });
  return all;
}

} // namespace

TEST_CASE("backend: every message as it should be") {
  for (auto const& s : samples()) {
    INFO(s.name);
    CHECK(s.try_with(s.body) == verdict::parsed);
  }
}

TEST_CASE("backend: every message cut anywhere is a violation of the protocol") {
  for (auto const& s : samples())
    for (std::size_t n = 0; n < s.body.size(); ++n) {
      INFO(s.name << " of " << n << " bytes");
      CHECK(s.try_with(s.body.substr(0, n)) == verdict::violation);
    }
}

TEST_CASE("backend: every message with one byte too many is a violation of the protocol") {
  for (auto const& s : samples())
    for (char more : {'\0', 'x', '\xff'}) {
      INFO(s.name);
      CHECK(s.try_with(s.body + more) == verdict::violation);
    }
}

TEST_CASE("backend: every byte of every message in every way damaged: parsed or a violation, nothing else") {
  for (auto const& s : samples()) {
    int refused = 0;
    int other = 0;
    for (std::size_t at = 0; at < s.body.size(); ++at)
      for (int xored = 1; xored < 256; ++xored) {
        auto damaged = s.body;
        damaged[at] = static_cast<char>(damaged[at] ^ xored);
        auto const v = s.try_with(damaged);
        refused += v == verdict::violation;
        other += v == verdict::other;
      }
    INFO(s.name);
    CHECK(other == 0);
    // All but the key have a byte whose damage shows.
    CHECK((refused > 0) == (s.name != "BackendKeyData"sv && !s.body.empty()));
  }
}

TEST_CASE("backend: a violation names the message and the reason") {
  auto const ready = outcome_of([] { parse_ready(as_bytes("X")); });
  CHECK(ready.code == errc::protocol_violation);
  CHECK(ready.text == "the server broke the protocol: ReadyForQuery: unknown status 'X'");
  CHECK(outcome_of([] { parse_ready(as_bytes("\xe9")); }).text ==
        "the server broke the protocol: ReadyForQuery: unknown status 0xe9");
  CHECK(outcome_of([] { parse_ready(as_bytes("II")); }).text ==
        "the server broke the protocol: ReadyForQuery: it is longer than its contents");
  CHECK(outcome_of([] { parse_command_complete(as_bytes("BEGIN")); }).text ==
        "the server broke the protocol: CommandComplete: a text without its terminating zero");
  CHECK(outcome_of([] { parse_notice(as_bytes("Sx"), "NoticeResponse"); }).text ==
        "the server broke the protocol: NoticeResponse: a text without its terminating zero");
  CHECK(outcome_of([] { parse_empty(as_bytes("x"), "BindComplete"); }).text ==
        "the server broke the protocol: BindComplete: it is longer than its contents");
  CHECK(outcome_of([] { parse_backend_key(as_bytes("abc")); }).text ==
        "the server broke the protocol: BackendKeyData: it ends too early");
}

TEST_CASE("backend: a type in words") {
  CHECK(type_text('D') == "'D'");
  CHECK(type_text(' ') == "' '");
  CHECK(type_text('\0') == "0x00");
  CHECK(type_text('\x1f') == "0x1f");
  CHECK(type_text('\x7f') == "0x7f");
  CHECK(type_text('\x80') == "0x80");
  CHECK(type_text('\xff') == "0xff");
}

TEST_CASE("backend: which messages may be long") {
  int longs = 0;
  for (int c = 0; c < 256; ++c) {
    auto const type = static_cast<char>(c);
    bool const may = c != 0 && "TDdENAVt"s.find(type) != std::string::npos;
    CHECK(length_limit(type, 1'000'000) == (may ? 1'000'000u : 30'000u));
    CHECK(length_limit(type, 10'000) == 10'000u);
    longs += may;
  }
  CHECK(longs == 8);
  // With all the parameters that a statement may have, a ParameterDescription is longer than 30000 bytes.
  auto const body = number(std::uint16_t{65535}) + std::string(std::size_t{4} * 65535, '\x01');
  CHECK(types_of(body).size() == 65535);
  CHECK(length_limit('t', 0x7fffffff) > body.size() + 4);
}

TEST_CASE("backend: ErrorResponse with every field of the documentation") {
  auto const n = notice_of("SFEHLER\0VERROR\0C23505\0Mmessage\0Ddetail\0Hhint\0P8\0p9\0qinternal query\0Wwhere\0"
                           "sschema\0ttable\0ccolumn\0ddata type\0nconstraint\0Ffile.c\0L1234\0Rroutine\0\0"s);
  CHECK(n.severity == "ERROR"); // the one that is not localized
  CHECK(n.code == tusk::sqlstate::unique_violation);
  CHECK(n.message == "message");
  CHECK(n.detail == "detail");
  CHECK(n.hint == "hint");
  CHECK(n.position == 8);
  CHECK(n.internal_position == 9);
  CHECK(n.internal_query == "internal query");
  CHECK(n.where == "where");
  CHECK(n.schema == "schema");
  CHECK(n.table == "table");
  CHECK(n.column == "column");
  CHECK(n.data_type == "data type");
  CHECK(n.constraint == "constraint");
  CHECK(n.file == "file.c");
  CHECK(n.line == 1234);
  CHECK(n.routine == "routine");
}

TEST_CASE("backend: ErrorResponse without fields, with unknown and with repeated ones") {
  auto const nothing = notice_of("\0"s);
  CHECK(nothing.severity.empty());
  CHECK(nothing.code.empty());
  CHECK(nothing.message.empty());
  CHECK(nothing.position == 0);
  CHECK(nothing.line == 0);

  CHECK(notice_of("SFEHLER\0\0"s).severity == "FEHLER"); // older than 9.6
  CHECK(notice_of("VERROR\0SFEHLER\0\0"s).severity == "ERROR");
  CHECK(notice_of("zwhatever\0\x01\0\xff\0Mhere\0Yx\0\0"s).message == "here");

  auto const twice = notice_of("C23505\0Mone\0P1\0Mtwo\0C42601\0P2\0\0"s);
  CHECK(twice.message == "two");
  CHECK(twice.code == tusk::sqlstate::syntax_error);
  CHECK(twice.position == 2);
}

TEST_CASE("backend: ErrorResponse with fields that are not what they should be") {
  auto const position = [](std::string const& text) { return notice_of("P" + text + "\0\0"s).position; };
  CHECK(position("1") == 1);
  CHECK(position("0042") == 42);
  CHECK(position("") == 0);
  CHECK(position("-1") == 0);
  CHECK(position("7x") == 0);
  CHECK(position(" 7") == 0);
  CHECK(position("2000000009") == 2000000009);
  CHECK(position("2147483648") == 0);
  CHECK(position("99999999999999999999999999") == 0);
  for (auto const* code : {"", "2350", "235055", "2350x", "23 05"})
    CHECK(notice_of("C" + std::string(code) + "\0\0"s).code.empty());
  // Empty texts are not the end.
  CHECK(notice_of("M\0D\0Hhint\0\0"s).hint == "hint");
}

TEST_CASE("backend: RowDescription") {
  auto const body = from_hex("0002") + "id\0"s + from_hex("00004001 0001 00000017 0004 ffffffff 0001") + "Größe\0"s +
                    from_hex("00000000 0000 00000413 ffff 00000024 0000");
  auto const columns = columns_of(body);
  REQUIRE(columns.size() == 2);
  CHECK(columns[0].name == "id");
  CHECK(columns[0].table == static_cast<oid>(0x4001));
  CHECK(columns[0].attribute == 1);
  CHECK(columns[0].type == oid::int4);
  CHECK(columns[0].size == 4);
  CHECK(columns[0].modifier == -1);
  CHECK(columns[0].format == 1);
  CHECK(columns[1].name == "Größe");
  CHECK(columns[1].table == oid::none);
  CHECK(columns[1].type == oid::varchar);
  CHECK(columns[1].size == -1);
  CHECK(columns[1].modifier == 36);
  CHECK(columns[1].format == 0);
}

TEST_CASE("backend: a RowDescription replaces what stood there before") {
  std::vector<column> columns;
  auto const parse = [&](std::string const& message) {
    parse_row_description(as_bytes(std::string_view(message).substr(5)), columns);
  };
  parse(messages::row_description({{"a", oid::int4}, {"b", oid::text}, {"c", oid::text}}));
  parse(messages::row_description({{"x", oid::uuid}}));
  REQUIRE(columns.size() == 1);
  CHECK(columns[0].name == "x");
  CHECK(columns[0].type == oid::uuid);
  parse(messages::row_description({})); // "select" with no columns at all
  CHECK(columns.empty());
}

TEST_CASE("backend: announced numbers allocate nothing that is not there") {
  for (auto const& body : {from_hex("ffff"), from_hex("ffff") + std::string(18 * 1000, '\0')}) {
    std::vector<column> columns;
    CHECK(outcome_of([&] { parse_row_description(as_bytes(body), columns); }).text ==
          "the server broke the protocol: RowDescription: it announces more columns than it has bytes for");
    CHECK(columns.capacity() == 0);
    std::vector<oid> types;
    CHECK(outcome_of([&] { parse_parameter_description(as_bytes(body), types); }).text ==
          "the server broke the protocol: ParameterDescription: it announces more parameters than it has bytes for");
    CHECK(types.capacity() == 0);
  }
}

TEST_CASE("backend: as many columns as can be announced") {
  std::string body = from_hex("ffff");
  for (int i = 0; i < 65535; ++i) body += std::string(19, '\0');
  CHECK(columns_of(body).size() == 65535);
}

TEST_CASE("backend: ParameterDescription") {
  CHECK(types_of(from_hex("0000")).empty());
  CHECK(types_of(from_hex("0002 00000017 ffffffff")) == std::vector<oid>{oid::int4, static_cast<oid>(0xffffffff)});
}

TEST_CASE("backend: the short messages") {
  auto const status = messages::parameter_status("TimeZone", "Europe/Berlin");
  auto const p = parse_parameter_status(as_bytes(std::string_view(status).substr(5)));
  CHECK(p.name == "TimeZone");
  CHECK(p.value == "Europe/Berlin");

  auto const key = from_hex("00001234 fedcba98");
  auto const k = parse_backend_key(as_bytes(key));
  CHECK(k.pid == 0x1234);
  CHECK(as_text(k.key) == from_hex("fedcba98"));
  for (auto const& body : {from_hex("00001234"), from_hex("00001234 fedcba"), from_hex("00001234 fedcba9876")})
    CHECK(outcome_of([&] { parse_backend_key(as_bytes(body)); }).text ==
          "the server broke the protocol: BackendKeyData: the key has not the 4 bytes of protocol 3.0");

  for (char c : {'I', 'T', 'E'}) CHECK(parse_ready(as_bytes({&c, 1})) == c);
  for (int c = 0; c < 256; ++c) {
    auto const status_byte = static_cast<char>(c);
    if ("ITE"s.find(status_byte) == std::string::npos)
      CHECK(outcome_of([&] { parse_ready(as_bytes({&status_byte, 1})); }).code == errc::protocol_violation);
  }

  CHECK(parse_command_complete(as_bytes("INSERT 0 5\0"sv)) == "INSERT 0 5");
  CHECK(parse_command_complete(as_bytes("\0"sv)).empty());

  auto const told = from_hex("000004d2") + "jobs\0payload\0"s;
  auto const n = parse_notification(as_bytes(told));
  CHECK(n.pid == 1234);
  CHECK(n.channel == "jobs");
  CHECK(n.payload == "payload");
  CHECK_NOTHROW(parse_empty({}, "ParseComplete"));
}
