// tusk: protocol/outbound.hpp — bytes on their way to the server, addressed by their offset in the stream.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Requests append at the end, the transport takes from the front. Offsets count from the first byte of the connection,
// so that an exchange can tell whether it is on the wire without owning any bytes, and one that is not can be
// withdrawn.
#pragma once

#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tusk::protocol {

class outbound {
 public:
  static constexpr std::size_t kept_size = 1024 * 1024;

  wire::buffer& bytes() noexcept { return bytes_; }
  /// The offset behind the last byte appended.
  std::uint64_t end() const noexcept { return base_ + bytes_.size(); }
  /// The offset of the first byte that the transport has not taken yet: all before may be on the wire.
  std::uint64_t taken() const noexcept { return base_ + taken_; }
  wire::byte_view untaken() const noexcept { return bytes_.view().subspan(taken_); }
  bool empty() const noexcept { return taken_ == bytes_.size(); }

  /// While logging in what was sent is overwritten, not just forgotten: it holds the password.
  void set_confidential(bool on) {
    confidential_ = on;
    if (on) bytes_.reserve(4096); // a buffer that grew would leave a copy behind
  }
  /// The transport has taken `n` bytes from the front of `untaken()`.
  void take(std::size_t n) {
    taken_ += n;
    if (taken_ < bytes_.size()) {
      // A queue that is never empty must not grow for ever.
      if (taken_ >= kept_size && taken_ >= bytes_.size() / 2) forget_taken();
      return;
    }
    base_ += bytes_.size();
    taken_ = 0;
    if (confidential_)
      bytes_.wipe();
    else
      bytes_.clear();
    if (bytes_.capacity() > kept_size) bytes_.release();
  }
  /// Removes the bytes of the offsets [from, to), none of which may have been taken.
  void withdraw(std::uint64_t from, std::uint64_t to) noexcept {
    auto* at = bytes_.data() + (from - base_);
    std::memmove(at, at + (to - from), static_cast<std::size_t>(end() - to));
    bytes_.truncate(bytes_.size() - static_cast<std::size_t>(to - from));
  }

  /// Puts `what` in at an offset that has not been taken.
  void insert(std::uint64_t at, wire::byte_view what) {
    auto const behind = static_cast<std::size_t>(end() - at);
    bytes_.extend(what.size());
    auto* const place = bytes_.data() + (at - base_);
    std::memmove(place + what.size(), place, behind);
    std::memcpy(place, what.data(), what.size());
  }

 private:
  void forget_taken() noexcept {
    auto const left = bytes_.size() - taken_;
    std::memmove(bytes_.data(), bytes_.data() + taken_, left);
    bytes_.truncate(left);
    base_ += taken_;
    taken_ = 0;
  }
  wire::buffer bytes_;
  std::size_t taken_ = 0;
  std::uint64_t base_ = 0; // the offset of bytes_[0]
  bool confidential_ = false;
};

} // namespace tusk::protocol
