// tusk tests: certificates made on the spot, and a TLS server in memory.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The server is OpenSSL between two memory BIOs, driven by hand: feed(), handshake(), take(). No socket, no thread. It
// knows nothing of tusk but the byte view. Anything that OpenSSL refuses to do here is a std::runtime_error.
#pragma once

#include <tusk/wire/bytes.hpp>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace tusk_test {

inline void must(bool good, char const* what) {
  if (good) return;
  std::string words = std::string(what) + ": ";
  if (auto const code = ERR_get_error(); code != 0) words += ERR_error_string(code, nullptr);
  throw std::runtime_error(words);
}

using key_ptr = std::shared_ptr<EVP_PKEY>;
using x509_ptr = std::shared_ptr<X509>;

/// EVP_PKEY_EC (P-256), EVP_PKEY_RSA (2048 bits: less is refused), EVP_PKEY_ED25519, ...
inline key_ptr make_key(int type) {
  std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> const c(EVP_PKEY_CTX_new_id(type, nullptr),
                                                                      &EVP_PKEY_CTX_free);
  must(c && EVP_PKEY_keygen_init(c.get()) == 1, "keygen_init");
  if (type == EVP_PKEY_EC) must(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(c.get(), NID_X9_62_prime256v1) == 1, "curve");
  if (type == EVP_PKEY_RSA) must(EVP_PKEY_CTX_set_rsa_keygen_bits(c.get(), 2048) == 1, "bits");
  EVP_PKEY* made = nullptr;
  must(EVP_PKEY_keygen(c.get(), &made) == 1, "keygen");
  return key_ptr(made, &EVP_PKEY_free);
}

struct identity {
  x509_ptr certificate;
  key_ptr key;

  std::string pem() const {
    std::unique_ptr<BIO, decltype(&BIO_free)> const b(BIO_new(BIO_s_mem()), &BIO_free);
    must(PEM_write_bio_X509(b.get(), certificate.get()) == 1, "PEM");
    char* text = nullptr;
    auto const n = BIO_get_mem_data(b.get(), &text);
    return std::string(text, static_cast<std::size_t>(n));
  }
  std::string der() const {
    unsigned char* bytes = nullptr;
    auto const n = i2d_X509(certificate.get(), &bytes);
    must(n > 0, "DER");
    std::string out(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(n));
    OPENSSL_free(bytes);
    return out;
  }
};

/// What to write into a certificate.
struct certificate_spec {
  std::vector<std::string> common_names;
  std::vector<std::string> dns;
  std::vector<std::string> addresses; ///< raw bytes
  std::vector<std::string> uris;
  std::string raw_alternatives; ///< not empty: the bytes of the subjectAltName extension as they are
  std::string extended_usage;   ///< as "serverAuth"
  bool authority = false;
  int key_type = EVP_PKEY_EC;
  key_ptr key;                       ///< none: one of that type is made
  EVP_MD const* hash = EVP_sha256(); ///< nullptr with Ed25519 and Ed448
  bool pss = false;
  long begins = -86400; ///< seconds from now
  long ends = 86400;
};

inline void add_alternatives(X509* x, certificate_spec const& spec) {
  if (!spec.raw_alternatives.empty()) {
    std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> const bytes(ASN1_OCTET_STRING_new(),
                                                                                      &ASN1_OCTET_STRING_free);
    auto const* data = reinterpret_cast<unsigned char const*>(spec.raw_alternatives.data());
    must(ASN1_OCTET_STRING_set(bytes.get(), data, static_cast<int>(spec.raw_alternatives.size())) == 1, "octets");
    std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> const extension(
        X509_EXTENSION_create_by_NID(nullptr, NID_subject_alt_name, 0, bytes.get()), &X509_EXTENSION_free);
    must(extension && X509_add_ext(x, extension.get(), -1) == 1, "extension");
    return;
  }
  std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> const all(sk_GENERAL_NAME_new_null(),
                                                                          &GENERAL_NAMES_free);
  auto const add = [&](int kind, int string_type, std::string const& bytes) {
    auto* const s = ASN1_STRING_type_new(string_type);
    must(s != nullptr && ASN1_STRING_set(s, bytes.data(), static_cast<int>(bytes.size())) == 1, "string");
    auto* const name = GENERAL_NAME_new();
    GENERAL_NAME_set0_value(name, kind, s);
    must(sk_GENERAL_NAME_push(all.get(), name) > 0, "push");
  };
  for (auto const& n : spec.uris) add(GEN_URI, V_ASN1_IA5STRING, n);
  for (auto const& n : spec.dns) add(GEN_DNS, V_ASN1_IA5STRING, n);
  for (auto const& n : spec.addresses) add(GEN_IPADD, V_ASN1_OCTET_STRING, n);
  if (sk_GENERAL_NAME_num(all.get()) > 0)
    must(X509_add1_ext_i2d(x, NID_subject_alt_name, all.get(), 0, 0) == 1, "subjectAltName");
}

