// tusk: net/crew.hpp — those who wait on one connection, and the one of them who pumps for all.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each has a place, and in it what the session tells of his exchange. The first to come leads; when he has what he
// wanted, whoever waits for the oldest exchange is appointed. A place that is given up abandons its exchange. Knows
// when somebody's time is up. Does no I/O.
#pragma once

#include <tusk/net/deadlines.hpp>
#include <tusk/net/drain_watch.hpp>
#include <tusk/net/inbox.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/session.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace tusk::net {

template <class Mode> class crew {
 public:
  using executor = typename Mode::executor;
  using socket = typename Mode::socket;

  /// All of these outlive it; `owner` is kept alive by what is posted.
  crew(executor const& e, protocol::session& s, socket& k, protocol::counted& owner)
      : executor_(e), session_(s), socket_(k), owner_(owner), room_(e, owner), deadlines_(e) {}

  /// In its waiter's coroutine frame, so that a destroyed frame leaves it, or in what a frame works for.
  class place : public Mode::seat, public deadline<Mode> {
   public:
    explicit place(crew& c) : crew_(c) {}
    place(place const&) = delete;
    place& operator=(place const&) = delete;
    ~place() {
      give_up();
      if constexpr (Mode::concurrent) {
        crew_.room_.leave(*this);
        crew_.deadlines_.remove(*this);
      }
      resign();
    }
    /// It waits for the exchange of this number.
    void wait_for(std::uint64_t number) noexcept {
      number_ = number;
      this->done = this->not_run = false;
      this->error = nullptr;
      submitted_ = true;
    }
    /// Whoever waited here does not want it any more.
    void give_up() {
      if (submitted_ && !this->done) unsent_ = crew_.session_.abandon(number_);
    }
    bool leads() const noexcept { return leading_; }
    void lead() noexcept { leading_ = crew_.led_ = true; }
    void resign() {
      if (!leading_) return;
      leading_ = crew_.led_ = false;
      crew_.appoint(*this);
    }
    /// Whether there is something to wait for. One who was cancelled stays only to drain what he left behind.
    bool unfinished() const noexcept {
      if (orphaned) return crew_.session_.draining(number_) && !crew_.session_.closed();
      return !this->done;
    }
    bool submitted() const noexcept { return submitted_; }
    std::uint64_t exchange() const noexcept { return number_; }
    /// Given up before anything of it was sent.
    bool unsent() const noexcept { return unsent_ || !submitted_; }

    bool orphaned = false;   ///< nobody wants it any more
    bool cancelled = false;  ///< that was found out in this turn of the loop
    bool repeated = false;   ///< it has been submitted once more
    bool asks_first = false; ///< what it waits for is the description of its statement, itself it is not submitted yet

   private:
    crew& crew_;
    std::uint64_t number_ = 0;
    bool submitted_ = false;
    bool leading_ = false;
    bool unsent_ = false;
  };

  /// The place of one who waits for no exchange, but for what the server says by itself. He leads only while nobody
  /// waits for an exchange: whoever comes has the lead at once, and a stream at rest is not read past.
  class standby : public place {
   public:
    standby(crew& c, inbox const& box)
        : place(c), wants(box), crew_(c), previous_(c.last_standby_), number_(c.standbys_so_far_++) {
      (previous_ != nullptr ? previous_->next_ : c.first_standby_) = this;
      c.last_standby_ = this;
    }
    ~standby() {
      (previous_ != nullptr ? previous_->next_ : crew_.first_standby_) = next_;
      (next_ != nullptr ? next_->previous_ : crew_.last_standby_) = previous_;
    }
    inbox const& wants; ///< what he waits for comes into it

   private:
    friend class crew;
    crew& crew_;
    standby* previous_;
    standby* next_ = nullptr;
    std::uint64_t number_;
  };

  typename Mode::waiting_room& room() noexcept { return room_; }
  /// Whether it waits for somebody else to read.
  bool led() const noexcept { return led_; }
  bool follows(place const& p) const noexcept { return led_ && !p.leads(); }
  bool follows(standby& s) {
    if (!somebody_waits()) return led_ && !s.leads();
    s.resign();
    return true;
  }
  /// For an exchange; a stream at rest does, too.
  bool somebody_waits() noexcept { return session_.oldest_awaiter() != nullptr; }
  /// Has a standby that leads look again what there is to do.
  void nudge_standby() noexcept {
    for (auto* s = first_standby_; s != nullptr; s = s->next_)
      if (s->leads() && !dropped()) return wake_leader();
  }
  /// Wakes those standbys that `which` is true for.
  template <class F> void wake_standbys(F which) {
    if constexpr (Mode::concurrent)
      for (auto* s = first_standby_; s != nullptr; s = s->next_)
        if (which(*s)) room_.wake(*s);
  }
  /// How many there have been.
  std::uint64_t standbys_so_far() const noexcept { return standbys_so_far_; }
  /// The first so many are to end, if they still wait.
  void interrupt_standbys(std::uint64_t before) {
    for (auto* s = first_standby_; s != nullptr && s->number_ < before; s = s->next_) s->cancelled = true;
    wake_standbys([](standby const& s) { return s.cancelled; });
  }
  /// `former`, who rested and kept standbys from reading, has ended.
  void rest_is_over(place const& former) {
    if (first_standby_ != nullptr && !led_) [[unlikely]]
      appoint(former);
  }

  bool dropped() const noexcept {
    if constexpr (Mode::concurrent)
      return room_.dropped();
    else
      return false;
  }
  /// Wakes whoever has what he waited for.
  void wake_done() {
    for (auto* w = session_.take_done(); w != nullptr;) {
      auto* const next = w->next_done;
      if constexpr (Mode::concurrent)
        if (auto& p = of(*w); !p.leads()) room_.wake(p);
      w = next;
    }
  }
  /// Calls `f` in the next turn of the loop, however often it is asked for until then.
  template <class F> void soon([[maybe_unused]] F f) {
    if constexpr (Mode::concurrent) {
      if (soon_ || room_.dropped()) return;
      soon_ = true;
      Mode::post(executor_, [self = protocol::ref<protocol::counted>(&owner_), this, f] {
        soon_ = false;
        f();
      });
    }
  }
  /// Has the leader look again what is wanted.
  void wake_leader() {
    if constexpr (Mode::concurrent) {
      if (!led_) return;
      interrupted = true;
      socket_.interrupt();
    }
  }
  bool interrupted = false;    ///< the leader's read ends for that
  std::size_t wanted_room = 0; ///< the leader waits until fewer bytes than this are to be sent; 0: it does not
  /// What the leader waits for is there, which is told once. `unsent`: how many bytes are to be sent.
  bool has_room(std::size_t unsent) noexcept {
    bool const enough = unsent < wanted_room;
    if (enough) wanted_room = 0;
    return enough;
  }

  /// The time that each following operation may take; 0: any.
  std::chrono::milliseconds timeout{0};
  void limit(place& p) {
    if (timeout.count() != 0) [[unlikely]]
      begin_deadline(p);
  }
  void unlimit(place& p) noexcept {
    if constexpr (Mode::concurrent)
      deadlines_.remove(p);
    else
      p.end();
  }
  static bool is_late(place const& p) noexcept {
    if constexpr (Mode::concurrent)
      return p.passed() && !p.orphaned && !p.done;
    else
      return false; // its socket says so
  }

  /// While somebody waits for the server to end what nobody wants.
  drain_watch<Mode> watch;

 private:
  static place& of(protocol::awaiter& w) noexcept {
    return static_cast<place&>(static_cast<typename Mode::seat&>(w)); // nobody else is told to the session
  }
  /// Not `former`, who may have the oldest exchange still: a stream between two rows waits for nothing.
  void appoint([[maybe_unused]] place const& former) {
    if constexpr (Mode::concurrent) {
      if (room_.dropped()) return;
      auto* const w = session_.oldest_awaiter();
      place* next = nullptr;
      if (w == nullptr)
        next = first_standby_ != &former ? first_standby_ : first_standby_->next_;
      else if (w != &former)
        next = &of(*w);
      if (next != nullptr) {
        next->lead();
        room_.wake(*next);
        return;
      }
    }
    watch.end(); // nobody reads: the answer may be here in time and wait for that
  }
  void begin_deadline(place& p) {
    if constexpr (Mode::concurrent)
      deadlines_.add(p, timeout, expiry());
    else
      p.begin(executor_, socket_, timeout);
  }
  auto expiry() {
    return [self = protocol::ref<protocol::counted>(&owner_), this] { expire(); };
  }
  void expire() {
    if constexpr (Mode::concurrent)
      while (auto* const d = deadlines_.take_passed(expiry())) {
        auto& p = static_cast<place&>(*d);
        if (p.leads())
          wake_leader();
        else
          room_.wake(p);
      }
  }

  executor executor_;
  protocol::session& session_;
  socket& socket_;
  protocol::counted& owner_;
  typename Mode::waiting_room room_;
  [[no_unique_address]] typename deadlines_of<Mode>::type deadlines_;
  standby* first_standby_ = nullptr;
  standby* last_standby_ = nullptr;
  std::uint64_t standbys_so_far_ = 0;
  bool led_ = false;
  bool soon_ = false; // something has been posted
};

} // namespace tusk::net
