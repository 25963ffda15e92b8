// tusk: options.hpp — where to connect, as whom, and how.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One class for what a URL, a keyword string, the environment or a program says. It keeps what was given, by libpq's
// keywords; what it amounts to together with the environment and the defaults is found when a connection is made
// (`conninfo/settings.hpp`). No error and no text made here shows a password. Knows no socket.
#pragma once

#include <tusk/conninfo/assignments.hpp>
#include <tusk/conninfo/env_file.hpp>
#include <tusk/conninfo/environment.hpp>
#include <tusk/conninfo/keyword_string.hpp>
#include <tusk/conninfo/keywords.hpp>
#include <tusk/conninfo/oauth.hpp>
#include <tusk/conninfo/providers.hpp>
#include <tusk/conninfo/secret.hpp>
#include <tusk/conninfo/to_url.hpp>
#include <tusk/conninfo/url.hpp>
#include <tusk/conninfo/values.hpp>
#include <tusk/error.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tusk {

/// Connection options: keywords of libpq (PostgreSQL documentation, "Parameter Key Words") and the driver's own
/// (`max_message_size`, `cancel_timeout`, `statement_cache_size` and some that Prisma's URLs have, see
/// `conninfo/keywords.hpp`), each with the value it was given. What is not given comes from the service file, else the
/// environment (PGHOST, PGUSER, ...), when a connection is made, else from the defaults.
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

  /// DATABASE_URL if it is set and not empty, else every PG* variable that libpq knows; a service that PGSERVICE names
  /// has precedence over the others. Throws as the constructor and set() do, naming the variable.
  static options from_environment() { return from_environment(conninfo::environment()); }
  /// The same with another source of variables.
  static options from_environment(conninfo::environment const& env);
  /// The same with the variables of a .env file, and of nothing else; what it does not say comes from the environment
  /// when a connection is made. Such a file is never read unless it is asked for. Names may follow `export`, values may
  /// stand between quotes, nothing is expanded. Throws errc::invalid_option when the file cannot be read or has neither
  /// DATABASE_URL nor a PG* variable, errc::invalid_connection_string, with the line, where its grammar is broken.
  static options from_env_file(std::string const& path);

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
  TUSK_TEXT(service)
  TUSK_TEXT(servicefile)
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
  TUSK_TEXT(requirepeer) ///< the user that has to run the server behind a Unix socket
  TUSK_TEXT(replication)
  TUSK_TEXT(scram_client_key) ///< Base64; with scram_server_key instead of a password
  TUSK_TEXT(scram_server_key)
  TUSK_TEXT(oauth_issuer)
  TUSK_TEXT(oauth_client_id)
  TUSK_TEXT(oauth_client_secret)
  TUSK_TEXT(oauth_scope)
  TUSK_TEXT(upgrade_to_unix_socket) ///< true or false
  TUSK_NUMBER(max_message_size)     ///< bytes
  TUSK_NUMBER(cancel_timeout)       ///< milliseconds
  TUSK_NUMBER(statement_cache_size) ///< statements; 0: none is kept on the server
  TUSK_NUMBER(socket_timeout)       ///< seconds for each operation, as connection::timeout(); 0: none
  TUSK_TEXT(schema)                 ///< the one that names are looked up in
#undef TUSK_NUMBER
#undef TUSK_TEXT
#undef TUSK_SETTER
  /// The keyword `options`: command-line options for the server, such as "-c geqo=off".
  options& server_options(std::string_view value) & { return set("options", value); }
  options server_options(std::string_view value) && { return std::move(set("options", value)); }

  /// Where the bearer token for a server that wants OAuth comes from: `f(oauth_request const&)` returns it, on the
  /// thread that connects, each time that a server asks. It is sent only through TLS or a Unix socket.
  template <class F>
    requires requires(F const& f, conninfo::oauth_request const& r) { std::string(f(r)); }
  options& oauth_token(F f) & {
    token_ = conninfo::token_from(std::move(f));
    return *this;
  }
  /// The token itself.
  options& oauth_token(std::string token) & {
    return oauth_token(
        [token = conninfo::secret(std::move(token))](conninfo::oauth_request const&) { return token.str(); });
  }
  template <class T> options oauth_token(T from) && { return std::move(oauth_token(std::move(from))); }
  /// For the machinery; may be null.
  std::shared_ptr<conninfo::token_source const> const& token_source() const noexcept { return token_; }

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
  std::shared_ptr<conninfo::token_source const> token_;
};

