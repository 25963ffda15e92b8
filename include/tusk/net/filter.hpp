// tusk: net/filter.hpp — what may stand between the session's bytes and the socket's: bytes to bytes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The driver knows TLS only as this interface; no OpenSSL here. `net/tls.hpp` implements it and registers itself in
// `tls_factory` when it is included, one translation unit suffices. A filter does no I/O and never blocks.
#pragma once

#include <tusk/conninfo/tls.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace tusk::net {

/// How far the server's certificate is checked.
enum class verify {
  nothing,    ///< encrypt only
  chain,      ///< signed by a CA of `root_file` (sslmode=verify-ca)
  chain_name, ///< and issued for `host` (sslmode=verify-full)
};

/// What the ssl keywords say, for one host. `root_file` alone verifies nothing: `check` is obeyed.
struct tls_settings : conninfo::tls {
  std::string host; ///< as the user gave it: for verification and, when it is a name, SNI
  verify check = verify::nothing;
};

/// One TLS connection, client side.
class filter {
 public:
  filter() = default;
  filter(filter const&) = delete;
  filter& operator=(filter const&) = delete;
  virtual ~filter() = default;

  /// Goes on with the handshake: appends what is to be sent to `out`, returns true once it is complete (there may still
  /// be bytes to send). Call it first with nothing fed, then after each feed(). Throws error (errc::tls_failed) when
  /// the handshake fails or the certificate is refused; `out` may then hold an alert to send.
  virtual bool handshake(wire::buffer& out) = 0;
  /// Takes all of `received` from the socket.
  virtual void feed(wire::byte_view received) = 0;
  /// Decrypts into `plain` and returns how many bytes it wrote; 0: feed more, or closed(). Throws error
  /// (errc::tls_failed) on a broken record. It may leave bytes that must go out before the next data, such as the
  /// answer to a key update; they need not go sooner.
  virtual std::size_t open(std::span<std::byte> plain) = 0;
  /// Encrypts all of `plain` and appends the records to `out`, after what open() has left. Nothing to encrypt: only
  /// that, which works after a failure too.
  virtual void seal(wire::byte_view plain, wire::buffer& out) = 0;
  /// The peer has ended the stream with close_notify: an end of file is now no truncation.
  virtual bool closed() const noexcept = 0;
  /// Appends a close_notify to `out`. Nothing may be sealed after it.
  virtual void close(wire::buffer& out) noexcept = 0;
  /// The channel binding data `tls-server-end-point` of the peer's certificate (RFC 5929 section 4.1); empty where that
  /// is not defined, as for Ed25519. Valid as long as the filter, once the handshake is complete.
  virtual wire::byte_view server_end_point() const noexcept = 0;
  /// The server has asked for a certificate of ours, and we had one to show.
  virtual bool certificate_requested() const noexcept { return false; }
  virtual bool certificate_sent() const noexcept { return false; }
};

using filter_factory = std::unique_ptr<filter> (*)(tls_settings const&);

/// Makes TLS filters; nullptr in a program without `net/tls.hpp`.
inline filter_factory tls_factory = nullptr;

} // namespace tusk::net
