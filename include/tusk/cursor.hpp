// tusk: cursor.hpp — the rows of a query one after the other, in bounded memory.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A row is taken out of the receive buffer when it is asked for, and nothing is read while none is: the server waits.
// For that time the cursor has the connection to itself. With a `fetch_size` the rows come in portions through a portal
// of the server's, inside a transaction, and other queries may run between them. Destroying a cursor early leaves the
// connection usable: what the server still works on is cancelled by whoever uses the connection next.
#pragma once

#include <tusk/error.hpp>
#include <tusk/net/misfit.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/net/tenure.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/protocol/sink.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/query.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// How many rows a portal is asked for at a time.
struct fetch_size {
  explicit fetch_size(std::int32_t n) : rows(n) {}
  std::int32_t rows;
};

/// Where the bytes of a cursor's next row come from. Not a template of the row type.
template <class Mode> class row_source {
 public:
  virtual ~row_source() = default;
  using bytes = std::pair<std::byte const*, std::byte const*>;
  /// The next row if it is here already; null if not. Valid until the next call of anything.
  virtual bytes take() = 0;
  /// There will be no more.
  virtual bool ended() const noexcept = 0;
  /// Waits until a row is here, or the end. Throws what the server or the connection reports.
  virtual typename Mode::template task<void> wait() = 0;
  /// Nobody wants any more.
  virtual void stop() noexcept = 0;
};

/// Rows straight from the receive buffer.
template <class Mode> class streamed_rows final : public row_source<Mode>, public protocol::sink, private net::tenure {
 public:
  using pump = net::pump<Mode>;
  using bytes = typename row_source<Mode>::bytes;

  /// `columns` is told what the rows look like.
  streamed_rows(protocol::ref<pump> p, protocol::request r, protocol::sink& columns)
      : pump_(std::move(p)), place_(pump_->crew()), request_(std::move(r)), columns_(columns) {}
  ~streamed_rows() { stop(); }

  void begin() {
    request_.stepwise = true;
    pump_->enter(place_, request_, this);
    pump_->tenures().begin(*this, request_.scope,
                           "a stream is open on this connection: read it to its end, destroy it, give it a fetch_size, "
                           "or use another connection such as a pool's");
    request_.scope = this->number();
  }
  bytes take() override {
    if (row_.first == nullptr && !ended()) pump_->advance();
    return std::exchange(row_, {});
  }
  bool ended() const noexcept override { return stopped_ && !cut_off_; }
  typename Mode::template task<void> wait() override {
    if (std::exchange(cut_off_, false)) return say_that_it_is_cut_off();
    return pump::template perform<row_wait>(pump_, protocol::request(), this);
  }
  void stop() noexcept override {
    if (std::exchange(stopped_, true)) return;
    row_ = {};
    bool const early = place_.submitted() && !place_.done; // one that was refused has nothing to do with what comes
    place_.give_up();
    place_.resign();
    if (early) pump_->advance(); // what has arrived may be its end
    pump_->exit(place_);
    pump_->tenures().end(*this);
    pump_->crew().rest_is_over(place_);
  }

  void on_columns(std::span<column const> c) override { columns_.on_columns(c); }
  void on_description(protocol::description& d) override { columns_.on_description(d); }
  void on_row(std::byte const* begin, std::byte const* end) override { row_ = {begin, end}; }

 private:
  /// Waits for a row, or the end.
  struct row_wait {
    using result = void;
    explicit row_wait(streamed_rows* s) : rows(s) {}
    void take() const noexcept {}
    struct entry {
      entry(pump& p, protocol::request const&, row_wait& w) : me(w.rows->place_), rows(*w.rows) { p.crew().limit(me); }
      entry(entry const&) = delete;
      entry& operator=(entry const&) = delete;
      ~entry() {
        rows.pump_->crew().unlimit(me);
        me.resign();
        if (me.done || me.orphaned) rows.stop();
      }
      bool waits() {
        if (rows.row_.first != nullptr) return false;
        return me.unfinished() || rows.pump_->once_more(me, rows.request_, &rows);
      }
      typename pump::place& me;
      streamed_rows& rows;
    };
    streamed_rows* rows;
  };
  void revoked() noexcept override {
    cut_off_ = true;
    stop();
  }
  static typename Mode::template task<void> say_that_it_is_cut_off() {
    throw error(errc::connection_busy, "the transaction of this stream has ended before it").unsent();
    co_return;
  }

  protocol::ref<pump> pump_;
  typename pump::place place_;
  protocol::request request_;
  protocol::sink& columns_;
  bytes row_{};
  bool stopped_ = false;
  bool cut_off_ = false; // there were more rows
};

