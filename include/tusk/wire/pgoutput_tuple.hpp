// tusk: wire/pgoutput_tuple.hpp — one version of a row in the messages of pgoutput.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// TupleData of "Logical Replication Message Formats": Int16 number of columns, and for each a byte that says what
// follows: 'n' NULL, 'u' a value kept outside of the row (TOAST) which the change has left as it was, 't' text and 'b'
// binary, these two with an Int32 length and so many bytes. Checked whole when read; walking it then cannot fail.
// Knows neither relations nor types.
#pragma once

#include <tusk/wire/backend.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tusk::wire {

/// What was sent for a column.
enum class tuple_kind : char { null = 'n', unchanged = 'u', text = 't', binary = 'b' };

/// The columns of one row. Borrows the message.
class pgoutput_tuple {
 public:
  /// How many columns.
  std::size_t size() const noexcept { return size_; }
  /// All of them, as they came.
  byte_view bytes() const noexcept { return bytes_; }

  /// Reads the tuple that comes next in message `what`, of which nothing is copied. A bad one is a violation, or makes
  /// `in` fail.
  static pgoutput_tuple read(reader& in, std::string_view what) {
    pgoutput_tuple t;
    t.size_ = in.get<std::uint16_t>();
    if (t.size_ > in.left()) violation(what, "it announces more columns than it has bytes for");
    auto const* const begin = in.position();
    for (std::size_t i = 0; i < t.size_ && in.ok(); ++i) {
      auto const kind = in.get<char>();
      switch (static_cast<tuple_kind>(kind)) {
      case tuple_kind::null:
      case tuple_kind::unchanged: break;
      case tuple_kind::text:
      case tuple_kind::binary: {
        auto const length = in.get<std::int32_t>();
        if (length < 0) violation(what, "column " + std::to_string(i + 1) + " has a negative length");
        in.take(static_cast<std::size_t>(length));
        break;
      }
      default:
        if (in.ok()) violation(what, "column " + std::to_string(i + 1) + " is of unknown kind " + type_text(kind));
      }
    }
    if (in.ok()) t.bytes_ = {begin, in.position()};
    return t;
  }

  /// Calls `f(kind, at)` for each column, `at` being the offset in bytes() of what stands behind its kind: of a value
  /// its Int32 length.
  template <class F> void each(F f) const {
    reader in(bytes_);
    for (std::size_t i = 0; i < size_; ++i) {
      auto const kind = static_cast<tuple_kind>(in.get<char>());
      f(kind, bytes_.size() - in.left());
      if (kind == tuple_kind::text || kind == tuple_kind::binary) in.take(in.get<std::uint32_t>());
    }
  }

 private:
  std::size_t size_ = 0;
  byte_view bytes_;
};

} // namespace tusk::wire
