// tusk: protocol/session.hpp — one connection's conversation: what was asked, what was answered, what is wanted next.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Bytes in, bytes out, no socket, no clock, no thread. Requests wait in a ring of exchanges and are answered in order;
// `next()` says what the pump should do. When `received()` throws, or the peer is gone, the pump calls `fail()` and the
// session is closed for good: it is usable or closed, never in between.
#pragma once

#include <tusk/notification.hpp>
#include <tusk/protocol/exchange.hpp>
#include <tusk/protocol/inbound.hpp>
#include <tusk/protocol/prepared_statements.hpp>
#include <tusk/protocol/queue.hpp>
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

/// What a server has said without being asked, oldest first.
struct news {
  std::vector<notice> notices;
  std::vector<notification> notifications;
  std::uint64_t discarded_before = 0; ///< DISCARD ALL has ended what exchanges before this number listened to
};

class session {
 public:
  /// `max_message` bounds the messages of the server, in bytes; `cached` is how many statements are kept prepared.
  explicit session(std::size_t max_message, std::size_t cached = 0)
      : in_(30000), max_message_(max_message), statements_(cached) {}

  // ---- logging in ----
  /// Begins the conversation; `s` must live until `started()` or `fail()`.
  void start(startup& s) {
    startup_ = &s;
    queue_.out().set_confidential(true);
    s.begin(queue_.out().bytes());
  }
  /// Goes on with a login that waits for its keys, see startup::derive.
  void derive(unsigned iterations) { startup_->derive(iterations, queue_.out().bytes()); }
  bool deriving() const noexcept { return startup_ != nullptr && startup_->deriving(); }
  bool started() const noexcept { return startup_ == nullptr && status_ != '\0'; }

  // ---- requests ----
  /// Queues `r` and returns its number. `to` and `who` may be null; they are forgotten when the exchange is done or
  /// abandoned. Statements that the server does not have are sent ahead of their Binds.
  std::uint64_t submit(request const& r, sink* to, awaiter* who);
  /// The statements that are kept prepared.
  statement_cache& statements() noexcept { return statements_.cache(); }
  bool has(statement const& s) const noexcept { return statements_.has(s); }
  bool must_describe(request const& r) const noexcept { return statements_.must_describe(r); }
  /// Names for statements outside of the cache.
  statement_names& names() noexcept { return statements_.names(); }
  /// As the queue's, see there; so are the next ones.
  bool abandon(std::uint64_t number) { return queue_.abandon(number); }
  void interrupt(error const& why, std::uint64_t before = UINT64_MAX) { queue_.interrupt(why, before); }
  bool pending(std::uint64_t number) const noexcept { return queue_.pending(number); }
  bool draining(std::uint64_t number) const noexcept { return queue_.draining(number); }
  bool idle() const noexcept { return queue_.empty(); }
  /// Nothing that was sent is unanswered: here the conversation can end. (Requests may wait that were not sent.)
  bool between() const noexcept { return queue_.between(); }
  awaiter* take_done() noexcept { return queue_.take_done(); }
  awaiter* oldest_awaiter() noexcept { return queue_.oldest_awaiter(); }

  // ---- input and output ----
  want next() const noexcept;
  wire::byte_view unsent() const noexcept { return closed_ ? wire::byte_view{} : queue_.unsent(); }
  void sent(std::size_t n) { queue_.out().take(n); }
  std::span<std::byte> room() { return in_.room(); }
  /// Takes in `n` bytes that were received into `room()`. Throws when they break the protocol, or login fails. Behind a
  /// row of a `stepwise` exchange it stops; to go on, call it again, if only with 0.
  void received(std::size_t n);
  bool paused() const noexcept { return paused_; }
  /// The pump is about to send the CancelRequest that `next()` asked for.
  void cancelling() noexcept {
    queue_.head().cancel_sent = true;
    queue_.head().cancel_again = false;
  }
  /// Nothing has come of it: `next()` is to ask for another one. A server ignores it before it has begun the statement.
  void cancel_again() noexcept {
    if (queue_.held()) queue_.head().cancel_again = true;
  }
  bool head_unwanted() const noexcept { return queue_.head_unwanted(); }
  std::uint64_t head_number() const noexcept { return queue_.head_number(); }
  /// What the next request will have.
  std::uint64_t next_number() const noexcept { return queue_.next_number(); }
  /// Where the head ends in the stream of all bytes, and how many of these the transport has taken.
  std::uint64_t head_end() const noexcept { return queue_.head().end; }
  std::uint64_t taken() noexcept { return queue_.out().taken(); }
  bool cancel_under_way() const noexcept { return queue_.held(); }
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
  /// Since the last call. Each kind is kept only while somebody wants it.
  news take_news() noexcept {
    has_news_ = false;
    return std::exchange(news_, {});
  }
  bool has_news() const noexcept { return has_news_; }
  void keep_notices(bool on) noexcept { keep_notices_ = on; }
  void keep_notifications(bool on) noexcept { keep_notifications_ = on; }

  static constexpr std::size_t max_parameters = 500; ///< different ParameterStatus names: servers have about 15

 private:
  void dispatch(message const& m);
  void dispatch_login(message const& m);
  bool refused_in_old_words() const;
  void take_unasked(message const& m);
  /// Most messages do not: they are spared the call.
  static bool may_come_any_time(char type) noexcept { return type == 'S' || type == 'N' || type == 'A'; }
  bool take_asynchronous(message const& m);
  void take_parameter(wire::parameter_status p);
  void take_notification(wire::notification_view n);
  void end_listening() noexcept;

