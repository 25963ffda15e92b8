// tusk: protocol/inbound.hpp — received bytes, taken out as whole messages.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The socket writes into `room()`, the session takes messages from the front. A message larger than the buffer grows
// it, but never faster than its bytes arrive: an announced length alone allocates nothing. Large memory is given back.
#pragma once

#include <tusk/wire/backend.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace tusk::protocol {

/// A whole message in the buffer; valid until the next call of `room()`.
struct message {
  char type = 0;
  std::byte const* begin = nullptr; ///< of the body, behind type and length
  std::byte const* end = nullptr;
  wire::byte_view body() const noexcept { return {begin, end}; }
};

/// An error in the form of the protocol's versions before 3.0.
struct old_error {
  std::string_view text; ///< borrowed from the buffer
  bool whole = false;    ///< else there is more to come
};

class inbound {
 public:
  static constexpr std::size_t usual_size = 64 * 1024; // larger reads measured no faster
  static constexpr std::size_t kept_size = 1024 * 1024;
  static constexpr std::size_t most_old_error = 1000; // PostgreSQL's own have less

  explicit inbound(std::size_t max_message) {
    set_max_message(max_message);
    resize(usual_size);
  }

  /// Where to receive into; at least one byte.
  std::span<std::byte> room() {
    if (begin_ == end_) {
      begin_ = end_ = 0;
      if (size_ > kept_size) resize(usual_size);
    }
    if (size_ - end_ < usual_size / 16 || (begin_ != 0 && missing() > size_ - end_)) {
      move_to_front();
      if (size_ == end_) resize(size_ * 2);
    }
    return {data_.get() + end_, size_ - end_};
  }
  void received(std::size_t n) noexcept { end_ += n; }

  /// Takes the next message if all of it is there. Throws errc::protocol_violation or errc::message_too_large as soon
  /// as its length is known to be impossible.
  bool take(message& m) {
    auto const left = end_ - begin_;
    if (left < 5) return false;
    auto const* p = data_.get() + begin_;
    auto const length = wire::load<std::uint32_t>(p + 1);
    if (left < std::size_t{1} + length || length < 4 || length > unsuspicious_) [[unlikely]] {
      check(static_cast<char>(*p), length);
      if (left < std::size_t{1} + length) return false;
    }
    m = {static_cast<char>(*p), p + 5, p + 1 + length};
    begin_ += std::size_t{1} + length;
    return true;
  }
  /// At the front stands no ErrorResponse but what servers said before there was one, and still say when they cannot
  /// start a process for the connection: 'E' and a text up to a zero. nullopt: something else.
  std::optional<old_error> begins_with_old_error() const noexcept {
    auto const bytes = wire::as_text({data_.get() + begin_, end_ - begin_});
    if (bytes.size() < 5 || bytes[0] != 'E' || static_cast<unsigned char>(bytes[1]) < 0x20) return std::nullopt;
    auto const text = bytes.substr(1, most_old_error);
    auto const end = text.find('\0');
    return old_error{text.substr(0, end), end != text.npos || text.size() == most_old_error};
  }
  bool empty() const noexcept { return begin_ == end_; }
  std::size_t capacity() const noexcept { return size_; }
  /// Before login a server is a stranger: it gets `n` bytes a message.
  void set_max_message(std::size_t n) noexcept {
    max_message_ = n;
    unsuspicious_ = std::min<std::size_t>(n, 30000);
  }

 private:
  [[gnu::noinline]] void check(char type, std::uint32_t length) const {
    if (auto const announced = static_cast<std::int32_t>(length); announced < 4)
      wire::violation("message of type " + wire::type_text(type), "its length is " + std::to_string(announced));
    auto const limit =
        wire::length_limit(type, static_cast<std::uint32_t>(max_message_ < 0x7fffffff ? max_message_ : 0x7fffffff));
    if (length <= limit) return;
    auto const words = "message of type " + wire::type_text(type) + " and " + std::to_string(length) + " bytes";
    if (limit == 30000 || max_message_ <= 30000)
      wire::violation(words, std::to_string(limit) + " at most are plausible");
    throw error(errc::message_too_large,
                "the server sent a " + words + ", max_message_size is " + std::to_string(limit));
  }
  /// Bytes that the message at the front lacks; 0 while its length is not known.
  std::size_t missing() const noexcept {
    auto const left = end_ - begin_;
    if (left < 5) return 0;
    auto const whole = std::size_t{1} + wire::load<std::uint32_t>(data_.get() + begin_ + 1);
    return whole > left ? whole - left : 0;
  }
  void move_to_front() noexcept {
    std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  void resize(std::size_t n) {
    auto larger = std::make_unique_for_overwrite<std::byte[]>(n);
    if (end_ != 0) std::memcpy(larger.get(), data_.get(), end_);
    data_ = std::move(larger);
    size_ = n;
  }

  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
  std::size_t begin_ = 0; // of the first message not taken
  std::size_t end_ = 0;   // of what was received
  std::size_t max_message_ = 0;
  std::size_t unsuspicious_ = 0; // the length up to which no limit has to be looked up
};

} // namespace tusk::protocol
