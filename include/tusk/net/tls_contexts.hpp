// tusk: net/tls_contexts.hpp — what TLS connections are made from: OpenSSL's contexts and whom they trust.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A part of `net/tls.hpp`, included by its other parts. It reads the files of trusted certificates and of revoked ones,
// makes a context with tusk's rules and keeps the last few, since making one is dear. It knows no connection and no
// key: who asks brings the function that judges a certificate. Nothing of OpenSSL's process-wide state is set and
// nothing ever prompts.
#pragma once

#include <tusk/conninfo/environment.hpp>
#include <tusk/net/filter.hpp>
#include <tusk/net/tls_files.hpp>

#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace tusk::net {

inline error root_file_error(std::string const& name, std::string const& why) {
  return file_error("file of trusted certificates", name, "sslrootcert", why);
}

/// All of sslrootcert's file. Throws error (errc::tls_failed).
inline std::string read_root_file(std::string const& name) {
  if (name.empty())
    throw error(
        errc::tls_failed,
        "verifying the server's certificate needs sslrootcert, a PEM file, or \"system\" for those of the system");
  std::string text;
  auto const failed = read_file(name, text);
  if (failed == EFBIG) throw root_file_error(name, "is larger than 16 MiB");
  if (is_missing(failed))
    throw root_file_error(name, cannot_be_read(failed) +
                                    "; sslrootcert=system trusts the system's CAs, sslmode=require verifies nothing");
  if (failed != 0) throw root_file_error(name, cannot_be_read(failed));
  return text;
}

