// tusk tests: authorities, servers under them, and whether a client with certain settings accepts those.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/catch.hpp"
#include "support/tls_link.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tusk_test {

using tusk::net::tls_settings;
using tusk::net::verify;

// root -> intermediate -> servers; `other` is a stranger.
struct authorities {
  identity root = make_root("root");
  identity intermediate = make_authority("intermediate", &root);
  identity other = make_root("other");
  temporary_file root_file{root.pem()};
  temporary_file other_file{other.pem()};
  temporary_file intermediate_file{intermediate.pem()};
};
inline authorities& pki() {
  static authorities the;
  return the;
}

inline certificate_spec named(std::string dns) {
  certificate_spec spec;
  spec.common_names = {"some server"};
  spec.dns = {std::move(dns)};
  return spec;
}

inline tls_settings checking(verify check, std::string host, temporary_file const& roots) {
  tls_settings s;
  s.host = std::move(host);
  s.check = check;
  s.root_file = roots.name();
  return s;
}

inline server_settings server_with(identity self, std::vector<identity> chain = {}, int version = TLS1_3_VERSION) {
  server_settings s;
  s.self = std::move(self);
  s.chain = std::move(chain);
  s.lowest = s.highest = version;
  return s;
}

/// "accepted", or the error's words; data flows only when accepted, and a refusal is told to the server.
inline std::string outcome(tls_settings const& client, server_settings const& server) {
  tls_link link(client, server);
  auto const words = tls_error([&] { link.handshake(); });
  if (words == "no error") {
    CHECK(link.up("x") == "x");
    return "accepted";
  }
  CHECK_FALSE(link.server.alert().empty());
  CHECK_THROWS_AS(link.up("secret"), tusk::error);
  CHECK(link.client->server_end_point().empty());
  return words;
}

/// For `host`, by the root, of a server with `spec`.
inline std::string full(std::string host, certificate_spec const& spec) {
  return outcome(checking(verify::chain_name, std::move(host), pki().root_file), server_with(issue(spec, &pki().root)));
}

} // namespace tusk_test
