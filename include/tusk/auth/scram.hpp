// tusk: auth/scram.hpp — the client of SCRAM-SHA-256 and SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677).
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Messages in, messages out, strictly in order; the slow derivation of the keys is done in slices by the caller. Every
// message of the server is hostile until its signature has been checked. What is thrown never contains the password or
// a key. Must not know sockets, clocks, TLS, or PostgreSQL's frames.
#pragma once

#include <tusk/auth/base64.hpp>
#include <tusk/auth/channel_binding.hpp>
#include <tusk/auth/hmac.hpp>
#include <tusk/auth/pbkdf2.hpp>
#include <tusk/auth/random.hpp>
#include <tusk/auth/saslprep.hpp>
#include <tusk/auth/scram_key_cache.hpp>
#include <tusk/auth/scram_keys.hpp>
#include <tusk/auth/secret.hpp>
#include <tusk/auth/sha256.hpp>
#include <tusk/error.hpp>
#include <tusk/wire/bytes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tusk::auth {

/// A nonce for one login: 18 random bytes as 24 characters, as libpq makes it.
inline std::string scram_nonce() {
  std::array<std::byte, 18> bytes;
  random_bytes(bytes);
  return base64_encode(bytes);
}

/// One login. Call in this order: client_first, server_first, derive until it returns true, client_final, server_final;
/// only then `verified()`. A call out of order, or after something was thrown, throws errc::authentication_failed.
class scram_client {
 public:
  /// The largest server message that is looked at, in bytes: PostgreSQL's own fit into a tenth of it, libpq has the
  /// same limit.
  static constexpr std::size_t max_message = 2000;
  /// A server that asks for more iterations is refused: about a second with the processor's SHA instructions, five
  /// without; it could otherwise keep the client busy for hours.
  static constexpr std::uint32_t max_iterations = 10'000'000;

  /// `password` is prepared with SASLprep and kept until the keys are derived. `nonce` is fresh for each login
  /// (`scram_nonce()`). Derived keys are looked for and left in `cache`, which may be nullptr and is borrowed.
  /// PostgreSQL takes the user from its own startup message and ignores `user`, which is empty with libpq as well.
  scram_client(std::string_view password, std::string_view nonce, channel_binding binding,
               scram_key_cache* cache = &scram_key_cache::shared(), std::string_view user = {})
      : binding_(std::move(binding)), password_(saslprep(password)), cache_(cache) {
    begin(nonce, user);
  }
  /// With keys instead of a password; nothing is derived.
  scram_client(scram_keys const& keys, std::string_view nonce, channel_binding binding, std::string_view user = {})
      : binding_(std::move(binding)), cache_(nullptr), keys_(keys) {
    begin(nonce, user);
  }
  scram_client(scram_client const&) = delete;
  scram_client& operator=(scram_client const&) = delete;

  /// The mechanism that the initial response names.
  char const* mechanism() const noexcept { return binding_.mechanism(); }

  /// gs2-header client-first-message-bare, for SASLInitialResponse.
  std::string client_first();

  /// Takes server-first-message:
  ///
  ///     "r=" client-nonce 1*printable ",s=" base64 ",i=" posit-number *("," ALPHA "=" value)
  ///
  /// Throws errc::protocol_violation when it is malformed, errc::authentication_failed when its nonce is not ours, when
  /// it has an extension that must be understood, too many iterations or reports an error.
  void server_first(std::string_view message);

  /// Does at most `iterations` of the derivation, at once nothing when the keys are known; true when it is complete.
  bool derive(std::uint32_t iterations);

  /// client-final-message with the proof, for SASLResponse.
  std::string client_final();

  /// Takes server-final-message:
  ///
  ///     ("v=" base64 / "e=" error) *("," ALPHA "=" value)
  ///
  /// Returns when the server has proved that it knows the keys. Throws as server_first does.
  void server_final(std::string_view message);

  /// The server has proved itself; without this, its AuthenticationOk must not be believed.
  bool verified() const noexcept { return state_ == state::verified; }

 private:
  enum class state { created, first_sent, deriving, ready, final_sent, verified, failed };

