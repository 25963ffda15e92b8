// tusk: tests/net/inbox.cpp — what a listener has not taken yet, and what becomes of too much.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/inbox.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <string>
#include <utility>

using tusk::errc;
using tusk::net::inbox;

namespace {

tusk::notification told(std::string payload) {
  tusk::notification n;
  n.channel = "jobs";
  n.payload = std::move(payload);
  return n;
}
/// The payload, or how many are missing, or the error.
std::string next(inbox& box) {
  try {
    return box.take().payload;
  } catch (tusk::error const& e) {
    if (e.code() == errc::notifications_lost) return "-" + std::to_string(std::stoi(e.what()));
    return e.what();
  }
}

} // namespace

TEST_CASE("inbox: in the order in which they come") {
  inbox box({"jobs", "b"}, 10);
  CHECK(box.hears("jobs"));
  CHECK(box.hears("b"));
  CHECK_FALSE(box.hears("job"));
  CHECK_FALSE(box.ready());
  for (auto const* s : {"1", "2", "3"}) box.put(told(s));
  CHECK(box.size() == 3);
  for (auto const* s : {"1", "2", "3"}) CHECK(next(box) == s);
  CHECK_FALSE(box.ready());
}

TEST_CASE("inbox: what is too much is counted, and told where it is missing") {
  inbox box({"jobs"}, 2);
  for (auto const* s : {"1", "2", "x", "x"}) box.put(told(s));
  CHECK(next(box) == "1");
  box.put(told("3"));
  box.put(told("x"));
  CHECK(next(box) == "2");
  CHECK(next(box) == "-2");
  box.put(told("4"));
  CHECK(next(box) == "3");
  CHECK(next(box) == "-1");
  CHECK(next(box) == "4");
  CHECK_FALSE(box.ready());
}

TEST_CASE("inbox: nothing follows what is missing") {
  inbox box({"jobs"}, 1);
  box.put(told("1"));
  box.put(told("x"));
  CHECK(next(box) == "1");
  CHECK(box.ready());
  CHECK(next(box) == "-1");
  CHECK_FALSE(box.ready());
  inbox nothing({"jobs"}, 0);
  nothing.put(told("x"));
  CHECK(next(nothing) == "-1");
}

TEST_CASE("inbox: bytes are bounded, too, and there is room again for those that were taken") {
  inbox box({"jobs"}, 2);
  box.put(told(std::string(inbox::bytes_each * 2 - 4, 'x')));
  box.put(told(""));
  CHECK(next(box).size() == inbox::bytes_each * 2 - 4);
  CHECK(next(box) == "-1");
  box.put(told(std::string(inbox::bytes_each * 2 - 3, 'x')));
  CHECK(next(box) == "-1");
  for (int i = 0; i < 10; ++i) {
    box.put(told(std::string(8000, 'x')));
    box.put(told(std::string(8000, 'y')));
    CHECK(next(box).front() == 'x');
    CHECK(next(box).front() == 'y');
  }
}

TEST_CASE("inbox: why it has ended comes last, and again and again") {
  inbox box({"jobs"}, 1);
  box.put(told("1"));
  box.put(told("x"));
  box.end(tusk::error(errc::listener_closed, "the end"));
  box.end(tusk::error(errc::listener_closed, "another end"));
  CHECK(next(box) == "1");
  CHECK(next(box) == "-1");
  CHECK(next(box) == "the end");
  CHECK(next(box) == "the end");
  CHECK(box.ready());
}
