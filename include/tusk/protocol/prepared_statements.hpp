// tusk: protocol/prepared_statements.hpp — which statements the server has, and how the others get there.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Requests are encoded before it is known whether the server will have their statement when it is their turn. Here that
// is decided: Parse and Describe go ahead where they are needed, and a Bind gets the name that the statement has by
// then. What the cache lets go is closed. Knows no exchange.
#pragma once

#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/protocol/statement_cache.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tusk::protocol {

/// Which Parse a request may count on that has been sent and not been answered. It may yet be cancelled.
enum class trust {
  all,  ///< anybody's: the request is repeated if that fails
  own,  ///< of its own exchange: it may not be possible to repeat it
  none, ///< a part that stands apart
};

class prepared_statements {
 public:
  /// Keeps `cached` of those that are run by their text.
  explicit prepared_statements(std::size_t cached)
      : names_(cached == 0 ? 0 : statement_names::random_seed()), cache_(cached) {}

  statement_cache& cache() noexcept { return cache_; }
  statement_names& names() noexcept { return names_; }

  /// Appends the bytes of a part, with what its statement needs ahead of them. `by` is the number of their exchange.
  void append(wire::buffer& out, wire::byte_view bytes, part& p, std::uint64_t by, trust t) {
    if (p.subject) {
      if (!p.subject->described() || !has(*p.subject)) [[unlikely]]
        go_ahead(out, p, by, t);
      p.run = p.subject->run();
      // What is known of the columns may be out of date by the time that it runs.
      if (p.generation != p.subject->generation()) [[unlikely]] {
        p.described = false;
        p.generation = p.subject->generation();
      }
      if (p.in_text != nullptr) [[unlikely]]
        return append_with_formats(out, bytes, p);
    }
    out.append(bytes);
  }
  /// It has to be described before this can run.
  bool must_describe(request const& r) const noexcept {
    auto const& s = r.subject;
    return r.in_text != nullptr && s && (!s->described() || (s->lasting() && !has(*s)));
  }
  /// It has been sent, and nothing has said that the server does not have it.
  bool has(statement const& s) const noexcept { return s.on_server() && s.prepared_by() >= closed_before_; }
  /// The server has closed all that were prepared by exchanges before this one.
  void closed_before(std::uint64_t number) noexcept { closed_before_ = number; }
  /// Something is to be closed.
  bool has_leftovers() const noexcept { return cache_.has_evicted() || !leftover_.empty(); }
  /// A request that closes some of it; there may be more.
  request closing();

 private:
  static void append_with_formats(wire::buffer& out, wire::byte_view bytes, part& p);
  void go_ahead(wire::buffer& out, part& p, std::uint64_t by, trust t);
  void prepare(wire::buffer& out, part& p, std::uint64_t by);

  statement_names names_;
  statement_cache cache_;
  std::vector<ref<statement>> leftover_;
  std::uint64_t closed_before_ = 0;
};

[[gnu::noinline]] inline void prepared_statements::append_with_formats(wire::buffer& out, wire::byte_view bytes,
                                                                       part& p) {
  auto const& known = p.subject->last_described();
  p.asked = ref<description>(known ? &known->with_text(p.in_text) : new description({}, {}));
  if (p.asked->all_binary())
    out.append(bytes);
  else
    wire::append_with_formats(out, bytes, *p.asked->columns);
}

/// Of a statement that the server has not described yet. A Parse that is under way may be counted on: if it fails, so
/// does the Bind, and nothing has been run. A Describe may not: when that is cancelled the Bind still succeeds.
[[gnu::noinline]] inline void prepared_statements::go_ahead(wire::buffer& out, part& p, std::uint64_t by, trust t) {
  auto const& s = *p.subject;
  if (!has(s)) return prepare(out, p, by);
  if (t == trust::own && s.prepared_by() == by) return; // whatever keeps it from being described fails all of them
  if (t != trust::all) return prepare(out, p, by);
  p.expected.push_front(step::columns);
  p.expected.push_front(step::parameters);
  p.describes = true;
  wire::describe(out, 'S', s.name());
}

inline void prepared_statements::prepare(wire::buffer& out, part& p, std::uint64_t by) {
  auto& s = *p.subject;
  auto const begin = out.size();
  p.expected.push_front(step::columns);
  p.expected.push_front(step::parameters);
  p.expected.push_front(step::parsed);
  if (s.name_is_used()) {
    wire::close(out, 'S', s.name());
    p.expected.push_front(step::closed);
  }
  out.append(s.preparation());
  s.prepared(by);
  p.prepares = out.size() - begin;
  p.describes = true;
  if (s.evicted && s.lasting()) leftover_.push_back(p.subject);
}

[[gnu::cold, gnu::noinline]] inline request prepared_statements::closing() {
  for (auto& s : cache_.take_evicted()) leftover_.push_back(std::move(s));
  request r;
  for (int n = 0; n < steps::most && !leftover_.empty(); leftover_.pop_back()) {
    auto& s = *leftover_.back();
    if (!has(s)) continue;
    wire::close(r.bytes, 'S', s.name());
    s.forget();
    r.expected.push_front(step::closed);
    ++n;
  }
  if (!r.bytes.empty()) wire::sync(r.bytes);
  return r;
}

} // namespace tusk::protocol
