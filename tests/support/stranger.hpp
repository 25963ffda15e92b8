// tusk tests: a server that is not PostgreSQL, or a very strange one.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/sockets.hpp"

#include <tusk/options.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace live {

/// Accepts connections on 127.0.0.1 one after the other and has `talk` speak with each, on a thread of its own. The
/// connection is closed when `talk` returns.
class stranger {
 public:
  explicit stranger(std::function<void(int fd)> talk)
      : talk_(std::move(talk)), port_(true), thread_([this] { serve(); }) {}
  stranger(stranger const&) = delete;
  stranger& operator=(stranger const&) = delete;
  ~stranger() {
    {
      std::lock_guard const lock(mutex_);
      stopped_ = true;
      ::shutdown(port_.fd(), SHUT_RDWR);
      if (guest_) ::shutdown(guest_.get(), SHUT_RDWR);
    }
    thread_.join();
  }
  /// How many have come.
  int guests() const {
    std::lock_guard const lock(mutex_);
    return guests_;
  }
  tusk::options options() const {
    return tusk::options{}.host("127.0.0.1").port(port_.number()).user("u").dbname("d").sslmode("disable");
  }

 private:
  void serve() {
    for (;;) {
      descriptor next(::accept4(port_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
      {
        std::lock_guard const lock(mutex_);
        if (stopped_ || !next) return;
        guest_ = std::move(next);
        ++guests_;
      }
      talk_(guest_.get());
      std::lock_guard const lock(mutex_);
      guest_ = descriptor();
    }
  }

  std::function<void(int)> talk_;
  loopback_port port_;
  mutable std::mutex mutex_;
  descriptor guest_;
  int guests_ = 0;
  bool stopped_ = false;
  std::thread thread_; // last: it uses the others
};

/// A message of the server.
inline std::string message(char type, std::string_view body) {
  std::string out(5, type);
  tusk::wire::store(reinterpret_cast<std::byte*>(out.data()) + 1, static_cast<std::uint32_t>(body.size() + 4));
  return out.append(body);
}
inline std::string int32(std::uint32_t value) {
  std::string out(4, '\0');
  tusk::wire::store(reinterpret_cast<std::byte*>(out.data()), value);
  return out;
}
/// The body of an ErrorResponse or a NoticeResponse.
inline std::string said(std::string const& severity, std::string const& code, std::string const& words) {
  return "S" + severity + '\0' + "V" + severity + '\0' + "C" + code + '\0' + "M" + words + '\0' + '\0';
}
/// What a server says that lets everybody in.
inline std::string welcome() {
  using namespace std::string_literals;
  return message('R', int32(0)) + message('S', "server_version\00015.4\0"s) + message('K', int32(4711) + int32(12345)) +
         message('Z', "I");
}

} // namespace live
