// tusk: conninfo/secret.hpp — text that is overwritten before its memory is given back.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For passwords between the connection string and the login. It cannot help where the user's own string stays alive.
// Knows no keyword.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace tusk::conninfo {

/// Overwrites all the memory that `text` owns and empties it.
inline void wipe(std::string& text) noexcept {
  text.resize(text.capacity()); // never allocates: what lies between size and capacity is of an earlier, longer value
  std::memset(text.data(), 0, text.size());
  asm volatile("" : : "r"(text.data()) : "memory"); // or the stores are dead and removed
  text.clear();
}

/// A string that wipes itself. Reads as a std::string.
class secret {
 public:
  secret() = default;
  explicit secret(std::string text) noexcept : text_(std::move(text)) { wipe(text); }
  secret(secret const&) = default;
  secret(secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
  secret& operator=(secret other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~secret() { wipe(text_); }

  std::string const& str() const noexcept { return text_; }
  bool empty() const noexcept { return text_.empty(); }
  operator std::string const&() const noexcept { return text_; }
  operator std::string_view() const noexcept { return text_; }
  friend bool operator==(secret const& a, std::string_view b) noexcept { return a.text_ == b; }
  friend bool operator==(secret const&, secret const&) = default;

 private:
  std::string text_;
};

} // namespace tusk::conninfo
