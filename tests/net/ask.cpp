// tusk tests: net/ask.cpp — one row for the driver's own use.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/dialling.hpp"

using namespace dial;

namespace {

/// What is made of a server's answer.
std::vector<std::string> answer(std::string const& replies) {
  dialling d;
  d.others = says({welcome(), replies});
  auto const p = d.connect();
  auto const values = tusk::net::ask<mode>(p, "select 1").get();
  CHECK(d.last().got.ends_with(message('Q', zero_terminated("select 1"))));
  CHECK(p->session().idle());
  return values;
}
std::string row(std::string const& columns, std::size_t n) {
  return message('D', number(static_cast<std::uint16_t>(n)) + columns);
}
std::string value(std::string const& text) { return number(static_cast<std::uint32_t>(text.size())) + text; }
std::string const null = number(std::uint32_t{0xffffffff});
std::string const columns = row_description({{"a", tusk::wire::oid::text}});
std::string const end = command_complete("SELECT 1") + ready();

} // namespace

TEST_CASE("the values of the first row are returned as text") {
  CHECK(answer(columns + row(value("x") + null + value(""), 3) + end) == std::vector<std::string>{"x", "", ""});
  CHECK(answer(columns + row(value("x"), 1) + row(value("y"), 1) + end) == std::vector<std::string>{"x"});
  CHECK(answer(columns + row("", 0) + end).empty());
  CHECK(answer(columns + command_complete("SELECT 0") + ready()).empty());
}

TEST_CASE("what the server refuses is thrown, and the connection stays usable") {
  dialling d;
  d.others =
      says({welcome(), error_response("42501", "permission denied") + ready(), columns + row(value("x"), 1) + end});
  auto const p = d.connect();
  CHECK(error_of([&] { tusk::net::ask<mode>(p, "select 1").get(); }).sqlstate() ==
        tusk::sqlstate::insufficient_privilege);
  CHECK(tusk::net::ask<mode>(p, "select 1").get() == std::vector<std::string>{"x"});
}

TEST_CASE("rows that lie about their length close the connection") {
  for (auto const& bad :
       {row("", 1), row(value("xy").substr(0, 5), 1), row(number(std::uint32_t{0x7fffffff}), 1), message('D', "x")}) {
    dialling d;
    d.others = says({welcome(), columns + bad + end});
    auto const p = d.connect();
    CHECK(error_of([&] { tusk::net::ask<mode>(p, "select 1").get(); }).code() == errc::protocol_violation);
    CHECK(p->session().closed());
  }
}
