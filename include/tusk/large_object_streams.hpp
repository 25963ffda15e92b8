// tusk: large_object_streams.hpp — whole large objects, imported from and exported to anything that has or takes bytes.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Sources and sinks are callables, coroutines too, or streams in the manner of std::istream and std::ostream, which
// need not be known here. What they have is never in memory as a whole. No descriptor is opened: the server's functions
// that take an oid need a round trip less.
#pragma once

#include <tusk/cursor.hpp>
#include <tusk/error.hpp>
#include <tusk/large_object.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/query.hpp>
#include <tusk/transaction.hpp>
#include <tusk/wire/bytes.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace tusk {

/// Is read from as a std::istream is, such as a std::ifstream.
template <class S>
concept byte_istream = requires(S& s, char* to) {
  s.read(to, 1);
  { s.gcount() } -> std::convertible_to<std::ptrdiff_t>;
  { s.eof() } -> std::convertible_to<bool>;
};
/// Is written to as a std::ostream is.
template <class S>
concept byte_ostream = requires(S& s, char const* from) {
  s.write(from, 1);
  s.flush();
  { s.fail() } -> std::convertible_to<bool>;
};

/// Calls a source or a sink; what it returns is awaited if it is no T. In the blocking mode it has to be one.
template <class Mode, class T, class F, class Bytes> typename Mode::template task<T> call_user(F& f, Bytes bytes) {
  using returned = std::invoke_result_t<F&, Bytes>;
  if constexpr (std::is_void_v<T> ? std::is_void_v<returned> : std::convertible_to<returned, T>)
    co_return f(bytes);
  else {
    static_assert(Mode::concurrent, "tusk: in the blocking mode a source of a large object returns std::size_t, "
                                    "a sink nothing");
    co_return co_await f(bytes);
  }
}

/// Fills `to` as far as the source has something.
template <class Mode, class Source>
typename Mode::template task<std::size_t> fill_from(Source& source, std::span<std::byte> to) {
  if constexpr (byte_istream<Source>) {
    source.read(reinterpret_cast<char*>(to.data()), static_cast<std::ptrdiff_t>(to.size()));
    auto const n = static_cast<std::size_t>(source.gcount());
    if (n < to.size() && !source.eof()) // such as a file that could not be opened
      throw error(std::make_error_code(std::errc::io_error), "a large object is not imported: its stream has failed");
    co_return n;
  } else {
    std::size_t n = 0;
    while (n < to.size()) {
      std::size_t const got = co_await call_user<Mode, std::size_t>(source, to.subspan(n));
      if (got == 0) break;
      if (got > to.size() - n)
        throw error(errc::invalid_parameter, "a large object is not imported: its source says that it has put " +
                                                 std::to_string(got) + " bytes where there is room for " +
                                                 std::to_string(to.size() - n));
      n += got;
    }
    co_return n;
  }
}
template <class Sink> void check_sink(Sink const& sink) {
  if (sink.fail())
    throw error(std::make_error_code(std::errc::io_error), "a large object is not exported: its stream has failed");
}
template <class Mode, class Sink> typename Mode::template task<void> pass_on(Sink& sink, wire::byte_view bytes) {
  if constexpr (byte_ostream<Sink>) {
    sink.write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::ptrdiff_t>(bytes.size()));
    check_sink(sink);
    co_return;
  } else
    co_await call_user<Mode, void>(sink, bytes);
}

template <class Mode, class Source>
typename Mode::template task<oid> import_chunks(large_object_verbs<Mode> v, Source source, oid id) {
  v.check();
  std::vector<std::byte> room(large_object_chunk);
  std::int64_t at = 0;
  for (;;) {
    auto const n = co_await fill_from<Mode>(source, std::span(room));
    auto const chunk = wire::byte_view(room).first(n);
    if (at == 0) {
      auto r = v.template ask<one_row<oid>>("select lo_from_bytea($1, $2)", id, chunk);
      id = co_await v.template run<one_row<oid>>(std::move(r));
    } else if (n != 0) {
      auto r = v.template ask<no_reply_wanted>("select lo_put($1, $2, $3)", id, at, chunk);
      co_await v.template run<no_reply_wanted>(std::move(r));
    }
    if (n < room.size()) co_return id;
    at += static_cast<std::int64_t>(n);
  }
}

