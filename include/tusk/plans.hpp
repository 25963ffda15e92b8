// tusk: plans.hpp — the plans that have been made for a statement's columns, kept with what the server said of it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A statement that runs again finds the plan of its row type here; one that runs for the first time leaves it. Joins
// the two legs of the house: the protocol keeps what it does not understand.
#pragma once

#include <tusk/mapping/plan.hpp>
#include <tusk/mapping/shape.hpp>
#include <tusk/protocol/statement.hpp>

#include <memory>
#include <vector>

namespace tusk {

class plans final : public protocol::description::attachment {
 public:
  /// The plan for rows of T in `columns`, always the same ones. Throws errc::column_mismatch.
  template <class T> mapping::plan const& of(std::vector<wire::column> const& columns) {
    for (auto const& p : made_)
      if (p->template is_for<T>()) return *p;
    auto p = std::make_unique<mapping::plan>();
    mapping::match(columns, mapping::shape_of<T>(), *p);
    return *made_.emplace_back(std::move(p));
  }

 private:
  std::vector<std::unique_ptr<mapping::plan>> made_; // one per row type, their addresses stay
};

/// The plan for rows of T of a statement that is described by `d`; valid as long as `d`. Throws errc::column_mismatch.
template <class T> mapping::plan const& plan_for(protocol::description& d) {
  if (!d.attached) d.attached = std::make_unique<plans>();
  return static_cast<plans&>(*d.attached).of<T>(*d.columns); // nobody else attaches anything
}

} // namespace tusk
