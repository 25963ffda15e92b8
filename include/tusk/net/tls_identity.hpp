// tusk: net/tls_identity.hpp — the certificate that we show to a server, and its private key.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A part of `net/tls.hpp`, included by nothing else. Reads sslcert and sslkey for each connection anew, so that files
// that are renewed count at once, and nothing of a key outlives the handshake that needs it: what was read is wiped
// here, what OpenSSL made of it by `tls`. The rules of permission are libpq's. Nothing ever prompts.
#pragma once

#include <tusk/net/filter.hpp>
#include <tusk/net/tls_files.hpp>

namespace tusk::net {

/// A private key's file, opened: what is judged is what is read.
class key_file {
 public:
  /// Throws error (errc::tls_failed) when it cannot be read, or could be by others.
  explicit key_file(std::string const& name) : name_(name) {
    if (name.empty()) throw error(errc::tls_failed, "there is a certificate (sslcert), and no private key (sslkey)");
    fd_ = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd_ < 0 && is_missing(errno)) refuse("is not there, and its certificate is");
    if (fd_ < 0) refuse(cannot_be_read(errno));
    try {
      judge();
      read();
    } catch (...) {
      ::close(fd_);
      conninfo::wipe(text_);
      throw;
    }
    ::close(fd_);
  }
  key_file(key_file const&) = delete;
  key_file& operator=(key_file const&) = delete;
  ~key_file() { conninfo::wipe(text_); }

  std::string const& text() const noexcept { return text_; }
  [[noreturn]] void refuse(std::string const& why) const { throw file_error("private key", name_, "sslkey", why); }

 private:
  void judge() {
    struct stat info;
    if (::fstat(fd_, &info) != 0) refuse(cannot_be_read(errno));
    if (!S_ISREG(info.st_mode)) refuse("is not a regular file");
    // A system's key may be lent to a group by root, who could read any other too.
    auto const for_others = info.st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;
    if ((info.st_mode & static_cast<mode_t>(for_others)) != 0)
      refuse(info.st_uid == 0 ? "is open to others than root and its group; chmod 0640 it, or 0600"
                              : "is open to others than its owner; chmod 0600 it");
    constexpr off_t most = off_t{1} << 20;
    if (info.st_size > most) refuse("is larger than 1 MiB");
    text_.reserve(static_cast<std::size_t>(info.st_size) + 1); // growing would leave copies behind
  }
  void read() {
    while (text_.size() < text_.capacity()) {
      auto const had = text_.size();
      text_.resize(text_.capacity());
      auto const n = ::read(fd_, text_.data() + had, text_.size() - had);
      text_.resize(had + (n > 0 ? static_cast<std::size_t>(n) : 0));
      if (n < 0 && errno != EINTR) refuse(cannot_be_read(errno));
      if (n == 0) return;
    }
    refuse("has changed while it was read");
  }

  std::string const& name_;
  std::string text_;
  int fd_ = -1;
};

/// sslpassword, for OpenSSL when it asks.
struct passphrase {
  conninfo::secret const& text;
  bool asked = false;

  static int give(char* to, int size, int, void* self) noexcept {
    auto& p = *static_cast<passphrase*>(self);
    p.asked = true;
    auto const& s = p.text.str();
    if (s.empty() || s.size() > static_cast<std::size_t>(size)) return -1;
    return static_cast<int>(s.copy(to, s.size())); // it wants no NUL behind it
  }
};

/// The key of a PEM file, else of a DER file. Throws error (errc::tls_failed).
inline openssl_ptr<EVP_PKEY> decode_key(key_file const& file, conninfo::secret const& password) {
  passphrase words{password};
  ERR_clear_error();
  auto const pem = memory_bio(file.text());
  openssl_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(pem.get(), nullptr, &passphrase::give, &words));
  if (key) return key;
  auto why = take_openssl_errors();
  if (!words.asked) { // the encrypted form first: the reader of the other one has no way to be given a password
    auto const encrypted = memory_bio(file.text());
    key.reset(d2i_PKCS8PrivateKey_bio(encrypted.get(), nullptr, &passphrase::give, &words));
    if (!key && words.asked) why = take_openssl_errors();
  }
  if (!key && !words.asked) {
    auto const plain = memory_bio(file.text());
    key.reset(d2i_PrivateKey_bio(plain.get(), nullptr));
  }
  ERR_clear_error();
  if (key) return key;
  if (!words.asked) file.refuse("holds no private key in PEM or DER form: " + why);
  if (password.empty()) file.refuse("is encrypted, and sslpassword is not given");
  file.refuse("cannot be decrypted with sslpassword: " + why);
}

/// Shows the certificates of `pem`, the first one ours, the others those it was issued under.
inline void use_certificates(SSL* ssl, std::string const& pem, std::string const& name) {
  auto const refuse = [&](std::string const& why) {
    return file_error("certificate", name, "sslcert", why + take_openssl_errors());
  };
  auto const in = memory_bio(pem);
  for (int count = 0;; ++count) {
    ERR_clear_error();
    openssl_ptr<X509> const certificate(PEM_read_bio_X509_AUX(in.get(), nullptr, &never_prompt, nullptr));
    if (!certificate && count > 0 && is_end_of_pem()) break;
    if (!certificate && count == 0) throw refuse("holds no certificate in PEM form: ");
    if (!certificate) throw refuse("has a broken certificate, number " + std::to_string(count + 1) + ": ");
    auto const taken =
        count == 0 ? SSL_use_certificate(ssl, certificate.get()) : SSL_add1_chain_cert(ssl, certificate.get());
    if (taken != 1) throw refuse("cannot be used: ");
  }
  ERR_clear_error();
}

/// Has `ssl` show a certificate of ours to a server that asks for one, if there is one. Throws error
/// (errc::tls_failed).
inline void use_identity(SSL* ssl, tls_settings const& settings) {
  auto const& name = settings.certificate_file;
  if (settings.certificate_mode == conninfo::sslcertmode::disable || name.empty()) return;
  std::string pem;
  auto const failed = read_file(name, pem);
  if (is_missing(failed)) return; // the server may do without
  if (failed != 0) throw file_error("certificate", name, "sslcert", cannot_be_read(failed));
  use_certificates(ssl, pem, name);
  key_file const file(settings.key_file);
  auto const key = decode_key(file, settings.key_password);
  if (SSL_use_PrivateKey(ssl, key.get()) != 1 || SSL_check_private_key(ssl) != 1)
    file.refuse("is not that of the certificate \"" + printable(name) + "\" (sslcert): " + take_openssl_errors());
}

} // namespace tusk::net
