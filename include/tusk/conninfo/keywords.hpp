// tusk: conninfo/keywords.hpp — every connection keyword, in one table.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The names are libpq's (PostgreSQL 18, "Parameter Key Words", and the two that 19 adds), spelled exactly and case
// sensitive, then the driver's own. The table says of each where its value may come from, what it can be, whether it is
// a secret and how far the driver supports it: support is added by changing a row. Knows no grammar and no value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tusk::conninfo {

/// What a keyword's value can be; `values.hpp` checks it. Unless said otherwise an empty value means "not set".
enum class kind : std::uint8_t {
  text,        ///< anything
  ports,       ///< comma list of 1..65535; an empty item is the default
  addresses,   ///< comma list of numeric addresses; an empty item is "look up the host"
  integer,     ///< 32 bits, never empty
  natural,     ///< 0..2147483647, never empty
  bytes,       ///< 8192..2147483647, never empty
  choice,      ///< one of `words`, never empty
  methods,     ///< the list of require_auth
  key,         ///< base64 of 32 bytes, never empty
  tls_version, ///< TLSv1.2 or TLSv1.3 in any case
  encoding,    ///< a name of UTF-8, or `auto`
};

/// How far the driver goes with a keyword.
enum class status : std::uint8_t {
  supported,
  not_yet, ///< a value is refused
  inert,   ///< taken and without effect, as in a libpq that was built without GSSAPI
};

/// One row of the table.
struct keyword {
  std::string_view name;
  char const* variable;      ///< of the environment; nullptr: none
  std::string_view standard; ///< the value when none is given; empty: none
  conninfo::kind kind = kind::text;
  conninfo::status status = status::supported;
  bool secret = false;        ///< masked in every text
  std::string_view words{};   ///< kind::choice: what is taken, separated by |
  std::string_view refused{}; ///< kind::choice: what libpq has and the driver has not
};

