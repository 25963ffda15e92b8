// tusk: net/tls_contexts.hpp — what TLS connections are made from: OpenSSL's contexts and whom they trust.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Half of `net/tls.hpp`, included by nothing else. It reads sslrootcert's file, makes a context with tusk's rules and
// keeps the last few, since making one is dear. It knows no connection: who asks brings the function that judges a
// certificate. Nothing of OpenSSL's process-wide state is set and nothing ever prompts.
#pragma once

#include <tusk/net/filter.hpp>

#include <cerrno>
#include <cstdio>
#include <mutex>
#include <new>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <vector>

namespace tusk::net {

/// Frees OpenSSL's objects.
struct openssl_delete {
  void operator()(SSL* p) const noexcept { SSL_free(p); }
  void operator()(SSL_CTX* p) const noexcept { SSL_CTX_free(p); }
  void operator()(BIO* p) const noexcept { BIO_free(p); }
  void operator()(X509* p) const noexcept { X509_free(p); }
  void operator()(GENERAL_NAMES* p) const noexcept { GENERAL_NAMES_free(p); }
};
template <class T> using openssl_ptr = std::unique_ptr<T, openssl_delete>;

/// Empties this thread's error queue and returns its reasons in words, the oldest first.
inline std::string take_openssl_errors() {
  std::string out;
  while (auto const code = ERR_get_error()) {
    char number[128];
    char const* words = ERR_reason_error_string(code);
    if (words == nullptr) {
      ERR_error_string_n(code, number, sizeof number);
      words = number;
    }
    if (out.find(words) != out.npos) continue;
    out.append(out.empty() ? "" : ", ").append(words);
    if (ERR_GET_LIB(code) != ERR_LIB_SSL) continue;
    auto const reason = ERR_GET_REASON(code);
    if (reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION)
      out.append(" (TLS 1.2 or newer is needed)");
    if (reason == SSL_R_WRONG_VERSION_NUMBER) out.append(" (is this a TLS server?)");
  }
  return out.empty() ? "OpenSSL gives no reason" : out;
}

inline error root_file_error(std::string const& name, std::string const& why) {
  return error(errc::tls_failed, "the file of trusted certificates \"" + printable(name) + "\" (sslrootcert) " + why);
}

/// All of sslrootcert's file. Throws error (errc::tls_failed).
inline std::string read_root_file(std::string const& name) {
  constexpr std::size_t most = std::size_t{16} << 20; // a system's whole bundle has 0.2 MiB
  struct closer {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
  };
  auto const refuse_errno = [&] {
    return root_file_error(name, "cannot be read: " + std::error_code(errno, std::generic_category()).message());
  };
  if (name.empty()) throw error(errc::tls_failed, "verifying the server's certificate needs sslrootcert, a PEM file");
  std::unique_ptr<std::FILE, closer> const file(std::fopen(name.c_str(), "rbe"));
  if (!file) throw refuse_errno();
  std::string text;
  if (std::fseek(file.get(), 0, SEEK_END) == 0) { // growing instead takes 0.4 ms for a system's bundle
    auto const size = std::ftell(file.get());
    if (size > 0 && static_cast<unsigned long>(size) <= most) text.reserve(static_cast<std::size_t>(size));
    std::rewind(file.get());
  }
  char chunk[16384];
  while (auto const n = std::fread(chunk, 1, sizeof chunk, file.get())) {
    text.append(chunk, n);
    if (text.size() > most) throw root_file_error(name, "is larger than 16 MiB");
  }
  if (std::ferror(file.get()) != 0) throw refuse_errno();
  return text;
}

/// Makes every certificate of `pem`, the text of `name`, a trusted one. Throws error (errc::tls_failed).
inline void trust_certificates(X509_STORE* store, std::string const& pem, std::string const& name) {
  openssl_ptr<BIO> const in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!in) throw std::bad_alloc();
  auto const never_prompt = [](char*, int, int, void*) { return -1; };
  for (int count = 0;; ++count) {
    ERR_clear_error();
    openssl_ptr<X509> const certificate(PEM_read_bio_X509_AUX(in.get(), nullptr, never_prompt, nullptr));
    if (certificate && X509_STORE_add_cert(store, certificate.get()) == 1) continue;
    auto const last = ERR_peek_last_error();
    if (count > 0 && ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE) break;
    if (count == 0) throw root_file_error(name, "holds no certificate in PEM form: " + take_openssl_errors());
    throw root_file_error(name, "has a broken certificate, number " + std::to_string(count + 1) + ": " +
                                    take_openssl_errors());
  }
  ERR_clear_error();
}

/// Judges the chain that a server has sent: 1, or 0 to refuse it.
using certificate_judge = int (*)(X509_STORE_CTX*, void*);

/// The contexts that connections are made from, one per judge, way of checking and content of sslrootcert. Making one
/// costs 0.1 ms, 0.4 ms with one trusted certificate and 30 ms with a system's bundle; reading that bundle again for
/// every connection costs 0.02 ms and is what makes a changed file count at once. For all threads.
class tls_contexts {
 public:
  static tls_contexts& shared() {
    // Never destroyed: a connection in a static object may outlive any other static, and OpenSSL too.
    static auto& the = *new tls_contexts;
    return the;
  }

  /// Throws error (errc::tls_failed) when sslrootcert is needed and cannot be used.
  openssl_ptr<SSL_CTX> get(tls_settings const& settings, certificate_judge judge) {
    auto const pem = settings.check == verify::nothing ? std::string() : read_root_file(settings.root_file);
    std::lock_guard const lock(mutex_);
    for (auto const& e : entries_)
      if (e.judge == judge && e.check == settings.check && e.pem == pem) return share(e.context);
    auto made = make(settings, pem, judge);
    if (entries_.size() == most_entries) entries_.erase(entries_.begin());
    entries_.push_back({judge, settings.check, pem, std::move(made)});
    return share(entries_.back().context);
  }

 private:
  struct entry {
    certificate_judge judge;
    verify check;
    std::string pem;
    openssl_ptr<SSL_CTX> context;
  };
  static constexpr std::size_t most_entries = 8;

  static openssl_ptr<SSL_CTX> share(openssl_ptr<SSL_CTX> const& c) {
    SSL_CTX_up_ref(c.get());
    return openssl_ptr<SSL_CTX>(c.get());
  }

  static openssl_ptr<SSL_CTX> make(tls_settings const& settings, std::string const& pem, certificate_judge judge) {
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
    if (settings.check == verify::nothing) return made;
    // Neither the system's certificates nor partial chains: the chain must end in a self-signed one of this file.
    trust_certificates(SSL_CTX_get_cert_store(c), pem, settings.root_file);
    SSL_CTX_set_verify(c, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(c, judge, nullptr);
    return made;
  }

  std::mutex mutex_;
  std::vector<entry> entries_; // the oldest first
};

} // namespace tusk::net
