// tusk tests: lists of revoked certificates, made on the spot.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/tls_server.hpp"

#include <initializer_list>
#include <string>

namespace tusk_test {

/// What to write into a list: seconds from now, and whose certificates are revoked.
struct revocation {
  long begins = -3600;
  long ends = 86400;
};

/// A list of `issuer`, in PEM.
inline std::string revocation_list(identity const& issuer, std::initializer_list<identity const*> revoked,
                                   revocation const& when = {}) {
  std::unique_ptr<X509_CRL, decltype(&X509_CRL_free)> const list(X509_CRL_new(), &X509_CRL_free);
  must(X509_CRL_set_version(list.get(), 1) == 1, "version");
  must(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.certificate.get())) == 1, "issuer");
  auto const time = [](long from_now) {
    return std::unique_ptr<ASN1_TIME, decltype(&ASN1_TIME_free)>(X509_gmtime_adj(nullptr, from_now), &ASN1_TIME_free);
  };
  must(X509_CRL_set1_lastUpdate(list.get(), time(when.begins).get()) == 1, "lastUpdate");
  must(X509_CRL_set1_nextUpdate(list.get(), time(when.ends).get()) == 1, "nextUpdate");
  for (auto const* one : revoked) {
    auto* const entry = X509_REVOKED_new();
    must(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(one->certificate.get())) == 1, "serial");
    must(X509_REVOKED_set_revocationDate(entry, time(when.begins).get()) == 1, "date");
    must(X509_CRL_add0_revoked(list.get(), entry) == 1, "add");
  }
  must(X509_CRL_sort(list.get()) == 1 && X509_CRL_sign(list.get(), issuer.key.get(), EVP_sha256()) > 0, "sign");
  std::unique_ptr<BIO, decltype(&BIO_free)> const b(BIO_new(BIO_s_mem()), &BIO_free);
  must(PEM_write_bio_X509_CRL(b.get(), list.get()) == 1, "PEM");
  char* text = nullptr;
  auto const n = BIO_get_mem_data(b.get(), &text);
  return std::string(text, static_cast<std::size_t>(n));
}

/// The name under which OpenSSL looks for `issuer`'s list in a directory.
inline std::string revocation_file(identity const& issuer) {
  char name[32];
  std::snprintf(name, sizeof name, "%08lx.r0", X509_NAME_hash(X509_get_subject_name(issuer.certificate.get())));
  return name;
}

/// The same for a certificate.
inline std::string certificate_file(identity const& who) {
  auto name = revocation_file(who);
  return name.replace(name.find(".r"), 3, ".0");
}

/// How a private key is written.
struct key_form {
  bool der = false;
  std::string password; ///< empty: not encrypted
};
inline std::string written_key(EVP_PKEY* key, key_form const& form = {}) {
  std::unique_ptr<BIO, decltype(&BIO_free)> const b(BIO_new(BIO_s_mem()), &BIO_free);
  auto const* const cipher = form.password.empty() ? nullptr : EVP_aes_128_cbc();
  auto const* const words = form.password.empty() ? nullptr : form.password.data();
  auto const size = static_cast<int>(form.password.size());
  if (form.der)
    must(i2d_PKCS8PrivateKey_bio(b.get(), key, cipher, words, size, nullptr, nullptr) == 1, "DER");
  else
    must(PEM_write_bio_PKCS8PrivateKey(b.get(), key, cipher, words, size, nullptr, nullptr) == 1, "PEM");
  char* text = nullptr;
  auto const n = BIO_get_mem_data(b.get(), &text);
  return std::string(text, static_cast<std::size_t>(n));
}

} // namespace tusk_test
