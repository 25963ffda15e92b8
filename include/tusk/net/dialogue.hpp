// tusk: net/dialogue.hpp — a request that several operations wait on, one after the other: a stream, a COPY.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// It has the connection to itself from its begin to its end. Between two operations nothing is read: the server waits.
// Whoever derives from it is the sink of the replies and says what is waited for. An operation that is cancelled, and a
// destructor, give the request up: the connection is usable afterwards.
#pragma once

#include <tusk/error.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/net/tenure.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/protocol/sink.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace tusk::net {

template <class Mode> class dialogue : public protocol::sink, private tenure {
 public:
  using pump = net::pump<Mode>;
  template <class T> using task = typename Mode::template task<T>;

  /// Submits the request. `words`, which live for ever, tell others why they are refused meanwhile. Throws
  /// errc::connection_busy.
  void begin(char const* words) {
    pump_->enter(place_, request_, this);
    pump_->tenures().begin(*this, request_.scope, words);
    request_.scope = this->number();
  }
  /// Waits until what is waited for is here, or the end. Throws what the server or the connection reports, or that it
  /// has ended because somebody else has.
  task<void> wait() {
    if (std::exchange(cut_off_, false)) return say_that_it_is_cut_off();
    return pump::template perform<turn>(pump_, protocol::request(), this);
  }
  /// There is nothing more to wait for.
  bool ended() const noexcept { return stopped_ && !cut_off_; }
  /// Nobody wants any more of it.
  void stop() noexcept {
    if (std::exchange(stopped_, true)) return;
    bool const early = place_.submitted() && !place_.done; // one that was refused has nothing to do with what comes
    place_.give_up();
    place_.resign();
    if (early) pump_->advance(); // what has arrived may be its end
    pump_->exit(place_);
    pump_->tenures().end(*this);
    pump_->crew().rest_is_over(place_);
  }

 protected:
  dialogue(protocol::ref<pump> p, protocol::request r)
      : pump_(std::move(p)), place_(pump_->crew()), request_(std::move(r)) {}
  ~dialogue() { stop(); }

  /// What is waited for is here.
  virtual bool ready() const noexcept = 0;
  /// It is waited for that fewer bytes than this are to be sent; 0: for something else.
  virtual std::size_t wanted_room() const noexcept { return 0; }
  void on_row(std::byte const*, std::byte const*) override {}

  net::pump<Mode>& the_pump() const noexcept { return *pump_; }
  /// The number of its exchange.
  std::uint64_t exchange() const noexcept { return place_.exchange(); }
  /// All replies have come.
  bool answered() const noexcept { return place_.done; }

 private:
  /// One operation.
  struct turn {
    using result = void;
    explicit turn(dialogue* d) : of(d) {}
    void take() const noexcept {}
    struct entry {
      entry(pump& p, protocol::request const&, turn& t) : me(t.of->place_), of(*t.of) { p.crew().limit(me); }
      entry(entry const&) = delete;
      entry& operator=(entry const&) = delete;
      ~entry() {
        of.pump_->crew().unlimit(me);
        of.pump_->crew().wanted_room = 0;
        me.resign();
        if (me.done || me.orphaned) of.stop();
      }
      bool waits() {
        if (of.ready()) return false;
        of.pump_->crew().wanted_room = me.orphaned ? 0 : of.wanted_room();
        return me.unfinished() || of.pump_->once_more(me, of.request_, &of);
      }
      typename pump::place& me;
      dialogue& of;
    };
    dialogue* of;
  };
  void revoked() noexcept override {
    cut_off_ = true;
    stop();
  }
  static task<void> say_that_it_is_cut_off() {
    throw error(errc::connection_busy, "the transaction of this stream has ended before it").unsent();
    co_return;
  }

  protocol::ref<pump> pump_;
  typename pump::place place_;
  protocol::request request_;
  bool stopped_ = false;
  bool cut_off_ = false; // there was more to come
};

} // namespace tusk::net
