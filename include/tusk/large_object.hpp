// tusk: large_object.hpp — large objects: files of up to 4 TB in the database, read and written in places.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// They are used inside a transaction, through the server's functions and the ordinary queries, not through the fastpath
// protocol. (PostgreSQL documentation, "Large Objects".) Offsets and sizes have 64 bits. Whole objects from and to
// streams are in large_object_streams.hpp.
#pragma once

#include <tusk/cursor.hpp>
#include <tusk/error.hpp>
#include <tusk/mapping/sql_text.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/protocol/sink.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/query.hpp>
#include <tusk/transaction.hpp>
#include <tusk/types/bytea.hpp>
#include <tusk/types/integer.hpp>
#include <tusk/types/oid.hpp>
#include <tusk/verbs.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace tusk {

/// What a large object is opened for. The server has no writing without reading.
enum class large_object_mode : std::int32_t {
  read = 0x40000,       ///< as it was when it was opened; needs the privilege SELECT
  read_write = 0x60000, ///< as it is, with what others commit meanwhile; needs SELECT and UPDATE
};

/// What the offset of a seek counts from.
enum class seek_from : std::int32_t { begin = 0, current = 1, end = 2 };

/// More than this is written in several requests, one after the other: a megabyte for each round trip, and no more than
/// that is copied at a time.
inline constexpr std::size_t large_object_chunk = 1024 * 1024;
/// More than this is read in several rows, of one request: larger ones measured no faster, and each has to fit into the
/// receive buffer.
inline constexpr std::size_t large_object_piece = 256 * 1024;

/// Copies the bytes of its rows one behind the other to where the caller wants them.
class bytes_into final : public protocol::sink {
 public:
  using result = std::size_t;
  using decoder = row_decoder<wire::byte_view>;
  bytes_into(known_columns const& known, std::span<std::byte> to) : decoder_(known), to_(to) {}
  void on_columns(std::span<column const> c) override { decoder_.columns(c); }
  void on_description(protocol::description& d) override { decoder_.describe(d); }
  void on_restart() override {
    count_ = 0;
    decoder_.restart();
  }
  void on_row(std::byte const* begin, std::byte const* end) override {
    wire::byte_view bytes;
    decoder_.decode(begin, end, bytes);
    if (bytes.size() > to_.size() - count_)
      throw error(errc::invalid_value, "the server sent more of a large object than the " + std::to_string(to_.size()) +
                                           " bytes that were asked for");
    if (!bytes.empty()) std::memcpy(to_.data() + count_, bytes.data(), bytes.size());
    count_ += bytes.size();
  }
  std::size_t take() const noexcept { return count_; }

 private:
  decoder decoder_;
  std::span<std::byte> to_;
  std::size_t count_ = 0;
};

/// Sees to it that as much has been written as was sent.
class all_written final : public first_row<std::int32_t> {
 public:
  using result = void;
  all_written(known_columns const& known, std::size_t sent) : first_row(known), sent_(sent) {}
  void take() {
    if (rows() != 1 || std::cmp_not_equal(row(), sent_))
      throw error(errc::invalid_value, "the server wrote " + std::to_string(row()) + " of " + std::to_string(sent_) +
                                           " bytes to a large object");
  }

 private:
  std::size_t sent_;
};

/// For what is done for its effect: the functions return 0, 1 or nothing, or fail.
class no_reply_wanted final : public protocol::sink {
 public:
  using result = void;
  struct decoder {
    static void check(protocol::description const&) noexcept {}
  };
  explicit no_reply_wanted(known_columns const&) {}
  void on_row(std::byte const*, std::byte const*) override {}
  void take() const noexcept {}
};

