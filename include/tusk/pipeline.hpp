// tusk: pipeline.hpp — several commands that travel together, put into one request.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One write and one Sync: the server runs all or nothing. Or a Sync for each: then each stands alone, and has a result
// or an error of its own. Puts the bytes together and holds the sinks; knows no socket.
#pragma once

#include <tusk/command.hpp>
#include <tusk/error.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/protocol/session.hpp>
#include <tusk/protocol/sink.hpp>
#include <tusk/result.hpp>
#include <tusk/wire/frontend.hpp>

#include <array>
#include <cstddef>
#include <deque>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tusk {

/// Puts the commands' bytes and steps into a request.
class pipeline_writer {
 public:
  pipeline_writer(protocol::request& to, protocol::session& of, void const* owner, bool apart)
      : to_(to), session_(of), owner_(owner) {
    to_.apart = apart;
  }
  /// Adds `c`, and returns what is known of its columns. Throws what is wrong with it, and with which.
  template <class C> known_columns add(command<C> const& c) {
    auto const number = to_.parts.size() + 1;
    try {
      if (c.refused) std::rethrow_exception(c.refused);
      if (c.of != nullptr && c.of != owner_)
        throw error(errc::statement_closed, "the statement was prepared on another connection").unsent();
      auto known = put(c.prepared, c.sql, c.types, c.arguments);
      if constexpr (requires { typename C::decoder; })
        if (known && !to_.apart) C::decoder::check(*known);
      return known;
    } catch (error const& e) {
      throw e.in("query " + std::to_string(number) + " of the pipeline");
    }
  }
  void end() {
    if (!to_.apart || to_.parts.empty()) wire::sync(to_.bytes);
  }

 private:
  known_columns put(protocol::ref<protocol::statement> subject, std::string_view sql, std::span<oid const> types,
                    wire::byte_view arguments);

  protocol::request& to_;
  protocol::session& session_;
  void const* owner_;
};

inline known_columns pipeline_writer::put(protocol::ref<protocol::statement> subject, std::string_view sql,
                                          std::span<oid const> types, wire::byte_view arguments) {
  using protocol::step;
  auto& statements = session_.statements();
  if (!subject && statements.keeps(sql)) subject = statements.find(sql, types, session_.names());
  protocol::part p;
  known_columns known;
  auto& out = to_.bytes;
  std::size_t place = 0;
  if (subject) {
    known = subject->described();
    p.generation = subject->generation();
    p.described = bool(known);
    p.expected = protocol::steps{step::bound, step::rows};
    place = wire::begin_bind(out, subject->bind());
  } else {
    p.expected = protocol::steps{step::parsed, step::bound, step::columns, step::rows};
    wire::parse(out, {}, sql, types);
    place = wire::begin_bind(out, {}, {});
  }
  out.append(arguments);
  wire::end_bind(out, place);
  if (!subject) wire::describe(out, 'P', {});
  wire::execute(out, {}, 0);
  if (to_.apart) wire::sync(out);
  p.subject = std::move(subject);
  p.end = out.size();
  to_.parts.push_back(std::move(p));
  return known;
}

/// The collectors of a pipeline of different commands, and their results.
template <class... C> class tuple_pipeline {
 public:
  using result = std::tuple<typename C::result...>;

  explicit tuple_pipeline(std::array<known_columns, sizeof...(C)> const& known)
      : tuple_pipeline(known, std::index_sequence_for<C...>{}) {}

  protocol::sink* attach(protocol::request& r) {
    std::size_t i = 0;
    std::apply([&](C&... c) { ((r.parts[i++].to = &c), ...); }, collectors_);
    return nullptr;
  }
  result take() { return take_each(std::index_sequence_for<C...>{}); }

 private:
  template <std::size_t... I>
  tuple_pipeline([[maybe_unused]] std::array<known_columns, sizeof...(C)> const& known, std::index_sequence<I...>)
      : collectors_(C(known[I])...) {}
  template <std::size_t... I> result take_each(std::index_sequence<I...>) {
    return result{taken(std::get<I>(collectors_), I + 1)...}; // in order: the first error is the first command's
  }
  template <class One> static typename One::result taken(One& c, std::size_t number) {
    try {
      return c.take();
    } catch (error const& e) {
      throw e.in("query " + std::to_string(number) + " of the pipeline");
    }
  }
  std::tuple<C...> collectors_;
};

/// The collectors of a pipeline of commands of one kind.
template <class C> class vector_pipeline {
 public:
  using result = std::vector<typename C::result>;
  explicit vector_pipeline(std::vector<known_columns> const& known) : collectors_(known.begin(), known.end()) {}
  protocol::sink* attach(protocol::request& r) {
    for (std::size_t i = 0; i < collectors_.size(); ++i) r.parts[i].to = &collectors_[i];
    return nullptr;
  }
  result take() {
    result all;
    all.reserve(collectors_.size());
    for (auto& c : collectors_) {
      try {
        all.push_back(c.take());
      } catch (error const& e) {
        throw e.in("query " + std::to_string(all.size() + 1) + " of the pipeline");
      }
    }
    return all;
  }

 private:
  std::deque<C> collectors_; // they have addresses that stay
};

/// A collector that keeps its error to itself, for commands that stand apart.
template <class C> class alone final : public protocol::sink {
 public:
  using result = tusk::result<typename C::result>;
  /// Columns that do not fit are its own trouble.
  explicit alone(known_columns const& known) {
    try {
      inner_ = C(known);
    } catch (error const&) {
      refused_ = failed_ = std::current_exception();
    }
  }
  void on_columns(std::span<column const> c) override { inner_.on_columns(c); }
  void on_description(protocol::description& d) override {
    failed_ = refused_ = nullptr;
    inner_.on_description(d);
  }
  void on_row(std::byte const* begin, std::byte const* end) override {
    if (!refused_) inner_.on_row(begin, end);
  }
  void on_complete(std::string_view tag) override { inner_.on_complete(tag); }
  void on_failed(std::exception_ptr e) override { failed_ = std::move(e); }
  void on_restart() override {
    inner_.on_restart();
    failed_ = refused_;
  }
  result take() {
    try {
      if (failed_) std::rethrow_exception(failed_);
      return inner_.take();
    } catch (error const& e) {
      return e;
    }
  }

 private:
  C inner_;
  std::exception_ptr refused_; // before it ran, because of its columns
  std::exception_ptr failed_;
};

} // namespace tusk
