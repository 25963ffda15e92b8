// tusk tests: somebody between client and server, who counts, records, holds, cuts and adds.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A thread forwards bytes both ways. Messages are noted by their type before they are passed on: when a verb has
// returned, all that it sent and got is noted. What has no type is noted as ^ (startup), ? (a request for TLS) and !
// (CancelRequest).
#pragma once

#include "support/live.hpp"
#include "support/sockets.hpp"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>

namespace live {

/// Splits a stream into messages.
class message_scanner {
 public:
  /// Of a client's stream the first message has no type.
  explicit message_scanner(bool of_client) : untyped_(of_client) {}

  /// Takes in bytes of at most one message and returns how many those are.
  std::size_t feed(std::string_view bytes) {
    if (opaque_) return bytes.size();
    std::size_t used = 0;
    auto const head = untyped_ ? 8u : 5u;
    while (head_.size() < head && used < bytes.size()) head_ += bytes[used++];
    if (head_.size() < head) return used;
    if (left_ == 0) begin();
    auto const n = std::min(left_, bytes.size() - used);
    left_ -= n;
    if (left_ == 0) end();
    return used + n;
  }
  /// A message has just ended.
  bool between() const noexcept { return head_.empty(); }
  /// The types since the last call.
  std::string take() { return std::exchange(types_, {}); }
  bool is_cancel() const noexcept { return types_ == "!"; }
  /// What follows is encrypted, or is one byte that is no message.
  void give_up() noexcept { opaque_ = true; }
  bool gave_up() const noexcept { return opaque_; }

 private:
  std::uint32_t number(std::size_t at) const {
    return tusk::wire::load<std::uint32_t>(reinterpret_cast<std::byte const*>(head_.data()) + at);
  }
  void begin() {
    left_ = untyped_ ? number(0) - 8 : number(1) - 4;
    if (!untyped_)
      types_ += head_[0];
    else
      types_ += number(4) == tusk::wire::ssl_request_code      ? '?'
                : number(4) == tusk::wire::cancel_request_code ? '!'
                                                               : '^';
  }
  void end() {
    if (types_.ends_with('?')) opaque_ = true;
    untyped_ = false;
    head_.clear();
  }
  std::string head_;
  std::size_t left_ = 0;
  std::string types_;
  bool untyped_;
  bool opaque_ = false;
};

class proxy {
  template <class F> auto change(F f) {
    std::unique_lock const lock(mutex_);
    struct waker {
      int fd;
      ~waker() { (void)!::write(fd, "", 1); }
    } const wake{wake_in_.get()};
    return f();
  }

 public:
  /// Goes on to the server by TCP, or by its Unix socket when that is under test and TLS, which it does not have, is
  /// not wanted.
  explicit proxy(bool tls = false) : port_(true), by_unix_(over_unix() && !tls) {
    int ends[2];
    if (::pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) system_failed("pipe");
    wake_out_ = descriptor(ends[0]);
    wake_in_ = descriptor(ends[1]);
    thread_ = std::thread([this] { run(); });
  }
  proxy(proxy const&) = delete;
  proxy& operator=(proxy const&) = delete;
  ~proxy() {
    change([&] { stopped_ = true; });
    thread_.join();
  }

  /// Through here, without TLS: messages are seen.
  tusk::options options() const { return live::options().host("127.0.0.1").port(port_.number()).sslmode("disable"); }
  /// Through here, with TLS.
  tusk::options options_with_tls() const {
    return options().sslmode("verify-full").sslrootcert(main_server().file("ca.pem"));
  }

  /// The types of the messages that connection `i` has sent since the last call.
  std::string sent(std::size_t i = 0) {
    return change([&] { return links_.at(i).up.types.take(); });
  }
  std::string received(std::size_t i = 0) {
    return change([&] { return links_.at(i).down.types.take(); });
  }
  /// How many bytes it has sent altogether.
  std::size_t bytes_sent(std::size_t i = 0) {
    return change([&] { return links_.at(i).up.count; });
  }
  std::size_t bytes_received(std::size_t i = 0) {
    return change([&] { return links_.at(i).down.count; });
  }
  /// How many TCP segments with data the client has sent altogether. With TCP_NODELAY a small write is a segment.
  unsigned segments(std::size_t i = 0) {
    return change([&] {
      // Of struct tcp_info the C library declares only the beginning; tcpi_data_segs_in is at this offset (Linux 4.6).
      constexpr std::size_t place = 152;
      std::byte info[256]{};
      socklen_t n = sizeof info;
      if (::getsockopt(links_.at(i).client.get(), IPPROTO_TCP, TCP_INFO, info, &n) != 0 || n < place + 4)
        system_failed("TCP_INFO");
      std::uint32_t segments = 0;
      std::memcpy(&segments, info + place, sizeof segments);
      return segments;
    });
  }
  /// What goes over the first connection while `f` runs.
  struct traffic {
    std::string sent;
    std::string received;
    unsigned segments; ///< of the client
  };
  template <class F> traffic during(F f) {
    sent();
    received();
    auto const before = segments();
    f();
    return {sent(), received(), segments() - before};
  }
  /// How many connections there have been.
  std::size_t connections() {
    return change([&] { return links_.size(); });
  }

