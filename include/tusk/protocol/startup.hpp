// tusk: protocol/startup.hpp — logging in: from the startup message to the server's AuthenticationOk.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   login  = NegotiateProtocolVersion? exchange? Ok                      (PostgreSQL documentation, "Start-up")
//   exchange = CleartextPassword | MD5Password | SASL SASLContinue SASLFinal (SCRAM) | SASL (OAUTHBEARER)
//
// Everything here is said to a stranger. Whether an answer may be given (`require_auth`, `channel_binding`) is decided
// before it is given; one method is used per connection; a server that began SCRAM must prove that it knows the
// password before its AuthenticationOk counts. The caller supplies the channel binding data; no TLS, no socket and no
// clock here.
#pragma once

#include <tusk/auth/md5.hpp>
#include <tusk/auth/oauth_bearer.hpp>
#include <tusk/auth/random.hpp>
#include <tusk/auth/scram.hpp>
#include <tusk/auth/scram_keys.hpp>
#include <tusk/conninfo/settings.hpp>
#include <tusk/error.hpp>
#include <tusk/protocol/inbound.hpp>
#include <tusk/wire/backend.hpp>
#include <tusk/wire/frontend.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tusk::protocol {

/// What TLS says about the connection, for channel binding (RFC 5929) and sslcertmode.
struct tls_facts {
  bool in_use = false;
  bool local = false;                 ///< a Unix socket: nobody is in between
  bool verified = false;              ///< the server's certificate is of an authority that is trusted
  bool certificate_requested = false; ///< the server asked for ours
  bool certificate_sent = false;      ///< and we had one
  wire::byte_view server_end_point;   ///< empty where the certificate defines none; must outlive the login
};

class startup {
 public:
  /// `settings` and `password` must outlive the login. `user` and the other parameters are sent as they are.
  startup(conninfo::settings const& settings, std::string_view password, tls_facts tls)
      : settings_(settings), password_(password), tls_(tls) {}

  /// What has been agreed on, so far.
  conninfo::protocol_version version() const noexcept { return version_; }

  /// Appends the startup message.
  void begin(wire::buffer& out) const;
  /// Takes one message of the server and appends the answer. Throws when login fails.
  void receive(message const& m, wire::buffer& out);
  bool authenticated() const noexcept { return state_ == state::ok; }
  /// Keys are to be derived before the conversation goes on: call `derive()` until it returns true. In between the
  /// caller may let others run, a server can ask for ten million iterations.
  bool deriving() const noexcept { return state_ == state::deriving; }
  bool derive(unsigned iterations, wire::buffer& out);

 private:
  enum class state {
    asked,
    password_sent,
    token_sent,
    token_refused,
    sasl_started,
    deriving,
    sasl_answered,
    sasl_done,
    ok
  };
  using method = conninfo::auth_method;

  void negotiate(message const& m);
  void authentication(message const& m, wire::buffer& out);
  void authentication_ok();
  void answer_password(method kind, wire::reader& in, wire::buffer& out);
  void begin_sasl(wire::reader& in, wire::buffer& out);
  void begin_scram(std::string const& mechanism, wire::buffer& out);
  void send_token(wire::buffer& out);
  void token_refused(wire::reader& in, wire::buffer& out);
  std::string choose_mechanism(wire::reader& in) const;
  void allow(method kind) const;
  void need_password(std::string_view kind) const;
  [[noreturn]] static void refuse(std::string why) { throw error(errc::authentication_failed, std::move(why)); }

  conninfo::settings const& settings_;
  std::string_view password_;
  tls_facts tls_;
  std::optional<auth::scram_client> scram_;
  conninfo::protocol_version version_ = settings_.max_protocol;
  bool negotiated_ = false;
  std::string token_problem_;
  bool bound_ = false; // the exchange is bound to the TLS channel
  state state_ = state::asked;
};

// ---- implementation -------------------------------------------------------------------------------------------------

