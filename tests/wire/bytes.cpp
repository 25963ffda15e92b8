// tusk: tests/wire/bytes.cpp — numbers in network byte order, the buffer, the reader and the writer.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/wire/bytes.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <new>
#include <set>
#include <type_traits>

using namespace tusk::wire;
using support::exact_bytes;
using support::from_hex;
using support::to_hex;

namespace {

static_assert(network_order(std::uint8_t{0x12}) == 0x12);
static_assert(network_order(network_order(std::uint64_t{0x0102030405060708})) == 0x0102030405060708);
static_assert(!std::is_copy_constructible_v<buffer> && std::is_nothrow_move_constructible_v<buffer>);

/// What `load` makes of these bytes, which lie at an odd address.
template <class T> T loaded(std::string_view hex) {
  auto const bytes = "x" + from_hex(hex);
  REQUIRE(bytes.size() == sizeof(T) + 1);
  return load<T>(as_bytes(bytes).data() + 1);
}

template <class T> std::string stored(T value) {
  buffer to;
  writer(to).put(value);
  return to_hex(to.view());
}

} // namespace

TEST_CASE("bytes: numbers are loaded in network byte order from any address") {
  CHECK(loaded<std::uint8_t>("fe") == 0xfe);
  CHECK(loaded<char>("41") == 'A');
  CHECK(loaded<std::int16_t>("fffe") == -2);
  CHECK(loaded<std::uint16_t>("0102") == 0x0102);
  CHECK(loaded<std::int32_t>("80000000") == std::numeric_limits<std::int32_t>::min());
  CHECK(loaded<std::uint32_t>("01020304") == 0x01020304);
  CHECK(loaded<std::int64_t>("ffffffffffffff00") == -256);
  CHECK(loaded<std::uint64_t>("0102030405060708") == 0x0102030405060708);
}

TEST_CASE("bytes: the writer writes what the reader reads") {
  CHECK(stored('A') == "41");
  CHECK(stored(std::int16_t{-2}) == "fffe");
  CHECK(stored(std::uint16_t{65535}) == "ffff");
  CHECK(stored(std::int32_t{1}) == "00000001");
  CHECK(stored(std::numeric_limits<std::int64_t>::min()) == "8000000000000000");
  CHECK(stored(1.0F) == "3f800000");
  CHECK(stored(-2.5) == "c004000000000000");
  CHECK(stored(byte_view(as_bytes("ab"))) == "6162");
  CHECK(stored(std::string_view("a\0b", 3)) == "610062");

  auto const bytes = from_hex("41 fffe ffff 3f800000 c004000000000000 ffffffffffffff00");
  reader in(as_bytes(bytes));
  CHECK(in.left() == 25);
  CHECK(in.get<char>() == 'A');
  CHECK(in.get<std::int16_t>() == -2);
  CHECK(in.get<std::uint16_t>() == 65535);
  CHECK(std::bit_cast<std::uint32_t>(in.get<float>()) == 0x3f800000);
  CHECK(std::bit_cast<std::uint64_t>(in.get<double>()) == 0xc004000000000000);
  CHECK(in.get<std::int64_t>() == -256);
  CHECK(in.ok());
  CHECK(in.why() == nullptr);
  CHECK(in.left() == 0);
}

TEST_CASE("bytes: floating-point numbers keep every bit") {
  for (std::uint64_t bits : {0x7ff8000000000123U, 0x8000000000000000U, 0x7ff0000000000000U, 0x1UL}) {
    auto const value = std::bit_cast<double>(bits);
    buffer to;
    writer(to).put(value);
    reader in(to);
    CHECK(std::bit_cast<std::uint64_t>(in.get<double>()) == bits);
  }
  CHECK(stored(-0.0F) == "80000000");
  CHECK(stored(std::numeric_limits<float>::quiet_NaN()) == "7fc00000");
}

TEST_CASE("bytes: text and bytes are the same memory") {
  std::string_view const text("a\0\xff", 3);
  CHECK(as_bytes(text).size() == 3);
  CHECK(as_text(as_bytes(text)).data() == text.data());
  CHECK(as_text(as_bytes(text)) == text);
  CHECK(as_bytes({}).empty());
  CHECK(as_text({}).empty());
}