inline void add_extension(X509* x, int nid, char const* value) {
  std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> const e(
      X509V3_EXT_conf_nid(nullptr, nullptr, nid, value), &X509_EXTENSION_free);
  must(e && X509_add_ext(x, e.get(), -1) == 1, value);
}

/// A certificate signed by `issuer`, or by itself.
inline identity issue(certificate_spec const& spec, identity const* issuer = nullptr) {
  static long serial = 1;
  identity made{x509_ptr(X509_new(), &X509_free), spec.key ? spec.key : make_key(spec.key_type)};
  auto* const x = made.certificate.get();
  must(X509_set_version(x, 2) == 1 && ASN1_INTEGER_set(X509_get_serialNumber(x), serial++) == 1, "serial");
  must(X509_gmtime_adj(X509_getm_notBefore(x), spec.begins) != nullptr, "notBefore");
  must(X509_gmtime_adj(X509_getm_notAfter(x), spec.ends) != nullptr, "notAfter");
  must(X509_set_pubkey(x, made.key.get()) == 1, "pubkey");
  for (auto const& n : spec.common_names)
    must(X509_NAME_add_entry_by_NID(X509_get_subject_name(x), NID_commonName, V_ASN1_UTF8STRING,
                                    reinterpret_cast<unsigned char const*>(n.data()), static_cast<int>(n.size()), -1,
                                    0) == 1,
         "CN");
  must(X509_set_issuer_name(x, X509_get_subject_name(issuer != nullptr ? issuer->certificate.get() : x)) == 1,
       "issuer");
  if (spec.authority) add_extension(x, NID_basic_constraints, "critical,CA:TRUE");
  if (!spec.extended_usage.empty()) add_extension(x, NID_ext_key_usage, spec.extended_usage.c_str());
  add_alternatives(x, spec);

  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> const signing(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  EVP_PKEY_CTX* padding = nullptr;
  auto* const signer = issuer != nullptr ? issuer->key.get() : made.key.get();
  must(EVP_DigestSignInit(signing.get(), &padding, spec.hash, nullptr, signer) == 1, "DigestSignInit");
  if (spec.pss) {
    must(EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1, "PSS");
    must(EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) == 1, "salt length");
  }
  must(X509_sign_ctx(x, signing.get()) > 0, "sign");
  return made;
}

/// One that issues certificates.
inline identity make_authority(std::string name, identity const* issuer) {
  certificate_spec spec;
  spec.common_names = {std::move(name)};
  spec.authority = true;
  return issue(spec, issuer);
}
inline identity make_root(std::string name) { return make_authority(std::move(name), nullptr); }

/// A file with `text`, gone at the end.
class temporary_file {
 public:
  explicit temporary_file(std::string_view text) {
    char const* const dir = std::getenv("TMPDIR");
    name_ = std::string(dir != nullptr && *dir != '\0' ? dir : "/tmp") + "/tusk_test_XXXXXX";
    auto const fd = ::mkstemp(name_.data());
    if (fd < 0) throw std::runtime_error("mkstemp");
    ::close(fd);
    write(text);
  }
  temporary_file(temporary_file const&) = delete;
  temporary_file& operator=(temporary_file const&) = delete;
  ~temporary_file() { ::unlink(name_.c_str()); }
  std::string const& name() const noexcept { return name_; }
  void write(std::string_view text) {
    auto* const f = std::fopen(name_.c_str(), "wb");
    if (f == nullptr || std::fwrite(text.data(), 1, text.size(), f) != text.size() || std::fclose(f) != 0)
      throw std::runtime_error("cannot write " + name_);
  }

 private:
  std::string name_;
};

/// How the server behaves.
struct server_settings {
  identity self;               ///< none: only for ciphers that need none
  std::vector<identity> chain; ///< sent along
  int lowest = TLS1_2_VERSION;
  int highest = TLS1_3_VERSION;
  std::string alpn;                        ///< the answer; empty: none
  std::string ciphers;                     ///< of TLS 1.2; empty: as OpenSSL has them
  bool asks = false;                       ///< for a certificate of the client, whatever it is
  std::map<std::string, identity> by_name; ///< other certificates, for those who ask for these names
};

