// tusk tests: protocol/startup.cpp — logging in, and servers that must not be let in on anything.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/scripted_login.hpp"

using namespace scripted_login;

TEST_CASE("the startup message names user, database and encoding") {
  login l;
  std::string const body = number(std::uint32_t{0x00030000}) + zero_terminated("user") + zero_terminated("ann") +
                           zero_terminated("database") + zero_terminated("shop") + zero_terminated("client_encoding") +
                           zero_terminated("UTF8") + '\0';
  CHECK(l.startup_packet == number(static_cast<std::uint32_t>(body.size() + 4)) + body);
}

TEST_CASE("a server may let anybody in") {
  login l;
  CHECK(l.reply(authentication_ok()).empty());
  CHECK(l.reply(welcome).empty());
  CHECK(l.session.started());
  CHECK(l.session.backend_pid() == 42);
  CHECK(l.session.parameter("server_version") == "18.4");
  CHECK(l.session.status() == 'I');
}

TEST_CASE("cleartext and md5 passwords") {
  login clear;
  CHECK(clear.reply(authentication(3)) == message('p', zero_terminated("pencil")));
  clear.reply(authentication_ok() + welcome);
  CHECK(clear.session.started());
  login md5;
  // echo -n "pencilann" | md5sum, that and the salt again
  CHECK(md5.reply(authentication(5, "salt")).substr(0, 8) == "p" + number(std::uint32_t{40}) + "md5");
  md5.reply(authentication_ok() + welcome);
  CHECK(md5.session.started());
}

TEST_CASE("SCRAM-SHA-256 without TLS") {
  login l;
  scram_server server("pencil");
  auto const first = l.reply(sasl({"SCRAM-SHA-256"}));
  CHECK(first.substr(5, 14) == zero_terminated("SCRAM-SHA-256"));
  CHECK(first.find("n,,n=,r=") != std::string::npos);
  auto const final = l.reply(answer(server, first));
  CHECK(scram_server::attribute(final.substr(5), 'p').size() == 44);
  l.reply(answer(server, final));
  l.reply(authentication_ok() + welcome);
  CHECK(l.session.started());
}

TEST_CASE("channel binding is used whenever it can be") {
  struct expectation {
    bool tls;
    channel_binding policy;
    std::vector<std::string_view> offered;
    char const* mechanism; // nullptr: refused
    char const* gs2;
    bool hash = true;
    bool verified = false;
  };
  constexpr auto plain = "SCRAM-SHA-256";
  constexpr auto plus = "SCRAM-SHA-256-PLUS";
  for (auto const& e : std::vector<expectation>{
           {true, channel_binding::prefer, {plus, plain}, plus, "p=tls-server-end-point,,"},
           {true, channel_binding::prefer, {plain, plus}, plus, "p=tls-server-end-point,,"},
           {true, channel_binding::prefer, {plain}, plain, "y,,"},
           {true, channel_binding::prefer, {"X-OTHER", plain}, plain, "y,,"},
           {true, channel_binding::prefer, {plus, plain}, nullptr, "", false}, // Ed25519: no hash is defined, and
           {true, channel_binding::prefer, {plus, plain}, plain, "n,,", false, true}, // somebody may want just that
           {true, channel_binding::prefer, {plain}, plain, "n,,", false},
           {true, channel_binding::disable, {plus, plain}, plain, "n,,", false},
           {true, channel_binding::disable, {plus, plain}, plain, "n,,"},
           {true, channel_binding::disable, {plain}, plain, "n,,"},
           {true, channel_binding::require, {plus, plain}, plus, "p=tls-server-end-point,,"},
           {true, channel_binding::require, {plain}, nullptr, ""},
           {true, channel_binding::require, {plus, plain}, nullptr, "", false},
           {false, channel_binding::prefer, {plain}, plain, "n,,"},
           {false, channel_binding::prefer, {plus, plain}, nullptr, ""},
           {false, channel_binding::disable, {plus, plain}, nullptr, ""},
           {false, channel_binding::require, {plain}, nullptr, ""},
       }) {
    CAPTURE(e.tls, static_cast<int>(e.policy), e.offered, e.hash);
    std::string list;
    for (auto m : e.offered) list += zero_terminated(m);
    login l(e.tls, e.policy, {}, "pencil", e.hash, e.verified);
    auto const request = authentication(10, list + '\0');
    if (e.mechanism == nullptr) {
      l.refused(request);
      continue;
    }
    auto const answer = l.reply(request);
    auto const name = zero_terminated(e.mechanism);
    CHECK(answer.substr(5, name.size()) == name);
    CHECK(answer.substr(5 + name.size() + 4, std::strlen(e.gs2)) == e.gs2);
  }
}

TEST_CASE("lists of mechanisms that hold nothing for us") {
  login none;
  none.refused(sasl({"X-OTHER"}), errc::authentication_unsupported);
  login only_plus_without_hash(true, channel_binding::prefer, {}, "pencil", false, true);
  only_plus_without_hash.refused(sasl({"SCRAM-SHA-256-PLUS"}), errc::authentication_unsupported);
  login unterminated;
  unterminated.refused(authentication(10, zero_terminated("SCRAM-SHA-256")), errc::protocol_violation);
}

TEST_CASE("a server that began SCRAM must prove that it knows the password") {
  {
    login l;
    auto const first = l.reply(sasl({"SCRAM-SHA-256"}));
    l.refused(authentication_ok());
  }
  {
    login l;
    scram_server server("pencil");
    l.reply(answer(server, l.reply(sasl({"SCRAM-SHA-256"}))));
    l.refused(authentication_ok());
  }
  {
    login l;
    scram_server server("pencil");
    auto const final = l.reply(answer(server, l.reply(sasl({"SCRAM-SHA-256"}))));
    auto wrong = answer(server, final);
    wrong[20] = wrong[20] == 'A' ? 'B' : 'A';
    l.refused(wrong);
  }
  {
    login l; // the proof cannot come in a SASLContinue
    scram_server server("pencil");
    auto final = answer(server, l.reply(answer(server, l.reply(sasl({"SCRAM-SHA-256"})))));
    final[8] = 11;
    l.refused(final);
  }
}