  [[noreturn]] static void malformed(std::string_view what) {
    throw error(errc::protocol_violation, std::string("SCRAM: malformed message of the server: ").append(what));
  }
  [[noreturn]] static void refused(std::string_view what) {
    throw error(errc::authentication_failed, std::string("SCRAM: ").append(what));
  }

  void begin(std::string_view nonce, std::string_view user);
  /// Goes on only from `before`. Until the step is complete the login counts as failed, so that nothing can be called
  /// after an exception.
  void enter(state before, char const* step);
  static bool is_printable(std::string_view text) noexcept {
    for (char c : text)
      if (c < '!' || c > '~') return false;
    return true;
  }
  static void check_message(std::string_view message);
  static std::string_view take(std::string_view& message, char name, char const* what);
  static void check_extensions(std::string_view rest);
  [[noreturn]] static void refuse_server_error(std::string_view value);
  static std::uint32_t read_iterations(std::string_view text);

  channel_binding binding_;
  secret password_;
  scram_key_cache* cache_;
  std::optional<scram_keys> keys_;
  std::optional<pbkdf2> derivation_;
  scram_key_cache::identity identity_{};
  std::string client_nonce_;
  std::string nonce_;        // ours and the server's
  std::string auth_message_; // grows: client-first-bare "," server-first "," client-final-without-proof
  sha256_digest server_signature_{};
  state state_ = state::created;
};

// ---- implementation -------------------------------------------------------------------------------------------------

inline void scram_client::begin(std::string_view nonce, std::string_view user) {
  if (nonce.empty() || !is_printable(nonce) || nonce.find(',') != std::string_view::npos)
    refused("the client's nonce must be printable ASCII without a comma");
  client_nonce_ = nonce;
  auth_message_ = "n=";
  for (char c : user) { // saslname
    if (c == ',' || c == '=')
      auth_message_.append(c == ',' ? "=2C" : "=3D");
    else
      auth_message_ += c;
  }
  auth_message_.append(",r=").append(nonce);
}

inline void scram_client::enter(state before, char const* step) {
  auto const was = std::exchange(state_, state::failed);
  if (was != before) refused(std::string(step).append(was == state::failed ? " after a failure" : " out of order"));
}

inline void scram_client::check_message(std::string_view message) {
  if (message.empty()) malformed("it is empty");
  if (message.size() > max_message)
    malformed("it has " + std::to_string(message.size()) + " bytes, at most " + std::to_string(max_message) +
              " are taken");
  if (message.find('\0') != std::string_view::npos) malformed("it contains a NUL");
}

/// Takes `name "=" value` and the comma after it off the front.
inline std::string_view scram_client::take(std::string_view& message, char name, char const* what) {
  if (message.size() < 2 || message[0] != name || message[1] != '=')
    malformed(std::string(what).append(" must come where it has \"").append(printable(message, 40)).append("\""));
  auto const end = message.find(',');
  auto const value = message.substr(2, end == std::string_view::npos ? end : end - 2);
  message.remove_prefix(end == std::string_view::npos ? message.size() : end);
  return value;
}

/// `rest` is what follows the attributes that are known, with the comma before it. Extensions are for others, except
/// "m=", which says that whoever does not understand it must fail.
inline void scram_client::check_extensions(std::string_view rest) {
  while (!rest.empty()) {
    rest.remove_prefix(1);
    auto const letter = rest.empty() ? '\0' : static_cast<char>(rest[0] | 0x20);
    if (rest.size() < 3 || letter < 'a' || letter > 'z' || rest[1] != '=' || rest[2] == ',')
      malformed("an extension must be a letter, \"=\" and a value, not \"" + printable(rest, 40) + "\"");
    if (rest[0] == 'm') refused("the server demands an extension (m=) that this driver does not have");
    auto const end = rest.find(',');
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
  }
}

inline void scram_client::refuse_server_error(std::string_view value) {
  refused("the server reports " + printable(value, 100));
}