class tls_server {
 public:
  explicit tls_server(server_settings settings)
      : settings_(std::move(settings)), context_(SSL_CTX_new(TLS_server_method())) {
    auto* const c = context_.get();
    must(SSL_CTX_set_min_proto_version(c, settings_.lowest) == 1, "min version");
    must(SSL_CTX_set_max_proto_version(c, settings_.highest) == 1, "max version");
    SSL_CTX_set_security_level(c, 0);
    if (!settings_.ciphers.empty()) must(SSL_CTX_set_cipher_list(c, settings_.ciphers.c_str()) == 1, "ciphers");
    if (settings_.self.certificate) {
      must(SSL_CTX_use_certificate(c, settings_.self.certificate.get()) == 1, "certificate");
      must(SSL_CTX_use_PrivateKey(c, settings_.self.key.get()) == 1, "key");
    }
    for (auto const& i : settings_.chain) must(SSL_CTX_add1_chain_cert(c, i.certificate.get()) == 1, "chain");
    if (settings_.asks) SSL_CTX_set_verify(c, SSL_VERIFY_PEER, [](int, X509_STORE_CTX*) { return 1; });
    SSL_CTX_set_tlsext_servername_callback(c, &tls_server::select_name);
    SSL_CTX_set_alpn_select_cb(c, &tls_server::select_alpn, this);
    ssl_.reset(SSL_new(c));
    SSL_set_app_data(ssl_.get(), static_cast<void*>(this));
    SSL_set_info_callback(ssl_.get(), &tls_server::on_info);
    auto* const in = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(in, -1);
    in_ = in;
    SSL_set_bio(ssl_.get(), in, out_);
    SSL_set_accept_state(ssl_.get());
  }

  SSL* ssl() noexcept { return ssl_.get(); }
  void feed(tusk::wire::byte_view bytes) {
    if (!bytes.empty()) BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
  }
  /// What is to be sent to the client.
  std::string take() {
    char* data = nullptr;
    auto const n = BIO_get_mem_data(out_, &data);
    std::string bytes(data, n > 0 ? static_cast<std::size_t>(n) : 0);
    must(BIO_reset(out_) == 1, "BIO_reset");
    return bytes;
  }
  /// Whether the handshake is complete.
  bool handshake() {
    ERR_clear_error();
    auto const done = SSL_do_handshake(ssl_.get()) == 1;
    ERR_clear_error();
    return done;
  }
  /// All plain text there is.
  std::string read() {
    std::string all;
    char chunk[16384];
    for (int n; ERR_clear_error(), (n = SSL_read(ssl_.get(), chunk, sizeof chunk)) > 0;)
      all.append(chunk, static_cast<std::size_t>(n));
    ERR_clear_error();
    return all;
  }
  void write(std::string_view plain) {
    ERR_clear_error();
    must(SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size())) == static_cast<int>(plain.size()),
         "SSL_write");
  }
  /// Asks the client for new keys, of TLS 1.3.
  void update_keys() {
    ERR_clear_error();
    must(SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1, "SSL_key_update");
    must(SSL_do_handshake(ssl_.get()) == 1, "key update");
  }
  void close() { SSL_shutdown(ssl_.get()); }
  bool saw_close() const noexcept { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  std::string sni() const {
    auto const* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? "" : name;
  }
  /// The CN of the client's certificate; empty when it has shown none.
  std::string client_name() const {
    x509_ptr const shown(SSL_get_peer_certificate(ssl_.get()), &X509_free);
    char text[200] = "";
    if (shown) X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, text, sizeof text);
    return text;
  }
  std::string const& alpn_offered() const noexcept { return alpn_offered_; } ///< as in the ClientHello
  std::string const& alert() const noexcept { return alert_; }               ///< the last one that came

 private:
  static int select_alpn(SSL*, unsigned char const** out, unsigned char* size, unsigned char const* in, unsigned n,
                         void* self) {
    auto& s = *static_cast<tls_server*>(self);
    s.alpn_offered_.assign(reinterpret_cast<char const*>(in), n);
    if (s.settings_.alpn.empty()) return SSL_TLSEXT_ERR_NOACK;
    *out = reinterpret_cast<unsigned char const*>(s.settings_.alpn.data());
    *size = static_cast<unsigned char>(s.settings_.alpn.size());
    return SSL_TLSEXT_ERR_OK;
  }
  static int select_name(SSL* ssl, int*, void*) {
    auto& s = *static_cast<tls_server*>(SSL_get_app_data(ssl));
    auto const found = s.settings_.by_name.find(s.sni());
    if (found == s.settings_.by_name.end()) return SSL_TLSEXT_ERR_NOACK;
    SSL_use_certificate(ssl, found->second.certificate.get());
    SSL_use_PrivateKey(ssl, found->second.key.get());
    return SSL_TLSEXT_ERR_OK;
  }
  static void on_info(SSL const* ssl, int where, int value) {
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT)
      static_cast<tls_server*>(SSL_get_app_data(ssl))->alert_ = SSL_alert_desc_string_long(value);
  }
  struct freer {
    void operator()(SSL* p) const noexcept { SSL_free(p); }
    void operator()(SSL_CTX* p) const noexcept { SSL_CTX_free(p); }
  };

  server_settings settings_;
  std::unique_ptr<SSL_CTX, freer> context_;
  std::unique_ptr<SSL, freer> ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  std::string alpn_offered_;
  std::string alert_;
};

} // namespace tusk_test
