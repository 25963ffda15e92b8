// tusk: net/transport.hpp — a socket with or without TLS, seen as plain bytes to and from a session.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The byte filter sits between session and socket, the same in both modes, while reading and writing at once. A plain
// connection pays one null test. Nothing here waits: awaiting the socket is the pump's.
#pragma once

#include <tusk/error.hpp>
#include <tusk/net/filter.hpp>
#include <tusk/protocol/session.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace tusk::net {

/// The peer takes nothing any more. What it said before may still be there to be read.
inline bool hung_up(std::error_code const& e) noexcept {
  return e == std::errc::broken_pipe || e == std::errc::connection_reset;
}
/// What ended a connection, in the same words whichever mode's socket threw it.
template <class Mode> error lost(std::system_error const& e) {
  if (auto const* ours = dynamic_cast<error const*>(&e))
    return ours->code().category() == std::system_category() ? error(errc::connection_closed, ours->what()) : *ours;
  if (Mode::is_end(e.code())) return error(errc::connection_closed, "the server closed the connection");
  return error(errc::connection_closed, "the connection was lost: " + e.code().message());
}

template <class Mode> class transport {
 public:
  explicit transport(typename Mode::executor const& e) : socket_(e) {}

  typename Mode::socket& socket() noexcept { return socket_; }
  bool secure() const noexcept { return tls_ != nullptr; }
  filter& tls() noexcept { return *tls_; }

  /// Sends what the session has to send, until all is sent (true) or the kernel's buffer is full (false).
  bool write(protocol::session& s) {
    for (;;) {
      if (tls_ == nullptr) [[likely]] {
        auto const bytes = s.unsent();
        if (bytes.empty()) return true;
        auto const n = socket_.try_write(bytes);
        if (n < 0) return false;
        s.sent(static_cast<std::size_t>(n));
        if (static_cast<std::size_t>(n) == bytes.size()) return true;
      } else {
        if (!flush()) return false;
        left_ = s.taken();
        auto const bytes = s.unsent();
        auto const chunk = bytes.first(bytes.size() < record_bytes ? bytes.size() : record_bytes);
        if (chunk.empty()) return true;
        tls_->seal(chunk, sealed_);
        s.sent(chunk.size());
      }
    }
  }
  /// Queues bytes outside of any session, for `flush()`: requests for TLS and for cancelling.
  void put(wire::byte_view plain) {
    if (tls_ == nullptr)
      sealed_.append(plain);
    else
      tls_->seal(plain, sealed_);
  }
  /// Sends what the filter has produced, until all is sent (true) or the kernel's buffer is full (false).
  bool flush() {
    while (sealed_sent_ != sealed_.size()) {
      auto const n = socket_.try_write(sealed_.view().subspan(sealed_sent_));
      if (n < 0) return false;
      sealed_sent_ += static_cast<std::size_t>(n);
    }
    sealed_.clear();
    sealed_sent_ = 0;
    return true;
  }
  /// Nothing that counts as sent for the session is still here.
  bool flushed() const noexcept { return sealed_sent_ == sealed_.size(); }
  /// Nothing of the session's bytes before `offset`, all of which count as sent, is still here.
  bool has_left(std::uint64_t offset) const noexcept { return flushed() || offset <= left_; }

  /// Where the socket is to receive into.
  std::span<std::byte> room(protocol::session& s) {
    return tls_ == nullptr ? s.room() : std::span<std::byte>{cipher_.get(), cipher_bytes};
  }
  /// `n` bytes were received into `room()`.
  void received(std::size_t n, protocol::session& s) {
    if (tls_ == nullptr) [[likely]] {
      s.received(n);
      return;
    }
    tls_->feed({cipher_.get(), n});
    open_into(s);
  }
  /// Goes on where a session has stopped behind a row.
  void resume(protocol::session& s) {
    s.received(0);
    if (tls_ != nullptr) open_into(s);
  }

  /// Puts TLS between: begin with this, then hand `handshake_step` what arrives until it returns true.
  void begin_tls(std::unique_ptr<filter> f) {
    tls_ = std::move(f);
    cipher_ = std::make_unique_for_overwrite<std::byte[]>(cipher_bytes);
  }
  bool handshake_step(std::size_t received) {
    if (received != 0) tls_->feed({cipher_.get(), received});
    return tls_->handshake(sealed_);
  }
  std::span<std::byte> handshake_room() noexcept { return {cipher_.get(), cipher_bytes}; }

  /// Says goodbye as far as that is possible without waiting, and closes the socket.
  void close(wire::byte_view farewell) noexcept {
    if (socket_.is_open() && !farewell.empty()) {
      try {
        put(farewell);
        if (tls_ != nullptr) tls_->close(sealed_);
        flush();
      } catch (...) { // the peer is gone already: there is nobody left to tell
      }
    }
    socket_.close();
  }

 private:
  void open_into(protocol::session& s) {
    while (!s.paused()) {
      auto const plain = tls_->open(s.room());
      if (plain == 0) {
        tls_->seal({}, sealed_); // a key update or an alert may have to be answered
        if (tls_->closed()) throw error(errc::connection_closed, "the server closed the connection");
        return;
      }
      s.received(plain);
    }
  }

  static constexpr std::size_t record_bytes = 64 * 1024; // four TLS records a call: little memory, few calls
  static constexpr std::size_t cipher_bytes = 64 * 1024;

  typename Mode::socket socket_;
  std::unique_ptr<filter> tls_;
  wire::buffer sealed_; // records not yet sent
  std::size_t sealed_sent_ = 0;
  std::uint64_t left_ = 0;              // of the session's bytes, when the filter was empty the last time
  std::unique_ptr<std::byte[]> cipher_; // where the socket receives into when there is TLS
};

} // namespace tusk::net
