// tusk: wire/copy_binary.hpp — the frame that COPY in binary format puts around its rows.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   file   = "PGCOPY\n\377\r\n\0" Int32(flags) Int32(n) n*byte row* Int16(-1)
//   row    = Int16(fields) (Int32(length) length*byte)*     length -1 is NULL
//
// (PostgreSQL documentation, COPY, "Binary Format".) A server sends a message for each row, with the header before the
// first one; the protocol allows any other division, and it is read too. Knows no types.
#pragma once

#include <tusk/error.hpp>
#include <tusk/wire/backend.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace tusk::wire {

/// How it begins, with no flags and no extension.
inline constexpr std::string_view copy_header{"PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19};
inline constexpr std::int16_t copy_trailer = -1;

/// Takes rows out of the data of a binary COPY, however it is divided into messages.
class copy_rows {
 public:
  explicit copy_rows(std::size_t max_row) noexcept : max_row_(max_row) {}

  /// The next message's data, which have to stay where they are until `next()` returns an empty view.
  /// Throws errc::message_too_large when a row is larger than `max_row` bytes.
  void add(byte_view data) {
    if (kept_.size() == at_) {
      kept_.clear();
      at_ = 0;
      now_ = data;
      return;
    }
    kept_.append(data); // a row goes on
    now_ = {kept_.data() + at_, kept_.size() - at_};
  }
  /// The next row, at its number of fields; an empty view: none is whole yet, or all have been read. Valid until `add`.
  /// Throws errc::protocol_violation.
  byte_view next() {
    if (!begun_ && !header()) return keep();
    if (ended_) {
      if (!now_.empty()) violation(what, "there are bytes behind its end");
      return {};
    }
    if (now_.size() < 2) return keep();
    auto const fields = load<std::int16_t>(now_.data());
    if (fields < 0) return end(fields);
    std::size_t n = 2;
    for (int i = 0; i < fields; ++i) {
      if (now_.size() - n < 4) return keep();
      auto const length = load<std::int32_t>(now_.data() + n);
      n += 4;
      if (length < -1) violation(what, "a field has the length " + std::to_string(length));
      if (length <= 0) continue;
      if (now_.size() - n < static_cast<std::size_t>(length)) return keep();
      n += static_cast<std::size_t>(length);
    }
    return take(n);
  }
  /// The end has been read.
  bool ended() const noexcept { return ended_; }

 private:
  static constexpr std::string_view what = "data of a binary COPY";

  bool header() {
    auto const same = as_text(now_).substr(0, 11);
    if (!copy_header.starts_with(same)) violation(what, "they do not begin as such data do");
    if (now_.size() < copy_header.size()) return false;
    auto const flags = load<std::uint32_t>(now_.data() + 11);
    if ((flags >> 16) != 0) violation(what, "their header has unknown flags that matter");
    std::size_t const extension = load<std::uint32_t>(now_.data() + 15);
    if (now_.size() - copy_header.size() < extension) return false;
    take(copy_header.size() + extension);
    begun_ = true;
    return true;
  }
  [[gnu::cold]] byte_view end(std::int16_t fields) {
    if (fields != copy_trailer) violation(what, "a row has " + std::to_string(fields) + " fields");
    take(2);
    ended_ = true;
    return next();
  }
  byte_view take(std::size_t n) noexcept {
    auto const taken = now_.first(n);
    now_ = now_.subspan(n);
    if (!kept_.empty()) at_ += n;
    return taken;
  }
  /// What is left waits for the next message.
  byte_view keep() {
    if (now_.size() > max_row_)
      throw error(errc::message_too_large,
                  "a row of a COPY has more than " + std::to_string(max_row_) + " bytes, which is max_message_size");
    if (kept_.empty()) {
      kept_.append(now_);
    } else { // what has been read of it would pile up
      std::memmove(kept_.data(), kept_.data() + at_, kept_.size() - at_);
      kept_.truncate(kept_.size() - at_);
      at_ = 0;
    }
    now_ = {};
    return {};
  }

  byte_view now_;
  buffer kept_;        // what was left of earlier messages, and all since
  std::size_t at_ = 0; // how much of it has been read
  std::size_t max_row_;
  bool begun_ = false;
  bool ended_ = false;
};

} // namespace tusk::wire
