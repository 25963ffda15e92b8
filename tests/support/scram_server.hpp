// tusk tests: support/scram_server.hpp — the server's side of a SCRAM login, with and without channel binding.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// It computes what RFC 5802 asks of a server, from the password: it checks the client's proof and the channel binding,
// and proves itself.
#pragma once

#include "support/messages.hpp"

#include <tusk/auth/base64.hpp>
#include <tusk/auth/hmac.hpp>
#include <tusk/auth/pbkdf2.hpp>
#include <tusk/auth/scram_keys.hpp>
#include <tusk/auth/sha256.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

class scram_server {
 public:
  explicit scram_server(std::string password, std::string end_point = {})
      : password_(std::move(password)), end_point_(std::move(end_point)) {}

  /// The request for a login: PLUS first where there is something to bind to.
  std::string request() const {
    return end_point_.empty() ? messages::sasl({"SCRAM-SHA-256"})
                              : messages::sasl({"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"});
  }
  /// Answers a message of type p, given without type and length. Empty: the login has failed.
  std::string answer(std::string_view body) {
    if (server_first_.empty()) return first(body);
    return final(body);
  }
  std::string const& mechanism() const noexcept { return mechanism_; }
  std::string const& gs2() const noexcept { return gs2_; } ///< as "y,,"
  bool bound() const noexcept { return bound_; }           ///< the client has proved that it sees our certificate
  std::string client_nonce() const { return attribute(bare_, 'r'); }

  /// What this server keeps of a password.
  static tusk::auth::scram_keys keys_of(std::string_view password) {
    tusk::auth::pbkdf2 derivation(tusk::wire::as_bytes(password), salt(), 4096);
    while (!derivation.step(100'000)) {}
    return tusk::auth::scram_keys(derivation.result());
  }
  /// The value of "r=..." in a message. Empty: it is not there.
  static std::string attribute(std::string_view message, char name) {
    std::size_t at = 0;
    while (at < message.size()) {
      auto const end = message.find(',', at);
      auto const item = message.substr(at, end == message.npos ? end : end - at);
      if (item.size() > 1 && item[0] == name && item[1] == '=') return std::string(item.substr(2));
      if (end == message.npos) break;
      at = end + 1;
    }
    return {};
  }

 private:
  std::string first(std::string_view body) {
    mechanism_ = body.substr(0, body.find('\0'));
    auto const said = body.substr(mechanism_.size() + 5);
    auto const comma = said.find(',', said.find(',') + 1);
    gs2_ = said.substr(0, comma + 1);
    bare_ = said.substr(comma + 1);
    server_first_ = "r=" + client_nonce() + "server,s=" + tusk::auth::base64_encode(salt()) + ",i=4096";
    return messages::authentication(11, server_first_);
  }
  std::string final(std::string_view body) {
    auto const without_proof = std::string(body.substr(0, body.find(",p=")));
    auto const binding = attribute(without_proof, 'c');
    auto const expected = gs2_ + (gs2_.starts_with('p') ? end_point_ : std::string());
    bool const good_binding = binding == tusk::auth::base64_encode(tusk::wire::as_bytes(expected));
    bound_ = good_binding && gs2_.starts_with('p');
    auto const keys = keys_of(password_);
    auto const text = bare_ + "," + server_first_ + "," + without_proof;
    auto const stored = tusk::auth::sha256::of(keys.client_key);
    auto proof = tusk::auth::hmac::of(stored, tusk::wire::as_bytes(text));
    for (std::size_t i = 0; i < proof.size(); ++i) proof[i] ^= keys.client_key[i];
    bool const good_proof = attribute(body, 'p') == tusk::auth::base64_encode(proof);
    // Who could bind and says that we cannot was told so by somebody else.
    bool const stripped = gs2_.starts_with('y') && !end_point_.empty();
    if (!good_binding || !good_proof || stripped) return {};
    auto const signature = tusk::auth::hmac::of(keys.server_key, tusk::wire::as_bytes(text));
    return messages::authentication(12, "v=" + tusk::auth::base64_encode(signature));
  }
  static tusk::wire::byte_view salt() { return tusk::wire::as_bytes("0123456789abcdef"); }

  std::string password_;
  std::string end_point_;
  std::string mechanism_;
  std::string gs2_;
  std::string bare_;
  std::string server_first_;
  bool bound_ = false;
};

} // namespace support
