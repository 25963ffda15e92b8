// tusk: copy_in.hpp — COPY FROM STDIN: many rows, or bytes as they are, into a table.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Rows are encoded at once, into one message after the other, and sent as the server takes them: memory is bounded
// whatever is written. Nothing is in the table before `finish` has returned; destroying a copy_in unfinished inserts
// nothing. Types are checked against the table's columns before the first row. How data get to the server is
// net/copy_feed.hpp's affair.
#pragma once

#include <tusk/command_tag.hpp>
#include <tusk/copy_command.hpp>
#include <tusk/copy_progress.hpp>
#include <tusk/error.hpp>
#include <tusk/mapping/copy_plan.hpp>
#include <tusk/net/copy_feed.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/query.hpp>
#include <tusk/wire/copy_binary.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tusk {

/// What every `copy_in` has. Movable.
template <class Mode> class copy_in_base {
 public:
  template <class R> using task = typename Mode::template answer<R>;

  /// Ends the data and waits for the server. Returns how many rows it has inserted. Throws what it reports: then it has
  /// inserted none.
  task<std::uint64_t> finish() { return Mode::answer_of(end(state_.get())); }
  /// Calls `f` when another 64 KiB or so have been handed over, and at the end. What it throws, `write` throws.
  void on_progress(progress_callback f) { state_->meter.on_progress(std::move(f)); }

  /// For `copy_in` of a connection.
  struct state {
    state(protocol::ref<net::pump<Mode>> p, protocol::request r) : feed(std::move(p), std::move(r)) {}
    /// A message is full: hands it over. Whether that has to be waited for.
    bool let_go() {
      auto const size = feed.collected();
      bool const waits = feed.hand_over();
      meter.moved(size);
      return waits;
    }
    net::copy_feed<Mode> feed;
    progress_meter meter;
    bool binary = false; ///< there is a trailer to come
  };

 protected:
  template <class R> using inner = typename Mode::template task<R>;

  explicit copy_in_base(std::unique_ptr<state> s) : state_(std::move(s)) {}
  copy_in_base(copy_in_base&&) noexcept = default;
  copy_in_base& operator=(copy_in_base&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~copy_in_base() = default;

  /// For verbs whose work is done already, well or not.
  static inner<void> outcome(std::exception_ptr failed) {
    if (failed) std::rethrow_exception(failed);
    co_return;
  }
  std::unique_ptr<state> state_;

 private:
  static inner<std::uint64_t> end(state* s) {
    if (s->binary) wire::store(s->feed.message().extend(2), wire::copy_trailer);
    auto const last = s->feed.collected();
    co_await s->feed.finish();
    s->meter.moved(last);
    s->meter.ended();
    co_return command_tag(s->feed.tag()).rows_affected();
  }
};

/// Rows of type T: an aggregate (columns by name), a std::tuple (by position) or a single value, as for `query`.
template <class Mode, class T> class basic_copy_in : public copy_in_base<Mode> {
  using base = copy_in_base<Mode>;

 public:
  template <class R> using task = typename base::template task<R>;

  /// Takes one row; it is encoded at once. Waits only while the server takes no more. Throws errc::invalid_parameter
  /// for a value that cannot be sent, which names row and column: the row is not taken, and the COPY goes on without
  /// it. What ends the COPY may be thrown by any later call: an error of the server's, errc::connection_closed ...
  task<void> write(T const& row) {
    try {
      if (!add(row)) return Mode::answer_of(base::outcome(nullptr));
    } catch (error const&) {
      return Mode::answer_of(base::outcome(std::current_exception()));
    }
    return Mode::answer_of(this->state_->feed.settle());
  }
  /// Takes many. They have to live until the task has ended.
  task<void> write(std::span<T const> rows) { return Mode::answer_of(write_all(this, rows)); }

  basic_copy_in(std::unique_ptr<typename base::state> s, mapping::copy_plan p)
      : base(std::move(s)), plan_(std::make_unique<mapping::copy_plan>(std::move(p))) {
    this->state_->binary = !plan_->text();
    if (this->state_->binary) this->state_->feed.message().append(wire::copy_header);
  }

 private:
  /// Whether it has to be waited.
  bool add(T const& row) {
    auto& s = *this->state_;
    s.feed.check_open();
    auto const number = s.meter.rows() + 1;
    if (plan_->text()) [[unlikely]]
      mapping::write_text_row(*plan_, row, number, text_, s.feed.message());
    else
      mapping::write_row(*plan_, row, number, s.feed.message());
    s.meter.add_row();
    return s.feed.full() && s.let_go();
  }
  static typename base::template inner<void> write_all(basic_copy_in* self, std::span<T const> rows) {
    for (auto const& row : rows)
      if (self->add(row)) co_await self->state_->feed.settle();
  }

  std::unique_ptr<mapping::copy_plan> plan_;
  std::string text_;
};

/// Bytes as they are, in whatever format the statement names.
template <class Mode> class basic_copy_in<Mode, raw> : public copy_in_base<Mode> {
  using base = copy_in_base<Mode>;

 public:
  template <class R> using task = typename base::template task<R>;

  /// Takes some of the data; where they are divided does not matter. They have to live until the task has ended.
  task<void> write(std::string_view text) { return write(wire::as_bytes(text)); }
  task<void> write(wire::byte_view bytes) { return Mode::answer_of(write_all(this->state_.get(), bytes)); }

  explicit basic_copy_in(std::unique_ptr<typename base::state> s) : base(std::move(s)) {}

 private:
  static typename base::template inner<void> write_all(typename base::state* s, wire::byte_view bytes) {
    do {
      s->feed.check_open();
      auto const room = net::copy_feed<Mode>::message_size - s->feed.message().size();
      auto const n = bytes.size() < room ? bytes.size() : room;
      s->feed.message().append(bytes.first(n));
      bytes = bytes.subspan(n);
      if (s->feed.full() && s->let_go()) co_await s->feed.settle();
    } while (!bytes.empty());
  }
};

/// `copy_in` of a connection or a transaction. `r` is empty, or says why nothing can be asked.
template <class Mode, class T>
typename Mode::template task<basic_copy_in<Mode, T>> open_copy_in(protocol::ref<net::pump<Mode>> p, protocol::request r,
                                                                  copy_command c) {
  using copy = basic_copy_in<Mode, T>;
  if (r.refused) std::rethrow_exception(r.refused);
  [[maybe_unused]] std::optional<mapping::copy_plan> plan;
  if constexpr (!is_raw<T>) {
    known_columns const known = co_await describe_copy<Mode>(p, r.scope, c.selects);
    plan = mapping::copy_plan::make<T>(*known->columns, c.by_table);
    if (c.by_table && !plan->text()) c.sql += " (format binary)";
  }
  wire::simple_query(r.bytes, c.sql);
  auto s = std::make_unique<typename copy::state>(std::move(p), std::move(r));
  auto& feed = s->feed;
  feed.begin();
  co_await feed.open();
  if constexpr (is_raw<T>) {
    copy opened(std::move(s));
    co_return opened;
  } else {
    if ((feed.response().format == 0) != plan->text()) {
      co_await feed.refuse(copy_needs_binary);
      throw error(errc::wrong_verb, copy_needs_binary);
    }
    copy opened(std::move(s), std::move(*plan));
    co_return opened;
  }
}

} // namespace tusk
