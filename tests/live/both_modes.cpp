// tusk: tests/live/both_modes.cpp — the two modes behind the same verbs, compiled once for all live tests.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"

#include <utility>

namespace live {

asio::awaitable<tusk::connection> connect_asynchronously(tusk::options o) { return tusk::connect(std::move(o)); }

connection::connection(mode m, tusk::options const& o) {
  if (m == mode::blocking) {
    blocking_.emplace(tusk::blocking::connect(o));
  } else {
    loop_ = std::make_unique<tusk::executor>();
    async_.emplace(wait(tusk::connect(o)));
  }
}

std::vector<tusk::script_result> connection::script(std::string_view sql) {
  return on([&](auto& db) { return db.script(sql); });
}

bool connection::is_open() const {
  return shared([](auto& db) { return db.is_open(); });
}
void connection::close() {
  if (blocking_)
    blocking_->close();
  else
    async_->close();
}
std::string connection::parameter(std::string_view name) const {
  return shared([&](auto& db) { return std::string(db.parameter(name)); });
}
int connection::server_version() const {
  return shared([](auto& db) { return db.server_version(); });
}
std::int32_t connection::backend_pid() const {
  return shared([](auto& db) { return static_cast<std::int32_t>(db.backend_pid()); });
}
tusk::transport connection::transport() const {
  return shared([](auto& db) { return db.transport(); });
}
tusk::transaction_status connection::transaction_status() const {
  return shared([](auto& db) { return db.transaction_status(); });
}
void connection::on_notice(std::function<void(tusk::notice const&)> f) {
  if (blocking_)
    blocking_->on_notice(std::move(f));
  else
    async_->on_notice(std::move(f));
}

void check_usable(connection& db) {
  CHECK(db.is_open());
  CHECK(db.query_one<int>("select $1 + 1", 41) == 42);
}

void check_closed(connection& db, std::string const& words) {
  CHECK_FALSE(db.is_open());
  auto const e = error_of([&] { db.query_one<int>("select 1"); });
  CHECK(e.code() == tusk::errc::connection_closed);
  CHECK(e.safe_to_retry());
  CHECK_THAT(e.what(), ContainsSubstring("the connection is closed: ") && ContainsSubstring(words));
}

} // namespace live
