// tusk tests: COPY by connections of both modes behind the same verbs, as support/live.hpp has the others.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/live.hpp"

#include <cstdint>
#include <utility>
#include <variant>

namespace live {

template <class T> class copy_in {
 public:
  copy_in(connection& db, auto const& what)
      : loop_(db.loop()),
        held_(db.in_mode(
            [&](auto& c) { return variant(std::in_place_index<0>, c.template copy_in<T>(what)); },
            [&](auto& c) { return variant(std::in_place_index<1>, wait_on(*loop_, c.template copy_in<T>(what))); })) {}
  void write(auto const& what) {
    if (held_.index() == 0)
      std::get<0>(held_).write(what);
    else
      wait_on(*loop_, std::get<1>(held_).write(what));
  }
  std::uint64_t finish() {
    return held_.index() == 0 ? std::get<0>(held_).finish() : wait_on(*loop_, std::get<1>(held_).finish());
  }
  void on_progress(tusk::progress_callback f) {
    std::visit([&](auto& c) { c.on_progress(std::move(f)); }, held_);
  }

 private:
  using variant = std::variant<tusk::blocking::copy_in<T>, tusk::copy_in<T>>;
  tusk::executor* loop_;
  variant held_;
};

template <class T> class copy_out {
 public:
  copy_out(connection& db, auto const& what)
      : loop_(db.loop()),
        held_(db.in_mode(
            [&](auto& c) { return variant(std::in_place_index<0>, c.template copy_out<T>(what)); },
            [&](auto& c) { return variant(std::in_place_index<1>, wait_on(*loop_, c.template copy_out<T>(what))); })) {}
  T const* next() {
    return held_.index() == 0 ? std::get<0>(held_).next() : wait_on(*loop_, std::get<1>(held_).next());
  }
  void on_progress(tusk::progress_callback f) {
    std::visit([&](auto& c) { c.on_progress(std::move(f)); }, held_);
  }

 private:
  using variant = std::variant<tusk::blocking::copy_out<T>, tusk::copy_out<T>>;
  tusk::executor* loop_;
  variant held_;
};

} // namespace live