TEST_CASE("buffer: grows, keeps its bytes, and keeps its memory when cleared") {
  buffer b;
  CHECK(b.empty());
  CHECK(b.capacity() == 0);
  std::string expected;
  std::set<std::size_t> capacities;
  for (int i = 0; i < 10000; ++i) {
    auto const text = std::to_string(i);
    b.append(text);
    expected += text;
    capacities.insert(b.capacity());
  }
  CHECK(as_text(b) == expected);
  CHECK(capacities.size() < 12); // doubled each time, not grown by a bit
  auto const capacity = b.capacity();
  auto const* const memory = b.data();
  b.truncate(3);
  CHECK(as_text(b) == "012");
  b.clear();
  CHECK(b.empty());
  CHECK(b.capacity() == capacity);
  b.append(as_bytes("again"));
  CHECK(b.data() == memory);
  CHECK(as_text(b.view()) == "again");
  b.release();
  CHECK(b.capacity() == 0);
  CHECK(b.empty());
  b.append("once more");
  CHECK(as_text(b) == "once more");
}

TEST_CASE("buffer: nothing is appended to nothing") {
  buffer b;
  b.append(byte_view());
  b.append(std::string_view());
  b.append(nullptr, 0);
  CHECK(b.extend(0) == nullptr);
  b.wipe();
  b.clear();
  b.reserve(0);
  CHECK(b.view().empty());
  CHECK(b.capacity() == 0);
}

TEST_CASE("buffer: reserve keeps the bytes and grows once") {
  buffer b;
  b.append("ab");
  b.reserve(1000);
  CHECK(b.capacity() == 1000);
  CHECK(as_text(b) == "ab");
  auto const* const memory = b.data();
  for (int i = 0; i < 998; ++i) b.append("c");
  CHECK(b.data() == memory);
  b.reserve(10);
  CHECK(b.capacity() == 1000);
}

TEST_CASE("buffer: what was moved from is empty and can be used") {
  buffer a;
  a.append("one");
  buffer b(std::move(a));
  CHECK(as_text(b) == "one");
  CHECK(a.empty()); // NOLINT: what a buffer promises
  CHECK(a.capacity() == 0);
  a.append("two");
  b = std::move(a);
  CHECK(as_text(b) == "two");
  CHECK(a.data() == nullptr); // NOLINT
  auto& same = b;
  b = std::move(same);
  CHECK(as_text(b) == "two");
}

TEST_CASE("buffer: wiping leaves no byte behind, also of what was forgotten before") {
  buffer b;
  b.reserve(64);
  b.append("a password");
  b.truncate(2);
  auto const* const memory = b.data();
  b.wipe();
  CHECK(b.empty());
  CHECK(b.data() == memory);
  int left = 0;
  for (int i = 0; i < 10; ++i) left += memory[i] != std::byte{0};
  CHECK(left == 0);
}

TEST_CASE("buffer: an impossible size is refused and harms nothing") {
  buffer b;
  b.append("kept");
  CHECK_THROWS_AS(b.extend(SIZE_MAX), std::bad_alloc);
  CHECK_THROWS_AS(b.extend(SIZE_MAX / 2), std::bad_alloc);
  CHECK_THROWS_AS(b.extend(SIZE_MAX - 3), std::bad_alloc);
  CHECK(as_text(b) == "kept");
}

TEST_CASE("reader: the first failure sticks and everything behind it is zero") {
  auto const bytes = from_hex("0102 ffffffff");
  reader in(as_bytes(bytes));
  CHECK(in.get<std::uint16_t>() == 0x0102);
  CHECK(in.get<std::int64_t>() == 0);
  CHECK_FALSE(in.ok());
  CHECK(std::string(in.why()) == "it ends too early");
  CHECK(in.left() == 0);
  CHECK(in.get<std::int32_t>() == 0);
  CHECK(in.get<char>() == '\0');
  CHECK(in.get<double>() == 0.0);
  CHECK(in.take(1).empty());
  CHECK(in.take(0).empty());
  CHECK(in.rest().empty());
  CHECK(in.text().empty());
  CHECK(std::string(in.why()) == "it ends too early");
  in.fail("another reason");
  CHECK(std::string(in.why()) == "it ends too early");
}