  inbound in_;
  std::size_t max_message_;
  queue queue_;
  prepared_statements statements_;
  scratch memory_;
  startup* startup_ = nullptr;
  std::optional<error> closed_;
  news news_;
  bool has_news_ = false;
  bool keep_notices_ = false;
  bool keep_notifications_ = false;
  bool paused_ = false; // behind a row; there may be more in the buffer
  char status_ = '\0';
  std::uint32_t pid_ = 0;
  wire::buffer key_;
  std::vector<std::pair<std::string, std::string>> parameters_;
};

inline std::uint64_t session::submit(request const& r, sink* to, awaiter* who) {
  while (statements_.has_leftovers()) [[unlikely]]
    if (auto const closing = statements_.closing(); !closing.bytes.empty())
      queue_.push(closing, nullptr, nullptr, statements_);
  return queue_.push(r, to, who, statements_);
}

inline want session::next() const noexcept {
  if (queue_.cancel_wanted()) return want::cancel;
  auto const reading = !queue_.empty() || startup_ != nullptr;
  auto const unsent_bytes = unsent().size();
  if (unsent_bytes == 0) return reading ? want::read : want::done;
  if (!reading) return want::write;
  return unsent_bytes > 64 * 1024 ? want::both : want::read;
}

inline void session::received(std::size_t n) {
  in_.received(n);
  paused_ = false;
  if (startup_ != nullptr && refused_in_old_words()) [[unlikely]]
    return;
  message m;
  while (in_.take(m)) {
    if (m.type == 'D' && !queue_.empty() && startup_ == nullptr) [[likely]] {
      if (auto& head = queue_.head(); head.rows_expected()) [[likely]] {
        head.on_row(m);
        if (head.stepwise && !head.has_error()) {
          paused_ = true;
          return;
        }
        if (head.stepwise) [[unlikely]]
          head.stop_at_error();
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
  if (queue_.empty()) [[unlikely]]
    return take_unasked(m);
  auto& head = queue_.head();
  switch (head.accept(m, memory_)) {
  case outcome::go_on: break;
  case outcome::part_done:
    status_ = wire::parse_ready(m.body());
    head.cancel_again = head.cancel_sent; // that was for the part before
    break;
  case outcome::done:
    status_ = wire::parse_ready(m.body());
    if (memory_.farewell) [[unlikely]]
      memory_.farewell.reset(); // it was none
    if (memory_.statements_are_gone) [[unlikely]] {
      memory_.statements_are_gone = false;
      statements_.closed_before(queue_.head_number());
      end_listening();
    }
    queue_.finish_head(status_);
    break;
  case outcome::refuse_copy: queue_.refuse_copy(); break;
  }
}

[[gnu::cold, gnu::noinline]] inline void session::take_unasked(message const& m) {
  if (m.type != static_cast<char>(wire::reply::error))
    wire::violation("message of type " + wire::type_text(m.type), "nothing was asked");
  memory_.farewell = wire::parse_notice(m.body(), "ErrorResponse"); // the server is about to close
}

[[gnu::noinline]] inline void session::dispatch_login(message const& m) {
  if (startup_->authenticated() && take_asynchronous(m)) return;
  if (m.type != static_cast<char>(wire::reply::ready_for_query) || !startup_->authenticated())
    return startup_->receive(m, queue_.out().bytes());
  status_ = wire::parse_ready(m.body());
  startup_ = nullptr;
  queue_.out().set_confidential(false);
  in_.set_max_message(max_message_);
}

/// Throws once they are whole.
[[gnu::noinline]] inline bool session::refused_in_old_words() const {
  if (startup_->authenticated()) return false;
  auto const said = in_.begins_with_old_error();
  if (!said || !said->whole) return said.has_value();
  auto text = said->text;
  while (text.ends_with('\n')) text.remove_suffix(1);
  throw error(errc::connection_closed, "the server closed the connection: " + printable(text));
}

/// Takes a message that may come at any time.
[[gnu::noinline]] inline bool session::take_asynchronous(message const& m) {
  switch (static_cast<wire::reply>(m.type)) {
  case wire::reply::parameter_status: take_parameter(wire::parse_parameter_status(m.body())); return true;
  case wire::reply::notice: {
    auto n = wire::parse_notice(m.body(), "NoticeResponse");
    if (keep_notices_) {
      news_.notices.push_back(std::move(n));
      has_news_ = true;
    }
    return true;
  }
  case wire::reply::notification: take_notification(wire::parse_notification(m.body())); return true;
  case wire::reply::backend_key: {
    if (startup_ == nullptr) return false;
    auto const k = wire::parse_backend_key(m.body(), startup_->version() > conninfo::protocol_version::v3_0);
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

inline void session::take_notification(wire::notification_view n) {
  if (!keep_notifications_) return;
  news_.notifications.push_back({std::string(n.channel), std::string(n.payload), n.pid});
  has_news_ = true;
}

[[gnu::cold]] inline void session::end_listening() noexcept {
  if (!std::exchange(memory_.listening_is_over, false) || !keep_notifications_) return;
  news_.discarded_before = queue_.head_number() + 1;
  has_news_ = true;
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
  queue_.fail(reason);
  closed_ = std::move(reason);
  key_.wipe();
}

} // namespace tusk::protocol
