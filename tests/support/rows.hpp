// tusk tests: rows as a server sends them, and what decoding them comes to.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/table.hpp"

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/column.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace support {

inline tusk::wire::column column(std::string name, tusk::wire::oid type, std::int16_t format = 1) {
  tusk::wire::column c;
  c.name = std::move(name);
  c.type = type;
  c.format = format;
  return c;
}

/// Memory of exactly the size of the bytes, so that a sanitizer sees each read too many.
class exact_bytes {
 public:
  explicit exact_bytes(tusk::wire::byte_view from) : data_(new std::byte[from.size()]), size_(from.size()) {
    if (size_ != 0) std::memcpy(data_.get(), from.data(), size_);
  }
  std::byte const* begin() const { return data_.get(); }
  std::byte const* end() const { return data_.get() + size_; }

 private:
  std::unique_ptr<std::byte[]> data_;
  std::size_t size_;
};

/// A row: the number of fields and the fields.
class row_bytes {
 public:
  row_bytes() { tusk::writer(bytes_).put(std::int16_t(0)); }
  template <class... T> static row_bytes of(T const&... values) {
    row_bytes row;
    (row.add(values), ...);
    return row;
  }

  template <class T> row_bytes& add(T const& value) {
    tusk::writer to(bytes_);
    auto const place = to.begin_length();
    tusk::codec<T>::encode(value, to);
    to.end_length(place);
    return counted();
  }
  template <class T> row_bytes& add(std::optional<T> const& value) { return value ? add(*value) : add_null(); }
  row_bytes& add(char const* text) { return add_bytes(text); }
  row_bytes& add_bytes(std::string const& bytes) {
    tusk::writer to(bytes_);
    to.put(static_cast<std::int32_t>(bytes.size()));
    to.put(std::string_view(bytes));
    return counted();
  }
  row_bytes& add_null() {
    tusk::writer(bytes_).put(std::int32_t(-1));
    return counted();
  }
  exact_bytes exact() const { return exact_bytes(bytes_.view()); }
  tusk::wire::byte_view view() const { return bytes_.view(); }

 private:
  row_bytes& counted() {
    tusk::wire::store(bytes_.data(), static_cast<std::int16_t>(tusk::wire::load<std::int16_t>(bytes_.data()) + 1));
    return *this;
  }
  tusk::wire::buffer bytes_;
};

/// The error that a call ended with; no code and no text when it did not.
struct outcome {
  std::error_code code;
  std::string text;
  bool operator==(outcome const&) const = default;
};
template <class F> outcome outcome_of(F&& call) {
  try {
    call();
  } catch (tusk::error const& e) {
    return {e.code(), e.what()};
  }
  return {};
}

} // namespace support
