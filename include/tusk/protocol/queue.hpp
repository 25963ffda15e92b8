// tusk: protocol/queue.hpp — the requests of a connection in their order, from being asked for to being answered.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A ring of exchanges, addressed by number, and the bytes that are on their way. Knows what has been sent of whom, and
// so what may be withdrawn, what may be cancelled, and what must not be sent while a CancelRequest may still take
// effect. Does not read replies.
#pragma once

#include <tusk/error.hpp>
#include <tusk/protocol/exchange.hpp>
#include <tusk/protocol/outbound.hpp>
#include <tusk/protocol/prepared_statements.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

namespace tusk::protocol {

class queue {
 public:
  queue() : ring_(16), ring_mask_(15) {}

  outbound& out() noexcept { return out_; }

  // ---- requests ----
  /// Queues `r` and returns its number. Statements that the server does not have are sent ahead of their Binds.
  std::uint64_t push(request const& r, sink* to, awaiter* who, prepared_statements& statements);
  /// Its awaiter has gone away. What was not sent is withdrawn (true); else its replies will be read and dropped.
  bool abandon(std::uint64_t number);
  /// Everything up to a number is to end: what was sent is cancelled, in turn, the rest fails with `why`.
  void interrupt(error const& why, std::uint64_t before);
  /// All are told that they have failed; what was not sent yet can be sent again elsewhere.
  void fail(error const& why);

  bool empty() const noexcept { return first_ == last_; }
  bool pending(std::uint64_t number) const noexcept {
    return number >= first_ && number < last_ && !at(number).withdrawn;
  }
  /// It has been abandoned, and its replies are not at their end yet.
  bool draining(std::uint64_t number) const noexcept { return pending(number) && at(number).abandoned; }
  /// Whoever waits for the oldest exchange that somebody waits for; nullptr: no one.
  awaiter* oldest_awaiter() noexcept {
    for (auto i = first_; i != last_; ++i)
      if (auto* w = at(i).who) return w;
    return nullptr;
  }
  /// The awaiters whose exchanges are done since the last call, as a list by `next_done`.
  awaiter* take_done() noexcept {
    done_tail_ = nullptr;
    return std::exchange(done_, nullptr);
  }

  /// COPY data for the request of this number, whole messages; with `last`, the end of them. Nothing of what is behind
  /// it is sent before that. False, and nothing is done, once the server does not take any more.
  bool feed(std::uint64_t number, wire::byte_view messages, bool last);

  // ---- the head: the one whose replies come next ----
  std::uint64_t head_number() const noexcept { return first_; }
  std::uint64_t next_number() const noexcept { return last_; }
  exchange& head() noexcept { return at(first_); }
  exchange const& head() const noexcept { return at(first_); }
  /// All replies of the head have come; `status` is as in ReadyForQuery.
  void finish_head(char status);
  /// The server works on what is to end.
  bool head_unwanted() const noexcept { return !empty() && head().unwanted() && head().begin < out_.taken(); }
  /// The head has been cancelled and is not at its end yet.
  bool held() const noexcept { return !empty() && head().cancel_sent; }
  /// The offset up to which bytes must have been sent before the head can be cancelled. While it takes data there may
  /// be more of them than the server reads.
  std::uint64_t cancellable_from() const noexcept { return head().takes_data() ? 0 : head().end; }
  /// A CancelRequest is to be sent.
  bool cancel_wanted() const noexcept;
  /// The server waits for COPY data that the head does not have. Throws where that cannot be ended.
  void refuse_copy();

  // ---- output ----
  /// What may be sent now. While a CancelRequest may still take effect nothing may: it would hit what is sent. Of a
  /// head that nobody waits for only the rest: with something behind it, it could no longer be cancelled.
  wire::byte_view unsent() const noexcept {
    auto const all = sendable();
    if (empty() || !head().unwanted()) [[likely]]
      return all;
    auto const end = head().end;
    if (end > out_.taken()) return all.first(static_cast<std::size_t>(end - out_.taken()));
    return held() ? wire::byte_view{} : all;
  }
  /// Nothing that was sent is unanswered.
  bool between() const noexcept { return empty() || head().begin >= out_.taken(); }

 private:
  static constexpr std::uint64_t none = UINT64_MAX;

  /// What stands behind a COPY waits for the end of its data.
  wire::byte_view sendable() const noexcept {
    auto const all = out_.untaken();
    if (fed_ == none || !at(fed_).feeding) [[likely]]
      return all;
    return all.first(static_cast<std::size_t>(at(fed_).end - out_.taken()));
  }
  void end_feed(std::uint64_t number) noexcept;
  exchange& at(std::uint64_t number) noexcept { return ring_[number & ring_mask_]; }
  exchange const& at(std::uint64_t number) const noexcept { return ring_[number & ring_mask_]; }
  void grow_ring();
  void withdraw(std::uint64_t number);
  void shift(std::uint64_t from, std::uint64_t by) noexcept;
  void skip_withdrawn() noexcept;
  std::uint64_t condemn_written_behind(bool simple);
  void tell_done(exchange& e, char status);
  void tell(exchange& e, char status);

