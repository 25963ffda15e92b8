// tusk tests: certificates by the algorithm of their signature, and their hashes for channel binding.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/tls_server.hpp"

#include <stdexcept>
#include <string>
#include <string_view>

namespace tusk_test {

/// `name` as the tables have it: "rsa-sha256", "rsapss-sha512", "ec384-sha384", "ed25519". The certificate's own key is
/// always P-256, which any TLS takes: what counts is who has signed it, and how.
struct unusual_certificate {
  explicit unusual_certificate(std::string_view name) : hash(hash_of(name)) {
    certificate_spec spec;
    spec.common_names = {"signer by " + std::string(name)}; // one's servers are never taken for another's
    spec.authority = true;
    spec.key_type = name.starts_with("rsa") ? EVP_PKEY_RSA
                    : name == "ed25519"     ? EVP_PKEY_ED25519
                    : name == "ed448"       ? EVP_PKEY_ED448
                                            : EVP_PKEY_EC;
    if (name.starts_with("rsa")) { // dear to make
      static key_ptr const shared = make_key(EVP_PKEY_RSA);
      spec.key = shared;
    }
    if (name.starts_with("ed")) spec.hash = nullptr;
    signer = issue(spec);
    spec = {};
    spec.common_names = {"a.test"};
    spec.dns = {"a.test", "localhost"};
    spec.hash = hash;
    spec.pss = name.starts_with("rsapss");
    self = issue(spec, &signer);
  }
  /// RFC 5929 section 4.1; empty where it is not defined.
  std::string end_point() const {
    if (hash == nullptr) return {};
    bool const old = hash == EVP_md5() || hash == EVP_sha1();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    auto const der = self.der();
    must(EVP_Digest(der.data(), der.size(), digest, &size, old ? EVP_sha256() : hash, nullptr) == 1, "digest");
    return std::string(reinterpret_cast<char*>(digest), size);
  }

  EVP_MD const* hash; ///< of the signature
  identity signer;
  identity self;

 private:
  static EVP_MD const* hash_of(std::string_view name) {
    struct {
      char const* ending;
      EVP_MD const* hash;
    } const all[] = {{"-md5", EVP_md5()},       {"-sha1", EVP_sha1()},     {"-sha224", EVP_sha224()},
                     {"-sha256", EVP_sha256()}, {"-sha384", EVP_sha384()}, {"-sha512", EVP_sha512()},
                     {"-sha3", EVP_sha3_256()}, {"ed25519", nullptr},      {"ed448", nullptr}};
    for (auto const& one : all)
      if (name.ends_with(one.ending)) return one.hash;
    throw std::invalid_argument("no such certificate: " + std::string(name));
  }
};

} // namespace tusk_test
