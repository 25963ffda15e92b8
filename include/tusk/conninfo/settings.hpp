// tusk: conninfo/settings.hpp — options as the driver needs them: complete, typed, checked.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Joins what was given with the service file, the environment, the password file and the defaults, in libpq's order of
// precedence, and checks it all before a socket is opened. Looks at files, but at no network. Every error names the
// keyword, and the variable or the line of a file that the value came from.
#pragma once

#include <tusk/conninfo/assignments.hpp>
#include <tusk/conninfo/auth_methods.hpp>
#include <tusk/conninfo/environment.hpp>
#include <tusk/conninfo/oauth.hpp>
#include <tusk/conninfo/passfile.hpp>
#include <tusk/conninfo/prisma.hpp>
#include <tusk/conninfo/secret.hpp>
#include <tusk/conninfo/sources.hpp>
#include <tusk/conninfo/tls.hpp>
#include <tusk/conninfo/values.hpp>
#include <tusk/error.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::conninfo {

enum class channel_binding { disable, prefer, require };
enum class target_session_attrs { any, read_write, read_only, primary, standby, prefer_standby };

/// The protocol's versions, as they stand in a StartupMessage.
enum class protocol_version : std::uint32_t { v3_0 = 0x00030000, v3_2 = 0x00030002 };

/// One of the hosts that are tried in turn.
struct endpoint {
  std::string host;     ///< a name, an address, a socket directory (/...) or an abstract socket (@...); may be empty
                        ///< only where `hostaddr` is not
  std::string hostaddr; ///< numeric: connect there, `host` is for TLS and messages
  std::uint16_t port = 5432;
  secret password; ///< empty: none
  bool password_from_file = false;
  std::string unusable; ///< why it cannot be tried, one of several hosts; empty: it can

  bool is_unix() const noexcept { return hostaddr.empty() && (host.starts_with('/') || host.starts_with('@')); }
  /// Of a Unix socket. A leading @ stands for the NUL byte that begins an abstract name.
  std::string socket_path() const { return host + "/.s.PGSQL." + std::to_string(port); }
};

/// TCP keepalive. 0 is the system's default.
struct keepalive {
  bool on = true;
  std::chrono::seconds idle{0};
  std::chrono::seconds interval{0};
  int count = 0;
};

/// What the string says for a pool of such connections. A connection alone makes no use of it.
struct pool_limits {
  std::optional<std::size_t> connections;
  std::optional<std::chrono::seconds> wait;     ///< for a connection; 0: no limit
  std::optional<std::chrono::seconds> lifetime; ///< of a connection; 0: no limit
  std::optional<std::chrono::seconds> idle;     ///< how long a connection is kept unused; 0: no limit
};

struct settings {
  std::vector<endpoint> hosts; ///< at least one, in the order in which they are tried
  std::string user;            ///< never empty
  std::string dbname;          ///< never empty
  std::string options;         ///< for the server's command line; empty: none
  std::string application_name;
  conninfo::sslmode sslmode = sslmode::prefer; ///< not for Unix sockets
  conninfo::tls tls;                           ///< neither
  conninfo::channel_binding channel_binding = channel_binding::prefer;
  auth_methods require_auth;
  secret scram_client_key; ///< base64, as `scram_server_key`: both instead of a password, or neither
  secret scram_server_key;
  oauth_request oauth;                             ///< for a server that wants a token
  std::shared_ptr<token_source const> oauth_token; ///< null: there is none
  std::string requirepeer; ///< of a Unix socket: the user that the server has to run as; empty: any
  conninfo::target_session_attrs target_session_attrs = target_session_attrs::any;
  bool load_balance = false; ///< hosts, and the addresses of each, are tried in a random order
  protocol_version min_protocol = protocol_version::v3_0;
  protocol_version max_protocol = protocol_version::v3_0; ///< what is asked for
  std::string replication;                                ///< of the startup message; empty: an ordinary session
  bool upgrade_to_unix_socket = false;
  std::chrono::milliseconds connect_timeout{0}; ///< for each address; 0: none
  conninfo::keepalive keepalive;
  std::chrono::milliseconds tcp_user_timeout{0}; ///< 0: the system's default
  std::size_t max_message_size = 0;
  std::size_t statement_cache_size = 0; ///< how many statements are kept prepared
  std::chrono::milliseconds cancel_timeout{0};
  std::chrono::milliseconds operation_timeout{0}; ///< of each operation, until another is set; 0: none
  pool_limits pool;
  /// More parameters for the startup message: datestyle, timezone and geqo, from PGDATESTYLE, PGTZ and PGGEQO.
  std::vector<std::pair<std::string, std::string>> startup_parameters;
  /// Why a password file was not used; empty if there is nothing to tell. For the error of a login without a password.
  std::string passfile_ignored;
};

