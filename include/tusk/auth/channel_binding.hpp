// tusk: auth/channel_binding.hpp — how a SCRAM login is tied to its TLS connection (RFC 5802 section 6, RFC 5929).
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The choice is made by whoever knows the transport and the server's list of mechanisms; this is the choice as a value
// and how it is written. Knows no TLS: the certificate's hash is an argument.
#pragma once

#include <tusk/wire/bytes.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace tusk::auth {

class channel_binding {
 public:
  /// "n": the client does not do channel binding: no TLS, or switched off.
  static channel_binding none() { return channel_binding("n,,", {}); }
  /// "y": the client would, but believes that the server cannot. A server that can then knows that its offer was
  /// removed on the way.
  static channel_binding unused() { return channel_binding("y,,", {}); }
  /// "p": bound to the server's certificate by its `hash` (RFC 5929 section 4.1). Only with SCRAM-SHA-256-PLUS.
  static channel_binding tls_server_end_point(wire::byte_view hash) {
    return channel_binding("p=tls-server-end-point,,", wire::as_text(hash));
  }

  /// The SASL mechanism to ask for.
  char const* mechanism() const noexcept { return header_[0] == 'p' ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256"; }
  /// The gs2-header. Borrowed.
  std::string_view header() const noexcept { return header_; }
  /// What the client's final message carries in Base64: the header and the data.
  std::string input() const { return std::string(header_).append(data_); }

 private:
  channel_binding(char const* header, std::string_view data) : header_(header), data_(data) {}

  std::string_view header_; // a literal
  std::string data_;
};

} // namespace tusk::auth
