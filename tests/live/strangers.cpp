// tusk: tests/live/strangers.cpp — servers that are not PostgreSQL, and ones that misbehave.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"
#include "support/stranger.hpp"

#include <chrono>
#include <future>
#include <string>
#include <vector>

namespace {

using live::error_of;
using live::in_both_modes;
using live::message;
using live::receive_some;
using live::send_all;
using live::stranger;
using tusk::errc;
using namespace std::string_literals;

/// Answers the first thing it is told with `words`.
auto answers(std::string words) {
  return [words](int fd) {
    receive_some(fd);
    send_all(fd, words);
    live::receive_to_the_end(fd);
  };
}

} // namespace

TEST_CASE("strangers: a web server") {
  in_both_modes([](live::opener connect) {
    stranger const web(answers("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"));
    for (auto const* mode : {"disable", "prefer", "require"}) {
      auto const e = error_of([&] { connect(web.options().sslmode(mode)); });
      CHECK(e.code() == errc::protocol_violation);
      CHECK_THAT(e.what(),
                 ContainsSubstring("it does not speak PostgreSQL's protocol") || ContainsSubstring("are plausible"));
    }
  });
}

TEST_CASE("strangers: one that closes at once") {
  in_both_modes([](live::opener connect) {
    stranger const shy([](int) {});
    for (auto const* mode : {"disable", "prefer", "require"}) {
      auto const e = error_of([&] { connect(shy.options().sslmode(mode)); });
      CHECK(e.code() == errc::connection_closed);
      CHECK_THAT(e.what(), ContainsSubstring("connection to 127.0.0.1 port"));
    }
  });
}

TEST_CASE("strangers: one that listens and closes") {
  in_both_modes([](live::opener connect) {
    stranger const shy([](int fd) { receive_some(fd); });
    for (auto const* mode : {"disable", "require"}) {
      auto const e = error_of([&] { connect(shy.options().sslmode(mode)); });
      CHECK(e.code() == errc::connection_closed);
      CHECK_THAT(e.what(), ContainsSubstring("the server closed the connection"));
    }
  });
}

TEST_CASE("strangers: ones that stay silent", "[slow]") {
  // From the beginning, when they are asked for TLS, and in the middle of a login. All at once: each takes its second.
  stranger const mute([](int fd) { live::receive_to_the_end(fd); });
  stranger const deaf([](int fd) { live::receive_to_the_end(fd); });
  stranger const slow(answers(message('R', live::int32(3)))); // wants a password, and says nothing to it
  std::vector<tusk::options> const all{mute.options(), deaf.options().sslmode("require"), slow.options().password("p")};
  in_both_modes([&](live::opener connect) {
    auto const before = std::chrono::steady_clock::now();
    std::vector<std::future<tusk::error>> failed;
    for (auto const& o : all)
      failed.push_back(std::async(std::launch::async, [&connect, &o] {
        return error_of([&] { connect(tusk::options(o).connect_timeout(1)); });
      }));
    for (auto& f : failed) {
      auto const e = f.get();
      CHECK(e.code() == errc::timeout);
      CHECK(e.safe_to_retry());
      CHECK_THAT(e.what(), ContainsSubstring("no answer within 1000 ms (connect_timeout)"));
    }
    CHECK(std::chrono::steady_clock::now() - before >= std::chrono::milliseconds(950));
  });
}

TEST_CASE("strangers: garbage") {
  in_both_modes([](live::opener connect) {
    std::vector<std::string> const garbage{
        std::string(200, '\0'),       std::string(200, '\xff'), "R\0\0\0\3"s,
        "R\x7f\xff\xff\xff\0\0\0\0"s, message('Z', "I"),        message('D', "\0\0"s),
        "SSH-2.0-OpenSSH_9.2p1\r\n"s};
    for (auto const& bytes : garbage) {
      stranger const odd(answers(bytes));
      CHECK(error_of([&] { connect(odd.options()); }).code() == errc::protocol_violation);
      CHECK(error_of([&] { connect(odd.options().sslmode("require")); }).code() == errc::protocol_violation);
    }
  });
}

TEST_CASE("strangers: plain bytes behind the server's S are an attack") {
  in_both_modes([](live::opener connect) {
    stranger const attacker(answers("S" + live::welcome()));
    for (auto const* mode : {"prefer", "require"}) {
      auto const e = error_of([&] { connect(attacker.options().sslmode(mode)); });
      CHECK(e.code() == errc::protocol_violation);
      CHECK_THAT(e.what(), ContainsSubstring("as an attacker in the middle would"));
    }
    CHECK(attacker.guests() == 2); // nobody has come back without TLS
  });
}

