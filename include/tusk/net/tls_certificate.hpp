// tusk: net/tls_certificate.hpp — what a server's certificate says, and what may be wrong with it, in words.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A part of `net/tls.hpp`, included by nothing else. It takes the names out of a certificate, which host_name.hpp then
// compares, and words what helps when OpenSSL refuses a chain. Knows no connection.
#pragma once

#include <tusk/net/host_name.hpp>
#include <tusk/net/tls_contexts.hpp>

#include <openssl/x509v3.h>
#include <string>

namespace tusk::net {

/// Throws error (errc::tls_failed) on alternative names that cannot be read: without them the CN must not count.
inline certificate_names names_of(X509* certificate) {
  certificate_names names;
  auto const bytes = [](ASN1_STRING const* s) {
    return std::string(reinterpret_cast<char const*>(ASN1_STRING_get0_data(s)),
                       static_cast<std::size_t>(ASN1_STRING_length(s)));
  };
  int found = 0;
  openssl_ptr<GENERAL_NAMES> const alternatives(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, &found, nullptr)));
  if (!alternatives && found != -1)
    throw error(errc::tls_failed, "the server's certificate has alternative names that cannot be read");
  for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    auto const* name = sk_GENERAL_NAME_value(alternatives.get(), i);
    if (name->type == GEN_DNS) names.dns.push_back(bytes(name->d.dNSName));
    if (name->type == GEN_IPADD) names.addresses.push_back(bytes(name->d.iPAddress));
  }
  auto* const subject = X509_get_subject_name(certificate);
  if (auto const at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); at >= 0)
    names.common_name = bytes(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  return names;
}

inline std::string distinguished_name(X509_NAME const* name) {
  char text[256] = "";
  X509_NAME_oneline(name, text, sizeof text);
  return *text == '\0' ? "no name" : text;
}

/// What helps against a refusal by X509_verify_cert.
inline std::string refusal_advice(int verify_error, tls_settings const& settings) {
  switch (verify_error) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
  case X509_V_ERR_CERT_NOT_YET_VALID: return "; renew it, or set this machine's clock";
  case X509_V_ERR_INVALID_PURPOSE: return "; it was not issued for a TLS server";
  case X509_V_ERR_UNABLE_TO_GET_CRL:
    return "; sslcrl or sslcrldir must hold a list of each CA of the chain, the root too";
  case X509_V_ERR_CRL_NOT_YET_VALID:
  case X509_V_ERR_CRL_HAS_EXPIRED: return "; fetch a new list for sslcrl or sslcrldir, or set this machine's clock";
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
  case X509_V_ERR_CERT_UNTRUSTED:
    if (settings.root_file == "system")
      return "; no CA that this system trusts (sslrootcert=system) has issued it: name the file of the one that has";
    return "; \"" + printable(settings.root_file) +
           "\" (sslrootcert) must hold the self-signed certificate that the server's was issued under";
  default: return {};
  }
}

} // namespace tusk::net