/// The verbs of a transaction for what is made in it: they stay good when it moves, and are refused when it has ended.
template <class Mode> class large_object_verbs : basic_verbs<Mode> {
  using verbs = basic_verbs<Mode>;
  using verbs::pump_;
  using verbs::scope_;

 public:
  template <class T> using task = typename verbs::template task<T>;
  template <class T> using inner = typename Mode::template task<T>;
  template <class... A> using text = mapping::sql_text<std::type_identity_t<A>...>;

  explicit large_object_verbs(basic_transaction<Mode> const& tx) : verbs(tx.pump_, tx.scope_) {}
  large_object_verbs(large_object_verbs const& other) : verbs(other.pump_, other.scope_) {}
  large_object_verbs& operator=(large_object_verbs const& other) noexcept {
    pump_ = other.pump_;
    scope_ = other.scope_;
    return *this;
  }

  /// A query whose replies a Collector is to have.
  template <class Collector, class... A> protocol::request ask(text<A...> sql, A const&... arguments) {
    return this->template row_request<typename Collector::decoder>(sql, arguments...);
  }
  template <class Collector, class... Seed> inner<typename Collector::result> run(protocol::request r, Seed... seed) {
    auto known = this->template known_for<typename Collector::decoder>(r);
    return net::pump<Mode>::template perform<Collector>(pump_, std::move(r), std::move(known), std::move(seed)...);
  }
  /// The same, row by row.
  template <class T> inner<basic_cursor<Mode, T>> run_stream(protocol::request r) {
    auto known = this->template known_for<row_decoder<T>>(r);
    return open_stream<Mode, T>(pump_, std::move(r), std::move(known));
  }
  net::pump<Mode>& pump() const noexcept { return *pump_; }
  /// Before anything is taken from a user for a request: throws errc::connection_busy if it would be refused.
  void check() const { pump_->tenures().check(scope_); }
  bool usable() const noexcept { return !pump_->session().closed() && pump_->tenures().lasts(scope_); }
  /// How many bytes are asked for in a row.
  std::int64_t piece() const noexcept {
    auto const half = pump_->settings().max_message_size / 2; // the other one is more than enough for its frame
    return static_cast<std::int64_t>(half < large_object_piece ? half : large_object_piece);
  }
};

