// tusk: options.hpp — where to connect, as whom, and how.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One class for what a URL, a keyword string, the environment or a program says. It keeps what was given, by libpq's
// keywords; what it amounts to together with the environment and the defaults is found when a connection is made
// (`conninfo/settings.hpp`). No error and no text made here shows a password. Knows no socket.
#pragma once

#include <tusk/conninfo/assignments.hpp>
#include <tusk/conninfo/environment.hpp>
#include <tusk/conninfo/keyword_string.hpp>
#include <tusk/conninfo/keywords.hpp>
#include <tusk/conninfo/to_url.hpp>
#include <tusk/conninfo/url.hpp>
#include <tusk/conninfo/values.hpp>
#include <tusk/error.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tusk {

/// Connection options: keywords of libpq (PostgreSQL documentation, "Parameter Key Words") and the driver's own
/// `max_message_size` (bytes) and `cancel_timeout` (milliseconds), each with the value it was given. What is not given
/// comes from the environment (PGHOST, PGUSER, ...) when a connection is made, else from the defaults.
class options {
 public:
  /// Nothing given: the start of a chain of setters.
  options() = default;
  /// A URL (postgres://, postgresql://, pg://) or a keyword string ("host=db user=app"), in exactly libpq's grammars;
  /// implicit, so that whatever takes options takes a string. Throws errc::invalid_connection_string where the grammar
  /// is broken, errc::invalid_option for an unknown keyword. Values are checked when a connection is made.
  options(std::string_view text) { read(text); }
  options(std::string const& text) { read(text); }
  options(char const* text) {
    if (!text) throw error(errc::invalid_connection_string, "the connection string is a null pointer");
    read(text);
  }

  /// DATABASE_URL if it is set and not empty, else every PG* variable that libpq knows. Throws as the constructor and
  /// set() do, naming the variable.
  static options from_environment() { return from_environment(conninfo::environment()); }
  /// The same with another source of variables.
  static options from_environment(conninfo::environment const& env);

  /// Gives `keyword` a value; an empty one mostly means "not set, whatever the environment says". Throws
  /// errc::invalid_option on an unknown keyword, on a value that it cannot have, and on what is not supported yet; the
  /// options are then as before.
  options& set(std::string_view keyword, std::string_view value) & {
    auto const* const k = conninfo::find_keyword(keyword);
    if (!k) throw error(errc::invalid_option, conninfo::unknown_keyword(keyword));
    conninfo::value_check(*k, value).run();
    given_.put(*k, std::string(value));
    return *this;
  }
  options set(std::string_view keyword, std::string_view value) && { return std::move(set(keyword, value)); }

  /// The value that `keyword` was given, passwords included; nullopt when it was given none.
  std::optional<std::string> get(std::string_view keyword) const {
    auto const* const k = conninfo::find_keyword(keyword);
    auto const* const value = k ? given_.find(*k) : nullptr;
    return value ? std::optional(*value) : std::nullopt;
  }