inline void startup::begin(wire::buffer& out) const {
  std::vector<wire::startup_parameter> parameters{{"user", settings_.user}, {"database", settings_.dbname}};
  if (!settings_.replication.empty()) parameters.emplace_back("replication", settings_.replication);
  if (!settings_.options.empty()) parameters.emplace_back("options", settings_.options);
  if (!settings_.application_name.empty()) parameters.emplace_back("application_name", settings_.application_name);
  parameters.emplace_back("client_encoding", "UTF8");
  for (auto const& [name, value] : settings_.startup_parameters) parameters.emplace_back(name, value);
  wire::startup_message(out, parameters, static_cast<std::uint32_t>(version_));
}

inline void startup::receive(message const& m, wire::buffer& out) {
  if (m.type == static_cast<char>(wire::reply::error))
    throw error(wire::parse_notice(m.body(), "ErrorResponse"), token_problem_);
  if (m.type == static_cast<char>(wire::reply::negotiate_version) && state_ == state::asked && !negotiated_)
    return negotiate(m);
  if (m.type != static_cast<char>(wire::reply::authentication) || state_ == state::ok) {
    if (state_ == state::asked && !negotiated_)
      throw error(errc::protocol_violation, "the server began with a message of type " + wire::type_text(m.type) +
                                                ": it does not speak PostgreSQL's protocol");
    wire::violation("message of type " + wire::type_text(m.type), "it does not belong into a login");
  }
  authentication(m, out);
}

/// A server that has only older versions says so before anything else, and goes on with its own.
inline void startup::negotiate(message const& m) {
  auto const offer = wire::parse_negotiate_version(m.body());
  constexpr std::string_view what = "NegotiateProtocolVersion";
  if (!offer.unknown.empty())
    wire::violation(what, "the server refuses the option " + printable(offer.unknown.front(), 40) +
                              ", for which it was not asked");
  auto const number = [](std::uint32_t v) { return std::to_string(v >> 16) + "." + std::to_string(v & 0xffff); };
  auto const asked = static_cast<std::uint32_t>(version_);
  if (offer.version == asked) wire::violation(what, "there is nothing to negotiate");
  if (offer.version > asked)
    wire::violation(what, "the server offers version " + number(offer.version) + ", and " + number(asked) +
                              " is the newest that it was asked for");
  if (offer.version != static_cast<std::uint32_t>(conninfo::protocol_version::v3_0))
    wire::violation(what, "the server has version " + number(offer.version) + ", which does not exist");
  if (settings_.min_protocol > conninfo::protocol_version::v3_0)
    throw error(errc::protocol_violation, "the server has only version 3.0 of the protocol, which min_protocol_version "
                                          "excludes");
  version_ = conninfo::protocol_version::v3_0;
  negotiated_ = true;
}

inline void startup::authentication(message const& m, wire::buffer& out) {
  wire::reader in(m.body());
  auto const code = in.get<std::uint32_t>();
  if (!in.ok()) wire::violation("Authentication", in.why());
  switch (code) {
  case 0:
    wire::finish(in, "AuthenticationOk");
    authentication_ok();
    return;
  case 3: answer_password(method::password, in, out); return;
  case 5: answer_password(method::md5, in, out); return;
  case 10: begin_sasl(in, out); return;
  case 11:
    if (state_ == state::token_sent) return token_refused(in, out);
    if (state_ != state::sasl_started) refuse("the server went on with SASL out of order");
    scram_->server_first(wire::as_text(in.rest()));
    state_ = state::deriving;
    return;
  case 12:
    if (state_ != state::sasl_answered) refuse("the server ended SASL out of order");
    scram_->server_final(wire::as_text(in.rest()));
    state_ = state::sasl_done;
    return;
  case 7:
  case 8: allow(method::gss); break;
  case 9: allow(method::sspi); break;
  default: break;
  }
  constexpr std::string_view names[] = {"",       "",       "Kerberos V5", "", "crypt", "", "SCM credentials",
                                        "GSSAPI", "GSSAPI", "SSPI"};
  throw error(errc::authentication_unsupported,
              "the server wants " +
                  (code < std::size(names) && !names[code].empty() ? std::string(names[code])
                                                                   : "authentication of kind " + std::to_string(code)) +
                  ", this driver has cleartext, md5, scram-sha-256 and OAuth");
}