TEST_CASE("reader: a decoder's own reason") {
  auto const bytes = from_hex("0102");
  reader in(as_bytes(bytes));
  in.fail("it is odd");
  CHECK_FALSE(in.ok());
  CHECK(in.left() == 0);
  CHECK(std::string(in.why()) == "it is odd");
}

TEST_CASE("reader: never reads outside of its range") {
  std::string const bytes(9, '\x7f');
  for (std::size_t n = 0; n <= bytes.size(); ++n) {
    exact_bytes const exact(as_bytes(std::string_view(bytes).substr(0, n)));
    auto const fits = [&](std::size_t size, auto read) {
      reader in(exact.begin(), exact.end());
      read(in);
      return in.ok() == (size <= n) && in.left() == (size <= n ? n - size : 0);
    };
    CHECK(fits(1, [](reader& in) { (void)in.get<char>(); }));
    CHECK(fits(2, [](reader& in) { (void)in.get<std::int16_t>(); }));
    CHECK(fits(4, [](reader& in) { (void)in.get<float>(); }));
    CHECK(fits(8, [](reader& in) { (void)in.get<std::uint64_t>(); }));
    CHECK(fits(n, [](reader& in) { (void)in.rest(); }));
    for (std::size_t take : {std::size_t{0}, std::size_t{3}, std::size_t{10}, SIZE_MAX})
      CHECK(fits(take, [&](reader& in) { (void)in.take(take); }));
    CHECK(fits(SIZE_MAX, [](reader& in) { (void)in.text(); })); // there is no zero byte in it
  }
}

TEST_CASE("reader: takes bytes where they are") {
  auto const bytes = from_hex("010203");
  reader in(as_bytes(bytes));
  CHECK(in.position() == as_bytes(bytes).data());
  auto const two = in.take(2);
  CHECK(two.data() == as_bytes(bytes).data());
  CHECK(two.size() == 2);
  CHECK(in.position() == two.data() + 2);
  CHECK(in.rest().size() == 1);
  CHECK(in.rest().empty());
  CHECK(in.ok());
}

TEST_CASE("reader: texts end with a zero byte") {
  std::string_view const bytes("one\0\0two\0three", 14);
  exact_bytes const exact(as_bytes(bytes));
  reader in(exact.begin(), exact.end());
  CHECK(in.text() == "one");
  CHECK(in.text() == "");
  CHECK(in.text() == "two");
  CHECK(in.ok());
  CHECK(in.left() == 5);
  CHECK(in.text() == "");
  CHECK(std::string(in.why()) == "a text without its terminating zero");
}

TEST_CASE("reader: of nothing at all") {
  reader in(byte_view{});
  CHECK(in.ok());
  CHECK(in.left() == 0);
  CHECK(in.take(0).empty());
  CHECK(in.rest().empty());
  CHECK(in.ok());
  CHECK(in.text().empty());
  CHECK_FALSE(in.ok());
}

TEST_CASE("writer: lengths are filled in afterwards, also nested") {
  buffer b;
  b.append("x");
  writer to(b);
  auto const outer = to.begin_length();
  to.put(std::int16_t{7});
  auto const inner = to.begin_length();
  to.put(std::string_view("ab"));
  to.end_length(inner);
  auto const empty = to.begin_length();
  to.end_length(empty);
  to.end_length(outer);
  CHECK(as_text(b) == "x" + from_hex("0000000c 0007 00000002 6162 00000000"));
  CHECK(&to.bytes() == &b);
}

TEST_CASE("writer: refuses a value with the reason it was given") {
  buffer b;
  writer to(b);
  auto const refused = support::outcome_of([&] { to.fail("it is odd"); });
  CHECK(refused.code == tusk::errc::invalid_parameter);
  CHECK(refused.text == "it is odd");
}

TEST_CASE("writer: a value of one byte too many is refused") {
  buffer b;
  b.reserve(writer::max_value + 16); // never touched, so it costs no memory
  writer to(b);
  auto const place = to.begin_length();
  b.extend(writer::max_value);
  to.end_length(place);
  CHECK(load<std::uint32_t>(b.data()) == 0x3fffffff);
  b.extend(1);
  auto const refused = support::outcome_of([&] { to.end_length(place); });
  CHECK(refused.code == tusk::errc::invalid_parameter);
  CHECK(refused.text == "it has 1073741824 bytes, PostgreSQL takes 1073741823 at most");
}
