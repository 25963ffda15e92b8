// tusk tests: a TLS filter and a server in memory, joined.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Carries bytes between the two, whole or in pieces. Both ends are public: a test may get between them.
#pragma once

#include "support/tls_server.hpp"

#include <tusk/net/filter.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tusk_test {

struct tls_link {
  /// `piece`: how many bytes at a time, 0 for all there are.
  tls_link(tusk::net::tls_settings const& client_settings, server_settings settings, std::size_t piece_size = 0)
      : client(tusk::net::tls_factory(client_settings)), server(std::move(settings)), piece(piece_size) {}

  /// Until both ends are done. Throws what the filter throws, once the server has seen what was left to send.
  void handshake() {
    bool client_done = false;
    bool server_done = false;
    try {
      client_done = client->handshake(out);
      for (;;) {
        server_done = carry_to_server([&] { return server.handshake(); }) || server_done;
        auto const back = server.take();
        if (back.empty()) break;
        in_pieces(back, [&](std::string_view part) {
          client->feed(tusk::wire::as_bytes(part));
          client_done = client->handshake(out);
        });
      }
    } catch (...) {
      carry_to_server([&] { return server.handshake(); });
      throw;
    }
    if (!client_done || !server_done) throw std::runtime_error("the handshake has come to a halt");
  }

  /// The client sends; the server's plain text.
  std::string up(std::string_view plain) {
    client->seal(tusk::wire::as_bytes(plain), out);
    std::string got;
    carry_to_server([&] {
      got += server.read();
      return true;
    });
    return got;
  }
  /// The server sends; the client's plain text. `window`: the size of the buffer that open() gets.
  std::string down(std::string_view plain, std::size_t window = 65536) {
    if (!plain.empty()) server.write(plain);
    std::string got;
    in_pieces(server.take(), [&](std::string_view part) {
      client->feed(tusk::wire::as_bytes(part));
      got += opened(window);
    });
    return got;
  }
  /// All that the client can decrypt now.
  std::string opened(std::size_t window = 65536) {
    std::string got;
    room.resize(window);
    while (auto const n = client->open(std::as_writable_bytes(std::span(room)))) got.append(room.data(), n);
    return got;
  }

  std::unique_ptr<tusk::net::filter> client;
  tls_server server;
  std::size_t piece;
  tusk::wire::buffer out; ///< from the client, not yet carried
  std::string room;

 private:
  template <class Each> void in_pieces(std::string_view bytes, Each each) {
    auto const step = piece == 0 ? bytes.size() : piece;
    for (std::size_t at = 0; at < bytes.size(); at += step) each(bytes.substr(at, step));
  }
  template <class Then> bool carry_to_server(Then then) {
    bool result = false;
    in_pieces(tusk::wire::as_text(out), [&](std::string_view part) {
      server.feed(tusk::wire::as_bytes(part));
      result = then();
    });
    out.clear();
    return result;
  }
};

/// The words of what `run` throws; "no error" when it throws nothing, and a mark when it is no errc::tls_failed.
template <class Run> std::string tls_error(Run run) {
  try {
    run();
  } catch (tusk::error const& e) {
    return e.code() == tusk::errc::tls_failed ? e.what() : "another code: " + std::string(e.what());
  }
  return "no error";
}

/// A server's certificate for a.test, its key P-256 and its signature SHA-256, and nobody vouches for it.
inline identity const& plain_identity() {
  static identity const the = [] {
    certificate_spec spec;
    spec.common_names = {"a.test"};
    return issue(spec);
  }();
  return the;
}

/// Settings that check nothing.
inline tusk::net::tls_settings host(std::string name) {
  tusk::net::tls_settings s;
  s.host = std::move(name);
  return s;
}

inline server_settings plain_server(int version = TLS1_3_VERSION) {
  server_settings s;
  s.self = plain_identity();
  s.lowest = s.highest = version;
  return s;
}

/// The same `n` bytes each time, without a pattern.
inline std::string noise(std::size_t n) {
  std::string bytes(n, '\0');
  std::uint32_t x = 1;
  for (auto& c : bytes) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return bytes;
}

} // namespace tusk_test