using conninfo::oauth_request;

// ---- implementation -------------------------------------------------------------------------------------------------

inline void options::read(std::string_view text) {
  if (text.find('\0') != text.npos)
    throw error(errc::invalid_connection_string, "the connection string has a NUL byte in it");
  if (conninfo::url_prefix(text) != 0) {
    conninfo::url(text).read(given_);
    return;
  }
  if (auto const words = conninfo::what_to_copy(text); !words.empty())
    throw error(errc::invalid_connection_string,
                "this is not a connection string of PostgreSQL: " + std::string(words));
  if (conninfo::is_blank(text.empty() ? 'x' : text.front()) && text.find("://") < text.find('='))
    throw error(errc::invalid_connection_string, "the connection string begins with a blank, which a URL must not");
  // "name://" can be no keyword: say what is wrong with the scheme, not that a "=" is missing.
  auto const scheme = text.substr(0, text.find("://"));
  bool foreign = scheme.size() < text.size() && scheme.size() <= 20;
  for (char c : scheme) foreign = foreign && c != '=' && c != '\'' && !conninfo::is_blank(c);
  if (foreign)
    throw error(errc::invalid_connection_string,
                "a connection URL begins with postgres://, postgresql:// or pg://, in lower case; " +
                    (conninfo::resembles_password(scheme) ? "this scheme" : "\"" + std::string(scheme) + "://\"") +
                    " is none of these");
  conninfo::keyword_string(text).read(given_);
}

inline options options::from_environment(conninfo::environment const& env) {
  if (auto const url = env("DATABASE_URL"); url && !url->empty()) try {
      return options(*url);
    } catch (error const& e) {
      throw e.in("DATABASE_URL");
    }
  options found;
  bool const service = env("PGSERVICE").has_value();
  for (auto const& k : conninfo::keywords) {
    if (!k.variable) continue;
    auto value = env(k.variable);
    if (!value) continue;
    if (!service) conninfo::value_check(k, *value, k.variable).run(); // the service may hide it
    found.given_.put(k, *std::move(value), true);
  }
  auto const& mode = *conninfo::find_keyword("sslmode");
  if (auto const old = env("PGREQUIRESSL"); old && old->starts_with('1') && !found.given_.find(mode))
    found.given_.put(mode, "require", true);
  return found;
}

inline options options::from_env_file(std::string const& path) {
  conninfo::env_file const variables(path);
  // These are no keywords: they are read when a connection is made, and then from the environment alone.
  for (auto const* name : {"PGDATESTYLE", "PGTZ", "PGGEQO", "PGSYSCONFDIR"})
    if (variables(name))
      throw error(errc::invalid_option, std::string(name) + " counts only in the environment, not in a .env file; a "
                                                            "setting of the server can be given as PGOPTIONS=\"-c "
                                                            "NAME=VALUE\"")
          .in("file " + printable(path));
  options found;
  try {
    found = from_environment(conninfo::environment(variables));
  } catch (error const& e) {
    throw e.in("file " + printable(path));
  }
  if (auto const* const url = variables("DATABASE_URL"); found == options() && (!url || *url == '\0'))
    throw error(errc::invalid_option, "file " + printable(path) +
                                          " has neither DATABASE_URL nor a variable of libpq such "
                                          "as PGHOST");
  // The file was asked for, PGSERVICE of the process was not: only a service that the file names goes before it.
  if (!variables("PGSERVICE"))
    for (auto const& k : conninfo::keywords)
      if (auto const value = found.get(k.name)) found.given_.put(k, std::string(*value));
  return found;
}

} // namespace tusk