TEST_CASE("strangers: no TLS where it is demanded") {
  in_both_modes([](live::opener connect) {
    stranger const plain(answers("N"));
    for (auto const* mode : {"require", "verify-ca", "verify-full"}) {
      auto const e =
          error_of([&] { connect(plain.options().sslmode(mode).sslrootcert(live::main_server().file("ca.pem"))); });
      CHECK(e.code() == errc::tls_unavailable);
    }
  });
}

TEST_CASE("strangers: an error in place of TLS is not shown") {
  in_both_modes([](live::opener connect) {
    stranger const liar(answers(message('E', live::said("FATAL", "28000", "call 555-1234 for help"))));
    auto const e = error_of([&] { connect(liar.options().sslmode("require")); });
    CHECK(e.code() == errc::protocol_violation);
    CHECK(std::string(e.what()).find("555-1234") == std::string::npos);
    CHECK_THAT(e.what(), ContainsSubstring("cannot be trusted"));
  });
}

TEST_CASE("strangers: a handshake that is none") {
  in_both_modes([](live::opener connect) {
    stranger const odd([](int fd) {
      receive_some(fd);
      send_all(fd, "S");
      receive_some(fd);
      send_all(fd, "HTTP/1.1 400 Bad Request\r\n\r\n");
      live::receive_to_the_end(fd);
    });
    auto const e = error_of([&] { connect(odd.options().sslmode("require")); });
    CHECK(e.code() == errc::tls_failed);
    CHECK_THAT(e.what(), ContainsSubstring("the TLS handshake with \"127.0.0.1\" failed"));
  });
}

TEST_CASE("strangers: methods of authentication that the driver does not have") {
  in_both_modes([](live::opener connect) {
    for (std::uint32_t kind : {2u, 4u, 6u, 7u, 9u, 77u}) {
      stranger const odd(answers(message('R', live::int32(kind))));
      CHECK(error_of([&] { connect(odd.options().password("p")); }).code() == errc::authentication_unsupported);
    }
    stranger const mechanisms(answers(message('R', live::int32(10) + "OAUTHBEARER\0\0"s)));
    auto const e = error_of([&] { connect(mechanisms.options().password("p")); });
    CHECK(e.code() == errc::password_required);
    CHECK_THAT(e.what(), ContainsSubstring("the server wants an OAuth token for user u and none was given"));
    stranger const others(answers(message('R', live::int32(10) + "X-OTHER\0\0"s)));
    auto const unknown = error_of([&] { connect(others.options().password("p")); });
    CHECK(unknown.code() == errc::authentication_unsupported);
    CHECK_THAT(unknown.what(), ContainsSubstring("X-OTHER"));
  });
}

TEST_CASE("strangers: a server that cannot prove that it knows the password") {
  in_both_modes([](live::opener connect) {
    // Takes up SCRAM and then lets the login pass without a proof.
    stranger const impostor([](int fd) {
      receive_some(fd);
      send_all(fd, message('R', live::int32(10) + "SCRAM-SHA-256\0\0"s));
      receive_some(fd);
      send_all(fd, live::welcome());
      live::receive_to_the_end(fd);
    });
    auto const e = error_of([&] { connect(impostor.options().password("p")); });
    CHECK(e.code() == errc::authentication_failed);
    CHECK_THAT(e.what(), ContainsSubstring("without proving that it knows the password"));
  });
}

TEST_CASE("strangers: one that breaks the protocol after the login") {
  in_both_modes([](live::opener connect) {
    std::vector<std::string> const answers_to_a_query{
        message('1', "x"),
        message('2', ""),
        message('Z', "I"),
        message('Z', "?"),
        message('D', "\0\0"s),
        message('1', "") + message('2', "") + message('T', "\0\1x"s),
        message('1', "") + message('2', "") + message('n', "") + message('C', "SELECT 1\0"s) + message('C', "X\0"s),
        message('1', "") + message('2', "") + message('T', "\0\0"s) + message('D', "\0\1\0\0\0\0"s),
        message('v', live::int32(0) + live::int32(0)),
        message('?', ""),
        "E\x7f\xff\xff\xff"s,
    };
    for (auto const& bytes : answers_to_a_query) {
      stranger const odd([&](int fd) {
        receive_some(fd);
        send_all(fd, live::welcome());
        receive_some(fd);
        send_all(fd, bytes);
        live::receive_to_the_end(fd);
      });
      auto db = connect(odd.options());
      auto const e = error_of([&] { db.query<tusk::row>("select 1"); });
      INFO(e.what());
      CHECK((e.code() == errc::protocol_violation || e.code() == errc::message_too_large));
      live::check_closed(db);
    }
  });
}
