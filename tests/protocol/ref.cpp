// tusk tests: protocol/ref.cpp — shared ownership counted inside.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/protocol/ref.hpp>

#include "support/catch.hpp"

#include <utility>

namespace {

struct thing final : tusk::protocol::counted {
  explicit thing(int& n) : alive(n) { ++alive; }
  ~thing() override { --alive; }
  int& alive;
};

} // namespace

TEST_CASE("the last owner destroys") {
  int alive = 0;
  {
    tusk::protocol::ref<thing> a(new thing(alive));
    auto b = a;
    CHECK(a.get() == b.get());
    tusk::protocol::ref<thing> c(std::move(b));
    CHECK(!b);
    CHECK(alive == 1);
    a = {};
    CHECK(alive == 1);
    c = c;
    CHECK(alive == 1);
    tusk::protocol::ref<tusk::protocol::counted> const base(c.get());
    c = {};
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}
