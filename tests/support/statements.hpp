// tusk tests: support/statements.hpp — requests that run prepared statements, the bytes they become, and the replies.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The bytes are put together by hand, so that what the driver sends is compared with the protocol's documentation and
// not with the driver.
#pragma once

#include "support/messages.hpp"
#include "support/script.hpp"

#include <tusk/protocol/request.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstdint>
#include <deque>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace statements {

using namespace messages;
using tusk::protocol::request;
using tusk::protocol::step;
using tusk::protocol::steps;
using statement = tusk::protocol::ref<tusk::protocol::statement>;

/// The replies to Bind and Execute, when all rows are asked for.
inline steps const bound{step::bound, step::rows};

// ---- what a client sends ----
inline std::string sync_message() { return message('S', ""); }
inline std::string parse(std::string_view name, std::string_view sql) {
  return message('P', zero_terminated(name) + zero_terminated(sql) + number(std::uint16_t{0}));
}
/// Parse and Describe.
inline std::string preparation(std::string_view name, std::string_view sql) {
  return parse(name, sql) + message('D', "S" + zero_terminated(name));
}
/// Bind without parameters, all columns in binary, and Execute.
inline std::string run_unsynced(std::string_view name, std::string_view portal = {}) {
  auto const formats =
      number(std::uint16_t{0}) + number(std::uint16_t{0}) + number(std::uint16_t{1}) + number(std::uint16_t{1});
  return message('B', zero_terminated(portal) + zero_terminated(name) + formats) +
         message('E', zero_terminated(portal) + number(std::uint32_t{0}));
}
inline std::string run(std::string_view name) { return run_unsynced(name) + sync_message(); }
/// The same where each column has a format.
inline std::string run_in(std::string_view name, std::vector<std::uint16_t> const& formats) {
  auto codes = number(static_cast<std::uint16_t>(formats.size()));
  for (auto const f : formats) codes += number(f);
  return message('B', zero_terminated("") + zero_terminated(name) + number(std::uint32_t{0}) + codes) +
         message('E', zero_terminated("") + number(std::uint32_t{0})) + sync_message();
}
inline std::string close(std::string_view name) { return message('C', "S" + zero_terminated(name)); }
/// While the statement is being prepared for another one: with a Describe of its own.
inline std::string early_run(std::string_view name) { return message('D', "S" + zero_terminated(name)) + run(name); }
inline std::string first_run(std::string_view name, std::string_view sql) { return preparation(name, sql) + run(name); }
/// Where an earlier Parse may have left something under the name, Close goes ahead.
inline std::string run_anew(std::string_view name, std::string_view sql) { return close(name) + first_run(name, sql); }
inline std::string simple_query(std::string_view sql) { return message('Q', zero_terminated(sql)); }
inline std::string copy_fail() { return message('f', zero_terminated("this verb has no data for COPY")); }

// ---- what a server answers ----
/// To Describe of a statement with one column.
inline std::string shape(std::string_view column = "a") {
  return parameter_description({}) + row_description({{column, oid::int4, 0}});
}
/// To Parse and Describe of it.
inline std::string described(std::string_view column = "a") { return parse_complete() + shape(column); }
inline std::string one_row() { return data_row({number(std::uint32_t{1})}); }
inline std::string described_anew(std::string_view column = "a") { return close_complete() + described(column); }
/// To Bind and Execute, with one row, and what a recorder makes of it.
inline std::string ran() { return bind_complete() + one_row() + command_complete("SELECT 1"); }
inline std::string const row_log = "D10 C(SELECT 1) ";
inline std::string const cancelled = error_response("57014", "canceling statement");

// ---- as the verbs do it ----
/// A statement of its own, with the session's next name.
inline statement prepare(script& s, std::string_view sql) {
  return statement(new tusk::protocol::statement(s.session.names().next(), sql, {}));
}
/// A statement that the session keeps.
inline statement kept(script& s, std::string_view sql) {
  return s.session.statements().find(sql, {}, s.session.names());
}
inline void put_bind_and_execute(tusk::wire::buffer& to, statement const& of) {
  auto const place = tusk::wire::begin_bind(to, of->bind());
  to.append(number(std::uint16_t{0}) + number(std::uint16_t{0}));
  tusk::wire::end_bind(to, place);
  tusk::wire::execute(to, {}, 0);
}
/// Carries Parse and Describe where they are needed, and nothing else yet.
inline request request_about(statement const& of) {
  request r;
  r.subject = of;
  r.generation = of->generation();
  return r;
}
inline request request_of(statement const& of) {
  auto r = request_about(of);
  r.described = bool(of->described());
  r.expected = bound;
  put_bind_and_execute(r.bytes, of);
  tusk::wire::sync(r.bytes);
  return r;
}
/// Has it prepared and run once.
inline void run_once(script& s, statement const& of) {
  auto const r = request_of(of);
  s.ask(r);
  s.sent(first_run(of->name(), of->sql()));
  s.reply(described() + ran() + ready());
  CHECK(of->on_server());
}
/// Several statements that have been prepared and run.
inline std::vector<statement> prepared(script& s, int n) {
  std::vector<statement> all;
  for (int i = 0; i < n; ++i) {
    all.push_back(prepare(s, "select " + std::to_string(i)));
    run_once(s, all.back());
  }
  return all;
}

/// The sink of one part of a pipeline.
struct part_recorder : recorder {
  void on_failed(std::exception_ptr e) override {
    try {
      std::rethrow_exception(e);
    } catch (tusk::error const& thrown) {
      log += (thrown.safe_to_retry() ? "U(" : "F(") + std::string(thrown.what()) + ") ";
    } catch (std::exception const& thrown) {
      log += "F(" + std::string(thrown.what()) + ") ";
    }
  }
};

/// A pipeline, as the verbs make it. Stays where it is: the request knows the sinks.
class pipeline {
 public:
  explicit pipeline(bool apart = false) { asked.apart = apart; }
  pipeline(pipeline const&) = delete;
  pipeline& operator=(pipeline const&) = delete;

  pipeline& add(statement const& of) {
    tusk::protocol::part p;
    p.subject = of;
    p.generation = of->generation();
    p.described = bool(of->described());
    p.expected = bound;
    put_bind_and_execute(asked.bytes, of);
    return add(std::move(p));
  }
  pipeline& add(std::vector<statement> const& all) {
    for (auto const& of : all) add(of);
    return *this;
  }
  /// One that runs no prepared statement.
  pipeline& add(std::string_view bytes, steps expected) {
    tusk::protocol::part p;
    p.expected = expected;
    asked.bytes.append(bytes);
    return add(std::move(p));
  }
  asker& ask(script& s) {
    if (!asked.apart) tusk::wire::sync(asked.bytes);
    return s.ask(asked);
  }
  /// What the sink of a part was told.
  std::string const& log(std::size_t part) const { return sinks.at(part).log; }

  request asked;
  std::deque<part_recorder> sinks;

 private:
  pipeline& add(tusk::protocol::part p) {
    if (asked.apart) tusk::wire::sync(asked.bytes);
    p.to = &sinks.emplace_back();
    p.end = asked.bytes.size();
    asked.parts.push_back(std::move(p));
    return *this;
  }
};

} // namespace statements
