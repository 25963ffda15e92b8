// tusk: net/tls.hpp — TLS by OpenSSL as a filter: with the other tls files the only one that knows OpenSSL.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Including it, in one translation unit or more, puts TLS into the program: it sets `tls_factory`. OpenSSL (1.1.1, 3.x)
// runs over a BIO of our own that appends records to the caller's buffer and takes them from what was fed, so it meets
// no socket and no clock. TLS 1.2 or newer, no compression, no renegotiation, no resumption. Nothing of OpenSSL's
// process-wide state is set and nothing ever prompts. What a name in a certificate is worth is said in host_name.hpp.
#pragma once

#include <tusk/net/filter.hpp>
#include <tusk/net/host_name.hpp>
#include <tusk/net/tls_certificate.hpp>
#include <tusk/net/tls_contexts.hpp>
#include <tusk/net/tls_identity.hpp>

#include <cstring>
#include <new>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <optional>
#include <sys/uio.h>

namespace tusk::net {

/// One TLS connection of a client. What OpenSSL has to send while the caller only reads, such as the answer to a key
/// update of TLS 1.3, goes out ahead of whatever is sealed next, as RFC 8446 section 4.6.3 wants it.
class tls final : public filter {
 public:
  /// Throws error (errc::tls_failed) when the settings cannot be used.
  explicit tls(tls_settings const& settings) : settings_(settings) {
    auto const& host = settings_.host;
    if (host.find('\0') != host.npos) throw error(errc::tls_failed, "a host name must not hold a zero byte");
    if (settings_.check == verify::chain_name && host.empty())
      throw error(errc::tls_failed, "a host name is needed to verify the server's certificate (sslmode=verify-full)");
    auto const context = tls_contexts::shared().get(settings_, &tls::check_certificate, &tls::log_key);
    ERR_clear_error();
    ssl_.reset(SSL_new(context.get()));
    auto* const ends = ssl_ ? BIO_new(bio_method()) : nullptr;
    if (ends == nullptr) throw error(errc::tls_failed, "TLS could not be set up: " + take_openssl_errors());
    BIO_set_data(ends, this);
    SSL_set_bio(ssl_.get(), ends, ends);
    SSL_set_app_data(ssl_.get(), static_cast<void*>(this));
    SSL_set_connect_state(ssl_.get());
    limit_versions();
    SSL_set_cert_cb(ssl_.get(), &tls::on_certificate_request, this);
    use_identity(ssl_.get(), settings_);
    settings_.key_password = {}; // it wipes itself
    if (settings_.sni && !host.empty() && !written_as_address(host) &&
        SSL_set_tlsext_host_name(ssl_.get(), host.c_str()) != 1)
      throw error(errc::tls_failed,
                  "the host name \"" + printable(host) + "\" cannot be sent to the server: " + take_openssl_errors());
  }

  bool handshake(wire::buffer& out) override {
    throw_if_failed();
    if (complete_) return true;
    sending const to(*this, out);
    ERR_clear_error();
    auto const r = SSL_do_handshake(ssl_.get());
    if (r != 1) {
      auto const why = SSL_get_error(ssl_.get(), r);
      if (why == SSL_ERROR_WANT_READ) return false;
      if (!refusal_.empty()) fail(std::move(refusal_));
      if (why == SSL_ERROR_ZERO_RETURN) fail("the TLS handshake with " + peer() + " failed: the server ended it");
      fail("the TLS handshake with " + peer() + " failed: " + take_openssl_errors());
    }
    // The system's configuration may allow ciphers without certificates.
    if (settings_.check != verify::nothing && !accepted_)
      fail("the TLS handshake with " + peer() + " failed: the server has shown no certificate");
    // OpenSSL itself refuses a protocol that was not offered, but only since 2024.
    unsigned char const* chosen = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
    std::string_view const protocol(reinterpret_cast<char const*>(chosen), size);
    if (size != 0 && protocol != "postgresql")
      fail("the TLS handshake with " + peer() + " failed: the server speaks \"" + printable(protocol) +
           "\" (ALPN), not \"postgresql\"");
    // Who is reached at once might be a server of anything, that would take our first message for its own.
    if (size == 0 && settings_.negotiation == conninfo::sslnegotiation::direct)
      fail("the TLS handshake with " + peer() +
           " failed: the server does not confirm that it speaks \"postgresql\" "
           "(ALPN), as sslnegotiation=direct needs");
    compute_end_point();
    SSL_certs_clear(ssl_.get()); // our private key
    complete_ = true;
    return true;
  }

