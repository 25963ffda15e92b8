// tusk: protocol/startup.hpp — logging in: from the startup message to the server's AuthenticationOk.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   login  = request Ok | password-exchange Ok | sasl-exchange Ok        (PostgreSQL documentation, "Start-up")
//   password-exchange = CleartextPassword | MD5Password                  answered with the password, once
//   sasl-exchange     = SASL SASLContinue SASLFinal                      RFC 5802, RFC 7677
//
// Everything here is said to a stranger. Whether an answer may be given (`require_auth`, `channel_binding`) is decided
// before it is given; one method is used per connection; a server that began SCRAM must prove that it knows the
// password before its AuthenticationOk counts. The caller supplies the channel binding data; no TLS, no socket and no
// clock here.
#pragma once

#include <tusk/auth/md5.hpp>
#include <tusk/auth/random.hpp>
#include <tusk/auth/scram.hpp>
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
  enum class state { asked, password_sent, sasl_started, deriving, sasl_answered, sasl_done, ok };
  using method = conninfo::auth_method;

  void authentication(message const& m, wire::buffer& out);
  void authentication_ok();
  void answer_password(method kind, wire::reader& in, wire::buffer& out);
  void begin_sasl(wire::reader& in, wire::buffer& out);
  std::string choose_mechanism(wire::reader& in) const;
  void allow(method kind) const;
  void need_password(std::string_view kind) const;
  [[noreturn]] static void refuse(std::string why) { throw error(errc::authentication_failed, std::move(why)); }

  conninfo::settings const& settings_;
  std::string_view password_;
  tls_facts tls_;
  std::optional<auth::scram_client> scram_;
  bool bound_ = false; // the exchange is bound to the TLS channel
  state state_ = state::asked;
};

// ---- implementation -------------------------------------------------------------------------------------------------

inline void startup::begin(wire::buffer& out) const {
  std::vector<wire::startup_parameter> parameters{{"user", settings_.user}, {"database", settings_.dbname}};
  if (!settings_.options.empty()) parameters.emplace_back("options", settings_.options);
  if (!settings_.application_name.empty()) parameters.emplace_back("application_name", settings_.application_name);
  parameters.emplace_back("client_encoding", "UTF8");
  for (auto const& [name, value] : settings_.startup_parameters) parameters.emplace_back(name, value);
  wire::startup_message(out, parameters);
}

inline void startup::receive(message const& m, wire::buffer& out) {
  if (m.type == static_cast<char>(wire::reply::error)) throw error(wire::parse_notice(m.body(), "ErrorResponse"));
  if (m.type != static_cast<char>(wire::reply::authentication) || state_ == state::ok) {
    if (state_ == state::asked)
      throw error(errc::protocol_violation, "the server began with a message of type " + wire::type_text(m.type) +
                                                ": it does not speak PostgreSQL's protocol");
    wire::violation("message of type " + wire::type_text(m.type), "it does not belong into a login");
  }
  authentication(m, out);
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
                  ", this driver has cleartext, md5 and scram-sha-256");
}

inline void startup::authentication_ok() {
  if (state_ != state::asked && state_ != state::password_sent && state_ != state::sasl_done)
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
  std::string offered;
  for (;;) {
    auto const name = in.text();
    if (!in.ok() || name.empty()) break;
    plain = plain || name == "SCRAM-SHA-256";
    plus = plus || name == "SCRAM-SHA-256-PLUS";
    offered.append(offered.empty() ? "" : ", ").append(printable(name, 40));
  }
  wire::finish(in, "AuthenticationSASL");
  auto const policy = settings_.channel_binding;
  if (plus && !tls_.in_use)
    refuse("the server offers channel binding on a connection without TLS: somebody may be in the middle");
  if (policy == conninfo::channel_binding::require) {
    if (!tls_.in_use) refuse("channel_binding=require, and the connection has no TLS");
    if (!plus) refuse("channel_binding=require, and the server does not offer SCRAM-SHA-256-PLUS but " + offered);
    if (tls_.server_end_point.empty())
      refuse("channel_binding=require, and for the server's kind of certificate (Ed25519, Ed448) none is defined");
  }
  if (plus && policy != conninfo::channel_binding::disable && !tls_.server_end_point.empty())
    return "SCRAM-SHA-256-PLUS";
  // Whoever is in the middle would choose such a certificate to be rid of the binding.
  if (plus && policy == conninfo::channel_binding::prefer && !tls_.verified)
    refuse("for the server's kind of certificate (Ed25519, Ed448) no channel binding is defined, and it was not "
           "verified; verify it with sslmode=verify-full, or set channel_binding=disable");
  if (plain) return "SCRAM-SHA-256";
  throw error(errc::authentication_unsupported, "the server offers the SASL mechanisms " + offered +
                                                    ", this driver has SCRAM-SHA-256 and, over TLS, "
                                                    "SCRAM-SHA-256-PLUS");
}

inline void startup::begin_sasl(wire::reader& in, wire::buffer& out) {
  if (state_ != state::asked) refuse("the server asks for a second answer");
  bool const possible =
      tls_.in_use && settings_.channel_binding != conninfo::channel_binding::disable && !tls_.server_end_point.empty();
  auto const mechanism = choose_mechanism(in);
  allow(method::scram_sha_256);
  need_password("a SCRAM login");
  bound_ = mechanism == "SCRAM-SHA-256-PLUS";
  // "y" tells a server that does offer the binding that its offer was removed on the way.
  scram_.emplace(password_, auth::scram_nonce(),
                 bound_     ? auth::channel_binding::tls_server_end_point(tls_.server_end_point)
                 : possible ? auth::channel_binding::unused()
                            : auth::channel_binding::none());
  wire::sasl_initial_response(out, mechanism, scram_->client_first());
  state_ = state::sasl_started;
}

inline bool startup::derive(unsigned iterations, wire::buffer& out) {
  if (!scram_->derive(iterations)) return false;
  wire::sasl_response(out, scram_->client_final());
  state_ = state::sasl_answered;
  return true;
}

} // namespace tusk::protocol
