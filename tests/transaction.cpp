// tusk: tests/transaction.cpp — what kind of transaction is asked for.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/transaction.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using tusk::isolation;
using tusk::transaction_options;

namespace {
/// Takes options as `begin` does.
std::string begin(transaction_options const& o = {}) { return o.sql(); }
} // namespace

TEST_CASE("transaction: what is not asked for is left to the server's settings") {
  CHECK(begin() == "begin");
  CHECK(begin({}) == "begin");
  CHECK(transaction_options().sql() == "begin");
}

TEST_CASE("transaction: the isolation levels") {
  CHECK(begin(isolation::read_committed) == "begin isolation level read committed");
  CHECK(begin(isolation::repeatable_read) == "begin isolation level repeatable read");
  CHECK(begin(isolation::serializable) == "begin isolation level serializable");
  CHECK(begin({isolation::serializable}) == "begin isolation level serializable");
  CHECK(transaction_options().isolation(isolation::serializable).sql() == "begin isolation level serializable");
}

TEST_CASE("transaction: both ways of each choice can be asked for, whatever the settings are") {
  CHECK(begin(transaction_options().read_only()) == "begin read only");
  CHECK(begin(transaction_options().read_only(false)) == "begin read write");
  CHECK(begin(transaction_options().deferrable()) == "begin deferrable");
  CHECK(begin(transaction_options().deferrable(false)) == "begin not deferrable");
}

TEST_CASE("transaction: all together, in the order of PostgreSQL's grammar, in whatever order they are given") {
  std::string_view const all = "begin isolation level serializable read only deferrable";
  CHECK(begin(transaction_options(isolation::serializable).read_only().deferrable()) == all);
  CHECK(begin(transaction_options().deferrable().read_only().isolation(isolation::serializable)) == all);
}

TEST_CASE("transaction: what is said last counts") {
  auto o = transaction_options(isolation::serializable).read_only().deferrable();
  o.isolation(isolation::read_committed).read_only(false).deferrable(false);
  CHECK(o.sql() == "begin isolation level read committed read write not deferrable");
}
