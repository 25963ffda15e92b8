// tusk: bench/meter.hpp — what a measured stretch of a client's work costs.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A client starts the meter when it is warm and stops it before anything is checked. Under callgrind each stretch ends
// up in a dump of its own, whose trigger is the label; a server is another process and never counted.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

/// How often this process has allocated memory: malloc, calloc, realloc and the aligned ones, whoever calls them.
std::uint64_t allocations() noexcept;

struct cost {
  double wall = 0; ///< seconds
  double cpu = 0;  ///< seconds of this process, user and system
  std::uint64_t allocations = 0;
  std::uint64_t growth = 0; ///< bytes by which the largest resident size exceeded that of the start
};

class meter {
 public:
  /// `label` names the dump.
  explicit meter(std::string label) : label_(std::move(label)) {}
  void start();
  void stop();
  cost const& result() const noexcept { return cost_; }

 private:
  std::string label_;
  cost cost_; // of the start until it is stopped
  std::chrono::steady_clock::time_point begin_;
};

} // namespace bench
