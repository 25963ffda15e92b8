// tusk: bench/client.hpp — a driver under measurement: one connection, and the workloads done its way.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Every client does what a competent user of its driver would write, and no more: the same SQL, binary results, the
// same structs. What is measured lies between start and stop of the meter; warming up and checksums do not.
#pragma once

#include "meter.hpp"
#include "records.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

class client {
 public:
  client() = default;
  client(client const&) = delete;
  client& operator=(client const&) = delete;
  virtual ~client() = default;

  /// Fetches the points of `ids` by a prepared statement, one after the other. Returns the sum of their hashes.
  virtual std::uint64_t point_select(std::vector<std::int64_t> const& ids, meter& m) = 0;
  /// Fetches the first `n` readings in one query.
  virtual std::vector<reading> rows(std::int64_t n, meter& m) = 0;
};

/// Operations before the meter starts: buffers and caches have then the size that they keep.
inline constexpr int warm_up = 32;

/// `url` is of a server with a dataset.
std::unique_ptr<client> blocking_client(std::string const& url);
std::unique_ptr<client> async_client(std::string const& url);            // on asio::any_io_executor, the default
std::unique_ptr<client> async_client_on_context(std::string const& url); // on asio::io_context::executor_type
std::unique_ptr<client> libpq_client(std::string const& url);

} // namespace bench
