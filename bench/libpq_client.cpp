// tusk: bench/libpq_client.cpp — libpq under measurement: binary results, decoded by hand into the same structs.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client.hpp"

#include <bit>
#include <chrono>
#include <memory>
#include <stdexcept>

#include <endian.h>
#include <libpq-fe.h>

namespace bench {
namespace {

struct end_connection {
  void operator()(PGconn* c) const { PQfinish(c); }
};
struct end_result {
  void operator()(PGresult* r) const { PQclear(r); }
};
using result = std::unique_ptr<PGresult, end_result>;

constexpr Oid int8_oid = 20;
constexpr int binary = 1;

// ---- one field, without the checks that a driver has to make: the types are known, NULL does not occur ----
std::uint64_t bits64(PGresult const* r, int row, int column) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, PQgetvalue(r, row, column), sizeof bits);
  return be64toh(bits);
}
std::int64_t int64(PGresult const* r, int row, int column) { return static_cast<std::int64_t>(bits64(r, row, column)); }
std::int32_t int32(PGresult const* r, int row, int column) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, PQgetvalue(r, row, column), sizeof bits);
  return static_cast<std::int32_t>(be32toh(bits));
}
double float64(PGresult const* r, int row, int column) { return std::bit_cast<double>(bits64(r, row, column)); }
std::string_view text(PGresult const* r, int row, int column) {
  return {PQgetvalue(r, row, column), static_cast<std::size_t>(PQgetlength(r, row, column))};
}
bool boolean(PGresult const* r, int row, int column) { return *PQgetvalue(r, row, column) != 0; }
std::chrono::sys_time<std::chrono::microseconds> moment(PGresult const* r, int row, int column) {
  constexpr std::int64_t since_2000 = 946'684'800'000'000;
  return std::chrono::sys_time<std::chrono::microseconds>(
      std::chrono::microseconds(int64(r, row, column) + since_2000));
}

class libpq final : public client {
 public:
  explicit libpq(std::string const& url) : db_(PQconnectdb(url.c_str())) {
    if (PQstatus(db_.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(db_.get()));
    result const prepared(PQprepare(db_.get(), "by_id", point_sql, 1, &int8_oid));
    require(prepared.get(), PGRES_COMMAND_OK);
  }

  std::uint64_t point_select(std::vector<std::int64_t> const& ids, meter& m) override {
    std::uint64_t sum = 0;
    for (int i = 0; i < warm_up; ++i) select(ids.front());
    m.start();
    for (auto const id : ids) sum += hash(select(id));
    m.stop();
    return sum;
  }
  std::vector<reading> rows(std::int64_t n, meter& m) override {
    std::vector<reading> all;
    m.start();
    fetch(n, all);
    m.stop();
    return all;
  }

 private:
  void require(PGresult const* r, ExecStatusType wanted) {
    if (PQresultStatus(r) != wanted) throw std::runtime_error(PQerrorMessage(db_.get()));
  }
  point select(std::int64_t id) {
    auto const sent = htobe64(static_cast<std::uint64_t>(id));
    auto const* const value = reinterpret_cast<char const*>(&sent);
    int const length = sizeof sent;
    result const r(PQexecPrepared(db_.get(), "by_id", 1, &value, &length, &binary, binary));
    require(r.get(), PGRES_TUPLES_OK);
    if (PQntuples(r.get()) != 1) throw std::runtime_error("not one row");
    return {int64(r.get(), 0, 0), std::string(text(r.get(), 0, 1)), float64(r.get(), 0, 2)};
  }
  void fetch(std::int64_t n, std::vector<reading>& all) {
    auto const sent = htobe64(static_cast<std::uint64_t>(n));
    auto const* const value = reinterpret_cast<char const*>(&sent);
    int const length = sizeof sent;
    result const got(PQexecParams(db_.get(), readings_sql, 1, &int8_oid, &value, &length, &binary, binary));
    auto const* const r = got.get();
    require(r, PGRES_TUPLES_OK);
    int const count = PQntuples(r);
    all.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      auto& one = all.emplace_back();
      one.id = int64(r, i, 0);
      one.label = text(r, i, 1);
      one.value = float64(r, i, 2);
      one.at = moment(r, i, 3);
      one.active = boolean(r, i, 4);
      one.kind = int32(r, i, 5);
    }
  }

  std::unique_ptr<PGconn, end_connection> db_;
};

} // namespace

std::unique_ptr<client> libpq_client(std::string const& url) { return std::make_unique<libpq>(url); }

} // namespace bench
