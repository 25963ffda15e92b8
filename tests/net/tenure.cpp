// tusk: tests/net/tenure.cpp — who has a connection to himself, and what the others are told.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/tenure.hpp>

#include "support/catch.hpp"

#include <functional>
#include <string>
#include <vector>

using tusk::errc;
using tusk::net::tenures;

namespace {

struct holder final : tusk::net::tenure {
  explicit holder(std::string n = {}, std::vector<std::string>* l = nullptr) : name(std::move(n)), log(l) {}
  void revoked() noexcept override {
    if (log != nullptr) log->push_back(name);
    if (then) then();
  }
  std::string name;
  std::vector<std::string>* log;
  std::function<void()> then;
};

/// The words with which requests of `number` are refused; empty when they are not.
std::string refusal(tenures const& all, std::uint32_t number) {
  try {
    all.check(number);
  } catch (tusk::error const& e) {
    CHECK(e.code() == errc::connection_busy);
    CHECK(e.safe_to_retry()); // nothing was sent
    return e.what();
  }
  return {};
}
constexpr char const* ended = "this transaction or stream has ended";

} // namespace

TEST_CASE("while nobody has a connection to himself its own requests are accepted") {
  tenures all;
  CHECK(all.current() == 0);
  CHECK(refusal(all, 0).empty());
  CHECK(refusal(all, 1) == ended);
  holder const t;
  CHECK(t.number() == 0);
  CHECK(!t.held());
}

TEST_CASE("while somebody has it only his requests are, and the connection's are told why not") {
  tenures all;
  holder t;
  all.begin(t, 0, "a transaction is open");
  CHECK(t.held());
  CHECK(t.number() != 0);
  CHECK(all.current() == t.number());
  CHECK(refusal(all, t.number()).empty());
  CHECK(refusal(all, 0) == "a transaction is open");
  CHECK(refusal(all, t.number() + 1) == ended);
  all.end(t);
  CHECK(!t.held());
  CHECK(all.current() == 0);
  CHECK(refusal(all, 0).empty());
  CHECK(refusal(all, t.number()) == ended);
}

TEST_CASE("of nested ones only the innermost is served, and each other is told who is within it") {
  tenures all;
  holder a;
  holder b;
  holder c;
  all.begin(a, 0, "a is open");
  all.begin(b, a.number(), "b is open");
  all.begin(c, b.number(), "c is open");
  CHECK(refusal(all, c.number()).empty());
  CHECK(refusal(all, b.number()) == "c is open");
  CHECK(refusal(all, a.number()) == "b is open");
  CHECK(refusal(all, 0) == "a is open");
  all.end(c);
  CHECK(refusal(all, b.number()).empty());
  CHECK(refusal(all, c.number()) == ended);
  CHECK(refusal(all, a.number()) == "b is open");
  all.end(b);
  CHECK(refusal(all, a.number()).empty());
  CHECK(refusal(all, b.number()) == ended);
  all.end(a);
  CHECK(refusal(all, 0).empty());
}

TEST_CASE("nobody can begin on behalf of one who is not served, and nothing has changed then") {
  tenures all;
  holder a;
  holder b;
  holder late;
  all.begin(a, 0, "a is open");
  auto const refused = [&](std::uint32_t outer) {
    try {
      all.begin(late, outer, "late is open");
    } catch (tusk::error const& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(refused(0) == "a is open");
  CHECK(!late.held());
  CHECK(all.current() == a.number());
  all.begin(b, a.number(), "b is open");
  CHECK(refused(a.number()) == "b is open");
  auto const old = b.number();
  all.end(b);
  CHECK(refused(old) == ended);
  CHECK(late.number() == 0);
  CHECK(refused(a.number()).empty());
  CHECK(all.current() == late.number());
  all.end(late);
  all.end(a);
}

TEST_CASE("when an outer one ends those within it end first, from the innermost on, and are told") {
  tenures all;
  std::vector<std::string> log;
  holder a("a", &log);
  holder b("b", &log);
  holder c("c", &log);
  all.begin(a, 0, "");
  all.begin(b, a.number(), "");
  all.begin(c, b.number(), "");
  b.then = [&] { // the one that is told is not there any more, nor is anyone within
    CHECK(!b.held());
    CHECK(!c.held());
    CHECK(a.held());
    CHECK(all.current() == a.number());
  };
  all.end(a);
  CHECK(log == std::vector<std::string>{"c", "b"});
  CHECK(!a.held());
  CHECK(!b.held());
  CHECK(!c.held());
  CHECK(all.current() == 0);
}

TEST_CASE("one who ends by himself is not told, and to end twice is to end once") {
  tenures all;
  std::vector<std::string> log;
  holder a("a", &log);
  holder b("b", &log);
  all.begin(a, 0, "");
  all.begin(b, a.number(), "");
  all.end(b);
  all.end(b);
  CHECK(a.held());
  CHECK(all.current() == a.number());
  all.end(a);
  all.end(a);
  CHECK(log.empty());
  holder never;
  all.end(never);
  CHECK(all.current() == 0);
}

TEST_CASE("one who is told may end himself as he would have done") {
  tenures all;
  holder a;
  holder b;
  all.begin(a, 0, "");
  all.begin(b, a.number(), "");
  b.then = [&] { all.end(b); };
  all.end(a);
  CHECK(!b.held());
  CHECK(all.current() == 0);
}

TEST_CASE("numbers are not used again: a request that comes late is not taken for another's") {
  tenures all;
  std::vector<std::uint32_t> numbers;
  holder outer;
  all.begin(outer, 0, "outer is open");
  for (int i = 0; i < 5; ++i) {
    holder t;
    all.begin(t, outer.number(), "inner is open");
    for (auto const old : numbers) {
      CHECK(old != t.number());
      CHECK(refusal(all, old) == ended);
    }
    numbers.push_back(t.number());
    all.end(t);
  }
  all.end(outer);
  holder next;
  all.begin(next, 0, "next is open");
  CHECK(refusal(all, outer.number()) == ended);
  for (auto const old : numbers) CHECK(refusal(all, old) == ended);
  all.end(next);
}

TEST_CASE("the same one may begin again, under another number") {
  tenures all;
  holder t;
  all.begin(t, 0, "first");
  auto const first = t.number();
  all.end(t);
  all.begin(t, 0, "second");
  CHECK(t.number() != first);
  CHECK(refusal(all, first) == ended);
  CHECK(refusal(all, 0) == "second");
  all.end(t);
}

TEST_CASE("a tenure lasts until it ends, whoever begins within it") {
  tenures all;
  holder outer, inner, other;
  CHECK(all.lasts(0));
  CHECK_FALSE(all.lasts(1));
  all.begin(outer, 0, "outer");
  all.begin(inner, outer.number(), "inner");
  CHECK(all.lasts(0));
  CHECK(all.lasts(outer.number()));
  CHECK(all.lasts(inner.number()));
  all.end(inner);
  CHECK(all.lasts(outer.number()));
  CHECK_FALSE(all.lasts(inner.number()));
  all.end(outer);
  all.begin(other, 0, "other");
  CHECK_FALSE(all.lasts(outer.number()));
  all.end(other);
}
