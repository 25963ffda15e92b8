// tusk: tests/net/entry.cpp — how a verb's request enters and leaves, and whose sinks it brings.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/entry.hpp>

#include <tusk/error.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <string>
#include <type_traits>

using tusk::errc;
using tusk::net::entry_of;
using tusk::net::request_entry;
using tusk::protocol::request;
using tusk::protocol::sink;

namespace {

/// Notes what is asked of it.
struct fake_pump {
  struct crew_type {
    explicit crew_type(fake_pump& p) : pump(p) {}
    void limit(auto&) { pump.log += "limit "; }
    fake_pump& pump;
  };
  struct place {
    explicit place(crew_type&) {}
    bool unfinished() const noexcept { return waiting; }
    bool waiting = true;
  };
  crew_type& crew() noexcept { return crew_; }
  void enter(place&, request&, sink* s) {
    if (busy) throw tusk::error(errc::connection_busy, "somebody has it");
    log += "enter ";
    to = s;
  }
  void exit(place&) noexcept { log += "exit"; }
  bool once_more(place&, request&, sink* s) {
    log += "again ";
    CHECK(s == to);
    return repeats-- > 0;
  }

  std::string log;
  sink* to = nullptr;
  int repeats = 0;
  bool busy = false;

 private:
  crew_type crew_{*this};
};

struct plain : sink {
  void on_row(std::byte const*, std::byte const*) override {}
};
struct several {
  sink* attach(request& r) {
    for (auto& p : r.parts) p.to = &each;
    return nullptr;
  }
  plain each;
};
struct with_an_entry : plain {
  struct entry {};
};

} // namespace

TEST_CASE("a request is entered, its time begins, it waits until it is done or need not be repeated, and it leaves") {
  fake_pump p;
  p.repeats = 1;
  {
    request r;
    plain c;
    request_entry<fake_pump> entry(p, r, c);
    CHECK(p.to == &c);
    CHECK(entry.waits());
    CHECK(p.log == "enter limit ");
    entry.me.waiting = false;
    CHECK(entry.waits()); // it has been submitted once more
    CHECK_FALSE(entry.waits());
  }
  CHECK(p.log == "enter limit again again exit");
}

TEST_CASE("one that is refused has not entered and does not leave") {
  fake_pump p;
  p.busy = true;
  request r;
  plain c;
  CHECK_THROWS_AS(request_entry<fake_pump>(p, r, c), tusk::error);
  CHECK(p.log.empty());
}

TEST_CASE("the collector of several parts has a sink for each") {
  fake_pump p;
  request r;
  r.parts.resize(3);
  several c;
  request_entry<fake_pump> const entry(p, r, c);
  CHECK(p.to == nullptr);
  for (auto const& part : r.parts) CHECK(part.to == &c.each);
}

TEST_CASE("a collector may bring an entry of its own") {
  CHECK(std::is_same_v<entry_of<fake_pump, plain>::type, request_entry<fake_pump>>);
  CHECK(std::is_same_v<entry_of<fake_pump, with_an_entry>::type, with_an_entry::entry>);
}
