// tusk: conninfo/to_url.hpp — assignments written as a connection URL.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The inverse of `url.hpp`: what it writes reads back as the same assignments, empty values and all, except that
// secrets are masked unless asked for. Judges no value.
#pragma once

#include <tusk/conninfo/assignments.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tusk::conninfo {

enum class secrets { masked, shown };

/// Appends `text` to `out`, percent-encoded: letters, digits, -._~ and what is in `plain` stay.
inline void percent_encode(std::string_view text, std::string_view plain, std::string& out) {
  constexpr char digits[] = "0123456789ABCDEF";
  for (char c : text) {
    auto const u = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
        std::string_view("-._~").find(c) != std::string_view::npos || plain.find(c) != std::string_view::npos)
      out += c;
    else
      out.append(1, '%').append(1, digits[u >> 4]).append(1, digits[u & 15]);
  }
}

/// Writes one URL. The front has room for only some values: an empty one is not set there, and of several hosts each
/// has a port there, if only an empty one. What it cannot say goes into the query.
class url_writer {
 public:
  url_writer(assignments const& from, secrets s) noexcept : from_(from), secrets_(s) {}

  std::string write() {
    out_ = "postgres://";
    user_part();
    hosts();
    out_ += '/';
    if (auto const* const name = given("dbname"_keyword)) encode("dbname"_keyword, *name, "");
    auto mark = '?';
    for (auto const& a : from_) {
      if (in_front_[a.index]) continue;
      out_.append(1, mark).append(a.key().name).append(1, '=');
      encode(a.key(), a.value, "/:,@");
      mark = '&';
    }
    return std::move(out_);
  }

 private:
  /// The value if it is not empty, which from then on is not to be repeated in the query.
  std::string const* given(keyword const& k) noexcept {
    auto const* const value = from_.find(k);
    if (!value || value->empty()) return nullptr;
    in_front_[index_of(k)] = true;
    return value;
  }
  void encode(keyword const& k, std::string_view value, std::string_view plain) {
    if (secrets_ == secrets::masked && !value.empty() && (k.secret || from_.doubtful(k)))
      out_ += "***";
    else
      percent_encode(value, plain, out_);
  }

  void user_part() {
    auto const* const user = given("user"_keyword);
    auto const* const password = given("password"_keyword);
    if (!user && !password) return;
    if (user) encode("user"_keyword, *user, "");
    if (password) {
      out_ += ':';
      encode("password"_keyword, *password, "");
    }
    out_ += '@';
  }

  static std::size_t commas(std::string_view list) noexcept {
    std::size_t n = 0;
    for (char c : list) n += c == ',';
    return n;
  }
  static std::string_view next(std::string_view& list) noexcept {
    auto const item = list.substr(0, list.find(','));
    list.remove_prefix(item.size() < list.size() ? item.size() + 1 : list.size());
    return item;
  }
  void hosts() {
    auto const* const host = from_.find("host"_keyword);
    auto const* const port = from_.find("port"_keyword);
    auto const several = commas(host ? *host : "");
    if (port ? commas(*port) != several : several != 0) return;
    std::string_view names, ports;
    if (host && given("host"_keyword)) names = *host;
    if (port && given("port"_keyword)) ports = *port;
    for (std::size_t i = 0; i <= several; ++i) {
      if (i != 0) out_ += ',';
      auto const name = next(names);
      bool const address = name.find(':') != name.npos && name.find_first_of("/@") == name.npos;
      if (address) out_ += '[';
      encode("host"_keyword, name, address ? ":" : "");
      if (address) out_ += ']';
      if (auto const p = next(ports); !p.empty()) {
        out_ += ':';
        encode("port"_keyword, p, "");
      }
    }
  }

  assignments const& from_;
  secrets secrets_;
  std::string out_;
  bool in_front_[keyword_count] = {};
};

} // namespace tusk::conninfo