  void feed(wire::byte_view received) override {
    if (taken_ != 0) {
      auto const left = fed_.size() - taken_;
      std::memmove(fed_.data(), fed_.data() + taken_, left);
      fed_.truncate(left);
      taken_ = 0;
    }
    fed_.append(received);
  }

  std::size_t open(std::span<std::byte> plain) override {
    throw_if_failed();
    if (!complete_ || closed_) return 0;
    std::size_t filled = 0;
    while (filled < plain.size()) {
      // Asked in vain, OpenSSL would take 16 KiB for the record to come and keep them.
      if (taken_ == fed_.size() && SSL_pending(ssl_.get()) == 0) break;
      std::size_t n = 0;
      ERR_clear_error();
      auto const r = SSL_read_ex(ssl_.get(), plain.data() + filled, plain.size() - filled, &n);
      filled += n;
      if (pending_.size() > most_pending)
        note_failure("reading from " + peer() + " over TLS failed: it asks for too many key updates");
      if (r == 1 && !failure_) continue;
      auto const why = SSL_get_error(ssl_.get(), r);
      if (why == SSL_ERROR_ZERO_RETURN)
        closed_ = true;
      else if (why != SSL_ERROR_WANT_READ && !failure_)
        note_failure("reading from " + peer() + " over TLS failed: " + take_openssl_errors());
      break;
    }
    if (filled == 0) throw_if_failed(); // otherwise the next call does
    return filled;
  }

  void seal(wire::byte_view plain, wire::buffer& out) override {
    sending const to(*this, out);
    bool const usable =
        complete_ && !failure_ && !no_memory_ && (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) == 0;
    if (plain.empty() && !usable) return;
    throw_if_failed();
    if (!usable)
      throw error(errc::tls_failed,
                  "nothing can be sent to " + peer() + " over TLS before the handshake or after close");
    constexpr std::size_t record = 16384, overhead = 64;
    if (plain.size() > record) out.reserve(out.size() + plain.size() + (plain.size() / record + 1) * overhead);
    ERR_clear_error();
    std::size_t n = 0; // an empty write sends what OpenSSL itself has to say, and no record of data
    if (SSL_write_ex(ssl_.get(), plain.data(), plain.size(), &n) != 1)
      fail("writing to " + peer() + " over TLS failed: " + take_openssl_errors());
  }

  bool closed() const noexcept override { return closed_; }

  void close(wire::buffer& out) noexcept override {
    try {
      sending const to(*this, out);
      ERR_clear_error();
      if (complete_ && !failure_ && !no_memory_) SSL_shutdown(ssl_.get());
    } catch (std::bad_alloc const&) { // the peer will see the socket's end instead
    }
    ERR_clear_error();
  }

  wire::byte_view server_end_point() const noexcept override { return {end_point_, end_point_size_}; }
  bool certificate_requested() const noexcept override { return certificate_requested_; }
  bool certificate_sent() const noexcept override { return certificate_sent_; }
  /// Our private key is in memory, as it is during the handshake alone.
  bool holds_private_key() const noexcept { return SSL_get_privatekey(ssl_.get()) != nullptr; }

