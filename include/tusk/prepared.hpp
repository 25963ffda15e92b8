// tusk: prepared.hpp — what is known of a statement that the server has prepared.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Its name, its types, and the plan of each row type that it was used with: made once, used by every execution. Knows
// no connection; the handle that users hold is in statement.hpp.
#pragma once

#include <tusk/mapping/plan.hpp>
#include <tusk/mapping/shape.hpp>
#include <tusk/row.hpp>
#include <tusk/wire/column.hpp>
#include <tusk/wire/frontend.hpp>
#include <tusk/wire/oid.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tusk {

/// What is known of a prepared statement; shared by its handle and the operations that run it.
class prepared {
 public:
  prepared(std::string name, std::vector<oid> parameters, std::vector<column> columns)
      : name_(std::move(name)), parameters_(std::move(parameters)),
        columns_(std::make_shared<std::vector<column> const>(std::move(columns))) {
    wire::begin_bind(bind_, {}, name_);
  }

  std::string const& name() const noexcept { return name_; }
  /// How every Bind of it begins, for wire::begin_bind.
  wire::byte_view bind() const noexcept { return bind_; }
  std::vector<oid> const& parameters() const noexcept { return parameters_; }
  row::description const& columns() const noexcept { return columns_; }

  /// The plan for rows of T, made once. Throws errc::column_mismatch.
  template <class T> mapping::plan const& plan_for() {
    for (auto const& p : plans_)
      if (p->template is_for<T>()) return *p;
    auto p = std::make_unique<mapping::plan>();
    mapping::match(*columns_, mapping::shape_of<T>(), *p);
    return *plans_.emplace_back(std::move(p));
  }

 private:
  std::string name_;
  wire::buffer bind_;
  std::vector<oid> parameters_;
  row::description columns_;
  std::vector<std::unique_ptr<mapping::plan>> plans_; // one per row type it was used with
};

} // namespace tusk
