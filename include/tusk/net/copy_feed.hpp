// tusk: net/copy_feed.hpp — the data of a COPY on their way to the server.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Data are collected into messages of some size. A full one goes to the session and, as far as it takes it, to the
// kernel; only when much is unsent does somebody wait. What the server says meanwhile is looked at with each message,
// so that an error is known long before the end. Knows nothing of what the data are.
#pragma once

#include <tusk/error.hpp>
#include <tusk/net/dialogue.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/wire/backend.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace tusk::net {

template <class Mode> class copy_feed final : public dialogue<Mode> {
 public:
  template <class T> using task = typename Mode::template task<T>;

  /// A message is sent when it has so many bytes: more of them cost more system calls, larger ones more memory.
  static constexpr std::size_t message_size = 64 * 1024;
  /// Whoever writes waits while so many bytes are unsent, besides what the kernel holds.
  static constexpr std::size_t most_unsent = 256 * 1024;

  /// `r` asks for the COPY.
  copy_feed(protocol::ref<net::pump<Mode>> p, protocol::request r)
      : dialogue<Mode>(std::move(p), feeding(std::move(r))), place_(wire::begin_copy_data(message_)) {}

  void begin() {
    dialogue<Mode>::begin("a COPY is under way on this connection: finish it, destroy it, or use another connection "
                          "such as a pool's");
  }
  /// Waits until the server takes data. Throws what it says instead.
  task<void> open() { return until(*this, stage::response); }
  /// What the server has said, once it is open.
  wire::copy_response const& response() const noexcept { return response_; }

  /// Throws errc::connection_busy once it has ended.
  void check_open() const {
    if (this->ended()) throw error(errc::connection_busy, "this COPY has ended").unsent();
  }
  /// Where data are appended.
  wire::buffer& message() noexcept { return message_; }
  /// How many bytes of data it has.
  std::size_t collected() const noexcept { return message_.size() - place_ - 4; }
  /// There is enough for a message: `hand_over` is due.
  bool full() const noexcept { return message_.size() >= message_size; }
  /// Sends what has been appended. Whether `settle` is to be awaited: too much is unsent, or the COPY has ended.
  bool hand_over() {
    refused_ = !pass_on(false);
    if (refused_) return true;
    this->the_pump().turn_over();
    return this->answered() || backlog() >= most_unsent;
  }
  /// Waits until less is unsent. Throws the error that has ended the COPY.
  task<void> settle() { return until(*this, stage::room); }
  /// The data are at their end. Waits until the server says that all is well; `tag()` is what it said.
  task<void> finish() {
    pass_on(true);
    return until(*this, stage::end);
  }
  /// Gives the COPY up; a server logs why. Waits until it has taken note. Throws only if the connection is lost.
  task<void> refuse(std::string_view why) {
    wire::buffer end;
    wire::copy_fail(end, why);
    this->the_pump().session().feed(this->exchange(), end, true);
    return swallow(*this);
  }
  std::string const& tag() const noexcept { return tag_; }

  void on_copy(wire::copy_response const& r) override {
    response_ = r;
    opened_ = true;
  }
  void on_complete(std::string_view tag) override { tag_ = tag; }

 private:
  enum class stage : std::uint8_t { response, room, end };

  static protocol::request feeding(protocol::request r) {
    r.feeds = true;
    r.expected = protocol::steps{protocol::step::copied_in};
    return r;
  }
  bool ready() const noexcept override {
    switch (waits_for_) {
    case stage::response: return opened_;
    case stage::room: return !refused_ && backlog() < most_unsent;
    default: return false;
    }
  }
  std::size_t wanted_room() const noexcept override { return waits_for_ == stage::room && !refused_ ? most_unsent : 0; }
  std::size_t backlog() const noexcept { return this->the_pump().session().unsent().size(); }
  /// What has been appended goes to the session. False: it takes nothing any more.
  bool pass_on(bool last) {
    if (collected() != 0)
      wire::end_message(message_, place_);
    else
      message_.clear();
    if (last) wire::copy_done(message_);
    bool const taken = this->the_pump().session().feed(this->exchange(), message_, last);
    message_.clear();
    place_ = wire::begin_copy_data(message_);
    return taken;
  }
  static task<void> until(copy_feed& self, stage s) {
    self.check_open();
    self.waits_for_ = s;
    co_await self.wait();
  }
  static task<void> swallow(copy_feed& self) {
    try {
      co_await until(self, stage::end);
    } catch (error const& e) {
      if (e.server() == nullptr || self.the_pump().session().closed()) throw;
    }
  }

  wire::buffer message_; // one CopyData, to which more is appended
  std::size_t place_;    // of its length
  wire::copy_response response_;
  std::string tag_;
  stage waits_for_ = stage::response;
  bool opened_ = false;
  bool refused_ = false; // the session takes no more: what is waited for is the end
};

} // namespace tusk::net