  /// Replies are kept back, or let through again.
  void hold_replies(bool on) {
    change([&] { hold_replies_ = on; });
  }
  /// So are requests. Those on their way in the kernel's buffers are not seen.
  void hold_requests(bool on) {
    change([&] { hold_requests_ = on; });
  }
  /// The next `n` CancelRequests do not arrive.
  void lose_cancels(int n) {
    change([&] { cancels_to_lose_ = n; });
  }
  /// Every connection ends when it has got `n` bytes altogether.
  void cut_after(std::size_t n) {
    change([&] { cut_after_ = n; });
  }
  /// Now, without a word.
  void cut() {
    change([&] {
      for (auto& l : links_) l.close();
    });
  }
  /// Every message of the server is followed by these bytes. Empty: no more.
  void interleave(std::string bytes) {
    change([&] { between_ = std::move(bytes); });
  }

 private:
  struct stream {
    explicit stream(bool of_client) : types(of_client) {}
    message_scanner types;
    std::string waiting; // read and not yet written
    std::size_t count = 0;
    bool ended = false;
  };
  struct link {
    link(descriptor c, descriptor s) : client(std::move(c)), server(std::move(s)) {}
    void close() {
      client = descriptor();
      server = descriptor();
    }
    descriptor client;
    descriptor server;
    stream up{true};
    stream down{false};
    pollfd* client_poll = nullptr;
    pollfd* server_poll = nullptr;
  };

  static constexpr std::size_t most_waiting = 256 * 1024;

  void run() {
    std::vector<pollfd> polls;
    std::unique_lock lock(mutex_);
    while (!stopped_) {
      prepare(polls);
      lock.unlock();
      ::poll(polls.data(), polls.size(), -1);
      lock.lock();
      char drain[256];
      while (::read(wake_out_.get(), drain, sizeof drain) > 0) {}
      if ((polls[0].revents & POLLIN) != 0) accept();
      for (auto& l : links_) forward(l);
    }
  }
  void prepare(std::vector<pollfd>& polls) {
    polls.clear();
    polls.reserve(2 + 2 * links_.size()); // pointers into it are kept
    polls.push_back({port_.fd(), POLLIN, 0});
    polls.push_back({wake_out_.get(), POLLIN, 0});
    for (auto& l : links_) {
      l.client_poll = l.server_poll = nullptr;
      if (!l.client) continue;
      short for_client = 0;
      short for_server = 0;
      if (!hold_requests_ && !l.up.ended && l.up.waiting.size() < most_waiting) for_client |= POLLIN;
      if (!hold_replies_ && !l.down.ended && l.down.waiting.size() < most_waiting) for_server |= POLLIN;
      if (!l.down.waiting.empty()) for_client |= POLLOUT;
      if (!l.up.waiting.empty()) for_server |= POLLOUT;
      // A descriptor without events would still report its end, again and again.
      l.client_poll = &polls.emplace_back(pollfd{for_client == 0 ? -1 : l.client.get(), for_client, 0});
      l.server_poll = &polls.emplace_back(pollfd{for_server == 0 ? -1 : l.server.get(), for_server, 0});
    }
  }
  void accept() {
    descriptor client(::accept4(port_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) return;
    auto const& s = main_server();
    auto to_server = by_unix_ ? connect_unix(s.sockets() + "/.s.PGSQL." + s.port()) : connect_tcp(std::stoi(s.port()));
    int const on = 1;
    ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!by_unix_) ::setsockopt(to_server.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    links_.emplace_back(std::move(client), std::move(to_server));
  }

  void forward(link& l) {
    if (!l.client || l.client_poll == nullptr) return;
    if ((l.client_poll->revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !hold_requests_) read(l, l.client.get(), l.up);
    if (cancels_to_lose_ > 0 && l.up.types.is_cancel()) {
      --cancels_to_lose_;
      l.close();
      return;
    }
    if ((l.server_poll->revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !hold_replies_) read(l, l.server.get(), l.down);
    write(l.server.get(), l.up);
    write(l.client.get(), l.down);
    bool const over = (l.up.ended && l.up.waiting.empty()) || (l.down.ended && l.down.waiting.empty());
    if (over) l.close();
  }
  void read(link& l, int fd, stream& s) {
    char room[65536];
    auto const n = ::recv(fd, room, sizeof room, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) {
      s.ended = true;
      return;
    }
    std::string_view bytes(room, static_cast<std::size_t>(n));
    bool const down = &s == &l.down;
    if (down && s.count + bytes.size() >= cut_after_) {
      bytes = bytes.substr(0, cut_after_ > s.count ? cut_after_ - s.count : 0);
      s.ended = true;
    }
    s.count += bytes.size();
    while (!bytes.empty()) {
      auto const piece = bytes.substr(0, s.types.feed(bytes));
      bytes.remove_prefix(piece.size());
      s.waiting += piece;
      if (down && s.types.between()) s.waiting += between_;
    }
    if (!down && l.up.types.gave_up()) l.down.types.give_up();
  }
  static void write(int fd, stream& s) {
    if (s.waiting.empty()) return;
    auto const n = ::send(fd, s.waiting.data(), s.waiting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) s.waiting.erase(0, static_cast<std::size_t>(n));
    if (n >= 0 || errno == EAGAIN) return;
    s.waiting.clear();
    s.ended = true;
  }

  loopback_port port_;
  bool by_unix_;
  descriptor wake_out_;
  descriptor wake_in_;
  std::mutex mutex_;
  std::deque<link> links_;
  std::string between_;
  std::size_t cut_after_ = SIZE_MAX;
  int cancels_to_lose_ = 0;
  bool hold_replies_ = false;
  bool hold_requests_ = false;
  bool stopped_ = false;
  std::thread thread_;
};

} // namespace live
