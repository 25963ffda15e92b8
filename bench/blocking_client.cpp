// tusk: bench/blocking_client.cpp — tusk::blocking::connection under measurement.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client.hpp"

#include <tusk/tusk.hpp>

namespace bench {
namespace {

class blocking final : public client {
 public:
  explicit blocking(std::string const& url)
      : db_(tusk::blocking::connect(url)), by_id_(db_.prepare<std::int64_t>(point_sql)) {}

  std::uint64_t point_select(std::vector<std::int64_t> const& ids, meter& m) override {
    std::uint64_t sum = 0;
    for (int i = 0; i < warm_up; ++i) db_.query_one<point>(by_id_, ids.front());
    m.start();
    for (auto const id : ids) sum += hash(db_.query_one<point>(by_id_, id));
    m.stop();
    return sum;
  }
  std::vector<reading> rows(std::int64_t n, meter& m) override {
    m.start();
    auto all = db_.query<reading>(readings_sql, n);
    m.stop();
    return all;
  }

 private:
  tusk::blocking::connection db_;
  tusk::blocking::statement<std::int64_t> by_id_;
};

} // namespace

std::unique_ptr<client> blocking_client(std::string const& url) { return std::make_unique<blocking>(url); }

} // namespace bench
