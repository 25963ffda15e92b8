// tusk: tests/pooler/two_servers.hpp — which of the pooler's two connections to the server the clients of a test get.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/live.hpp"

#include <utility>

namespace pooler {

/// Decides which of the pooler's two connections to the server the others get: one of two clients keeps the other one
/// busy with a transaction.
class two_servers {
 public:
  two_servers() : first_(tusk::blocking::connect(live::options())), second_(tusk::blocking::connect(live::options())) {
    first_.script("begin");
    second_.script("begin");
    first_.script("commit");
  }
  void swap() {
    first_.script("begin");
    second_.script("commit");
    std::swap(first_, second_);
  }

 private:
  tusk::blocking::connection first_; // has left its server to the others
  tusk::blocking::connection second_;
};

/// Where a session keeps its connection to the server.
inline tusk::options sessions() { return live::options().dbname(live::variable("TUSK_TEST_DATABASE") + "_sessions"); }

} // namespace pooler