TEST_CASE("one method is used per connection, whatever the server asks for then") {
  for (auto const& second : {authentication(3), authentication(5, "salt"), sasl({"SCRAM-SHA-256"})}) {
    login clear;
    clear.reply(authentication(3));
    clear.refused(second);
    login begun;
    begun.reply(sasl({"SCRAM-SHA-256"}));
    begun.refused(second);
    login proved;
    scram_server server("pencil");
    proved.reply(answer(server, proved.reply(answer(server, proved.reply(sasl({"SCRAM-SHA-256"}))))));
    proved.refused(second);
    login done;
    done.reply(authentication_ok());
    done.refused(second, errc::protocol_violation);
  }
}

TEST_CASE("require_auth is enforced before anything is answered") {
  struct row {
    char const* allowed;
    std::string request;
  };
  for (auto const& r : std::vector<row>{{"scram-sha-256", authentication(3)},
                                        {"scram-sha-256", authentication(5, "salt")},
                                        {"scram-sha-256", authentication_ok()},
                                        {"!password", authentication(3)},
                                        {"md5,password", sasl({"SCRAM-SHA-256"})},
                                        {"!none", authentication_ok()},
                                        {"none", authentication(3)},
                                        {"password", authentication(7)},
                                        {"password", authentication(9)}}) {
    CAPTURE(r.allowed);
    login l(false, channel_binding::prefer, r.allowed);
    auto const words = l.refused(r.request);
    CHECK(words.find("require_auth") != std::string::npos);
  }
  login l(false, channel_binding::prefer, "none");
  l.reply(authentication_ok());
}

TEST_CASE("channel_binding=require refuses whatever has none") {
  for (auto const& request : {authentication(3), authentication(5, "salt"), authentication_ok()}) {
    login l(true, channel_binding::require);
    CHECK(l.refused(request).find("channel_binding=require") != std::string::npos);
  }
}

TEST_CASE("a password is asked for where none was given") {
  for (auto const& request : {authentication(3), authentication(5, "salt"), sasl({"SCRAM-SHA-256"})}) {
    login l(false, channel_binding::prefer, {}, "");
    auto const words = l.refused(request, errc::password_required);
    CHECK(words.find("ann") != std::string::npos);
  }
}

TEST_CASE("methods that the driver does not have") {
  for (std::uint32_t code : {1u, 2u, 4u, 6u, 7u, 8u, 9u, 13u, 99u, 0xffffffffu}) {
    CAPTURE(code);
    login l;
    l.refused(authentication(code, std::string(4, 'x')), errc::authentication_unsupported);
  }
}

TEST_CASE("an error of the server is thrown as it is") {
  login l;
  try {
    l.reply(said('E', "FATAL", "28P01", "password authentication failed", {{'H', "look into the log"}}));
    FAIL("no error");
  } catch (tusk::error const& e) {
    CHECK(e.sqlstate() == tusk::sqlstate::invalid_password);
    REQUIRE(e.server() != nullptr);
    CHECK(e.server()->hint == "look into the log");
  }
}

TEST_CASE("what begins otherwise is no PostgreSQL server") {
  for (auto const& bytes : {std::string("HTTP/1.1 400 Bad Request\r\n"), notice_response("hello"), welcome,
                            std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string(64, '\0'), std::string(64, '\xff')}) {
    login l;
    l.refused(bytes, errc::protocol_violation);
  }
}

TEST_CASE("before login messages are short") {
  login l;
  l.refused("R" + number(std::uint32_t{30001}), errc::protocol_violation);
  login e;
  e.refused("E" + number(std::uint32_t{30001}), errc::protocol_violation);
}

TEST_CASE("malformed requests for authentication") {
  for (auto const& bytes : {message('R', "x"), authentication(0, "x"), authentication(3, "x"), authentication(5, "abc"),
                            authentication(5, "abcde")}) {
    login l;
    l.refused(bytes, errc::protocol_violation);
  }
}

TEST_CASE("a server that cannot start a process says so in the words of older protocols") {
  std::string const text = "Ecould not fork new process for connection: Cannot allocate memory\n";
  login l;
  CHECK(l.refused(text + '\0', errc::connection_closed) ==
        "the server closed the connection: could not fork new process for connection: Cannot allocate memory");
  login endless;
  endless.refused("E" + std::string(2000, 'x'), errc::connection_closed);
  login no_text;
  no_text.refused("E" + number(30001U) + "hello", errc::protocol_violation);
  login late;
  late.reply(authentication_ok());
  late.refused(text, errc::protocol_violation);
}

TEST_CASE("between AuthenticationOk and ReadyForQuery only what belongs there") {
  for (auto const& bad : {command_complete("X"), parse_complete(), message('T', number(std::uint16_t{0}))}) {
    login l;
    l.reply(authentication_ok());
    l.refused(bad, errc::protocol_violation);
  }
  login key;
  key.reply(authentication_ok());
  key.refused(message('K', "12345"), errc::protocol_violation);
  login fatal_error;
  fatal_error.reply(authentication_ok());
  CHECK_THROWS_AS(fatal_error.reply(fatal("3D000", "database does not exist")), tusk::error);
  login no_key;
  no_key.reply(authentication_ok() + ready());
  CHECK(no_key.session.started());
}