template <class Mode, class Sink>
typename Mode::template task<std::int64_t> export_pieces(large_object_verbs<Mode> v, protocol::request r, Sink sink) {
  auto pieces = co_await v.template run_stream<wire::byte_view>(std::move(r));
  std::int64_t n = 0;
  for (;;) {
    wire::byte_view const* piece = nullptr;
    if constexpr (Mode::concurrent)
      piece = co_await pieces.next();
    else
      piece = pieces.next();
    if (piece == nullptr) break;
    co_await pass_on<Mode>(sink, *piece);
    n += static_cast<std::int64_t>(piece->size());
  }
  if constexpr (byte_ostream<std::remove_reference_t<Sink>>) { // what it still holds may not fit where it goes
    sink.flush();
    check_sink(sink);
  }
  co_return n;
}

/// Makes a large object of all that `source` has, and returns its oid, as `create_large_object` does.
///
/// `source(std::span<std::byte> to)` puts bytes at the front of `to` and returns how many, as a std::size_t or, in the
/// asynchronous mode, an awaitable of one; 0 at the end. Or it is a std::istream, read up to its end. An lvalue is used
/// where it is and must outlive the task, anything else is moved into it. Holds one `large_object_chunk`, and sends one
/// at a time: a small object costs one round trip. What the source throws is thrown; what was sent by then is there
/// unless the transaction is rolled back.
template <class Mode, class Source>
typename Mode::template answer<oid> import_large_object(basic_transaction<Mode>& tx, Source&& source,
                                                        oid wanted = oid::none) {
  using given = std::remove_reference_t<Source>;
  static_assert(byte_istream<given> || std::invocable<given&, std::span<std::byte>>,
                "tusk: a source of a large object is a std::istream, or is called with a std::span<std::byte>");
  // Source is a reference for an lvalue: so it is as the coroutine's parameter.
  return Mode::answer_of(
      import_chunks<Mode, Source>(large_object_verbs<Mode>(tx), std::forward<Source>(source), wanted));
}

/// Passes a whole large object to `sink` and returns its size. Throws SQLSTATE 42704 if there is none.
///
/// `sink(std::span<std::byte const> bytes)` gets it in order, in pieces that it must not keep; it returns nothing or,
/// in the asynchronous mode, an awaitable. Or it is a std::ostream, which is flushed. Lifetimes as of a source. One
/// round trip: the server sends as fast as the sink takes, and a few pieces of `large_object_piece` are held. Meanwhile
/// the transaction has no other request. What the sink throws is thrown; if the server has not sent all by then, it is
/// cancelled as after a stream that is not read to its end, and the transaction has failed.
template <class Mode, class Sink>
typename Mode::template answer<std::int64_t> export_large_object(basic_transaction<Mode>& tx, oid id, Sink&& sink) {
  using given = std::remove_reference_t<Sink>;
  static_assert(byte_ostream<given> || std::invocable<given&, wire::byte_view>,
                "tusk: a sink of a large object is a std::ostream, or is called with a std::span<std::byte const>");
  large_object_verbs<Mode> v(tx);
  auto r = v.template ask<every_row<wire::byte_view>>(
      "with opened as materialized (select lo_open($1, 262144) as it), "
      "whole as materialized (select it, lo_lseek64(it, 0, 2) as size from opened) "
      "select lo_get($1, generate_series(0, size - 1, $2), $2::int4) from whole where lo_close(it) = 0",
      id, v.piece());
  return Mode::answer_of(export_pieces<Mode, Sink>(v, std::move(r), std::forward<Sink>(sink)));
}

} // namespace tusk
