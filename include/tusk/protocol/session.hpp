// tusk: protocol/session.hpp — one connection's conversation: what was asked, what was answered, what is wanted next.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Bytes in, bytes out, no socket, no clock, no thread. Requests wait in a ring of exchanges and are answered in order;
// `next()` says what the pump should do. When `received()` throws, or the peer is gone, the pump calls `fail()` and the
// session is closed for good: it is usable or closed, never in between.
#pragma once

#include <tusk/protocol/exchange.hpp>
#include <tusk/protocol/inbound.hpp>
#include <tusk/protocol/outbound.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/protocol/startup.hpp>
#include <tusk/wire/backend.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::protocol {

/// What the session wants from the pump.
enum class want {
  write,  ///< there are bytes to send, and nothing to wait for
  read,   ///< replies are due (send what there is first)
  both,   ///< so much is to be sent that reading has to go on meanwhile, or both sides block
  cancel, ///< send a CancelRequest: nobody waits for what the server is doing
  done,   ///< nothing
};

class session {
 public:
  /// `max_message` bounds the messages of the server, in bytes.
  explicit session(std::size_t max_message) : in_(30000), max_message_(max_message), ring_(16), ring_mask_(15) {}

  // ---- logging in ----
  /// Begins the conversation; `s` must live until `started()` or `fail()`.
  void start(startup& s) {
    startup_ = &s;
    out_.set_confidential(true);
    s.begin(out_.bytes());
  }
  /// Goes on with a login that waits for its keys, see startup::derive.
  void derive(unsigned iterations) { startup_->derive(iterations, out_.bytes()); }
  bool deriving() const noexcept { return startup_ != nullptr && startup_->deriving(); }
  bool started() const noexcept { return startup_ == nullptr && status_ != '\0'; }

  // ---- requests ----
  /// Queues `r` and returns its number. `to` and `who` may be null; they are forgotten when the exchange is done or
  /// abandoned.
  std::uint64_t submit(request const& r, sink* to, awaiter* who);
  /// Its awaiter has gone away. What was not written is withdrawn; else its replies will be read and dropped.
  void abandon(std::uint64_t number);
  bool pending(std::uint64_t number) const noexcept {
    return number >= first_ && number < last_ && !at(number).withdrawn;
  }
  bool idle() const noexcept { return first_ == last_; }
  /// Nothing that was sent is unanswered: here the conversation can end. (Requests may wait that were not sent.)
  bool between() const noexcept { return first_ == last_ || at(first_).begin >= out_.taken(); }
  /// The awaiters whose exchanges are done since the last call, as a list by `next_done`.
  awaiter* take_done() noexcept {
    done_tail_ = nullptr;
    return std::exchange(done_, nullptr);
  }
  /// Whoever waits for the oldest exchange that somebody waits for; nullptr: no one.
  awaiter* oldest_awaiter() noexcept {
    for (auto i = first_; i != last_; ++i)
      if (auto* w = at(i).who) return w;
    return nullptr;
  }

  // ---- input and output ----
  want next() const noexcept;
  /// What may be sent now. While a CancelRequest may still take effect nothing may: it would hit what is sent.
  wire::byte_view unsent() const noexcept { return closed_ || held() ? wire::byte_view{} : out_.untaken(); }
  void sent(std::size_t n) { out_.take(n); }
  std::span<std::byte> room() { return in_.room(); }
  /// Takes in `n` bytes that were received into `room()`. Throws when they break the protocol, or login fails.
  void received(std::size_t n);
  /// The pump is about to send the CancelRequest that `next()` asked for.
  void cancelling() noexcept {
    at(first_).cancel_sent = true;
    at(first_).cancel_again = false;
  }
  /// Nothing has come of it: `next()` is to ask for another one. A server ignores it before it has begun the statement.
  void cancel_again() noexcept {
    if (held()) at(first_).cancel_again = true;
  }
  /// The exchange at the head has been cancelled and is not at its end yet.
  bool cancel_under_way() const noexcept { return held(); }
  /// Closes the session. The head's own error, or the server's last words, are worth more than `why`.
  void fail(error const& why);
  /// Why the session is closed, if it is.
  std::optional<error> const& closed() const noexcept { return closed_; }

