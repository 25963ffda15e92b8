// tusk tests: net/ref.cpp — shared ownership counted inside.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/ref.hpp>

#include "support/catch.hpp"

#include <utility>

namespace {

struct thing final : tusk::net::counted {
  explicit thing(int& n) : alive(n) { ++alive; }
  ~thing() override { --alive; }
  int& alive;
};

} // namespace

TEST_CASE("the last owner destroys") {
  int alive = 0;
  {
    tusk::net::ref<thing> a(new thing(alive));
    auto b = a;
    CHECK(a.get() == b.get());
    tusk::net::ref<thing> c(std::move(b));
    CHECK(!b);
    CHECK(alive == 1);
    a = {};
    CHECK(alive == 1);
    c = c;
    CHECK(alive == 1);
    tusk::net::ref<tusk::net::counted> const base(c.get());
    c = {};
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}
