// tusk tests: support/fake_tls.hpp — a filter that is to TLS what a toy is to the tool: records, and xor.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   record = kind length(4) body
//   kind   = 'h' handshake | 'd' data, its body xor'ed | 'k' key update, to be answered in kind | 'c' close | 'a' alert
//
// The client greets with "hello"; a handshake record is the server's consent, any other record its refusal.
#pragma once

#include "support/messages.hpp"

#include <tusk/error.hpp>
#include <tusk/net/filter.hpp>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fake_tls {

inline std::string xored(std::string text) {
  for (auto& c : text) c = static_cast<char>(c ^ 0x5a);
  return text;
}
inline std::string record(char kind, std::string_view body) {
  auto const coded = kind == 'd' ? xored(std::string(body)) : std::string(body);
  return std::string(1, kind) + messages::number(static_cast<std::uint32_t>(coded.size())) + coded;
}
inline std::string data(std::string_view plain) { return record('d', plain); }
inline std::string const consent = record('h', "welcome");
inline std::string const refusal = record('a', "go away");
inline std::string const greeting = record('h', "hello");

/// Takes the first record off `bytes`, if all of it is there.
inline std::optional<std::pair<char, std::string>> take_record(std::string& bytes) {
  if (bytes.size() < 5) return {};
  auto const n = tusk::wire::load<std::uint32_t>(reinterpret_cast<std::byte const*>(bytes.data()) + 1);
  if (bytes.size() < 5 + std::size_t{n}) return {};
  std::pair<char, std::string> r{bytes[0], bytes.substr(5, n)};
  if (r.first == 'd') r.second = xored(std::move(r.second));
  bytes.erase(0, 5 + std::size_t{n});
  return r;
}
/// What whole records say, one after the other: data as they are, all others as their kind in brackets.
inline std::string decoded(std::string bytes) {
  std::string out;
  while (auto const r = take_record(bytes)) out += r->first == 'd' ? r->second : std::string("[") + r->first + "]";
  return bytes.empty() ? out : out + "<a part of a record>";
}

class filter final : public tusk::net::filter {
 public:
  bool handshake(tusk::wire::buffer& out) override {
    if (!std::exchange(greeted_, true)) out.append(std::string_view(greeting));
    auto const r = take_record(in_);
    if (!r) return false;
    if (r->first == 'h') return true;
    out.append(std::string_view(record('a', "no")));
    throw tusk::error(tusk::errc::tls_failed, "the fake handshake failed");
  }
  void feed(tusk::wire::byte_view received) override { in_ += tusk::wire::as_text(received); }
  std::size_t open(std::span<std::byte> plain) override {
    while (plain_.empty()) {
      auto r = take_record(in_);
      if (!r) return 0;
      switch (r->first) {
      case 'd': plain_ = std::move(r->second); break;
      case 'k': owed_ += record('k', "done"); break;
      case 'c': closed_ = true; return 0;
      default: throw tusk::error(tusk::errc::tls_failed, "a broken record");
      }
    }
    auto const n = std::min(plain.size(), plain_.size());
    std::memcpy(plain.data(), plain_.data(), n);
    plain_.erase(0, n);
    return n;
  }
  void seal(tusk::wire::byte_view plain, tusk::wire::buffer& out) override {
    out.append(std::string_view(std::exchange(owed_, {})));
    if (!plain.empty()) out.append(std::string_view(data(tusk::wire::as_text(plain))));
  }
  bool closed() const noexcept override { return closed_; }
  void close(tusk::wire::buffer& out) noexcept override { out.append(std::string_view(record('c', ""))); }
  tusk::wire::byte_view server_end_point() const noexcept override { return {}; }

 private:
  std::string in_;
  std::string plain_;
  std::string owed_;
  bool greeted_ = false;
  bool closed_ = false;
};

/// While it lives, TLS is the toy.
class installed {
 public:
  installed() : before_(std::exchange(tusk::net::tls_factory, &make)) { asked().clear(); }
  installed(installed const&) = delete;
  installed& operator=(installed const&) = delete;
  ~installed() { tusk::net::tls_factory = before_; }
  /// The settings of each filter that was made.
  std::vector<tusk::net::tls_settings> const& made() const { return asked(); }

 private:
  static std::vector<tusk::net::tls_settings>& asked() {
    static std::vector<tusk::net::tls_settings> all;
    return all;
  }
  static std::unique_ptr<tusk::net::filter> make(tusk::net::tls_settings const& s) {
    asked().push_back(s);
    return std::make_unique<filter>();
  }
  tusk::net::filter_factory before_;
};

} // namespace fake_tls
