// tusk: tests/wire/frontend.cpp — every message of a client, byte by byte as the documentation says.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/wire/frontend.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <array>
#include <functional>
#include <sys/mman.h>

using namespace tusk::wire;
using namespace std::string_literals;
using namespace std::string_view_literals;
using support::from_hex;
using support::outcome_of;
using tusk::errc;

namespace {

/// What `write` appends to a buffer, of which it must leave alone what is in it.
template <class F> std::string written(F write) {
  buffer to;
  to.append("before");
  write(to);
  auto const all = std::string(as_text(to));
  REQUIRE(all.starts_with("before"));
  return all.substr(6);
}

/// A text of 5 GB without 5 GB of memory.
class huge_text {
 public:
  huge_text() : at_(::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
    REQUIRE(at_ != MAP_FAILED);
  }
  huge_text(huge_text const&) = delete;
  huge_text& operator=(huge_text const&) = delete;
  ~huge_text() { ::munmap(at_, size); }
  std::string_view view() const { return {static_cast<char const*>(at_), size}; }

 private:
  static constexpr std::size_t size = 5'000'000'000;
  void* at_;
};

/// A message that takes a text somewhere.
struct message_with_text {
  char const* name;
  std::function<void(buffer&, std::string_view)> write;
  std::size_t limit; ///< of the length that it counts
};

std::array<startup_parameter, 1> one_parameter(std::string_view name, std::string_view value) {
  return {startup_parameter{name, value}};
}

std::vector<message_with_text> messages_with_text() {
  return {
      {"Parse, SQL", [](buffer& to, std::string_view t) { parse(to, "", t, {}); }, 0x3ffffffe},
      {"Parse, name", [](buffer& to, std::string_view t) { parse(to, t, "select 1", {}); }, 0x3ffffffe},
      {"Bind, portal", [](buffer& to, std::string_view t) { begin_bind(to, t, ""); }, 0x3ffffffe},
      {"Bind, statement", [](buffer& to, std::string_view t) { begin_bind(to, "", t); }, 0x3ffffffe},
      {"Describe", [](buffer& to, std::string_view t) { describe(to, 'S', t); }, 10000},
      {"Close", [](buffer& to, std::string_view t) { close(to, 'P', t); }, 10000},
      {"Execute", [](buffer& to, std::string_view t) { execute(to, t, 0); }, 10000},
      {"Query", [](buffer& to, std::string_view t) { simple_query(to, t); }, 0x3ffffffe},
      {"CopyFail", [](buffer& to, std::string_view t) { copy_fail(to, t); }, 10000},
      {"PasswordMessage", [](buffer& to, std::string_view t) { password_message(to, t); }, 65535},
      {"SASLInitialResponse, mechanism", [](buffer& to, std::string_view t) { sasl_initial_response(to, t, "data"); },
       65535},
      {"StartupMessage, name", [](buffer& to, std::string_view t) { startup_message(to, one_parameter(t, "value")); },
       10004},
      {"StartupMessage, value", [](buffer& to, std::string_view t) { startup_message(to, one_parameter("name", t)); },
       10004},
  };
}

} // namespace

TEST_CASE("frontend: the messages without a type") {
  CHECK(written([](buffer& to) { ssl_request(to); }) == from_hex("00000008 04d2162f"));
  CHECK(written([](buffer& to) { cancel_request(to, 0x01020304, as_bytes("\x0a\x0b\x0c\x0d"sv)); }) ==
        from_hex("00000010 04d2162e 01020304 0a0b0c0d"));
  // Protocol 3.2 has longer keys.
  CHECK(written([](buffer& to) { cancel_request(to, 1, as_bytes("0123456789abcdef0123456789abcdef"sv)); }) ==
        from_hex("0000002c 04d2162e 00000001") + "0123456789abcdef0123456789abcdef");
}

TEST_CASE("frontend: StartupMessage") {
  std::array<startup_parameter, 3> const parameters{
      startup_parameter{"user", "me"}, startup_parameter{"database", "shop"}, startup_parameter{"options", ""}};
  CHECK(written([&](buffer& to) { startup_message(to, parameters); }) ==
        from_hex("00000028 00030000") + "user\0me\0database\0shop\0options\0\0\0"s);
  CHECK(written([&](buffer& to) { startup_message(to, {}); }) == from_hex("00000009 00030000 00"));
}

TEST_CASE("frontend: StartupMessage refuses a parameter without a name, which would end the list") {
  buffer to;
  auto const refused = outcome_of([&] { startup_message(to, one_parameter("", "a\nvalue")); });
  CHECK(refused.code == errc::invalid_parameter);
  CHECK(refused.text == R"(a startup parameter has no name, its value is "a\x0avalue")");
  CHECK(to.empty());
}