/// Rows in portions, through a portal. (PostgreSQL documentation, "Extended Query": Execute with a row limit.)
template <class Mode> class portal_rows final : public row_source<Mode> {
 public:
  using pump = net::pump<Mode>;
  using bytes = typename row_source<Mode>::bytes;

  /// `r` opens the portal `name` and fetches the first portion.
  portal_rows(protocol::ref<pump> p, protocol::request r, protocol::sink& columns, std::string name, std::int32_t rows)
      : pump_(std::move(p)), scope_(r.scope), first_(std::move(r)), name_(std::move(name)), rows_(rows),
        portion_(columns) {}
  ~portal_rows() { stop(); }

  bytes take() override { return portion_.take_row(); }
  bool ended() const noexcept override { return stopped_ || (portion_.empty() && portion_.last); }
  typename Mode::template task<void> wait() override { return fetch(*this); }
  void stop() noexcept override {
    if (std::exchange(stopped_, true) || !opened_) return;
    try {
      auto r = pump_->borrow();
      wire::close(r.bytes, 'P', name_);
      wire::sync(r.bytes);
      r.expected = protocol::steps{protocol::step::closed};
      pump_->submit_quietly(r);
      pump_->give_back(std::move(r));
    } catch (...) { // out of memory: the portal goes with its transaction
    }
  }

 private:
  /// Keeps the bytes of the rows of one portion.
  class portion {
   public:
    explicit portion(protocol::sink& c) : columns(c) {}
    bool empty() const noexcept { return at_ == kept_.size(); }
    bytes take_row() noexcept {
      if (empty()) return {};
      auto const n = wire::load<std::uint32_t>(kept_.data() + at_);
      auto const* const begin = kept_.data() + at_ + 4;
      at_ += 4 + n;
      return {begin, begin + n};
    }
    void clear() noexcept {
      kept_.clear();
      at_ = 0;
    }
    void add(std::byte const* begin, std::byte const* end) {
      auto const n = static_cast<std::size_t>(end - begin);
      auto* const to = kept_.extend(4 + n);
      wire::store(to, static_cast<std::uint32_t>(n));
      std::memcpy(to + 4, begin, n);
    }
    protocol::sink& columns;
    bool last = false; ///< no portion follows

   private:
    wire::buffer kept_;
    std::size_t at_ = 0;
  };
  class portion_reader final : public protocol::sink {
   public:
    using result = void;
    explicit portion_reader(portion* p) : to_(*p) {}
    void on_columns(std::span<column const> c) override { to_.columns.on_columns(c); }
    void on_description(protocol::description& d) override { to_.columns.on_description(d); }
    void on_row(std::byte const* begin, std::byte const* end) override { to_.add(begin, end); }
    void on_complete(std::string_view) override { to_.last = true; }
    void take() const noexcept {}

   private:
    portion& to_;
  };
  [[noreturn, gnu::cold]] static void refuse(portal_rows& self) {
    self.portion_.clear();
    self.stopped_ = true; // if there is a portal it goes with the Sync
    auto const e = error(errc::wrong_verb, "a stream with a fetch_size needs a transaction: its portal ends with that");
    throw self.opened_ ? e : error(e).unsent();
  }
  static typename Mode::template task<void> fetch(portal_rows& self) {
    self.portion_.clear();
    auto& session = self.pump_->session();
    if (!self.opened_ && session.idle() && session.status() == 'I') refuse(self); // however few rows there may be
    auto r = std::move(self.first_);
    if (std::exchange(self.opened_, true)) {
      r = self.pump_->borrow();
      r.scope = self.scope_;
      wire::execute(r.bytes, self.name_, self.rows_);
      wire::sync(r.bytes);
      r.expected = protocol::steps{protocol::step::fetched};
    }
    try {
      co_await pump::template perform<portion_reader>(self.pump_, std::move(r), &self.portion_);
    } catch (...) {
      self.portion_.clear(); // what came before the error does not count
      self.stop();
      throw;
    }
    if (session.status() == 'I') refuse(self);
  }

  protocol::ref<pump> pump_;
  std::uint32_t scope_;
  protocol::request first_;
  std::string name_;
  std::int32_t rows_;
  portion portion_;
  bool opened_ = false;
  bool stopped_ = false;
};

