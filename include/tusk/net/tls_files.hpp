// tusk: net/tls_files.hpp — what TLS reads from files, and how OpenSSL's complaints are worded.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A part of `net/tls.hpp`, included by the other parts. Reads whole files of bounded size, owns OpenSSL's objects and
// empties its error queue into words. Knows no keyword but the one it is told to name in an error.
#pragma once

#include <tusk/conninfo/secret.hpp>
#include <tusk/error.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace tusk::net {

/// Frees OpenSSL's objects.
struct openssl_delete {
  void operator()(SSL* p) const noexcept { SSL_free(p); }
  void operator()(SSL_CTX* p) const noexcept { SSL_CTX_free(p); }
  void operator()(BIO* p) const noexcept { BIO_free(p); }
  void operator()(X509* p) const noexcept { X509_free(p); }
  void operator()(EVP_PKEY* p) const noexcept { EVP_PKEY_free(p); }
  void operator()(GENERAL_NAMES* p) const noexcept { GENERAL_NAMES_free(p); }
  void operator()(STACK_OF(X509_INFO) * p) const noexcept { sk_X509_INFO_pop_free(p, &X509_INFO_free); }
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

/// For readers of PEM, which would else ask at the terminal.
inline int never_prompt(char*, int, int, void*) noexcept { return -1; }

/// About the file `name`, which is `kind` and was given by `keyword`.
inline error file_error(char const* kind, std::string const& name, char const* keyword, std::string const& why) {
  return error(errc::tls_failed,
               std::string("the ").append(kind) + " \"" + printable(name) + "\" (" + keyword + ") " + why);
}
inline std::string cannot_be_read(int number) {
  return "cannot be read: " + std::error_code(number, std::generic_category()).message();
}
inline bool is_missing(int number) noexcept { return number == ENOENT || number == ENOTDIR; }

inline constexpr std::size_t largest_file = std::size_t{16} << 20; // a system's whole bundle has 0.2 MiB

/// Reads all of `name` into `text`. Returns 0, what errno says, or EFBIG for more than `largest_file`.
inline int read_file(std::string const& name, std::string& text) {
  struct closer {
    void operator()(std::FILE* f) const noexcept { std::fclose(f); }
  };
  std::unique_ptr<std::FILE, closer> const file(std::fopen(name.c_str(), "rbe"));
  if (!file) return errno;
  if (std::fseek(file.get(), 0, SEEK_END) == 0) { // growing instead takes 0.4 ms for a system's bundle
    auto const size = std::ftell(file.get());
    if (size > 0 && static_cast<unsigned long>(size) <= largest_file) text.reserve(static_cast<std::size_t>(size));
    std::rewind(file.get());
  }
  char chunk[16384];
  while (auto const n = std::fread(chunk, 1, sizeof chunk, file.get())) {
    text.append(chunk, n);
    if (text.size() > largest_file) return EFBIG;
  }
  return std::ferror(file.get()) != 0 ? errno : 0;
}

inline openssl_ptr<BIO> memory_bio(std::string_view text) {
  openssl_ptr<BIO> b(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (!b) throw std::bad_alloc();
  return b;
}

/// The error that ends the reading of a list of PEM blocks as it should end.
inline bool is_end_of_pem() noexcept {
  auto const last = ERR_peek_last_error();
  return ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
}

} // namespace tusk::net
