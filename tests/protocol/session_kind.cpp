// tusk tests: protocol/session_kind.cpp — what target_session_attrs makes of what a server says of itself.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/protocol/session_kind.hpp>

#include "support/catch.hpp"

#include <optional>
#include <string>

using tusk::protocol::session_kind;
using attrs = session_kind::attrs;

namespace {

/// For every kind, in the order of their declaration: y, n, or ? when it has to be asked.
std::string fits(std::string_view standby, std::string_view read_only) {
  std::string all;
  for (auto k :
       {attrs::any, attrs::read_write, attrs::read_only, attrs::primary, attrs::standby, attrs::prefer_standby}) {
    auto const f = session_kind(k).fits([&](std::string_view name) {
      return name == "in_hot_standby"                  ? standby
             : name == "default_transaction_read_only" ? read_only
                                                       : std::string_view("on");
    });
    all += f ? *f ? 'y' : 'n' : '?';
  }
  return all;
}

} // namespace

TEST_CASE("what a server reports decides") {
  CHECK(fits("off", "off") == "yynynn");
  CHECK(fits("off", "on") == "ynyynn");
  CHECK(fits("on", "off") == "ynynyy");
  CHECK(fits("on", "on") == "ynynyy");
}

TEST_CASE("what it does not report has to be asked for") {
  CHECK(fits("", "") == "y?????");
  CHECK(fits("", "off") == "y?????");
  CHECK(fits("off", "") == "y??ynn");
}

TEST_CASE("answers") {
  CHECK(session_kind(attrs::read_write).fits_by_answer("off"));
  CHECK_FALSE(session_kind(attrs::read_write).fits_by_answer("on"));
  CHECK(session_kind(attrs::read_only).fits_by_answer("on"));
  CHECK_FALSE(session_kind(attrs::read_only).fits_by_answer("off"));
  CHECK(session_kind(attrs::primary).fits_by_answer("f"));
  CHECK_FALSE(session_kind(attrs::primary).fits_by_answer("t"));
  CHECK(session_kind(attrs::standby).fits_by_answer("t"));
  CHECK_FALSE(session_kind(attrs::standby).fits_by_answer("f"));
}

TEST_CASE("words name what was found and what was wanted") {
  CHECK(session_kind(attrs::read_write).words() == "the session is read-only (target_session_attrs=read-write)");
  CHECK(session_kind(attrs::primary).words() == "the session is on a standby (target_session_attrs=primary)");
}