inline void startup::authentication_ok() {
  if (state_ != state::asked && state_ != state::password_sent && state_ != state::token_sent &&
      state_ != state::sasl_done)
    refuse("the server let the login pass without proving that it knows the password");
  if (state_ == state::asked) allow(method::none);
  if (settings_.channel_binding == conninfo::channel_binding::require && !bound_)
    refuse("channel_binding=require, and the server let the login pass without channel binding");
  state_ = state::ok;
}

/// `kind` is in the list of require_auth, channel binding is not demanded of a method that cannot have it, and the
/// certificate was shown that must be.
inline void startup::allow(method kind) const {
  constexpr std::string_view wants[] = {
      "no authentication", "a cleartext password", "an md5 password", "GSSAPI", "SSPI", "scram-sha-256", "OAuth"};
  auto const wanted = wants[static_cast<std::size_t>(kind)];
  if (!settings_.require_auth.allows(kind))
    refuse("the server wants " + std::string(wanted) + ", which require_auth does not allow");
  if (settings_.channel_binding == conninfo::channel_binding::require && kind != method::scram_sha_256)
    refuse("the server wants " + std::string(wanted) + ", which has no channel binding, and channel_binding=require");
  if (settings_.tls.certificate_mode != conninfo::sslcertmode::require || tls_.certificate_sent) return;
  refuse(!tls_.in_use                 ? "sslcertmode=require, and without TLS no certificate can be shown"
         : tls_.certificate_requested ? "sslcertmode=require, and there is no certificate to show (sslcert)"
                                      : "sslcertmode=require, and the server did not ask for a certificate");
}

inline void startup::need_password(std::string_view kind) const {
  if (!password_.empty()) return;
  auto words =
      "the server wants " + std::string(kind) + " for user " + printable(settings_.user) + " and none was given";
  if (!settings_.passfile_ignored.empty()) words.append("; ").append(settings_.passfile_ignored);
  throw error(errc::password_required, std::move(words));
}

inline void startup::answer_password(method kind, wire::reader& in, wire::buffer& out) {
  if (state_ != state::asked) refuse("the server asks for a second answer");
  auto const salt = in.take(kind == method::md5 ? 4 : 0);
  wire::finish(in, "Authentication");
  allow(kind);
  need_password("a password");
  if (kind == method::md5)
    wire::password_message(out, auth::md5_password(settings_.user, password_, salt));
  else
    wire::password_message(out, password_);
  state_ = state::password_sent;
}

/// The mechanism for the server's list, whatever its order: with channel binding if that is possible.
inline std::string startup::choose_mechanism(wire::reader& in) const {
  bool plain = false;
  bool plus = false;
  bool token = false;
  std::string offered;
  for (;;) {
    auto const name = in.text();
    if (!in.ok() || name.empty()) break;
    plain = plain || name == "SCRAM-SHA-256";
    plus = plus || name == "SCRAM-SHA-256-PLUS";
    token = token || name == auth::oauth_bearer_mechanism;
    offered.append(offered.empty() ? "" : ", ").append(printable(name, 40));
  }
  wire::finish(in, "AuthenticationSASL");
  auto const policy = settings_.channel_binding;
  if (plus && !tls_.in_use)
    refuse("the server offers channel binding on a connection without TLS: somebody may be in the middle");
  bool const scram = settings_.require_auth.allows(method::scram_sha_256) || !token;
  if (scram && policy == conninfo::channel_binding::require) {
    if (!tls_.in_use) refuse("channel_binding=require, and the connection has no TLS");
    if (!plus) refuse("channel_binding=require, and the server does not offer SCRAM-SHA-256-PLUS but " + offered);
    if (tls_.server_end_point.empty())
      refuse("channel_binding=require, and for the server's kind of certificate (Ed25519, Ed448) none is defined");
  }
  if (scram && plus && policy != conninfo::channel_binding::disable && !tls_.server_end_point.empty())
    return "SCRAM-SHA-256-PLUS";
  // Whoever is in the middle would choose such a certificate to be rid of the binding.
  if (scram && plus && policy == conninfo::channel_binding::prefer && !tls_.verified)
    refuse("for the server's kind of certificate (Ed25519, Ed448) no channel binding is defined, and it was not "
           "verified; verify it with sslmode=verify-full, or set channel_binding=disable");
  if (scram && plain) return "SCRAM-SHA-256";
  if (token) return std::string(auth::oauth_bearer_mechanism);
  throw error(errc::authentication_unsupported, "the server offers the SASL mechanisms " + offered +
                                                    ", this driver has SCRAM-SHA-256, OAUTHBEARER and, over TLS, "
                                                    "SCRAM-SHA-256-PLUS");
}