  /// For OpenSSL, which asks during the handshake, so that a refused server gets an alert and never our Finished.
  static int check_certificate(X509_STORE_CTX* chain, void*) noexcept {
    auto* const ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& self = *static_cast<tls*>(SSL_get_app_data(ssl));
    try {
      self.refusal_ = self.why_refused(chain);
    } catch (error const& e) {
      self.refusal_ = e.what();
    } catch (...) {
      self.no_memory_ = true;
    }
    self.accepted_ = self.refusal_.empty() && !self.no_memory_;
    if (self.accepted_) return 1;
    if (X509_STORE_CTX_get_error(chain) == X509_V_OK) X509_STORE_CTX_set_error(chain, X509_V_ERR_HOSTNAME_MISMATCH);
    return 0;
  }

  /// For OpenSSL, when the server asks for a certificate of ours.
  static int on_certificate_request(SSL* ssl, void* self) noexcept {
    auto& t = *static_cast<tls*>(self);
    t.certificate_requested_ = true;
    t.certificate_sent_ = SSL_get_certificate(ssl) != nullptr;
    return 1;
  }

  /// For OpenSSL, when keys have been agreed on. A file that cannot be written disturbs nobody, as in libpq.
  static void log_key(SSL const* ssl, char const* line) noexcept {
    auto const& self = *static_cast<tls const*>(SSL_get_app_data(ssl));
    int const fd =
        ::open(self.settings_.key_log_file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0) return;
    char newline = '\n'; // one call: connections of other threads write there too
    iovec const parts[] = {{const_cast<char*>(line), std::strlen(line)}, {&newline, 1}};
    [[maybe_unused]] auto const written = ::writev(fd, parts, 2);
    ::close(fd);
  }

 private:
  /// While it lives, records go to `out`, those that waited first.
  class sending {
   public:
    sending(tls& self, wire::buffer& out) : self_(self) {
      out.append(self.pending_);
      self.pending_.release();
      self.sink_ = &out;
    }
    sending(sending const&) = delete;
    sending& operator=(sending const&) = delete;
    ~sending() { self_.sink_ = &self_.pending_; }

   private:
    tls& self_;
  };

  std::string peer() const { return settings_.host.empty() ? "the server" : "\"" + printable(settings_.host) + "\""; }

  void note_failure(std::string words) { failure_.emplace(errc::tls_failed, std::move(words)); }
  void throw_if_failed() const {
    if (no_memory_) throw std::bad_alloc();
    if (failure_) throw error(*failure_);
  }
  [[noreturn]] void fail(std::string words) {
    ERR_clear_error();
    note_failure(std::move(words));
    throw_if_failed();
    throw error(*failure_);
  }

  void limit_versions() {
    bool good = true;
    if (settings_.lowest == conninfo::tls_version::v1_3)
      good = SSL_set_min_proto_version(ssl_.get(), TLS1_3_VERSION) == 1;
    if (settings_.highest == conninfo::tls_version::v1_2)
      good = good && SSL_set_max_proto_version(ssl_.get(), TLS1_2_VERSION) == 1;
    if (!good)
      throw error(errc::tls_failed,
                  "this OpenSSL cannot keep to ssl_min_protocol_version and ssl_max_protocol_version: " +
                      take_openssl_errors());
  }

  std::string why_refused(X509_STORE_CTX* chain) const {
    if (X509_verify_cert(chain) != 1) {
      auto const code = X509_STORE_CTX_get_error(chain);
      std::string words = "the certificate of " + peer() + " was refused: " + X509_verify_cert_error_string(code);
      if (auto* const culprit = X509_STORE_CTX_get_current_cert(chain))
        words += " (\"" + distinguished_name(X509_get_subject_name(culprit)) + "\", issued by \"" +
                 distinguished_name(X509_get_issuer_name(culprit)) + "\")";
      return words + refusal_advice(code, settings_);
    }
    if (settings_.check != verify::chain_name) return {};
    auto const names = names_of(X509_STORE_CTX_get0_cert(chain));
    if (issued_for(names, settings_.host)) return {};
    return "the certificate of " + peer() + " was refused: it is issued for " + described(names) +
           "; connect by that name, or leave the name unchecked with sslmode=verify-ca";
  }