  outbound out_;
  std::vector<exchange> ring_; // a power of two; exchange n is at n modulo its size
  std::uint64_t ring_mask_;
  std::uint64_t first_ = 0;  // the exchange at the head
  std::uint64_t last_ = 0;   // behind the newest one
  std::uint64_t fed_ = none; // whose COPY data are to come; there is one at a time
  awaiter* done_ = nullptr;
  awaiter* done_tail_ = nullptr;
};

inline std::uint64_t queue::push(request const& r, sink* to, awaiter* who, prepared_statements& statements) {
  if (last_ - first_ > ring_mask_) grow_ring();
  auto const begin = out_.end();
  auto& e = at(last_);
  e.reset();
  e.who = who;
  e.stepwise = r.stepwise;
  if (r.parts.empty()) [[likely]] {
    e.now.expected = r.expected;
    e.now.to = to;
    if (r.subject) {
      e.now.subject = r.subject;
      e.now.generation = r.generation;
      e.now.described = r.described;
      e.now.in_text = r.in_text;
    }
    statements.append(out_.bytes(), r.bytes.view(), e.now, last_, r.scope == 0 ? trust::all : trust::own);
  } else {
    e.consist_of(r.parts, r.apart);
    std::size_t from = 0;
    for (auto& p : e.parts()) {
      statements.append(out_.bytes(), r.bytes.view().subspan(from, p.end - from), p, last_,
                        r.apart ? trust::none : trust::own);
      from = p.end;
    }
    out_.bytes().append(r.bytes.view().subspan(from));
    e.begin_parts();
  }
  e.begin = begin;
  e.end = out_.end();
  if (r.feeds) [[unlikely]] {
    e.feeding = true;
    fed_ = last_;
  }
  return last_++;
}

inline void queue::grow_ring() {
  std::vector<exchange> larger(ring_.size() * 2);
  for (auto i = first_; i != last_; ++i) larger[i & (larger.size() - 1)] = std::move(at(i));
  ring_ = std::move(larger);
  ring_mask_ = ring_.size() - 1;
}

inline bool queue::abandon(std::uint64_t number) {
  if (!pending(number)) return false;
  auto& e = at(number);
  e.abandoned = true;
  e.forget_sinks();
  e.who = nullptr;
  e.stepwise = false;
  if (e.begin < out_.taken()) {
    end_feed(number);
    return false;
  }
  withdraw(number);
  return true;
}

[[gnu::noinline]] inline bool queue::feed(std::uint64_t number, wire::byte_view messages, bool last) {
  if (!pending(number) || !at(number).feeding) return false;
  auto& e = at(number);
  if (number + 1 == last_)
    out_.bytes().append(messages);
  else
    out_.insert(e.end, messages);
  e.end += messages.size();
  shift(number + 1, messages.size());
  if (last) e.feeding = false;
  return true;
}

/// A server that waits for data does not look whether it is to cancel.
[[gnu::noinline]] inline void queue::end_feed(std::uint64_t number) noexcept {
  if (!at(number).feeding) return;
  try {
    wire::buffer end;
    if (at(number).now.expected.front() == step::copied_both)
      wire::copy_done(end); // which is all that a walsender knows
    else
      wire::copy_fail(end, "the COPY was given up");
    feed(number, end, true);
  } catch (std::bad_alloc const&) {} // then it does not end, and the connection is closed for that after a while
}

inline void queue::withdraw(std::uint64_t number) {
  auto& e = at(number);
  auto const end = e.end;
  auto kept = std::uint64_t{0};
  if (e.now.prepares != 0 && e.parts().empty() && number + 1 != last_) {
    // Those behind may count on the statement: Parse and Describe stay, and the Sync.
    kept = e.now.prepares;
    bool const closes = e.now.expected.front() == step::closed;
    e.now.expected = steps{step::parsed, step::parameters, step::columns};
    if (closes) e.now.expected.push_front(step::closed);
    e.abandoned = false;
    out_.withdraw(e.begin + kept, end - wire::sync_size);
    kept += wire::sync_size;
  } else {
    e.forget_unprepared();
    out_.withdraw(e.begin, end);
    e.feeding = false;
    e.withdrawn = true; // its number stays taken: those behind it know themselves by theirs
  }
  e.end = e.begin + kept;
  shift(number + 1, e.end - end);
  skip_withdrawn();
}

inline void queue::interrupt(error const& why, std::uint64_t before) {
  for (auto i = first_; i < last_ && i < before; ++i) {
    auto& e = at(i);
    if (e.withdrawn || e.who == nullptr) continue;
    if (e.begin < out_.taken()) {
      e.interrupted = true;
      end_feed(i);
      continue;
    }
    e.fail(std::make_exception_ptr(error(why).unsent()));
    tell(e, '\0'); // it keeps its statement: what it was to prepare others may count on
    e.abandoned = true;
    e.stepwise = false;
    withdraw(i);
  }
}

/// The requests from `from` on are now `by` bytes further behind.
inline void queue::shift(std::uint64_t from, std::uint64_t by) noexcept {
  for (auto i = from; i != last_; ++i) {
    at(i).begin += by;
    at(i).end += by;
  }
}

/// Only when the server is busy with what nobody waits for, and with nothing else: PostgreSQL signals twice, and the
/// late signal would kill a statement that was sent behind.
inline bool queue::cancel_wanted() const noexcept {
  if (empty()) return false;
  auto const& e = head();
  if (e.cancel_sent) return e.cancel_again;
  if (!e.unwanted() || cancellable_from() > out_.taken()) return false;
  for (auto i = first_ + 1; i != last_; ++i)
    if (at(i).begin < out_.taken() && !at(i).unwanted()) return false;
  return true;
}

/// A server that waits for COPY data ignores Sync and takes CopyFail for the end. Anything else was an error to older
/// ones, which in the extended protocol then threw away everything up to a Sync; since PostgreSQL 14 it is the end of
/// the connection.
[[gnu::cold, gnu::noinline]] inline void queue::refuse_copy() {
  auto& at_head = head();
  bool const simple = at_head.simple();
  if (!simple && !at_head.apart() && !at_head.in_last_part()) return; // the next part's messages end it
  if (at_head.apart() && !at_head.in_last_part())
    throw error(errc::wrong_verb, "COPY from STDIN cannot be one of several queries that stand apart");
  auto const next = condemn_written_behind(simple);
  if (next == 0) return;
  wire::buffer refusal;
  wire::copy_fail(refusal, "this verb has no data for COPY");
  if (!simple) wire::sync(refusal);
  auto const place = next == last_ ? out_.end() : at(next).begin;
  out_.insert(place, refusal);
  at_head.end = place + refusal.size(); // a server that waits for data does not look whether it is to cancel
  shift(next, refusal.size());
}

/// What has been written behind a COPY ends it, and is thrown away for that. Returns the number before which the COPY
/// has to be ended, or 0 if it has been.
inline std::uint64_t queue::condemn_written_behind(bool simple) {
  for (auto i = first_ + 1; i != last_; ++i) {
    auto& e = at(i);
    if (e.withdrawn) continue;
    if (e.begin >= out_.taken()) return i;
    if (e.apart()) throw error(errc::wrong_verb, "COPY from STDIN was asked for with a pipeline sent behind");
    e.forget_unprepared();
    e.fail(std::make_exception_ptr(
        error(errc::wrong_verb, "was not run: the server threw it away with the COPY before it").unsent()));
    e.condemned = true;
    // A request of the extended protocol behind a simple one: its first message is gone, and it ends by itself.
    // Otherwise its Sync ends the COPY; without one it is gone altogether.
    bool const has_sync = !e.simple();
    if (!(simple && has_sync)) {
      e.withdrawn = true;
      tell_done(e, '\0');
    }
    if (simple || has_sync) return 0;
  }
  return last_;
}

inline void queue::finish_head(char status) {
  auto& e = at(first_);
  ++first_;
  tell_done(e, status);
  skip_withdrawn();
}

inline void queue::skip_withdrawn() noexcept {
  while (first_ != last_ && at(first_).withdrawn) ++first_;
}

inline void queue::tell_done(exchange& e, char status) {
  e.feeding = false;
  e.now.subject = {};
  tell(e, status);
}

inline void queue::tell(exchange& e, char status) {
  e.forget_sinks();
  auto* w = std::exchange(e.who, nullptr);
  if (w == nullptr) return;
  w->done = true;
  w->error = e.take_error();
  w->not_run = e.condemned || (e.may_be_repeated() && status == 'I');
  w->next_done = nullptr;
  (done_tail_ != nullptr ? done_tail_->next_done : done_) = w;
  done_tail_ = w;
}

inline void queue::fail(error const& why) {
  bool first = true;
  while (!empty()) {
    auto& e = at(first_++);
    auto const mine = e.begin >= out_.taken() ? error(why).unsent() : why;
    // The head may have been told by the server why it fails, as when an administrator ends the backend.
    if (!(first && e.has_error())) {
      (void)e.take_error();
      e.fail(std::make_exception_ptr(mine));
    }
    first = false;
    tell_done(e, '\0');
  }
}

} // namespace tusk::protocol