inline void startup::begin_sasl(wire::reader& in, wire::buffer& out) {
  if (state_ != state::asked) refuse("the server asks for a second answer");
  auto const mechanism = choose_mechanism(in);
  if (mechanism == auth::oauth_bearer_mechanism)
    send_token(out);
  else
    begin_scram(mechanism, out);
}

inline void startup::begin_scram(std::string const& mechanism, wire::buffer& out) {
  bool const possible =
      tls_.in_use && settings_.channel_binding != conninfo::channel_binding::disable && !tls_.server_end_point.empty();
  allow(method::scram_sha_256);
  bound_ = mechanism == "SCRAM-SHA-256-PLUS";
  // "y" tells a server that does offer the binding that its offer was removed on the way.
  auto const binding = bound_     ? auth::channel_binding::tls_server_end_point(tls_.server_end_point)
                       : possible ? auth::channel_binding::unused()
                                  : auth::channel_binding::none();
  if (settings_.scram_client_key.empty() != settings_.scram_server_key.empty())
    refuse("scram_client_key and scram_server_key go together: with one of them the server cannot prove itself, or is "
           "not logged in to; give both, or a password");
  if (settings_.scram_client_key.empty()) {
    need_password("a SCRAM login");
    scram_.emplace(password_, auth::scram_nonce(), binding);
  } else {
    auth::scram_keys const keys(settings_.scram_client_key, settings_.scram_server_key);
    scram_.emplace(keys, auth::scram_nonce(), binding);
  }
  wire::sasl_initial_response(out, mechanism, scram_->client_first());
  state_ = state::sasl_started;
}

/// Whoever sees the token has it, and the server need not prove anything: only to where nobody listens.
inline void startup::send_token(wire::buffer& out) {
  allow(method::oauth);
  if (!settings_.oauth_token)
    throw error(errc::password_required, "the server wants an OAuth token for user " + printable(settings_.user) +
                                             " and none was given; options::oauth_token() takes one");
  if (!tls_.in_use && !tls_.local) refuse("the server wants an OAuth token, which is not sent without TLS");
  conninfo::secret const token(settings_.oauth_token->token(settings_.oauth));
  conninfo::secret const response(auth::oauth_bearer_response(token.str()));
  wire::sasl_initial_response(out, auth::oauth_bearer_mechanism, response.str());
  state_ = state::token_sent;
}

/// The server says in a document of its own what is wrong; it wants to hear one more byte before its ErrorResponse.
inline void startup::token_refused(wire::reader& in, wire::buffer& out) {
  token_problem_ = "the server refuses the OAuth token: " + printable(wire::as_text(in.rest()), 200);
  wire::sasl_response(out, auth::oauth_bearer_abort);
  state_ = state::token_refused;
}

inline bool startup::derive(unsigned iterations, wire::buffer& out) {
  if (!scram_->derive(iterations)) return false;
  wire::sasl_response(out, scram_->client_final());
  state_ = state::sasl_answered;
  return true;
}

} // namespace tusk::protocol
