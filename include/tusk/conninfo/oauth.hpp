// tusk: conninfo/oauth.hpp — where the token for a server that wants OAuth comes from.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// How a program gets a token is its own business: a device flow, a workload identity, a file that somebody renews. The
// driver tells what the connection string says of it, and sends what it is given. Knows no HTTP.
#pragma once

#include <memory>
#include <string>
#include <utility>

namespace tusk::conninfo {

/// What the connection string says: the keywords oauth_issuer, oauth_client_id, oauth_client_secret and oauth_scope,
/// and who is to be logged in.
struct oauth_request {
  std::string issuer;
  std::string client_id;
  std::string client_secret;
  std::string scope;
  std::string user;
};

/// Gives a bearer token (RFC 6750) for a login.
class token_source {
 public:
  token_source() = default;
  token_source(token_source const&) = delete;
  token_source& operator=(token_source const&) = delete;
  virtual ~token_source() = default;
  virtual std::string token(oauth_request const& request) const = 0;
};

/// One that calls `f`.
template <class F> std::shared_ptr<token_source const> token_from(F f) {
  struct calling final : token_source {
    explicit calling(F g) : call(std::move(g)) {}
    std::string token(oauth_request const& request) const override { return call(request); }
    F call;
  };
  return std::make_shared<calling>(std::move(f));
}

} // namespace tusk::conninfo