/// An open large object, with a place at which it is read and written. Movable.
///
/// It ends with the transaction, or the savepoint, in which it was opened; destroyed earlier it is closed with the next
/// request. Its verbs throw as those of the transaction: errc::connection_busy also when it is closed, or the
/// transaction has ended; an SQLSTATE where the server refuses, and then the transaction has failed as after any other
/// statement. A `timeout` of the connection is that of each request. (Opened behind a SAVEPOINT that was made by hand
/// it must not outlive ROLLBACK TO that: the server has closed it then, and closing it again is an error.)
template <class Mode> class basic_large_object {
 public:
  template <class T> using task = typename Mode::template answer<T>;

  /// For `open_large_object`.
  basic_large_object(large_object_verbs<Mode> const& v, oid id, std::int32_t descriptor)
      : verbs_(v), id_(id), descriptor_(descriptor) {}
  basic_large_object(basic_large_object&& other) noexcept
      : verbs_(other.verbs_), id_(other.id_), descriptor_(std::exchange(other.descriptor_, closed)) {}
  basic_large_object& operator=(basic_large_object&& other) noexcept {
    if (this == &other) return *this;
    close_quietly();
    verbs_ = other.verbs_;
    id_ = other.id_;
    descriptor_ = std::exchange(other.descriptor_, closed);
    return *this;
  }
  ~basic_large_object() { close_quietly(); }

  oid id() const noexcept { return id_; }
  /// False once it was closed or moved from, or its transaction has ended.
  bool is_open() const noexcept { return descriptor_ != closed && verbs_.usable(); }

  /// Reads from its place on until `to` is full or the object has ended, and returns how many bytes that are; 0 at the
  /// end. One round trip. `to` must stay where it is until this has ended.
  task<std::size_t> read(std::span<std::byte> to) { return answer<bytes_into>(read_request(to.size()), to); }
  /// Writes all of `bytes` at its place, over what is there and beyond the end. A round trip for each
  /// `large_object_chunk`. What is longer than one must stay where it is until this has ended; if it fails, or is
  /// cancelled, some of it may have been written.
  task<void> write(wire::byte_view bytes) {
    if (bytes.size() > large_object_chunk)
      return Mode::answer_of(write_chunks(verbs_, write_request(verbs_, descriptor_, bytes), descriptor_, bytes));
    return answer<all_written>(write_request(verbs_, descriptor_, bytes), bytes.size());
  }
  /// Goes to a place, which may be beyond the end, and returns it: its offset from the beginning.
  task<std::int64_t> seek(std::int64_t offset, seek_from from = seek_from::begin) {
    auto r = ask<one_row<std::int64_t>>("select lo_lseek64($1, $2, $3)", descriptor_, offset,
                                        static_cast<std::int32_t>(from));
    if (from == seek_from::begin) refuse_negative(r, offset, "an offset from the beginning of a large object");
    return answer<one_row<std::int64_t>>(std::move(r));
  }
  /// The place that the next read or write begins at.
  task<std::int64_t> tell() {
    return answer<one_row<std::int64_t>>(ask<one_row<std::int64_t>>("select lo_tell64($1)", descriptor_));
  }
  /// Its size in bytes. One round trip; its place is as before.
  task<std::int64_t> size() {
    return answer<one_row<std::int64_t>>(
        ask<one_row<std::int64_t>>("with before as materialized (select lo_tell64($1) as place), "
                                   "whole as materialized (select place, lo_lseek64($1, 0, 2) as size from before) "
                                   "select size from whole where lo_lseek64($1, place, 0) = place",
                                   descriptor_));
  }
  /// Makes it `size` bytes long: cuts it off, or adds zeros. Its place is as before, maybe beyond the end.
  task<void> truncate(std::int64_t size) {
    auto r = ask<no_reply_wanted>("select lo_truncate64($1, $2)", descriptor_, size);
    refuse_negative(r, size, "the size of a large object");
    return answer<no_reply_wanted>(std::move(r));
  }
  /// Closes it, when awaited. Not needed before the transaction ends.
  task<void> close() { return Mode::answer_of(shut(this)); }

 private:
  static constexpr std::int32_t closed = -1;
  template <class T> using inner = typename Mode::template task<T>;
  template <class... A> using text = typename large_object_verbs<Mode>::template text<A...>;

  template <class Collector, class... A> protocol::request ask(text<A...> sql, A const&... arguments) {
    return checked(verbs_.template ask<Collector>(sql, arguments...), descriptor_);
  }
  template <class Collector, class... Seed> task<typename Collector::result> answer(protocol::request r, Seed... seed) {
    return Mode::answer_of(verbs_.template run<Collector>(std::move(r), std::move(seed)...));
  }
  static protocol::request checked(protocol::request r, std::int32_t descriptor) {
    if (descriptor == closed)
      r.refused = std::make_exception_ptr(
          error(errc::connection_busy, "this large object is closed, or was moved from").unsent());
    return r;
  }
  static void refuse_negative(protocol::request& r, std::int64_t n, char const* what) {
    if (n < 0 && !r.refused)
      r.refused = std::make_exception_ptr(
          error(errc::invalid_parameter, std::string(what) + " is " + std::to_string(n) + ", at least 0 is meant")
              .unsent());
  }
  protocol::request read_request(std::size_t size) {
    auto const piece = verbs_.piece();
    if (std::cmp_less_equal(size, piece))
      return ask<bytes_into>("select loread($1, $2)", descriptor_, static_cast<std::int32_t>(size));
    // As many rows as there is something for, however much there is room for.
    return ask<bytes_into>(
        "with before as materialized (select lo_tell64($1) as place), "
        "whole as materialized (select place, lo_lseek64($1, 0, 2) as size from before), "
        "wanted as materialized (select least(size - place, $2) as n from whole where lo_lseek64($1, place, 0) = place)"
        " select loread($1, least(n - done, $3)::int4) from wanted, generate_series(0, n - 1, $3) as done",
        descriptor_, static_cast<std::int64_t>(size), piece);
  }
  static protocol::request write_request(large_object_verbs<Mode>& v, std::int32_t descriptor, wire::byte_view bytes) {
    auto const part = bytes.first(bytes.size() < large_object_chunk ? bytes.size() : large_object_chunk);
    return checked(v.template ask<all_written>("select lowrite($1, $2)", descriptor, part), descriptor);
  }
  static inner<void> write_chunks(large_object_verbs<Mode> v, protocol::request r, std::int32_t descriptor,
                                  wire::byte_view bytes) {
    for (;;) {
      auto const sent = bytes.size() < large_object_chunk ? bytes.size() : large_object_chunk;
      co_await v.template run<all_written>(std::move(r), sent);
      bytes = bytes.subspan(sent);
      if (bytes.empty()) co_return;
      r = write_request(v, descriptor, bytes);
    }
  }
  static inner<void> shut(basic_large_object* self) {
    auto v = self->verbs_;
    auto r = self->template ask<no_reply_wanted>("select lo_close($1)", self->descriptor_);
    self->descriptor_ = closed; // whatever becomes of it: where it fails the transaction does
    co_await v.template run<no_reply_wanted>(std::move(r));
  }
  void close_quietly() noexcept {
    auto const it = std::exchange(descriptor_, closed);
    if (it == closed || !verbs_.usable()) return;
    auto& p = verbs_.pump();
    // In a transaction that has failed, or was ended by a statement of its own, it is closed already.
    if (p.session().idle() && p.session().status() != 'T') return;
    try {
      auto r = p.borrow();
      wire::simple_query(r.bytes, "select lo_close(" + std::to_string(it) + ")");
      r.expected = protocol::steps{protocol::step::simple};
      p.submit_quietly(r);
      p.give_back(std::move(r));
    } catch (...) { // out of memory: it is closed with the transaction
    }
  }

  large_object_verbs<Mode> verbs_;
  oid id_;
  std::int32_t descriptor_;
};

