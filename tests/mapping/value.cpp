// tusk: tests/mapping/value.cpp — one field into one value, and every way in which a field can be wrong.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/value.hpp>

#include "support/catch.hpp"
#include "support/table.hpp"

#include <tusk/types/all.hpp>

#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace tusk::mapping;
using tusk::oid;

namespace {

/// How many bytes were consumed, or why none.
struct result {
  long consumed = -1;
  fault::reason what = fault::reason::none;
  std::string why;
  bool operator==(result const&) const = default;
};
result taken(long n) { return {n, fault::reason::none, ""}; }
result refused(fault::reason what, std::string why = "") { return {-1, what, std::move(why)}; }

/// Reads a field given in hexadecimal, out of memory of exactly that size.
template <class M, oid Also = oid::none> result read(std::string_view hex, M& out) {
  auto const bytes = support::from_hex(hex);
  std::unique_ptr<std::byte[]> const exact(new std::byte[bytes.size()]);
  std::memcpy(exact.get(), bytes.data(), bytes.size());
  fault f;
  auto const* at = value<M, Also>(exact.get(), exact.get() + bytes.size(), out, f);
  if (at != nullptr) {
    CHECK(f.what == fault::reason::none);
    return taken(static_cast<long>(at - exact.get()));
  }
  CHECK(f.at == exact.get());
  return {-1, f.what, f.why == nullptr ? "" : f.why};
}

} // namespace

using enum fault::reason;

TEST_CASE("value: a type of one width") {
  std::int32_t n = 0;
  CHECK(read("00000004 0000002a", n) == taken(8));
  CHECK(n == 42);
  CHECK(read("00000004 ffffffff 00000004", n) == taken(8));
  CHECK(n == -1);
}

TEST_CASE("value: the wire length selects a narrower width") {
  std::int64_t n = 0;
  CHECK(read("00000008 0000000000000001", n) == taken(12));
  CHECK(n == 1);
  CHECK(read("00000004 fffffffe", n) == taken(8));
  CHECK(n == -2);
  CHECK(read("00000002 7fff", n) == taken(6));
  CHECK(n == 32767);
  double d = 0;
  CHECK(read("00000004 3fc00000", d) == taken(8));
  CHECK(d == 1.5);
}

TEST_CASE("value: a type of any width") {
  std::string s;
  CHECK(read("00000003 616263", s) == taken(7));
  CHECK(s == "abc");
  CHECK(read("00000000", s) == taken(4));
  CHECK(s.empty());
  std::string_view view;
  CHECK(read("00000000 ffff", view) == taken(4));
  CHECK(view.empty());
}

TEST_CASE("value: NULL") {
  std::optional<std::int32_t> n = 5;
  CHECK(read("ffffffff", n) == taken(4));
  CHECK(!n);
  CHECK(read("00000004 00000007", n) == taken(8));
  CHECK(n == 7);
  CHECK(read("00000002 0008", n) == taken(6));
  CHECK(n == 8);
  std::optional<std::string> s = "old";
  CHECK(read("ffffffff", s) == taken(4));
  CHECK(!s);
  std::int32_t plain = 3;
  CHECK(read("ffffffff", plain) == refused(null));
  CHECK(plain == 3);
  std::string text;
  CHECK(read("ffffffff 00", text) == refused(null));
}

TEST_CASE("value: lengths that lie") {
  std::int32_t n = 0;
  std::string s;
  std::optional<std::string> maybe;
  for (auto const* early : {"", "00", "0000", "000000", "ffffff"}) {
    CHECK(read(early, n) == refused(malformed, "it ends where the length of a field is due"));
    CHECK(read(early, s) == refused(malformed, "it ends where the length of a field is due"));
  }
  for (auto const* beyond : {"00000004", "00000004 000000", "00000001", "7fffffff", "7fffffff 0000", "00000100 61"}) {
    CHECK(read(beyond, n) == refused(malformed, "a field reaches beyond its end"));
    CHECK(read(beyond, s) == refused(malformed, "a field reaches beyond its end"));
    CHECK(read(beyond, maybe) == refused(malformed, "a field reaches beyond its end"));
  }
  for (auto const* negative : {"fffffffe", "fffffffe 00000000", "80000000", "ffffff00 00"}) {
    CHECK(read(negative, n) == refused(malformed, "a field has a negative length"));
    CHECK(read(negative, s) == refused(malformed, "a field has a negative length"));
    CHECK(read(negative, maybe) == refused(malformed, "a field has a negative length"));
  }
}

TEST_CASE("value: bytes that are no value") {
  std::int32_t n = 0;
  CHECK(read("00000003 000000", n).what == fault::reason::value);
  CHECK(read("00000005 0000000000", n).what == fault::reason::value);
  CHECK(read("00000000", n).what == fault::reason::value);
  bool b = false;
  CHECK(read("00000001 02", b) == refused(fault::reason::value, "it is neither 0 nor 1"));
  CHECK(read("00000002 0101", b) == refused(fault::reason::value, "it is too long"));
  CHECK(read("00000000", b).what == fault::reason::value);
}

TEST_CASE("value: a column type that has to be known") {
  std::string s;
  CHECK(read<std::string, oid::jsonb>("00000003 017b7d", s) == taken(7));
  CHECK(s == "{}");
  CHECK(read<std::string, oid::jsonb>("00000003 027b7d", s).what == fault::reason::value);
  CHECK(read<std::string, oid::jsonb>("00000000", s).what == fault::reason::value);
  CHECK(read<std::string, oid::jsonb>("ffffffff", s) == refused(null));
  CHECK(read<std::string, oid::jsonb>("00000004 01", s).what == malformed);
  std::optional<std::string> maybe;
  CHECK(read<std::optional<std::string>, oid::jsonb>("00000002 0131", maybe) == taken(6));
  CHECK(maybe == "1");
}

TEST_CASE("value: memory of earlier values is kept") {
  std::string s(100, 'x');
  auto const* memory = s.data();
  CHECK(read("00000014 6161616161616161616161616161616161616161", s) == taken(24));
  CHECK(s.data() == memory);
  std::optional<std::string> maybe = std::string(100, 'x');
  memory = maybe->data();
  CHECK(read("00000014 6161616161616161616161616161616161616161", maybe) == taken(24));
  CHECK(maybe->data() == memory);
  CHECK(maybe->size() == 20);
}
