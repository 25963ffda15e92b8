// tusk: tests/copy_progress.cpp — when who wants to know is told how far a COPY has got.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/copy_progress.hpp>

#include "support/catch.hpp"

#include <vector>

TEST_CASE("copy_progress: told with each 64 KiB, and at the end") {
  tusk::progress_meter m;
  std::vector<tusk::copy_progress> told;
  m.on_progress([&](tusk::copy_progress const& p) { told.push_back(p); });
  for (int i = 0; i < 1000; ++i) {
    m.add_row();
    m.moved(200);
  }
  m.ended();
  REQUIRE(told.size() == 4);
  CHECK(told[0].bytes == 65600);
  CHECK(told[0].rows == 328);
  CHECK(!told[2].finished);
  CHECK(told[3].finished);
  CHECK(told[3].bytes == 200000);
  CHECK(told[3].rows == 1000);
  for (std::size_t i = 1; i < told.size(); ++i) CHECK(told[i].elapsed >= told[i - 1].elapsed);
}

TEST_CASE("copy_progress: nobody need be told") {
  tusk::progress_meter m;
  m.moved(1 << 20);
  m.add_row();
  m.ended();
  CHECK(m.rows() == 1);
}
