// tusk: auth/oauth_bearer.hpp — the client of OAUTHBEARER (RFC 7628): a bearer token instead of a password.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   client: "n,,\x01auth=Bearer <token>\x01\x01"     server: success | a JSON document, which the client answers with
//   \x01
//
// The token is the credential: whoever sees it can use it, and the server proves nothing. Must not know where it comes
// from, nor whether the way to the server is safe.
#pragma once

#include <tusk/error.hpp>

#include <string>
#include <string_view>

namespace tusk::auth {

inline constexpr std::string_view oauth_bearer_mechanism = "OAUTHBEARER";

/// What the client answers to the server's JSON document; an error of the server follows.
inline constexpr std::string_view oauth_bearer_abort = "\x01";

/// A token as RFC 6750, section 2.1, has it: 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=".
constexpr bool is_bearer_token(std::string_view token) noexcept {
  while (token.ends_with('=')) token.remove_suffix(1);
  for (char c : token) {
    bool const known = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~' || c == '+' || c == '/';
    if (!known) return false;
  }
  return !token.empty();
}

/// The client's first message. Throws errc::invalid_option if `token` is none; it is not shown.
inline std::string oauth_bearer_response(std::string_view token) {
  if (!is_bearer_token(token))
    throw error(errc::invalid_option,
                token.empty()
                    ? "the OAuth token is empty"
                    : "the OAuth token has a character that no bearer token has (RFC 6750); it is to be given "
                      "without \"Bearer \" before it and without a line end behind it");
  std::string message = "n,,\x01"
                        "auth=Bearer ";
  message.append(token).append("\x01\x01");
  return message;
}

} // namespace tusk::auth