/// Makes an empty large object and returns its oid: `wanted`, or one that is free where that is oid::none. Throws
/// SQLSTATE 23505 if there is one with the oid `wanted`.
template <class Mode>
typename Mode::template answer<oid> create_large_object(basic_transaction<Mode>& tx, oid wanted = oid::none) {
  return tx.template query_one<oid>("select lo_create($1)", wanted);
}

template <class Mode>
typename Mode::template task<basic_large_object<Mode>> finish_opening(large_object_verbs<Mode> v, protocol::request r,
                                                                      oid id) {
  auto const descriptor = co_await v.template run<one_row<std::int32_t>>(std::move(r));
  basic_large_object<Mode> opened(v, id, descriptor);
  co_return opened;
}

/// Opens a large object, at its beginning. Throws SQLSTATE 42704 if there is none, 42501 if it may not be opened so.
template <class Mode>
typename Mode::template answer<basic_large_object<Mode>>
open_large_object(basic_transaction<Mode>& tx, oid id, large_object_mode mode = large_object_mode::read) {
  large_object_verbs<Mode> v(tx);
  auto r = v.template ask<one_row<std::int32_t>>("select lo_open($1, $2)", id, static_cast<std::int32_t>(mode));
  return Mode::answer_of(finish_opening(v, std::move(r), id));
}

/// Removes a large object. Throws SQLSTATE 42704 if there is none.
template <class Mode> typename Mode::template answer<void> unlink_large_object(basic_transaction<Mode>& tx, oid id) {
  large_object_verbs<Mode> v(tx);
  return Mode::answer_of(v.template run<no_reply_wanted>(v.template ask<no_reply_wanted>("select lo_unlink($1)", id)));
}

} // namespace tusk