/// Changes whenever the certificates do that the system trusts: where OpenSSL looks for them, and the state of that.
inline std::string system_roots() {
  std::string out("system");
  auto const add = [&out](char const* variable, char const* standard) {
    auto const place = conninfo::environment()(variable).value_or(standard); // as OpenSSL, nothing of it if setuid
    out.append("\n").append(place);
    struct stat info;
    if (::stat(place.c_str(), &info) != 0) return;
    for (long long const n :
         {static_cast<long long>(info.st_ino), static_cast<long long>(info.st_size),
          static_cast<long long>(info.st_mtim.tv_sec), static_cast<long long>(info.st_mtim.tv_nsec)})
      out.append(" ").append(std::to_string(n));
  };
  add(X509_get_default_cert_file_env(), X509_get_default_cert_file());
  add(X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
  return out;
}

/// Makes every certificate of `pem`, the text of `name`, a trusted one. Throws error (errc::tls_failed).
inline void trust_certificates(X509_STORE* store, std::string const& pem, std::string const& name) {
  auto const in = memory_bio(pem);
  for (int count = 0;; ++count) {
    ERR_clear_error();
    openssl_ptr<X509> const certificate(PEM_read_bio_X509_AUX(in.get(), nullptr, &never_prompt, nullptr));
    if (certificate && X509_STORE_add_cert(store, certificate.get()) == 1) continue;
    if (count > 0 && is_end_of_pem()) break;
    if (count == 0) throw root_file_error(name, "holds no certificate in PEM form: " + take_openssl_errors());
    throw root_file_error(name, "has a broken certificate, number " + std::to_string(count + 1) + ": " +
                                    take_openssl_errors());
  }
  ERR_clear_error();
}

/// Has every certificate of a chain looked up in the revocation lists of `pem` and `directory`. A file that cannot be
/// read or holds nothing counts for nothing, and takes the directory with it: both are libpq's. Otherwise there must be
/// a list of each CA of the chain.
inline void check_revocation(X509_STORE* store, std::string const& pem, bool file_given, std::string const& directory) {
  openssl_ptr<STACK_OF(X509_INFO)> items;
  if (file_given) {
    auto const in = memory_bio(pem);
    items.reset(PEM_X509_INFO_read_bio(in.get(), nullptr, &never_prompt, nullptr));
    ERR_clear_error();
    bool any = false;
    for (int i = 0; items && i < sk_X509_INFO_num(items.get()); ++i) {
      auto const* item = sk_X509_INFO_value(items.get(), i);
      any = any || item->x509 != nullptr || item->crl != nullptr;
      if (item->crl != nullptr && X509_STORE_add_crl(store, item->crl) != 1) throw std::bad_alloc();
    }
    if (!any) return;
  }
  if (!directory.empty()) {
    auto* const look_up = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
    if (look_up == nullptr || X509_LOOKUP_add_dir(look_up, directory.c_str(), X509_FILETYPE_PEM) != 1)
      throw std::bad_alloc();
  }
  if (file_given || !directory.empty()) X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
}

/// Judges the chain that a server has sent: 1, or 0 to refuse it.
using certificate_judge = int (*)(X509_STORE_CTX*, void*);
/// Takes a line for sslkeylogfile.
using key_logger = void (*)(SSL const*, char const*);

/// The contexts that connections are made from, one per judge, way of checking, and content of sslrootcert and sslcrl.
/// Making one costs 0.1 ms, 0.4 ms with one trusted certificate and 30 ms with a system's bundle; reading that bundle
/// again for every connection costs 0.02 ms and is what makes a changed file count at once. What else the settings say
/// is put into the connection alone. For all threads.
class tls_contexts {
 public:
  static tls_contexts& shared() {
    // Never destroyed: a connection in a static object may outlive any other static, and OpenSSL too.
    static auto& the = *new tls_contexts;
    return the;
  }

  /// Throws error (errc::tls_failed) when sslrootcert is needed and cannot be used.
  openssl_ptr<SSL_CTX> get(tls_settings const& settings, certificate_judge judge, key_logger logger = nullptr) {
    entry wanted(settings, judge, settings.key_log_file.empty() ? nullptr : logger);
    // OpenSSL keeps what it has read of a directory, and would not see that a list in it is replaced.
    if (wanted.checks() && !settings.crl_directory.empty()) return make(settings, wanted);
    std::lock_guard const lock(mutex_);
    for (auto const& e : entries_)
      if (e == wanted) return share(e.context);
    wanted.context = make(settings, wanted);
    if (entries_.size() == most_entries) entries_.erase(entries_.begin());
    entries_.push_back(std::move(wanted));
    return share(entries_.back().context);
  }

 private:
  struct entry {
    entry(tls_settings const& s, certificate_judge j, key_logger l) : judge(j), logger(l), check(s.check) {
      if (!checks()) return;
      if (s.root_file == "system") { // revocation lists are for those who name their CAs, as in libpq
        roots = system_roots();
        return;
      }
      roots = read_root_file(s.root_file);
      if (s.crl_file.empty()) return;
      has_lists = true;
      if (read_file(s.crl_file, lists) != 0) lists.clear();
    }
    bool checks() const noexcept { return check != verify::nothing; }
    bool operator==(entry const& e) const noexcept {
      return judge == e.judge && check == e.check && logger == e.logger && has_lists == e.has_lists &&
             roots == e.roots && lists == e.lists;
    }

    certificate_judge judge;
    key_logger logger;
    verify check;
    bool has_lists = false;
    std::string roots;
    std::string lists;
    openssl_ptr<SSL_CTX> context;
  };
  static constexpr std::size_t most_entries = 8;

  static openssl_ptr<SSL_CTX> share(openssl_ptr<SSL_CTX> const& c) {
    SSL_CTX_up_ref(c.get());
    return openssl_ptr<SSL_CTX>(c.get());
  }

  static openssl_ptr<SSL_CTX> make(tls_settings const& settings, entry const& e) {
    ERR_clear_error();
    openssl_ptr<SSL_CTX> made(SSL_CTX_new(TLS_client_method()));
    auto* const c = made.get();
    constexpr unsigned char alpn[] = "\x0apostgresql";
    bool good = c != nullptr && SSL_CTX_set_alpn_protos(c, alpn, sizeof alpn - 1) == 0;
    // The system's configuration may already ask for more.
    if (good && SSL_CTX_get_min_proto_version(c) < TLS1_2_VERSION)
      good = SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) == 1;
    if (!good) throw error(errc::tls_failed, "TLS could not be set up: " + take_openssl_errors());
    SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS); // 17 KB per idle connection, not 50, for 0.1 us per query
    if (e.logger != nullptr) SSL_CTX_set_keylog_callback(c, e.logger);
    if (!e.checks()) return made;
    if (settings.root_file == "system") {
      if (SSL_CTX_set_default_verify_paths(c) != 1)
        throw error(errc::tls_failed, "the certificates that the system trusts (sslrootcert=system) cannot be read: " +
                                          take_openssl_errors());
      ERR_clear_error();
    } else {
      // Neither the system's certificates nor partial chains: the chain must end in a self-signed one of this file.
      trust_certificates(SSL_CTX_get_cert_store(c), e.roots, settings.root_file);
      check_revocation(SSL_CTX_get_cert_store(c), e.lists, e.has_lists, settings.crl_directory);
    }
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(c, e.judge, nullptr);
    return made;
  }

  std::mutex mutex_;
  std::vector<entry> entries_; // the oldest first
};

} // namespace tusk::net
