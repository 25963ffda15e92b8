// tusk tests: what stands in front of a provider's servers: takes TLS, finds the server by the name asked for.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A thread per guest, with real sockets. It takes SSLRequest as well as a ClientHello at once, answers ALPN, shows the
// certificate that belongs to the name, and carries what is inside to a server's port in the clear.
#pragma once

#include "support/sockets.hpp"
#include "support/tls_server.hpp"

#include <atomic>
#include <list>
#include <map>
#include <mutex>
#include <poll.h>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace live {

class tls_front {
 public:
  /// Each name's certificate is in `settings.by_name`; `ports` says where its server listens, "" for all others.
  tls_front(tusk_test::server_settings settings, std::map<std::string, int> ports)
      : settings_(std::move(settings)), ports_(std::move(ports)), listener_(true) {
    thread_ = std::thread([this] { run(); });
  }
  tls_front(tls_front const&) = delete;
  tls_front& operator=(tls_front const&) = delete;
  ~tls_front() {
    stopped_ = true;
    thread_.join();
    for (auto& t : guests_) t.join();
  }
  int port() const noexcept { return listener_.number(); }
  /// The names that were asked for, in order; "?" after those that began with a request for TLS.
  std::vector<std::string> asked() {
    std::lock_guard const lock(mutex_);
    return asked_;
  }

 private:
  static constexpr int tick = 20; // milliseconds until an end is noticed

  void run() {
    while (!stopped_) {
      pollfd p{listener_.fd(), POLLIN, 0};
      if (::poll(&p, 1, tick) != 1) continue;
      descriptor guest(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
      if (guest) guests_.emplace_back([this, d = std::move(guest)] { attend(d.get()); });
    }
  }
  void attend(int guest) {
    try {
      std::string first(1, '\0');
      if (::recv(guest, first.data(), 1, MSG_PEEK) != 1) return;
      bool const requests = first[0] == '\0';
      if (requests) {
        char request[8];
        if (::recv(guest, request, sizeof request, MSG_WAITALL) != 8) return;
        send_all(guest, "S");
      }
      tusk_test::tls_server tls(settings_);
      for (bool done = false; !done;) {
        auto const bytes = receive_some(guest);
        if (bytes.empty()) return;
        tls.feed(tusk::wire::as_bytes(bytes));
        done = tls.handshake();
        send_all(guest, tls.take());
        if (!tls.alert().empty()) return;
      }
      {
        std::lock_guard const lock(mutex_);
        asked_.push_back(tls.sni() + (requests ? "?" : ""));
      }
      auto const found = ports_.find(tls.sni());
      auto const server = connect_tcp(found == ports_.end() ? ports_.at("") : found->second);
      carry(guest, server.get(), tls);
    } catch (std::exception const&) { // the guest sees the end
    }
  }
  void carry(int guest, int server, tusk_test::tls_server& tls) {
    send_all(server, tls.read()); // what came with the end of the handshake
    while (!stopped_) {
      pollfd p[] = {{guest, POLLIN, 0}, {server, POLLIN, 0}};
      if (::poll(p, 2, tick) <= 0) continue;
      if (p[0].revents != 0) {
        auto const bytes = receive_some(guest);
        tls.feed(tusk::wire::as_bytes(bytes));
        send_all(server, tls.read());
        if (bytes.empty() || tls.saw_close()) return;
      }
      if (p[1].revents != 0) {
        auto const bytes = receive_some(server);
        if (bytes.empty()) return;
        tls.write(bytes);
      }
      send_all(guest, tls.take());
    }
  }

  tusk_test::server_settings settings_;
  std::map<std::string, int> ports_;
  loopback_port listener_;
  std::atomic<bool> stopped_ = false;
  std::mutex mutex_;
  std::vector<std::string> asked_;
  std::list<std::thread> guests_;
  std::thread thread_;
};

} // namespace live