/// All keywords. The order is that in which to_string() writes them.
inline constexpr keyword keywords[] = {
    // clang-format off
    {"host",                      "PGHOST",               ""},
    {"hostaddr",                  "PGHOSTADDR",           "", kind::addresses},
    {"port",                      "PGPORT",               "5432", kind::ports},
    {"dbname",                    "PGDATABASE",           ""},
    {"user",                      "PGUSER",               ""},
    {"password",                  "PGPASSWORD",           "", kind::text, status::supported, true},
    {"passfile",                  "PGPASSFILE",           ""},
    {"service",                   "PGSERVICE",            ""},
    {"servicefile",               "PGSERVICEFILE",        ""}, // nothing without `service`
    {"require_auth",              "PGREQUIREAUTH",        "", kind::methods},
    {"channel_binding",           "PGCHANNELBINDING",     "prefer", kind::choice, status::supported, false, "disable|prefer|require"},
    {"connect_timeout",           "PGCONNECT_TIMEOUT",    "0", kind::integer},
    {"client_encoding",           "PGCLIENTENCODING",     "", kind::encoding},
    {"options",                   "PGOPTIONS",            ""},
    {"application_name",          "PGAPPNAME",            ""},
    {"fallback_application_name", nullptr,                ""},
    {"keepalives",                nullptr,                "1", kind::integer},
    {"keepalives_idle",           nullptr,                "0", kind::integer},
    {"keepalives_interval",       nullptr,                "0", kind::integer},
    {"keepalives_count",          nullptr,                "0", kind::integer},
    {"tcp_user_timeout",          nullptr,                "0", kind::integer},
    {"replication",               nullptr,                ""},
    {"gssencmode",                "PGGSSENCMODE",         "disable", kind::choice, status::supported, false, "disable|prefer", "require"},
    {"sslmode",                   "PGSSLMODE",            "prefer", kind::choice, status::supported, false, "disable|allow|prefer|require|verify-ca|verify-full"},
    {"sslnegotiation",            "PGSSLNEGOTIATION",     "postgres", kind::choice, status::supported, false, "postgres|direct"},
    {"sslcompression",            "PGSSLCOMPRESSION",     "0", kind::text, status::inert}, // nothing compresses any more
    {"sslcert",                   "PGSSLCERT",            ""},
    {"sslkey",                    "PGSSLKEY",             ""},
    {"sslpassword",               nullptr,                "", kind::text, status::supported, true},
    {"sslcertmode",               "PGSSLCERTMODE",        "allow", kind::choice, status::supported, false, "disable|allow|require"},
    {"sslrootcert",               "PGSSLROOTCERT",        ""},
    {"sslcrl",                    "PGSSLCRL",             ""},
    {"sslcrldir",                 "PGSSLCRLDIR",          ""},
    {"sslsni",                    "PGSSLSNI",             "1"}, // anything but 1 is no
    {"sslkeylogfile",             nullptr,                "", kind::text, status::supported, true},
    {"requirepeer",               "PGREQUIREPEER",        ""},
    {"ssl_min_protocol_version",  "PGSSLMINPROTOCOLVERSION", "TLSv1.2", kind::tls_version},
    {"ssl_max_protocol_version",  "PGSSLMAXPROTOCOLVERSION", "", kind::tls_version},
    {"min_protocol_version",      "PGMINPROTOCOLVERSION", "3.0", kind::choice, status::supported, false, "3.0|3.2|latest"},
    {"max_protocol_version",      "PGMAXPROTOCOLVERSION", "", kind::choice, status::supported, false, "3.0|3.2|latest"},
    {"krbsrvname",                "PGKRBSRVNAME",         "postgres", kind::text, status::inert},
    {"gsslib",                    "PGGSSLIB",             "", kind::text, status::inert},
    {"gssdelegation",             "PGGSSDELEGATION",      "0", kind::text, status::inert},
    {"target_session_attrs",      "PGTARGETSESSIONATTRS", "any", kind::choice, status::supported, false, "any|read-write|read-only|primary|standby|prefer-standby"},
    {"load_balance_hosts",        "PGLOADBALANCEHOSTS",   "disable", kind::choice, status::supported, false, "disable|random"},
    {"scram_client_key",          nullptr,                "", kind::key, status::supported, true},
    {"scram_server_key",          nullptr,                "", kind::key, status::supported, true},
    {"oauth_issuer",              nullptr,                ""},
    {"oauth_client_id",           nullptr,                ""},
    {"oauth_client_secret",       nullptr,                "", kind::text, status::supported, true},
    {"oauth_scope",               nullptr,                ""},
    {"oauth_ca_file",             "PGOAUTHCAFILE",        "", kind::text, status::inert} /* who fetches the token goes to the issuer */,
    // The driver's own.
    {"max_message_size",          nullptr,                "1073741824", kind::bytes},   // of a message from the server
    {"cancel_timeout",            nullptr,                "5000", kind::natural},       // milliseconds
    {"upgrade_to_unix_socket",    nullptr,                "false", kind::choice, status::supported, false, "false|true"},
    {"statement_cache_size",      nullptr,                "256", kind::natural},        // statements; 0: none is kept
    // The driver's own, with the names and the units that Prisma gave them.
    {"pgbouncer",                 nullptr,                "false", kind::choice, status::supported, false, "true|false"}, // true: no statement is kept
    {"schema",                    nullptr,                ""},                            // the search path
    {"sslaccept",                 nullptr,                "", kind::choice, status::supported, false, "strict|accept_invalid_certs"},
    {"socket_timeout",            nullptr,                "0", kind::natural},            // seconds for each operation; 0: none
    {"connection_limit",          nullptr,                "", kind::natural},             // of a pool
    {"pool_timeout",              nullptr,                "", kind::natural},             // seconds to wait for a pool's connection; 0: no limit
    {"max_connection_lifetime",   nullptr,                "", kind::natural},             // seconds in a pool; 0: no limit
    {"max_idle_connection_lifetime", nullptr,             "", kind::natural},             // seconds unused in a pool; 0: no limit
    // clang-format on
};
inline constexpr std::size_t keyword_count = sizeof keywords / sizeof keywords[0];

/// The row of `name`, or nullptr.
constexpr keyword const* find_keyword(std::string_view name) noexcept {
  for (auto const& k : keywords)
    if (k.name == name) return &k;
  return nullptr;
}

