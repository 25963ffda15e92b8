// tusk tests: protocol/request.cpp — the steps of a reply.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/protocol/request.hpp>

#include "support/catch.hpp"

using tusk::protocol::step;
using tusk::protocol::steps;

TEST_CASE("steps come out in order, then there are none") {
  steps s{step::parsed, step::parameters, step::bound, step::columns, step::rows, step::closed, step::simple};
  for (auto expected : {step::parsed, step::parameters, step::bound, step::columns, step::rows, step::closed,
                        step::simple, step::none}) {
    CHECK(s.front() == expected);
    s.pop();
  }
  CHECK(s.front() == step::none);
  CHECK(steps().front() == step::none);
}

TEST_CASE("sixteen steps fit") {
  steps s{step::bound, step::rows, step::bound, step::rows, step::bound, step::rows, step::bound, step::rows,
          step::bound, step::rows, step::bound, step::rows, step::bound, step::rows, step::bound, step::rows};
  for (int i = 0; i < 8; ++i) {
    CHECK(s.front() == step::bound);
    s.pop();
    CHECK(s.front() == step::rows);
    s.pop();
  }
  CHECK(s.front() == step::none);
}