/// The rows of a `stream`, one after the other. Movable. Destroy it, or read it to its end, before the connection is
/// used for anything else.
template <class Mode, class T> class basic_cursor {
 public:
  template <class R> using task = typename Mode::template answer<R>;

  /// The next row, or nullptr after the last. It is valid until the next call, and so is what it borrows. Throws as the
  /// connection's verbs, errc::unexpected_null, errc::invalid_value; the cursor is then at its end.
  task<T const*> next() {
    if constexpr (!Mode::concurrent) // most rows are here already
      if (auto const* const row = state_->ready()) return row;
    return Mode::answer_of(advance(state_.get()));
  }
  /// Calls `f` with each row that is left.
  template <class F> task<void> for_each(F f) { return Mode::answer_of(visit(state_.get(), std::move(f))); }

  /// For `stream`: how to decode.
  class state final : public protocol::sink {
   public:
    explicit state(known_columns known) : decoder_(std::move(known)) {}
    void on_columns(std::span<column const> c) override { decoder_.columns(c); }
    void on_description(protocol::description& d) override { decoder_.describe(d); }
    void on_row(std::byte const*, std::byte const*) override {}
    /// The next row if it is here.
    T const* ready() {
      auto const [begin, end] = source->take();
      if (begin == nullptr) return nullptr;
      try {
        decoder_.decode(begin, end, row_);
      } catch (...) {
        source->stop();
        throw;
      }
      return &row_;
    }
    std::unique_ptr<row_source<Mode>> source;

   private:
    row_decoder<T> decoder_;
    T row_{};
  };
  explicit basic_cursor(std::unique_ptr<state> s) : state_(std::move(s)) {}
  basic_cursor(basic_cursor&&) noexcept = default;
  basic_cursor& operator=(basic_cursor&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~basic_cursor() {
    if (state_) state_->source.reset(); // before that which it tells of columns
  }

 private:
  template <class R> using inner = typename Mode::template task<R>;

  static inner<T const*> advance(state* s) {
    for (;;) {
      if (auto const* const row = s->ready()) co_return row;
      if (s->source->ended()) co_return nullptr;
      co_await s->source->wait();
    }
  }
  template <class F> static inner<void> visit(state* s, F f) {
    for (;;) {
      while (auto const* const row = s->ready()) f(*row);
      if (s->source->ended()) co_return;
      co_await s->source->wait();
    }
  }
  std::unique_ptr<state> state_;
};

/// `stream` of a connection or a transaction: returns when the first row is here, or the end.
template <class Mode, class T>
typename Mode::template task<basic_cursor<Mode, T>> open_stream(protocol::ref<net::pump<Mode>> p, protocol::request r,
                                                                known_columns known) {
  if (r.refused) co_await net::refuse<void, Mode>(p, std::move(r));
  auto s = std::make_unique<typename basic_cursor<Mode, T>::state>(std::move(known));
  auto rows = std::make_unique<streamed_rows<Mode>>(std::move(p), std::move(r), *s);
  auto& opened = *rows;
  s->source = std::move(rows);
  basic_cursor<Mode, T> cursor(std::move(s));
  opened.begin();
  co_await opened.wait();
  co_return cursor;
}

/// `stream` with a fetch_size.
template <class Mode, class T>
typename Mode::template task<basic_cursor<Mode, T>> open_portal(protocol::ref<net::pump<Mode>> p, protocol::request r,
                                                                known_columns known, std::string name,
                                                                std::int32_t rows) {
  if (r.refused) co_await net::refuse<void, Mode>(p, std::move(r));
  auto s = std::make_unique<typename basic_cursor<Mode, T>::state>(std::move(known));
  s->source = std::make_unique<portal_rows<Mode>>(std::move(p), std::move(r), *s, std::move(name), rows);
  auto& source = *s->source;
  basic_cursor<Mode, T> cursor(std::move(s));
  co_await source.wait();
  co_return cursor;
}

} // namespace tusk