  // ---- what is known of the server ----
  /// 'I' idle, 'T' in a transaction, 'E' in a failed one; as of the last ReadyForQuery.
  char status() const noexcept { return status_; }
  std::uint32_t backend_pid() const noexcept { return pid_; }
  wire::byte_view cancel_key() const noexcept { return key_.view(); }
  /// The value last reported, or an empty view.
  std::string_view parameter(std::string_view name) const noexcept {
    for (auto const& [n, v] : parameters_)
      if (n == name) return v;
    return {};
  }
  /// Notices since the last call, oldest first. Kept only while `keep_notices(true)`.
  std::vector<notice> take_notices() noexcept { return std::exchange(notices_, {}); }
  bool has_notices() const noexcept { return !notices_.empty(); }
  void keep_notices(bool on) noexcept { keep_notices_ = on; }

  static constexpr std::size_t max_parameters = 500; ///< different ParameterStatus names: servers have about 15

 private:
  exchange& at(std::uint64_t number) noexcept { return ring_[number & ring_mask_]; }
  exchange const& at(std::uint64_t number) const noexcept { return ring_[number & ring_mask_]; }
  bool held() const noexcept { return first_ != last_ && at(first_).cancel_sent; }
  bool cancel_wanted() const noexcept;
  void grow_ring();
  void dispatch(message const& m);
  void dispatch_login(message const& m);
  void refuse_copy(exchange const& head);
  void take_unasked(message const& m);
  /// Most messages do not: they are spared the call.
  static bool may_come_any_time(char type) noexcept { return type == 'S' || type == 'N' || type == 'A'; }
  bool take_asynchronous(message const& m);
  void take_parameter(wire::parameter_status p);
  void finish_head();
  void skip_withdrawn() noexcept;
  void tell_done(exchange& e);

  inbound in_;
  outbound out_;
  std::size_t max_message_;
  std::vector<exchange> ring_; // a power of two; exchange n is at n modulo its size
  std::uint64_t ring_mask_;
  std::uint64_t first_ = 0; // the exchange at the head
  std::uint64_t last_ = 0;  // behind the newest one
  scratch memory_;
  awaiter* done_ = nullptr;
  awaiter* done_tail_ = nullptr;
  startup* startup_ = nullptr;
  std::optional<error> closed_;
  std::vector<notice> notices_;
  bool keep_notices_ = false;
  char status_ = '\0';
  std::uint32_t pid_ = 0;
  wire::buffer key_;
  std::vector<std::pair<std::string, std::string>> parameters_;
};

inline std::uint64_t session::submit(request const& r, sink* to, awaiter* who) {
  if (last_ - first_ > ring_mask_) grow_ring();
  auto const begin = out_.end();
  out_.bytes().append(r.bytes.view());
  auto& e = at(last_);
  e = exchange{};
  e.to = to;
  e.who = who;
  e.expected = r.expected;
  e.begin = begin;
  e.end = out_.end();
  return last_++;
}

inline void session::grow_ring() {
  std::vector<exchange> larger(ring_.size() * 2);
  for (auto i = first_; i != last_; ++i) larger[i & (larger.size() - 1)] = std::move(at(i));
  ring_ = std::move(larger);
  ring_mask_ = ring_.size() - 1;
}

inline void session::abandon(std::uint64_t number) {
  if (!pending(number)) return;
  auto& e = at(number);
  e.abandoned = true;
  e.to = nullptr;
  e.who = nullptr;
  if (e.begin < out_.taken()) return;
  auto const length = e.end - e.begin;
  out_.withdraw(e.begin, e.end);
  // Its number stays taken: those behind it know themselves by theirs.
  e.withdrawn = true;
  e.end = e.begin;
  for (auto i = number + 1; i != last_; ++i) {
    at(i).begin -= length;
    at(i).end -= length;
  }
  skip_withdrawn();
}

/// Only when the server is busy with what nobody waits for, and with nothing else: PostgreSQL signals twice, and the
/// late signal would kill a statement that was sent behind.
inline bool session::cancel_wanted() const noexcept {
  if (first_ == last_) return false;
  auto const& head = at(first_);
  if (head.cancel_sent) return head.cancel_again;
  if (!head.abandoned || head.end > out_.taken()) return false;
  for (auto i = first_ + 1; i != last_; ++i)
    if (at(i).begin < out_.taken() && !at(i).abandoned) return false;
  return true;
}

inline want session::next() const noexcept {
  if (cancel_wanted()) return want::cancel;
  auto const reading = first_ != last_ || startup_ != nullptr;
  auto const unsent_bytes = unsent().size();
  if (unsent_bytes == 0) return reading ? want::read : want::done;
  if (!reading) return want::write;
  return unsent_bytes > 64 * 1024 ? want::both : want::read;
}

inline void session::received(std::size_t n) {
  in_.received(n);
  message m;
  while (in_.take(m)) {
    if (m.type == 'D' && first_ != last_ && startup_ == nullptr) [[likely]] {
      if (auto& head = at(first_); head.rows_expected()) [[likely]] {
        head.on_row(m);
        continue;
      }
    }
    dispatch(m);
  }
}