TEST_CASE("frontend: the answers of a login") {
  CHECK(written([](buffer& to) { password_message(to, "secret"); }) == "p\0\0\0\x0bsecret\0"s);
  CHECK(written([](buffer& to) { password_message(to, ""); }) == "p\0\0\0\x05\0"s);
  CHECK(written([](buffer& to) { sasl_initial_response(to, "SCRAM-SHA-256", "n,,n=,r=abc"); }) ==
        "p\0\0\0\x21SCRAM-SHA-256\0\0\0\0\x0bn,,n=,r=abc"s);
  CHECK(written([](buffer& to) { sasl_initial_response(to, "X", ""); }) == "p\0\0\0\x0aX\0\0\0\0\0"s);
  CHECK(written([](buffer& to) { sasl_response(to, "c=biws,p=dGVzdA=="); }) == "p\0\0\0\x15"
                                                                               "c=biws,p=dGVzdA=="s);
  CHECK(written([](buffer& to) { sasl_response(to, ""); }) == "p\0\0\0\x04"s);
}

TEST_CASE("frontend: Parse") {
  CHECK(written([](buffer& to) { parse(to, "", "select 1", {}); }) == "P\0\0\0\x10\0select 1\0\0\0"s);
  std::array const types{oid::int4, oid::none, oid::uuid, static_cast<oid>(0xfffffffe)};
  CHECK(written([&](buffer& to) { parse(to, "s1", "select $1", types); }) ==
        "P\0\0\0\x23s1\0select $1\0"s + from_hex("0004 00000017 00000000 00000b86 fffffffe"));
}

TEST_CASE("frontend: Bind asks for binary results") {
  CHECK(written([](buffer& to) {
          auto const place = begin_bind(to, "p", "s1");
          writer w(to);
          w.put(std::uint16_t{1}); // one format code for all: binary
          w.put(std::uint16_t{1});
          w.put(std::uint16_t{2}); // two values: 7, NULL
          w.put(std::int32_t{4});
          w.put(std::int32_t{7});
          w.put(std::int32_t{-1});
          end_bind(to, place);
        }) == "B\0\0\0\x1fp\0s1\0"s + from_hex("0001 0001 0002 00000004 00000007 ffffffff 0001 0001"));
}

TEST_CASE("frontend: Bind with a head made before, and all that follows it") {
  buffer head;
  begin_bind(head, "", "s1");
  auto const put_nothing = [](buffer& to) { writer(to).put(std::uint32_t{0}); };
  auto const by_parts = written([&](buffer& to) {
    sync(to);
    auto const place = begin_bind(to, "", "s1");
    put_nothing(to);
    end_bind(to, place);
    execute(to, "", 0);
    sync(to);
  });
  CHECK(written([&](buffer& to) {
          sync(to);
          auto const place = begin_bind(to, head);
          put_nothing(to);
          end_bind_and_run(to, place);
        }) == by_parts);
}

TEST_CASE("frontend: Bind with a format for each column, and what follows it") {
  buffer messages;
  auto const place = begin_bind(messages, "", "s1");
  writer(messages).put(std::uint32_t{0});
  end_bind_and_run(messages, place);
  std::vector<column> columns(3);
  columns[1].format = 1;
  CHECK(written([&](buffer& to) { append_with_formats(to, messages.view(), columns); }) ==
        "B\0\0\0\x14\0s1\0"s + from_hex("00000000 0003 0000 0001 0000") + "E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04"s);
}

TEST_CASE("frontend: Describe, Close, Execute") {
  CHECK(written([](buffer& to) { describe(to, 'S', "s1"); }) == "D\0\0\0\x08Ss1\0"s);
  CHECK(written([](buffer& to) { describe(to, 'P', ""); }) == "D\0\0\0\x06P\0"s);
  CHECK(written([](buffer& to) { close(to, 'S', "s1"); }) == "C\0\0\0\x08Ss1\0"s);
  CHECK(written([](buffer& to) { close(to, 'P', ""); }) == "C\0\0\0\x06P\0"s);
  CHECK(written([](buffer& to) { execute(to, "", 0); }) == "E\0\0\0\x09\0\0\0\0\0"s);
  CHECK(written([](buffer& to) { execute(to, "p", 0x7fffffff); }) == "E\0\0\0\x0ap\0\x7f\xff\xff\xff"s);
}

TEST_CASE("frontend: Sync, Terminate, Query, CopyFail") {
  CHECK(written([](buffer& to) { sync(to); }) == "S\0\0\0\x04"s);
  CHECK(written([](buffer& to) { terminate(to); }) == "X\0\0\0\x04"s);
  CHECK(written([](buffer& to) { simple_query(to, "begin"); }) == "Q\0\0\0\x0a"
                                                                  "begin\0"s);
  CHECK(written([](buffer& to) { simple_query(to, ""); }) == "Q\0\0\0\x05\0"s);
  CHECK(written([](buffer& to) { copy_fail(to, "no data"); }) == "f\0\0\0\x0cno data\0"s);
}

