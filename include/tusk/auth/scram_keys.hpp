// tusk: auth/scram_keys.hpp — the two keys that a SCRAM-SHA-256 client needs (RFC 5802 section 3).
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What a password comes to after the slow derivation: enough to log in and to check the server, not enough to learn the
// password. Wiped when destroyed. Knows no message.
#pragma once

#include <tusk/auth/base64.hpp>
#include <tusk/auth/hmac.hpp>
#include <tusk/auth/secret.hpp>
#include <tusk/auth/sha256.hpp>
#include <tusk/error.hpp>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace tusk::auth {

struct scram_keys {
  sha256_digest client_key{};
  sha256_digest server_key{};

  scram_keys() = default;
  /// From the salted password, PBKDF2's result.
  explicit scram_keys(sha256_digest const& salted_password) noexcept {
    hmac_key const key(salted_password);
    hmac client(key), server(key);
    client.update("Client Key");
    server.update("Server Key");
    client_key = client.finish();
    server_key = server.finish();
  }
  /// From the options scram_client_key and scram_server_key: Base64 of 32 bytes each. Both are needed; with the
  /// client's alone the server could not prove itself. Throws errc::invalid_option.
  scram_keys(std::string_view client_key_base64, std::string_view server_key_base64) {
    read("scram_client_key", client_key_base64, client_key);
    read("scram_server_key", server_key_base64, server_key);
  }
  scram_keys(scram_keys const&) = default;
  scram_keys& operator=(scram_keys const&) = default;
  ~scram_keys() { wipe(); }

  void wipe() noexcept {
    auth::wipe(&client_key, sizeof client_key);
    auth::wipe(&server_key, sizeof server_key);
  }

 private:
  static void read(char const* option, std::string_view text, sha256_digest& to) {
    wiping_vector<std::byte> bytes;
    bytes.reserve(text.size());
    if (!base64_decode(text, bytes) || bytes.size() != to.size())
      throw error(errc::invalid_option, std::string(option).append(" must be Base64 of exactly 32 bytes"));
    std::memcpy(to.data(), bytes.data(), to.size());
  }
};

} // namespace tusk::auth