/// The row of a name that is known to exist: a misspelt one does not compile.
consteval keyword const& operator""_keyword(char const* name, std::size_t size) {
  for (auto const& k : keywords) // not by find_keyword(): GCC 12 with UBSan cannot test its pointer at compile time
    if (k.name == std::string_view(name, size)) return k;
  throw "no such connection keyword";
}

constexpr std::size_t index_of(keyword const& k) noexcept { return static_cast<std::size_t>(&k - keywords); }

/// The number of insertions, deletions, substitutions and neighbour swaps from one name to the other, where letters
/// that differ in case, and - and _, are equal. More than 32 bytes count as 255.
constexpr unsigned distance(std::string_view a, std::string_view b) noexcept {
  constexpr std::size_t limit = 32;
  if (a.size() > limit || b.size() > limit) return 255;
  auto const fold = [](char c) { return c == '-' ? '_' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  unsigned rows[3][limit + 1] = {};
  auto *before = rows[0], *last = rows[1], *now = rows[2];
  for (unsigned j = 0; j <= b.size(); ++j) last[j] = j;
  for (unsigned i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (unsigned j = 1; j <= b.size(); ++j) {
      auto const x = fold(a[i - 1]), y = fold(b[j - 1]);
      auto best = last[j - 1] + (x == y ? 0U : 1U);
      if (last[j] + 1 < best) best = last[j] + 1;
      if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
      if (i > 1 && j > 1 && x == fold(b[j - 2]) && fold(a[i - 2]) == y && before[j - 2] + 1 < best)
        best = before[j - 2] + 1;
      now[j] = best;
    }
    auto* const oldest = before;
    before = last, last = now, now = oldest;
  }
  return last[b.size()];
}

/// The keyword that a wrong name most likely stands for; empty when none comes near.
constexpr std::string_view nearest_keyword(std::string_view name) noexcept {
  // What other drivers call it, where the spelling is no help.
  constexpr std::string_view others[][2] = {
      {"database", "dbname"},
      {"db", "dbname"},
      {"username", "user"},
      {"uid", "user"},
      {"pwd", "password"},
      {"pass", "password"},
      {"server", "host"},
      {"hostname", "host"},
      {"timeout", "connect_timeout"},
      {"ssl", "sslmode"},
      {"tls", "sslmode"},
      {"requiressl", "sslmode"},
      {"sslca", "sslrootcert"},
      {"socket", "host"},
      {"charset", "client_encoding"},
      {"encoding", "client_encoding"},
      {"currentschema", "schema"},
      {"prepared_statements", "statement_cache_size"},
      {"prepared_statement_cache_size", "statement_cache_size"},
      {"statement_cache_capacity", "statement_cache_size"},
      {"pool_max_conns", "connection_limit"},
      {"pool_size", "connection_limit"},
  };
  for (auto const& o : others)
    if (distance(name, o[0]) == 0) return o[1];
  std::string_view best;
  auto least = name.size() <= 4    ? 2U
               : name.size() <= 8  ? 3U
               : name.size() <= 16 ? 4U
                                   : 6U; // one less is the most that is taken
  for (auto const& k : keywords)
    if (auto const d = distance(name, k.name); d < least) least = d, best = k.name;
  return best;
}

/// Whether a name that is no keyword may be a part of a password that has lost its separators.
constexpr bool resembles_password(std::string_view name) noexcept {
  bool plain = name.size() <= 24;
  for (char c : name) plain = plain && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-');
  return !plain || name.find("pass") != name.npos || name.find("pwd") != name.npos;
}

/// Whether an error may quote a name that is no keyword.
enum class quoting : std::uint8_t {
  always,
  careful, ///< in a string it may be anything: only if it comes near a keyword or cannot be taken for a password
  never,
};

/// The words of the error for a name that is no keyword.
inline std::string unknown_keyword(std::string_view name, quoting q = quoting::always) {
  bool show = name.size() <= 40;
  for (char c : name)
    show = show && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-');
  auto const near = nearest_keyword(name);
  if (!show || q == quoting::never || (q == quoting::careful && near.empty() && resembles_password(name)))
    return "unknown connection keyword (not shown: it may be a part of a password)";
  std::string text = "unknown connection keyword \"";
  text.append(name).append("\"");
  if (!near.empty()) text.append("; did you mean \"").append(near).append("\"?");
  return text;
}

} // namespace tusk::conninfo