TEST_CASE("frontend: messages stand one behind the other") {
  buffer to;
  parse(to, "", "x", {});
  sync(to);
  CHECK(as_text(to) == "P\0\0\0\x09\0x\0\0\0S\0\0\0\x04"sv);
}

TEST_CASE("frontend: no text with a zero byte gets into a message") {
  for (auto const& m : messages_with_text()) {
    INFO(m.name);
    for (auto const& text : {"\0"s, "a\0"s, "abc\0S\0\0\0\x04"s}) {
      buffer to;
      to.append("before");
      auto const refused = outcome_of([&] { m.write(to, text); });
      CHECK(refused.code == errc::invalid_parameter);
      CHECK_THAT(refused.text, ContainsSubstring("has a zero byte at offset " + std::to_string(text.find('\0'))));
      CHECK(as_text(to) == "before");
    }
  }
  // The name of the startup parameter is in the words, its zero byte is not.
  buffer to;
  auto const refused = outcome_of([&] { startup_message(to, one_parameter("user", "a\0b"sv)); });
  CHECK(refused.text == "the startup parameter user has a zero byte at offset 1, PostgreSQL has no such text");
}

TEST_CASE("frontend: SASL data may hold zero bytes, it has a length") {
  CHECK(written([](buffer& to) { sasl_response(to, "a\0b"sv); }) == "p\0\0\0\x07"
                                                                    "a\0b"s);
  CHECK(written([](buffer& to) { sasl_initial_response(to, "X", "\0"sv); }) == "p\0\0\0\x0bX\0\0\0\0\x01\0"s);
}

TEST_CASE("frontend: five gigabytes are refused before anything is allocated") {
  huge_text const huge;
  auto all = messages_with_text();
  all.push_back({"SASLInitialResponse, data",
                 [](buffer& to, std::string_view t) { sasl_initial_response(to, "SCRAM-SHA-256", t); }, 65535});
  all.push_back({"SASLResponse", [](buffer& to, std::string_view t) { sasl_response(to, t); }, 65535});
  for (auto const& m : all) {
    INFO(m.name);
    buffer to;
    auto const refused = outcome_of([&] { m.write(to, huge.view()); });
    CHECK(refused.code == errc::message_too_large);
    CHECK_THAT(refused.text, ContainsSubstring("a server takes " + std::to_string(m.limit) + " at most"));
    CHECK_THAT(refused.text, ContainsSubstring(" has 50000000")); // its 5000000000 bytes and a few more
    CHECK(to.capacity() == 0);
  }
}

TEST_CASE("frontend: the largest messages that a server takes, and one byte more") {
  for (auto const& m : messages_with_text()) {
    if (m.limit > 100000) continue;
    INFO(m.name);
    auto const counted = [&](std::size_t n) {
      buffer to;
      m.write(to, std::string(n, 'a'));
      return to.size() - (m.limit == 10004 ? 0 : 1); // a StartupMessage has no type, which is not counted
    };
    auto const overhead = counted(1) - 1;
    CHECK(counted(m.limit - overhead) == m.limit);
    buffer to;
    auto const refused = outcome_of([&] { m.write(to, std::string(m.limit - overhead + 1, 'a')); });
    CHECK(refused.code == errc::message_too_large);
    CHECK(to.empty());
  }
  CHECK_NOTHROW(require_length(0x3ffffffe, "it"));
  auto const refused = outcome_of([] { require_length(0x3fffffff, "the SQL text"); });
  CHECK(refused.code == errc::message_too_large);
  CHECK(refused.text == "the message with the SQL text has 1073741823 bytes, a server takes 1073741822 at most");
}

TEST_CASE("frontend: a message that has grown too large is taken back") {
  buffer to;
  to.reserve(max_frontend_message + 100); // never touched, so it costs no memory
  sync(to);
  auto const place = begin_message(to, 'B');
  to.extend(max_frontend_message - 4);
  end_message(to, place);
  CHECK(load<std::uint32_t>(to.data() + 6) == 0x3ffffffe);
  to.extend(1);
  auto const refused = outcome_of([&] { end_message(to, place); });
  CHECK(refused.code == errc::message_too_large);
  CHECK(as_text(to) == "S\0\0\0\x04"sv);
}

TEST_CASE("frontend: parameters are counted in 16 bits") {
  std::vector<oid> const types(65536, oid::int4);
  buffer to;
  auto const refused = outcome_of([&] { parse(to, "", "select 1", types); });
  CHECK(refused.code == errc::message_too_large);
  CHECK(refused.text == "a statement with 65536 parameters, a server takes 65535 at most");
  CHECK(to.capacity() == 0);

  parse(to, "", "x", std::span(types).first(65535));
  CHECK(to.size() == 1 + 4 + 1 + 2 + 2 + 4 * 65535);
  CHECK(load<std::uint32_t>(to.data() + 1) == to.size() - 1);
  CHECK(load<std::uint16_t>(to.data() + 8) == 65535);
}
