// tusk: copy_out.hpp — COPY TO STDOUT: the rows of a table or a query, or bytes as they are, one after the other.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Rows are read as a stream's are: by the columns that the server has described before, from the receive buffer, in
// bounded memory. Until it is at its end or destroyed a copy_out has the connection, or the transaction, to itself.
#pragma once

#include <tusk/copy_command.hpp>
#include <tusk/copy_progress.hpp>
#include <tusk/cursor.hpp>
#include <tusk/error.hpp>
#include <tusk/net/dialogue.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/query.hpp>
#include <tusk/wire/copy_binary.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace tusk {

/// The data of a COPY, a message at a time, and the rows in them if they are binary ones.
template <class Mode> class copied_rows final : public row_source<Mode>, public net::dialogue<Mode> {
  using dialogue = net::dialogue<Mode>;

 public:
  using bytes = typename row_source<Mode>::bytes;
  template <class R> using task = typename Mode::template task<R>;

  /// With `whole` the data are taken as they are, else rows are taken out of them.
  copied_rows(protocol::ref<net::pump<Mode>> p, protocol::request r, bool whole)
      : dialogue(std::move(p), stepwise(std::move(r))), rows_(this->the_pump().settings().max_message_size),
        whole_(whole) {}

  void begin() {
    dialogue::begin("a COPY is under way on this connection: read it to its end, destroy it, or use another connection "
                    "such as a pool's");
  }
  /// Waits until the server has begun, what `response()` tells. Throws what it says instead.
  task<void> open() { return wait_for_response(*this); }
  wire::copy_response const& response() const noexcept { return response_; }
  progress_meter& meter() noexcept { return meter_; }

  bytes take() override {
    for (;;) {
      if (auto const next = arrived_ ? next_of_message() : wire::byte_view(); next.data() != nullptr)
        return {next.data(), next.data() + next.size()};
      if (complete_ && std::exchange(untold_, false)) meter_.ended();
      if (ended() || this->answered()) return {};
      this->the_pump().advance();
      if (!arrived_) return {};
    }
  }
  bool ended() const noexcept override { return dialogue::ended(); }
  task<void> wait() override { return dialogue::wait(); }
  void stop() noexcept override {
    arrived_ = false;
    dialogue::stop();
  }

  void on_copy(wire::copy_response const& r) override {
    response_ = r;
    opened_ = true;
  }
  void on_copy_data(std::byte const* begin, std::byte const* end) override {
    arrived_ = true;
    message_ = {begin, end};
    if (!whole_) rows_.add(message_);
  }
  /// Everything before has been taken.
  void on_copy_done() override {
    if (!whole_ && !rows_.ended()) wire::violation("data of a binary COPY", "they have no end");
  }
  void on_complete(std::string_view) override { complete_ = true; }

 private:
  static protocol::request stepwise(protocol::request r) {
    r.stepwise = true;
    r.expected = protocol::steps{protocol::step::copied_out};
    return r;
  }
  static task<void> wait_for_response(copied_rows& self) {
    self.opening_ = true;
    co_await self.wait();
    self.opening_ = false;
  }
  bool ready() const noexcept override { return arrived_ || (opening_ && opened_); }

  /// Null data: there is nothing more in it.
  wire::byte_view next_of_message() {
    wire::byte_view next;
    if (whole_) {
      next = message_;
      arrived_ = false;
    } else {
      next = next_row();
      if (next.empty()) {
        arrived_ = false;
        return {};
      }
      meter_.add_row();
    }
    meter_.moved(next.size());
    return next;
  }
  wire::byte_view next_row() {
    try {
      return rows_.next();
    } catch (error const& e) {
      if (e.code() == errc::protocol_violation) this->the_pump().fail(e); // who breaks it may have lost his place in it
      stop();
      throw;
    }
  }

  wire::copy_rows rows_;
  wire::byte_view message_;
  wire::copy_response response_;
  progress_meter meter_;
  bool whole_;
  bool opening_ = false; // the response is waited for
  bool opened_ = false;
  bool arrived_ = false; // there may be something in the message
  bool complete_ = false;
  bool untold_ = true;
};

/// Raw bytes are what they are.
template <> class row_decoder<raw> {
 public:
  explicit row_decoder(known_columns const& = {}) {}
  void columns(std::span<column const>) noexcept {}
  void describe(protocol::description const&) noexcept {}
  void decode(std::byte const* begin, std::byte const* end, raw& out) noexcept { out.bytes = {begin, end}; }
};

/// The rows of a `copy_out`, one after the other. Movable.
template <class Mode, class T> class basic_copy_out {
 public:
  template <class R> using task = typename Mode::template answer<R>;

  /// The next row, or nullptr after the last; of `raw` the next piece. It is valid until the next call, and so is what
  /// it borrows. Throws as a cursor's `next`.
  task<T const*> next() { return rows_.next(); }
  /// Calls `f` with each row that is left.
  template <class F> task<void> for_each(F f) { return rows_.for_each(std::move(f)); }
  /// Calls `f` when another 64 KiB or so have been read, and at the end. What it throws, `next` throws.
  void on_progress(progress_callback f) { source_->meter().on_progress(std::move(f)); }

  basic_copy_out(basic_cursor<Mode, T> rows, copied_rows<Mode>& source) : rows_(std::move(rows)), source_(&source) {}

 private:
  basic_cursor<Mode, T> rows_;
  copied_rows<Mode>* source_; // the cursor's
};

/// `copy_out` of a connection or a transaction. `r` is empty, or says why nothing can be asked.
template <class Mode, class T>
typename Mode::template task<basic_copy_out<Mode, T>> open_copy_out(protocol::ref<net::pump<Mode>> p,
                                                                    protocol::request r, copy_command c) {
  if (r.refused) std::rethrow_exception(r.refused);
  known_columns known;
  if constexpr (!is_raw<T>) {
    known = co_await describe_copy<Mode>(p, r.scope, c.selects);
    row_decoder<T>::check(*known);
    if (c.by_table) c.sql += " (format binary)";
  }
  wire::simple_query(r.bytes, c.sql);
  auto s = std::make_unique<typename basic_cursor<Mode, T>::state>(std::move(known));
  auto rows = std::make_unique<copied_rows<Mode>>(std::move(p), std::move(r), is_raw<T>);
  auto& source = *rows;
  s->source = std::move(rows);
  basic_cursor<Mode, T> cursor(std::move(s));
  source.begin();
  co_await source.open();
  if (!is_raw<T> && source.response().format == 0) {
    source.stop();
    throw error(errc::wrong_verb, copy_needs_binary);
  }
  basic_copy_out<Mode, T> opened(std::move(cursor), source);
  co_return opened;
}

} // namespace tusk
