// tusk: net/seats.hpp — where coroutines wait while another one pumps their common connection.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A seat lies in its waiter's own frame and holds the completion handler inline: waiting allocates nothing. Those whose
// turn has come are woken by one posted batch, never from within the parser that found it out. When the execution
// context ends first, handlers still parked are dropped, or the frames that hold them would own themselves for ever.
#pragma once

#include <tusk/net/asio.hpp>
#include <tusk/protocol/awaiter.hpp>
#include <tusk/protocol/ref.hpp>

#include <cstddef>
#include <mutex>
#include <new>
#include <system_error>
#include <utility>

namespace tusk::net {

/// Drops what is parked when an execution context is shut down.
class parking_service : public asio::execution_context::service {
 public:
  using key_type = parking_service;
  static inline asio::execution_context::id id;

  class member {
   public:
    virtual void drop() noexcept = 0;

   protected:
    ~member() = default;

   private:
    friend class parking_service;
    member* previous_ = nullptr;
    member* next_ = nullptr;
  };

  explicit parking_service(asio::execution_context& context) : asio::execution_context::service(context) {}

  void add(member& m) {
    std::lock_guard const lock(mutex_);
    m.next_ = head_;
    if (head_ != nullptr) head_->previous_ = &m;
    head_ = &m;
  }
  void remove(member& m) noexcept {
    std::lock_guard const lock(mutex_);
    if (m.previous_ != nullptr)
      m.previous_->next_ = m.next_;
    else if (head_ == &m)
      head_ = m.next_;
    if (m.next_ != nullptr) m.next_->previous_ = m.previous_;
    m.previous_ = m.next_ = nullptr;
  }

 private:
  void shutdown() override {
    while (head_ != nullptr) {
      auto& m = *head_;
      remove(m);
      m.drop();
    }
  }
  std::mutex mutex_;
  member* head_ = nullptr;
};

template <class Executor> class seats final : parking_service::member {
 public:
  using token = asio::use_awaitable_t<Executor>;

  class seat : public protocol::awaiter {
   public:
    seat() = default;
    seat(seat const&) = delete;
    seat& operator=(seat const&) = delete;
    bool waits() const noexcept { return act_ != nullptr; }

   private:
    friend class seats;
    template <class Handler> void arm(Handler&& h) {
      using stored = std::decay_t<Handler>;
      static_assert(sizeof(stored) <= sizeof store_, "tusk: this Asio's awaitable handlers are larger than a seat");
      ::new (static_cast<void*>(store_)) stored(std::forward<Handler>(h));
      act_ = [](seat& s, bool call) {
        auto* const p = std::launder(reinterpret_cast<stored*>(s.store_));
        stored handler(std::move(*p));
        p->~stored();
        s.act_ = nullptr;
        if (call) std::move(handler)(asio::error_code(s.status_));
      };
    }
    alignas(std::max_align_t) std::byte store_[32];
    void (*act_)(seat&, bool call) = nullptr; // takes the handler out; calls it, or lets it go
    std::error_code status_;
    bool ready_ = false;
    seat* previous_ = nullptr;
    seat* next_ = nullptr;
  };

  /// `owner` is kept alive by what is posted.
  seats(Executor executor, protocol::counted& owner)
      : executor_(std::move(executor)), owner_(owner),
        service_(asio::use_service<parking_service>(asio::query(executor_, asio::execution::context))) {
    service_.add(*this);
  }
  ~seats() { service_.remove(*this); }

  /// Waits until `wake(s)`. Throws operation_aborted when the coroutine is cancelled first.
  static asio::awaitable<void, Executor> park(seats& lot, seat& s) {
    static constexpr token use{};
    return asio::async_initiate<token const, void(asio::error_code)>(
        [&lot, &s](auto handler) {
          if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
            slot.assign([&lot, &s](asio::cancellation_type type) {
              if (type == asio::cancellation_type::none || !s.waits() || s.ready_) return;
              s.status_ = asio::error::operation_aborted;
              lot.wake(s);
            });
          s.status_ = {};
          s.arm(std::move(handler));
          lot.link(s);
        },
        use);
  }
  /// Resumes the waiter of `s` in the next batch.
  void wake(seat& s) {
    if (s.ready_ || !s.waits()) return;
    unlink(s);
    s.ready_ = true;
    s.previous_ = ready_tail_;
    (ready_tail_ != nullptr ? ready_tail_->next_ : ready_head_) = &s;
    ready_tail_ = &s;
    post_batch();
  }
  /// The frame of `s` is being destroyed.
  void leave(seat& s) noexcept {
    if (s.ready_) {
      (s.previous_ != nullptr ? s.previous_->next_ : ready_head_) = s.next_;
      (s.next_ != nullptr ? s.next_->previous_ : ready_tail_) = s.previous_;
      s.previous_ = s.next_ = nullptr;
      s.ready_ = false;
    } else {
      unlink(s);
    }
  }
  /// The execution context is shutting down: nothing may be posted any more.
  bool dropped() const noexcept { return dropped_; }

 private:
  void link(seat& s) noexcept {
    s.previous_ = nullptr;
    s.next_ = parked_;
    if (parked_ != nullptr) parked_->previous_ = &s;
    parked_ = &s;
  }
  void unlink(seat& s) noexcept {
    if (s.previous_ == nullptr && s.next_ == nullptr && parked_ != &s) return;
    (s.previous_ != nullptr ? s.previous_->next_ : parked_) = s.next_;
    if (s.next_ != nullptr) s.next_->previous_ = s.previous_;
    s.previous_ = s.next_ = nullptr;
  }
  void post_batch() {
    if (posted_ || dropped_) return;
    posted_ = true;
    asio::post(executor_, [self = protocol::ref<protocol::counted>(&owner_), this] { run_batch(); });
  }
  void run_batch() {
    // A handler may throw out of run(): the rest of the batch must not be forgotten.
    struct again {
      seats& lot;
      ~again() {
        lot.posted_ = false;
        if (lot.ready_head_ != nullptr) lot.post_batch();
      }
    } const repost{*this};
    std::size_t n = 0; // whom they wake in turn waits for the next turn
    for (auto* s = ready_head_; s != nullptr; s = s->next_) ++n;
    for (; n != 0 && ready_head_ != nullptr; --n) {
      auto& s = *ready_head_;
      leave(s);
      s.act_(s, true);
    }
  }
  void drop() noexcept override {
    dropped_ = true;
    for (auto** list : {&parked_, &ready_head_})
      while (*list != nullptr) {
        auto& s = **list;
        leave(s);
        if (s.waits()) s.act_(s, false);
      }
  }

  Executor executor_;
  protocol::counted& owner_;
  parking_service& service_;
  seat* parked_ = nullptr;
  seat* ready_head_ = nullptr;
  seat* ready_tail_ = nullptr;
  bool posted_ = false;
  bool dropped_ = false;
};

} // namespace tusk::net