  /// RFC 5929 section 4.1: the hash of the certificate by the hash function of its signature.
  void compute_end_point() noexcept {
    auto* const chain = SSL_get_peer_cert_chain(ssl_.get());
    auto* const certificate = chain != nullptr && sk_X509_num(chain) > 0 ? sk_X509_value(chain, 0) : nullptr;
    int hash = NID_undef;
    if (certificate == nullptr || X509_get_signature_info(certificate, &hash, nullptr, nullptr, nullptr) != 1)
      hash = NID_undef;
    if (hash == NID_md5 || hash == NID_sha1) hash = NID_sha256;
    auto const* const md = hash == NID_undef ? nullptr : EVP_get_digestbynid(hash);
    unsigned size = 0;
    if (md != nullptr && X509_digest(certificate, md, reinterpret_cast<unsigned char*>(end_point_), &size) == 1)
      end_point_size_ = size;
    ERR_clear_error();
  }

  // OpenSSL's ends: it writes into *sink_ and reads what was fed.
  static BIO_METHOD* bio_method() {
    static BIO_METHOD* const the = [] { // never freed, as tls_contexts
      auto* const m = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "tusk");
      if (m == nullptr) throw std::bad_alloc();
      BIO_meth_set_write(m, &tls::bio_write);
      BIO_meth_set_read(m, &tls::bio_read);
      BIO_meth_set_ctrl(m, [](BIO*, int command, long, void*) -> long { return command == BIO_CTRL_FLUSH ? 1 : 0; });
      return m;
    }();
    return the;
  }
  static int bio_write(BIO* b, char const* data, int size) noexcept {
    auto& self = *static_cast<tls*>(BIO_get_data(b));
    BIO_clear_retry_flags(b);
    try {
      self.sink_->append(data, static_cast<std::size_t>(size));
    } catch (...) { // must not pass through OpenSSL
      self.no_memory_ = true;
      return -1;
    }
    return size;
  }
  static int bio_read(BIO* b, char* to, int size) noexcept {
    auto& self = *static_cast<tls*>(BIO_get_data(b));
    BIO_clear_retry_flags(b);
    auto const left = self.fed_.size() - self.taken_;
    if (left == 0) {
      BIO_set_retry_read(b);
      return -1;
    }
    auto const n = left < static_cast<std::size_t>(size) ? left : static_cast<std::size_t>(size);
    std::memcpy(to, self.fed_.data() + self.taken_, n);
    self.taken_ += n;
    if (self.taken_ == self.fed_.size()) {
      self.taken_ = 0;
      if (self.fed_.capacity() > most_kept)
        self.fed_.release();
      else
        self.fed_.clear();
    }
    return static_cast<int>(n);
  }

  static constexpr std::size_t most_pending = 65536; // 2400 answers to key updates
  static constexpr std::size_t most_kept = 16384;    // of an idle connection's receive buffer

  tls_settings settings_;
  openssl_ptr<SSL> ssl_;
  wire::buffer fed_; // from taken_ on not yet read by OpenSSL
  std::size_t taken_ = 0;
  wire::buffer pending_; // written by OpenSSL during open()
  wire::buffer* sink_ = &pending_;
  std::optional<error> failure_; // what every later call throws
  std::string refusal_;          // why check_certificate said no
  bool accepted_ = false;        // check_certificate has said yes
  bool no_memory_ = false;
  bool complete_ = false;
  bool closed_ = false;
  bool certificate_requested_ = false;
  bool certificate_sent_ = false;
  std::byte end_point_[EVP_MAX_MD_SIZE] = {};
  std::size_t end_point_size_ = 0;
};

inline std::unique_ptr<filter> make_tls(tls_settings const& settings) { return std::make_unique<tls>(settings); }

/// Its initialisation puts TLS into the program.
inline bool const tls_registered = (tls_factory = &make_tls, true);

} // namespace tusk::net