/// What `given` amounts to: string > service file > environment > default. `tusk::options` converts to it. Throws
/// errc::invalid_option.
settings resolve(assignments const& given, environment const& env = environment());

// ---- implementation -------------------------------------------------------------------------------------------------

/// The steps of resolve().
class resolver {
 public:
  resolver(assignments const& given, environment const& env) : env_(env), values_(given, env) {}

  settings run() {
    apply_sslaccept(values_);
    check();
    hosts();
    keepalive();
    tls();
    identity();
    session();
    oauth();
    rest();
    startup_parameters();
    passwords();
    return std::move(out_);
  }

 private:
  /// The value in force; empty if it is not set.
  std::string_view text(keyword const& k) const noexcept {
    auto const* const value = values_.find(k);
    return value ? std::string_view(*value) : k.standard;
  }
  /// Of a choice that check() has passed.
  template <class E> E chosen(keyword const& k) const noexcept { return enumerator<E>(k, text(k)); }
  /// Of a number that check() has passed.
  int number(keyword const& k) const noexcept { return parse_integer(text(k)).value_or(0); }
  /// A negative number of anything is 0.
  int amount(keyword const& k) const noexcept { return number(k) < 0 ? 0 : number(k); }

  void startup_parameters() {
    struct {
      char const* variable;
      char const* parameter;
    } const settable[] = {{"PGDATESTYLE", "datestyle"}, {"PGTZ", "timezone"}, {"PGGEQO", "geqo"}};
    for (auto const& s : settable)
      if (auto value = env_(s.variable); value && !is_default(*value))
        out_.startup_parameters.emplace_back(s.parameter, *std::move(value));
  }
  static bool is_default(std::string_view value) noexcept {
    constexpr std::string_view word = "default";
    if (value.size() != word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
      if ((value[i] | 0x20) != word[i]) return false;
    return true;
  }

  void check() const {
    for (auto const& a : values_.values())
      if (!of_tcp(a.key())) value_check(a.key(), a.value, values_.origin(a.key())).run();
  }
  static bool of_tcp(keyword const& k) noexcept {
    return k.name.starts_with("keepalives") || k.name == "tcp_user_timeout";
  }

  void hosts() {
    std::vector<std::string_view> names, addresses, ports;
    auto const split = [](std::string_view list, std::vector<std::string_view>& into) {
      if (!list.empty()) for_each_item(list, ',', [&](std::string_view item) { into.push_back(item); });
    };
    split(text("host"_keyword), names);
    split(text("hostaddr"_keyword), addresses);
    split(text("port"_keyword), ports);
    if (!names.empty() && !addresses.empty() && names.size() != addresses.size())
      fail("host lists " + std::to_string(names.size()) + " and hostaddr " + std::to_string(addresses.size()) +
           "; give both the same number, or one of them");
    auto const count = addresses.empty() ? names.empty() ? 1 : names.size() : addresses.size();
    if (ports.size() > 1 && ports.size() != count)
      fail("port lists " + std::to_string(ports.size()) + " ports for " + std::to_string(count) +
           (count == 1 ? " host" : " hosts") + "; give one port, or one for each host");
    for (std::size_t i = 0; i < count; ++i) {
      endpoint e;
      if (!names.empty()) e.host = names[i];
      if (!addresses.empty()) e.hostaddr = addresses[i];
      if (e.host.empty() && e.hostaddr.empty()) e.host = default_socket_directory();
      auto const port = ports.empty() ? std::string_view() : ports[ports.size() == 1 ? 0 : i];
      port_text_.emplace_back(port.empty() ? "port"_keyword.standard : port);
      e.port = static_cast<std::uint16_t>(parse_integer(port_text_.back()).value_or(0));
      check(e);
      // As in libpq it is passed over when its turn comes; the only one is refused at once.
      e.unusable = whats_wrong(e, port);
      if (count == 1 && !e.unusable.empty()) fail(e.unusable);
      out_.hosts.push_back(std::move(e));
    }
  }
  /// What makes it impossible to try a host; empty: nothing does.
  std::string whats_wrong(endpoint const& e, std::string_view port) const {
    constexpr std::size_t longest_path = 107; // sun_path with its NUL is 108 bytes on Linux
    if (e.is_unix() && e.socket_path().size() > longest_path)
      return "host \"" + printable(e.host) + "\": the path of its socket is longer than " +
             std::to_string(longest_path) + " bytes";
    try {
      value_check("port"_keyword, port, values_.origin("port"_keyword)).run();
      value_check("hostaddr"_keyword, e.hostaddr, values_.origin("hostaddr"_keyword)).run();
    } catch (error const& wrong) {
      return wrong.what();
    }
    return {};
  }
  void check(keyword const& k) const { value_check(k, text(k), values_.origin(k)).run(); }
  static void check(endpoint const& e) {
    // No name has an "@": most likely a raw one stands in a URL's password, so what follows it is not shown.
    if (!e.is_unix() && e.host.find('@') != e.host.npos)
      fail("host: a host name has no \"@\" in it (in a URL, \"@\" of a password is written %40)");
  }
  [[noreturn]] static void fail(std::string what) { throw error(errc::invalid_option, std::move(what)); }

  void keepalive() {
    auto& to = out_.keepalive;
    bool tcp = false;
    for (auto const& e : out_.hosts) tcp = tcp || !e.is_unix();
    // As in libpq, what will not be used is not looked at.
    if (!tcp) return;
    check("keepalives"_keyword);
    to.on = number("keepalives"_keyword) != 0;
    if (!to.on) return;
    check("tcp_user_timeout"_keyword);
    to.idle = std::chrono::seconds(keepalive("keepalives_idle"_keyword, 32767));
    to.interval = std::chrono::seconds(keepalive("keepalives_interval"_keyword, 32767));
    to.count = keepalive("keepalives_count"_keyword, 127);
    out_.tcp_user_timeout = std::chrono::milliseconds(amount("tcp_user_timeout"_keyword));
  }
  /// `limit` is Linux's: the socket would refuse more.
  int keepalive(keyword const& k, int limit) const {
    check(k);
    if (amount(k) > limit)
      fail(std::string(k.name) + " \"" + std::string(text(k)) + "\" is more than " + std::to_string(limit));
    return amount(k);
  }

  void tls() {
    out_.channel_binding = chosen<conninfo::channel_binding>("channel_binding"_keyword);
    auto const home = home_directory(env_);
    tls_resolver const ssl(values_.values(), home);
    out_.sslmode = ssl.mode();
    out_.tls = ssl.run();
  }

  void identity() {
    out_.user = text("user"_keyword);
    if (out_.user.empty()) out_.user = os_user();
    if (out_.user.empty()) fail("user is not given, and the operating system has no name for this one");
    out_.dbname = text("dbname"_keyword);
    if (out_.dbname.empty()) out_.dbname = out_.user;
  }

  void session() {
    out_.target_session_attrs = chosen<conninfo::target_session_attrs>("target_session_attrs"_keyword);
    out_.load_balance = text("load_balance_hosts"_keyword) == "random";
    out_.requirepeer = text("requirepeer"_keyword);
    out_.replication = text("replication"_keyword);
    out_.upgrade_to_unix_socket = text("upgrade_to_unix_socket"_keyword) == "true";
    auto const version = [](std::string_view v) {
      return v == "3.0" ? protocol_version::v3_0 : protocol_version::v3_2;
    };
    out_.min_protocol = version(text("min_protocol_version"_keyword));
    auto const most = text("max_protocol_version"_keyword);
    out_.max_protocol = most.empty() ? out_.min_protocol : version(most);
    if (out_.min_protocol > out_.max_protocol)
      fail("min_protocol_version \"" + std::string(text("min_protocol_version"_keyword)) +
           "\" is more than max_protocol_version \"" + std::string(most) + "\"");
    out_.scram_client_key = secret(std::string(text("scram_client_key"_keyword)));
    out_.scram_server_key = secret(std::string(text("scram_server_key"_keyword)));
  }

  void oauth() {
    out_.oauth.issuer = text("oauth_issuer"_keyword);
    out_.oauth.client_id = text("oauth_client_id"_keyword);
    out_.oauth.client_secret = text("oauth_client_secret"_keyword);
    out_.oauth.scope = text("oauth_scope"_keyword);
    out_.oauth.user = out_.user;
  }

  void rest() {
    out_.options = text("options"_keyword);
    if (auto const schema = text("schema"_keyword); !schema.empty()) add_search_path(schema, out_.options);
    // An empty application_name is one too: it keeps the fallback away.
    out_.application_name = text(values_.find("application_name"_keyword) ? "application_name"_keyword
                                                                          : "fallback_application_name"_keyword);
    out_.require_auth.read(text("require_auth"_keyword));
    out_.connect_timeout = std::chrono::seconds(amount("connect_timeout"_keyword));
    out_.statement_cache_size = static_cast<std::size_t>(amount("statement_cache_size"_keyword));
    out_.max_message_size = static_cast<std::size_t>(number("max_message_size"_keyword));
    out_.cancel_timeout = std::chrono::milliseconds(number("cancel_timeout"_keyword));
    out_.operation_timeout = std::chrono::seconds(number("socket_timeout"_keyword));
    if (text("pgbouncer"_keyword) == "true") out_.statement_cache_size = 0;
    if (values_.find("connection_limit"_keyword)) {
      out_.pool.connections = static_cast<std::size_t>(number("connection_limit"_keyword));
      if (out_.pool.connections == 0U) fail("connection_limit \"0\" leaves a pool without connections");
    }
    out_.pool.wait = seconds("pool_timeout"_keyword);
    out_.pool.lifetime = seconds("max_connection_lifetime"_keyword);
    out_.pool.idle = seconds("max_idle_connection_lifetime"_keyword);
  }
  std::optional<std::chrono::seconds> seconds(keyword const& k) const {
    return values_.find(k) ? std::optional(std::chrono::seconds(number(k))) : std::nullopt;
  }

  void passwords() {
    if (auto const given = text("password"_keyword); !given.empty()) {
      for (auto& e : out_.hosts) e.password = secret(std::string(given));
      return;
    }
    std::string path(text("passfile"_keyword));
    if (path.empty()) {
      auto const home = home_directory(env_);
      if (home.empty()) return;
      path = home + "/.pgpass";
    }
    auto const file = passfile::read(path);
    out_.passfile_ignored = file.ignored();
    auto const local = default_socket_directory();
    for (std::size_t i = 0; i < out_.hosts.size(); ++i) {
      auto& e = out_.hosts[i];
      std::string_view host = e.host.empty() ? e.hostaddr : e.host;
      if (host == local) host = "localhost";
      auto found = file.find(host, port_text_[i], out_.dbname, out_.user);
      if (!found || found->empty()) continue;
      e.password = *std::move(found);
      e.password_from_file = true;
    }
  }

  environment const& env_;
  sources values_;
  std::vector<std::string> port_text_; ///< as given: the password file compares text
  settings out_;
};

inline settings resolve(assignments const& given, environment const& env) { return resolver(given, env).run(); }

} // namespace tusk::conninfo
