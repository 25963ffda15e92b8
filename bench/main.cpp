// tusk: bench/main.cpp — measures clients in turn, round by round, and prints a line for each measurement.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   bench [--rounds N] [--points N] [--rows N] [--only WORKLOAD] [--client NAME]
//
// DATABASE_URL says where; a schema tusk_bench is made there and dropped at the end. Prints tab-separated values, which
// bench/table.py makes tables of. Fails when two clients do not come to the same checksum: a driver that is fast at
// something else is no comparison.
#include "client.hpp"

#include <tusk/tusk.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace bench {
namespace {

struct arguments {
  int rounds = 5;
  std::int64_t points = 10'000;
  std::int64_t rows = 1'000'000;
  std::string only;   // one workload; empty: all
  std::string client; // one client; empty: all
};

arguments parse(int argc, char** argv) {
  arguments a;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string_view const name = argv[i];
    std::string const value = argv[i + 1];
    if (name == "--rounds")
      a.rounds = std::stoi(value);
    else if (name == "--points")
      a.points = std::stoll(value);
    else if (name == "--rows")
      a.rows = std::stoll(value);
    else if (name == "--only")
      a.only = value;
    else if (name == "--client")
      a.client = value;
    else
      throw std::runtime_error("unknown argument " + std::string(name));
  }
  if (argc % 2 == 0) throw std::runtime_error("an argument has no value: " + std::string(argv[argc - 1]));
  return a;
}

constexpr std::int64_t point_count = 10'000;

/// The tables, while it lives.
class dataset {
 public:
  dataset(std::string const& url, std::int64_t rows) : db_(tusk::blocking::connect(url)) {
    db_.script("drop schema if exists tusk_bench cascade; create schema tusk_bench;"
               "create unlogged table tusk_bench.points (id int8 primary key, name text not null, balance float8 not "
               "null);"
               "create unlogged table tusk_bench.readings (id int8 not null, label text not null, value float8 not "
               "null, at timestamptz not null, active bool not null, kind int4 not null)");
    db_.execute("insert into tusk_bench.points select i, 'name ' || i, i * 1.25 from generate_series(1, $1) as i",
                point_count);
    db_.execute("insert into tusk_bench.readings select i, 'label of row ' || to_char(i, 'FM0000000'), i / 7.0, "
                "timestamptz '2024-01-01 00:00:00Z' + i * interval '0.123457 seconds', i % 3 = 0, i % 1000 "
                "from generate_series(1, $1) as i",
                rows);
    db_.script("vacuum (analyze) tusk_bench.points"); // hint bits are set now, not in the first client's turn
    db_.script("vacuum (analyze) tusk_bench.readings");
  }
  dataset(dataset const&) = delete;
  dataset& operator=(dataset const&) = delete;
  ~dataset() {
    try {
      db_.script("drop schema tusk_bench cascade");
    } catch (std::exception const& e) {
      std::fprintf(stderr, "the schema tusk_bench is left behind: %s\n", e.what());
    }
  }

 private:
  tusk::blocking::connection db_;
};

struct contestant {
  char const* name;
  std::unique_ptr<client> (*open)(std::string const& url);
};
constexpr contestant contestants[] = {
    {"libpq", libpq_client},
    {"tusk blocking", blocking_client},
    {"tusk async", async_client},
    {"tusk async, io_context", async_client_on_context},
};

/// Pseudorandom, the same in every run.
std::vector<std::int64_t> some_ids(std::int64_t n) {
  std::vector<std::int64_t> ids;
  std::uint64_t state = 1;
  for (std::int64_t i = 0; i < n; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    ids.push_back(1 + static_cast<std::int64_t>((state >> 33) % point_count));
  }
  return ids;
}

class workload {
 public:
  workload(std::string name, std::int64_t operations) : name_(std::move(name)), operations_(operations) {}
  std::string const& name() const noexcept { return name_; }

  /// One client's turn: `f` does the work and returns the checksum.
  template <class F> void measure(char const* client, int round, F f) {
    meter m(name_ + "\t" + client + "\t" + std::to_string(operations_));
    std::uint64_t const sum = f(m);
    if (!any_) {
      any_ = true;
      sum_ = sum;
    } else if (sum != sum_)
      throw std::runtime_error(name_ + ": the checksum of " + client + " is not that of the clients before it");
    auto const& c = m.result();
    std::printf("%s\t%s\t%d\t%lld\t%.9f\t%.9f\t%llu\t%llu\n", name_.c_str(), client, round,
                static_cast<long long>(operations_), c.wall, c.cpu, static_cast<unsigned long long>(c.allocations),
                static_cast<unsigned long long>(c.growth));
    std::fflush(stdout);
  }

 private:
  std::string name_;
  std::int64_t operations_;
  std::uint64_t sum_ = 0; // that of the first client
  bool any_ = false;
};

void run(arguments const& a, std::string const& url) {
  dataset const data(url, a.rows);
  std::vector<std::pair<char const*, std::unique_ptr<client>>> clients;
  for (auto const& c : contestants)
    if (a.client.empty() || a.client == c.name) clients.emplace_back(c.name, c.open(url));
  if (clients.empty()) throw std::runtime_error("there is no client " + a.client);

  workload points("point select", a.points);
  workload rows("rows", a.rows);
  auto const ids = some_ids(a.points);
  std::puts("workload\tclient\tround\toperations\twall\tcpu\tallocations\tgrowth");
  for (int round = 1; round <= a.rounds; ++round) {
    if (a.only.empty() || a.only == points.name())
      for (auto& [name, c] : clients) points.measure(name, round, [&](meter& m) { return c->point_select(ids, m); });
    if (a.only.empty() || a.only == rows.name())
      for (auto& [name, c] : clients) rows.measure(name, round, [&](meter& m) { return checksum(c->rows(a.rows, m)); });
  }
}

} // namespace
} // namespace bench

int main(int argc, char** argv) {
  try {
    auto const* const url = std::getenv("DATABASE_URL");
    if (url == nullptr) throw std::runtime_error("DATABASE_URL is not set");
    bench::run(bench::parse(argc, argv), url);
    return 0;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "bench: %s\n", e.what());
    return 1;
  }
}