inline std::uint32_t scram_client::read_iterations(std::string_view text) {
  bool digits = !text.empty() && text[0] != '0';
  std::uint64_t n = 0;
  for (char c : text) {
    digits = digits && c >= '0' && c <= '9';
    if (digits && n <= max_iterations) n = n * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (!digits) malformed("the iteration count must be a number of at least 1, not \"" + printable(text, 40) + "\"");
  if (n > max_iterations)
    refused("the server asks for " + printable(text, 40) + " iterations, at most " + std::to_string(max_iterations) +
            " are done");
  return static_cast<std::uint32_t>(n);
}

inline std::string scram_client::client_first() {
  enter(state::created, "client-first-message");
  auto message = std::string(binding_.header()).append(auth_message_);
  state_ = state::first_sent;
  return message;
}

inline void scram_client::server_first(std::string_view message) {
  enter(state::first_sent, "server-first-message");
  check_message(message);
  auto rest = message;
  if (rest.starts_with("m=")) check_extensions(std::string(",").append(rest));
  if (rest.starts_with("e=")) refuse_server_error(take(rest, 'e', "an error"));
  auto const nonce = take(rest, 'r', "the nonce (r=)");
  if (!is_printable(nonce)) malformed("the nonce must be printable ASCII");
  if (!nonce.starts_with(client_nonce_)) refused("the server's nonce does not continue this client's");
  if (nonce.size() == client_nonce_.size()) refused("the server adds nothing to this client's nonce");
  if (!rest.empty()) rest.remove_prefix(1);
  wiping_vector<std::byte> salt;
  if (!base64_decode(take(rest, 's', "the salt (s=)"), salt)) malformed("the salt must be Base64");
  if (!rest.empty()) rest.remove_prefix(1);
  auto const iterations = read_iterations(take(rest, 'i', "the iteration count (i=)"));
  check_extensions(rest);

  nonce_ = nonce;
  auth_message_.append(",").append(message);
  if (!keys_ && cache_ != nullptr) {
    identity_ = cache_->identify(password_.view(), salt, iterations);
    if (scram_keys found; cache_->find(identity_, found)) keys_ = found;
  }
  if (!keys_) derivation_.emplace(password_.bytes(), salt, iterations);
  password_.clear();
  state_ = keys_ ? state::ready : state::deriving;
}

inline bool scram_client::derive(std::uint32_t iterations) {
  if (state_ == state::ready) return true;
  enter(state::deriving, "the derivation of the keys");
  if (derivation_->step(iterations)) {
    keys_.emplace(derivation_->result());
    derivation_.reset();
    if (cache_ != nullptr) cache_->insert(identity_, *keys_);
  }
  state_ = keys_ ? state::ready : state::deriving;
  return state_ == state::ready;
}

inline std::string scram_client::client_final() {
  enter(state::ready, "client-final-message");
  auto message = "c=" + base64_encode(wire::as_bytes(binding_.input())) + ",r=" + nonce_;
  auth_message_.append(",").append(message);
  auto const signed_bytes = wire::as_bytes(auth_message_);
  auto stored_key = sha256::of(keys_->client_key);
  wipe_at_exit const clean(stored_key);
  auto proof = hmac::of(stored_key, signed_bytes);
  for (std::size_t i = 0; i != proof.size(); ++i) proof[i] ^= keys_->client_key[i];
  server_signature_ = hmac::of(keys_->server_key, signed_bytes);
  keys_.reset();
  message.append(",p=").append(base64_encode(proof));
  state_ = state::final_sent;
  return message;
}

inline void scram_client::server_final(std::string_view message) {
  enter(state::final_sent, "server-final-message");
  check_message(message);
  auto rest = message;
  if (rest.starts_with("m=")) check_extensions(std::string(",").append(rest));
  if (rest.starts_with("e=")) refuse_server_error(take(rest, 'e', "an error"));
  wiping_vector<std::byte> signature;
  if (!base64_decode(take(rest, 'v', "the signature (v=)"), signature) || signature.size() != server_signature_.size())
    malformed("the signature must be Base64 of 32 bytes");
  check_extensions(rest);
  if (!equal_in_constant_time(signature, server_signature_))
    refused("the server's signature is wrong: it does not know this user's password");
  state_ = state::verified;
}

} // namespace tusk::auth