inline void session::dispatch(message const& m) {
  if (startup_ != nullptr) [[unlikely]]
    return dispatch_login(m);
  if (may_come_any_time(m.type) && take_asynchronous(m)) [[unlikely]]
    return;
  if (first_ == last_) [[unlikely]]
    return take_unasked(m);
  auto& head = at(first_);
  switch (head.accept(m, memory_)) {
  case outcome::go_on: break;
  case outcome::done:
    status_ = wire::parse_ready(m.body());
    finish_head();
    break;
  case outcome::refuse_copy: refuse_copy(head); break;
  }
}

[[gnu::cold, gnu::noinline]] inline void session::refuse_copy(exchange const& head) {
  // In COPY the server has ignored the Sync that was sent with the request, in the extended protocol it needs another.
  wire::copy_fail(out_.bytes(), "this verb has no data for COPY");
  if (head.expected.front() != step::simple) wire::sync(out_.bytes());
}

[[gnu::cold, gnu::noinline]] inline void session::take_unasked(message const& m) {
  if (m.type != static_cast<char>(wire::reply::error))
    wire::violation("message of type " + wire::type_text(m.type), "nothing was asked");
  memory_.farewell = wire::parse_notice(m.body(), "ErrorResponse"); // the server is about to close
}

[[gnu::noinline]] inline void session::dispatch_login(message const& m) {
  if (startup_->authenticated() && take_asynchronous(m)) return;
  if (m.type != static_cast<char>(wire::reply::ready_for_query) || !startup_->authenticated())
    return startup_->receive(m, out_.bytes());
  status_ = wire::parse_ready(m.body());
  startup_ = nullptr;
  out_.set_confidential(false);
  in_.set_max_message(max_message_);
}

/// Takes a message that may come at any time.
[[gnu::noinline]] inline bool session::take_asynchronous(message const& m) {
  switch (static_cast<wire::reply>(m.type)) {
  case wire::reply::parameter_status: take_parameter(wire::parse_parameter_status(m.body())); return true;
  case wire::reply::notice: {
    auto n = wire::parse_notice(m.body(), "NoticeResponse");
    if (keep_notices_) notices_.push_back(std::move(n));
    return true;
  }
  case wire::reply::notification: wire::parse_notification(m.body()); return true;
  case wire::reply::backend_key: {
    if (startup_ == nullptr) return false;
    auto const k = wire::parse_backend_key(m.body());
    pid_ = k.pid;
    key_.clear();
    key_.append(k.key);
    return true;
  }
  default: return false;
  }
}

inline void session::take_parameter(wire::parameter_status p) {
  for (auto& [n, v] : parameters_)
    if (n == p.name) {
      v.assign(p.value);
      return;
    }
  if (parameters_.size() >= max_parameters)
    wire::violation("ParameterStatus", "more different names than any server has");
  parameters_.emplace_back(p.name, p.value);
}

inline void session::finish_head() {
  auto& e = at(first_);
  ++first_;
  tell_done(e);
  skip_withdrawn();
}

inline void session::skip_withdrawn() noexcept {
  while (first_ != last_ && at(first_).withdrawn) ++first_;
}

inline void session::tell_done(exchange& e) {
  e.to = nullptr;
  auto* w = std::exchange(e.who, nullptr);
  if (w == nullptr) return;
  w->done = true;
  w->error = e.take_error();
  w->next_done = nullptr;
  (done_tail_ != nullptr ? done_tail_->next_done : done_) = w;
  done_tail_ = w;
}

inline void session::fail(error const& why) {
  if (closed_) return;
  startup_ = nullptr;
  status_ = '\0';
  auto reason = why;
  if (auto& said = memory_.farewell) {
    auto words = "the server closed the connection: " + std::string(error(*said).what());
    reason = error(errc::connection_closed, std::move(words), std::move(*said));
  }
  bool head = true;
  while (first_ != last_) {
    auto& e = at(first_++);
    // What was not yet on the wire can be sent again elsewhere.
    auto const mine = e.begin >= out_.taken() ? error(reason).unsent() : reason;
    // The head may have been told by the server why it fails, as when an administrator ends the backend.
    if (!(head && e.has_error())) {
      (void)e.take_error();
      e.fail(std::make_exception_ptr(mine));
    }
    head = false;
    tell_done(e);
  }
  closed_ = std::move(reason);
  key_.wipe();
}

} // namespace tusk::protocol