  // A setter for each keyword, same name, same meaning and errors as set(). On a temporary they return by value, so
  // that the end of a chain can be kept.
#define TUSK_SETTER(name, type, text)                                                                                  \
  options& name(type value)& { return set(#name, text); }                                                              \
  options name(type value)&& { return std::move(set(#name, text)); }
#define TUSK_TEXT(name) TUSK_SETTER(name, std::string_view, value)
#define TUSK_NUMBER(name) TUSK_TEXT(name) TUSK_SETTER(name, long long, std::to_string(value))
  TUSK_TEXT(host)     ///< a name, a socket directory or a comma list
  TUSK_TEXT(hostaddr) ///< numeric: saves the look-up of `host`
  TUSK_NUMBER(port)   ///< or as text a list, one for each host
  TUSK_TEXT(dbname)
  TUSK_TEXT(user)
  TUSK_TEXT(password)
  TUSK_TEXT(passfile)
  TUSK_TEXT(require_auth)
  TUSK_TEXT(channel_binding)
  TUSK_NUMBER(connect_timeout) ///< seconds for each address; 0: none
  TUSK_TEXT(client_encoding)
  TUSK_TEXT(application_name)
  TUSK_TEXT(fallback_application_name)
  TUSK_NUMBER(keepalives) ///< 0: off
  TUSK_NUMBER(keepalives_idle)
  TUSK_NUMBER(keepalives_interval)
  TUSK_NUMBER(keepalives_count)
  TUSK_NUMBER(tcp_user_timeout) ///< milliseconds
  TUSK_TEXT(gssencmode)
  TUSK_TEXT(sslmode)
  TUSK_TEXT(sslnegotiation)
  TUSK_TEXT(sslrootcert) ///< a PEM file, or "system"
  TUSK_TEXT(sslcert)
  TUSK_TEXT(sslkey)
  TUSK_TEXT(sslpassword) ///< of the key
  TUSK_TEXT(sslcertmode)
  TUSK_TEXT(sslcrl)
  TUSK_TEXT(sslcrldir)
  TUSK_TEXT(ssl_min_protocol_version) ///< TLSv1.2 or TLSv1.3
  TUSK_TEXT(ssl_max_protocol_version)
  TUSK_TEXT(sslkeylogfile)
  TUSK_NUMBER(sslsni) ///< 0 or 1
  TUSK_TEXT(min_protocol_version)
  TUSK_TEXT(max_protocol_version)
  TUSK_TEXT(target_session_attrs)
  TUSK_TEXT(load_balance_hosts)
  TUSK_NUMBER(max_message_size) ///< bytes
  TUSK_NUMBER(cancel_timeout)   ///< milliseconds
#undef TUSK_NUMBER
#undef TUSK_TEXT
#undef TUSK_SETTER
  /// The keyword `options`: command-line options for the server, such as "-c geqo=off".
  options& server_options(std::string_view value) & { return set("options", value); }
  options server_options(std::string_view value) && { return std::move(set("options", value)); }

  /// The same keywords given with the same values. Not "the same server": a default that is spelled out differs.
  friend bool operator==(options const&, options const&) = default;
  /// A URL with every secret as ***. It reads back as these options with *** for the secrets.
  friend std::string to_string(options const& o) {
    return conninfo::url_writer(o.given_, conninfo::secrets::masked).write();
  }

  /// What was given, for the machinery.
  operator conninfo::assignments const&() const noexcept { return given_; }

 private:
  void read(std::string_view text);

  conninfo::assignments given_;
};

// ---- implementation -------------------------------------------------------------------------------------------------

inline void options::read(std::string_view text) {
  if (text.find('\0') != text.npos)
    throw error(errc::invalid_connection_string, "the connection string has a NUL byte in it");
  if (conninfo::url_prefix(text) != 0) {
    conninfo::url(text).read(given_);
    return;
  }
  // "name://" can be no keyword: say what is wrong with the scheme, not that a "=" is missing.
  auto const scheme = text.substr(0, text.find("://"));
  bool foreign = scheme.size() < text.size() && scheme.size() <= 20;
  for (char c : scheme) foreign = foreign && c != '=' && c != '\'' && !conninfo::is_blank(c);
  if (foreign)
    throw error(errc::invalid_connection_string,
                "a connection URL begins with postgres://, postgresql:// or pg://, in lower case; \"" +
                    printable(scheme) + "://\" is none of these");
  conninfo::keyword_string(text).read(given_);
}

inline options options::from_environment(conninfo::environment const& env) {
  if (auto const url = env("DATABASE_URL"); url && !url->empty()) try {
      return options(*url);
    } catch (error const& e) {
      throw e.in("DATABASE_URL");
    }
  options found;
  for (auto const& k : conninfo::keywords) {
    if (!k.variable) continue;
    auto value = env(k.variable);
    if (!value) continue;
    conninfo::value_check(k, *value, k.variable).run();
    found.given_.put(k, *std::move(value));
  }
  if (!found.get("sslmode"))
    if (auto const old = env("PGREQUIRESSL"); old && old->starts_with('1')) found.set("sslmode", "require");
  return found;
}

} // namespace tusk
