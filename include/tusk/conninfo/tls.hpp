// tusk: conninfo/tls.hpp — what the ssl keywords amount to: how TLS is begun, whom to trust, who we are.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A part of `settings.hpp`: typed, complete, with the default files of ~/.postgresql, and checked as far as keywords
// concern each other. The files are named here and read when TLS begins; an error then names them. Knows no host and no
// OpenSSL.
#pragma once

#include <tusk/conninfo/assignments.hpp>
#include <tusk/conninfo/environment.hpp>
#include <tusk/conninfo/keywords.hpp>
#include <tusk/conninfo/secret.hpp>
#include <tusk/conninfo/values.hpp>
#include <tusk/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tusk::conninfo {

enum class sslmode { disable, allow, prefer, require, verify_ca, verify_full };
/// How TLS is begun: by asking the server for it, or at once (PostgreSQL 17 and newer, and proxies).
enum class sslnegotiation { postgres, direct };
/// Whether a certificate of ours is shown: never, to a server that asks, or to one that must ask.
enum class sslcertmode { disable, allow, require };
enum class tls_version { v1_2, v1_3 };

/// All but sslmode. A name that is empty: there is no such file.
struct tls {
  sslnegotiation negotiation = sslnegotiation::postgres;
  /// PEM file of the CAs to verify with, whatever the mode, or "system"; empty: do not verify. Under verify_ca and
  /// verify_full it is not empty, and the file may be missing: that is an error once TLS is to begin.
  std::string root_file;
  std::string crl_file;         ///< PEM; one that cannot be read counts for nothing, as in libpq
  std::string crl_directory;    ///< of files as `openssl rehash` names them
  std::string certificate_file; ///< PEM, ours; one that is not there is not shown
  std::string key_file;         ///< PEM or DER
  secret key_password;
  sslcertmode certificate_mode = sslcertmode::allow;
  bool sni = true; ///< send the host's name in the ClientHello; never an address
  tls_version lowest = tls_version::v1_2;
  tls_version highest = tls_version::v1_3;
  std::string key_log_file; ///< takes the keys of the sessions, for whoever is to read the encrypted packets
};

/// What `values`, everything that was given, amounts to. `home`: of the user, or empty. Throws errc::invalid_option.
class tls_resolver {
 public:
  tls_resolver(assignments const& values, std::string const& home) : values_(values), home_(home) {}

  conninfo::sslmode mode() const {
    // Trusting the system's CAs without looking at the name would be trusting everybody.
    if (system() && !values_.find("sslmode"_keyword)) return sslmode::verify_full;
    auto const mode = chosen<conninfo::sslmode>("sslmode"_keyword);
    if (system() && mode != sslmode::verify_full)
      fail("sslrootcert \"system\" needs sslmode \"verify-full\": anybody can get a certificate from a public CA");
    return mode;
  }

  tls run() const {
    tls t;
    t.negotiation = chosen<sslnegotiation>("sslnegotiation"_keyword);
    t.certificate_mode = chosen<sslcertmode>("sslcertmode"_keyword);
    if (t.negotiation == sslnegotiation::direct && mode() < sslmode::require)
      fail("sslnegotiation \"direct\" needs sslmode \"require\", \"verify-ca\" or \"verify-full\", not \"" +
           std::string(text("sslmode"_keyword)) + "\": a server that has no TLS could not say so");
    trust(t);
    t.certificate_file = file("sslcert"_keyword, "postgresql.crt");
    t.key_file = file("sslkey"_keyword, "postgresql.key");
    t.key_password = secret(std::string(text("sslpassword"_keyword)));
    t.sni = text("sslsni"_keyword).starts_with('1');
    t.key_log_file = text("sslkeylogfile"_keyword);
    versions(t);
    return t;
  }

 private:
  std::string_view text(keyword const& k) const noexcept {
    auto const* const value = values_.find(k);
    return value ? std::string_view(*value) : k.standard;
  }
  bool system() const noexcept { return text("sslrootcert"_keyword) == "system"; }
  /// Of a choice that has been checked.
  template <class E> E chosen(keyword const& k) const noexcept { return enumerator<E>(k, text(k)); }
  /// What was given, else that file of ~/.postgresql.
  std::string file(keyword const& k, char const* standard) const {
    if (!text(k).empty()) return std::string(text(k));
    return home_.empty() ? std::string() : home_ + "/.postgresql/" + standard;
  }

  void trust(tls& t) const {
    t.root_file = file("sslrootcert"_keyword, "root.crt");
    if (!system() && mode() < sslmode::verify_ca && !file_exists(t.root_file)) t.root_file.clear();
    t.crl_file = text("sslcrl"_keyword);
    t.crl_directory = text("sslcrldir"_keyword);
    if (t.crl_file.empty() && t.crl_directory.empty()) t.crl_file = file("sslcrl"_keyword, "root.crl");
  }

  void versions(tls& t) const {
    auto const is_newest = [](std::string_view version) { return version.ends_with('3'); };
    auto const least = text("ssl_min_protocol_version"_keyword);
    auto const most = text("ssl_max_protocol_version"_keyword);
    if (is_newest(least)) t.lowest = tls_version::v1_3;
    if (!most.empty() && !is_newest(most)) t.highest = tls_version::v1_2;
    if (t.lowest > t.highest)
      fail("ssl_min_protocol_version \"" + std::string(least) + "\" is above ssl_max_protocol_version \"" +
           std::string(most) + "\"");
  }
  [[noreturn]] static void fail(std::string what) { throw error(errc::invalid_option, std::move(what)); }

  assignments const& values_;
  std::string const& home_;
};

} // namespace tusk::conninfo
