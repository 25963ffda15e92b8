// tusk: bench/async_client.cpp — the asynchronous tusk under measurement, on the usual executor and on a concrete one.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "client.hpp"

#include <tusk/tusk.hpp>

#include <exception>
#include <optional>

namespace bench {
namespace {

template <class Executor> class async final : public client {
  using mode = tusk::net::async_mode<Executor>;
  template <class T = void> using task = asio::awaitable<T, Executor>;

 public:
  explicit async(std::string const& url) { run(connect(url)); }

  std::uint64_t point_select(std::vector<std::int64_t> const& ids, meter& m) override {
    std::uint64_t sum = 0;
    run(select(ids, m, sum));
    return sum;
  }
  std::vector<reading> rows(std::int64_t n, meter& m) override {
    std::vector<reading> all;
    run(fetch(n, m, all));
    return all;
  }

 private:
  void run(task<> work) {
    asio::co_spawn(context_, std::move(work), [](std::exception_ptr failed) {
      if (failed) std::rethrow_exception(failed);
    });
    context_.restart();
    context_.run();
  }
  task<> connect(std::string url) {
    db_.emplace(co_await tusk::connect<Executor>(url));
    by_id_.emplace(co_await db_->template prepare<std::int64_t>(point_sql));
  }
  task<> select(std::vector<std::int64_t> const& ids, meter& m, std::uint64_t& sum) {
    for (int i = 0; i < warm_up; ++i) co_await db_->template query_one<point>(*by_id_, ids.front());
    m.start();
    for (auto const id : ids) sum += hash(co_await db_->template query_one<point>(*by_id_, id));
    m.stop();
  }
  task<> fetch(std::int64_t n, meter& m, std::vector<reading>& all) {
    m.start();
    all = co_await db_->template query<reading>(readings_sql, n);
    m.stop();
  }

  asio::io_context context_{1};
  std::optional<tusk::basic_connection<mode>> db_;
  std::optional<tusk::basic_statement<mode, std::int64_t>> by_id_;
};

} // namespace

std::unique_ptr<client> async_client(std::string const& url) {
  return std::make_unique<async<asio::any_io_executor>>(url);
}
std::unique_ptr<client> async_client_on_context(std::string const& url) {
  return std::make_unique<async<asio::io_context::executor_type>>(url);
}

} // namespace bench
