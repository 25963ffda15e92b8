// tusk: tests/mapping/params.cpp — arguments as the middle of a Bind message.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/params.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace tusk::mapping;
using support::outcome;
using support::outcome_of;
using tusk::errc;
using tusk::oid;

namespace {

template <class... A> std::string encoded(A const&... a) {
  tusk::wire::buffer to;
  tusk::writer out(to);
  encode_parameters(out, a...);
  return support::to_hex(to.view());
}
template <class... A> outcome refused(A const&... a) {
  return outcome_of([&] { encoded(a...); });
}
/// Blanks are for the eye.
std::string hex(std::string_view text) { return support::to_hex(support::from_hex(text)); }

enum class mood : int { sad, happy };

} // namespace

static_assert(parameter_types<> == std::array<oid, 0>{});
static_assert(parameter_types<int, std::int64_t, short> == std::array{oid::int4, oid::int8, oid::int2});
static_assert(parameter_types<long long, std::optional<bool>> == std::array{oid::int8, oid::bool_});
// The server infers the type of a text, as of a quoted literal, and of a NULL.
static_assert(parameter_types<char[4], char*, char const*> == std::array{oid::none, oid::none, oid::none});
static_assert(parameter_types<std::string, std::string_view> == std::array{oid::none, oid::none});
static_assert(parameter_types<tusk::null_t, std::nullopt_t> == std::array{oid::none, oid::none});
static_assert(parameter_types<std::vector<int>, std::array<int, 2>, int[3]> ==
              std::array{oid::int4_array, oid::int4_array, oid::int4_array});
static_assert(parameter_types<std::span<double>, std::span<double const>, std::span<double, 2>> ==
              std::array{oid::float8_array, oid::float8_array, oid::float8_array});
static_assert(parameter_types<std::span<std::byte const>, std::vector<std::byte>, std::byte[2]> ==
              std::array{oid::bytea, oid::bytea, oid::bytea});

static_assert(parameter_formats<>().size() == 0);
static_assert(parameter_formats<std::string, char const*>().size() == 0);
static_assert(parameter_formats<int, std::optional<bool>, tusk::null_t>().size() == 1);
static_assert(parameter_formats<std::string, tusk::null_t>().size() == 0);
static_assert(parameter_formats<int, std::string>() == std::array{parameter_format::binary, parameter_format::text});

TEST_CASE("params: formats as few as can be") {
  CHECK(encoded() == hex("0000 0000"));
  CHECK(encoded(1) == hex("0001 0001 0001 00000004 00000001"));
  CHECK(encoded("ab") == hex("0000 0001 00000002 6162"));
  CHECK(encoded(1, true) == hex("0001 0001 0002 00000004 00000001 00000001 01"));
  CHECK(encoded(std::int16_t{1}, "ab") == hex("0002 0001 0000 0002 00000002 0001 00000002 6162"));
  CHECK(encoded(tusk::null) == hex("0000 0001 ffffffff"));
}

TEST_CASE("params: texts in every spelling") {
  std::string const text = "abc";
  char array[8] = "abc";
  char const full[3] = {'a', 'b', 'c'};
  char const* pointer = "abc";
  auto const expected = hex("0000 0001 00000003 616263");
  CHECK(encoded("abc") == expected);
  CHECK(encoded(text) == expected);
  CHECK(encoded(std::string_view(text)) == expected);
  CHECK(encoded(array) == expected);
  CHECK(encoded(full) == expected);
  CHECK(encoded(pointer) == expected);
  CHECK(encoded(static_cast<char*>(array)) == expected);
  CHECK(encoded(std::optional<char const*>(pointer)) == expected);
  CHECK(encoded("") == hex("0000 0001 00000000"));
}

TEST_CASE("params: NULL in every spelling") {
  for (auto const& one : {encoded(1, tusk::null), encoded(1, std::nullopt), encoded(1, std::optional<int>())})
    CHECK_THAT(one, ContainsSubstring("ffffffff"));
  CHECK(encoded(std::optional<int>(7)) == encoded(7));
  CHECK(encoded(std::optional<std::string>("x")) == encoded("x"));
  CHECK(encoded(std::optional<std::string>()) == hex("0000 0001 ffffffff"));
}

TEST_CASE("params: arrays in every spelling") {
  std::vector<std::int32_t> vector{1, 2};
  std::int32_t const plain[] = {1, 2};
  auto const expected = hex("0001 0001 0001 00000024 00000001 00000000 00000017 00000002 00000001"
                            "00000004 00000001 00000004 00000002");
  CHECK(encoded(vector) == expected);
  CHECK(encoded(std::array{1, 2}) == expected);
  CHECK(encoded(std::span(vector)) == expected);
  CHECK(encoded(std::span(plain)) == expected);
  CHECK(encoded(plain) == expected);
}

TEST_CASE("params: values that cannot be sent") {
  char const* nothing = nullptr;
  CHECK(refused(1, nothing) == outcome{errc::invalid_parameter,
                                       "parameter $2 cannot be sent: it is a null pointer: use tusk::null or "
                                       "std::optional for NULL"});
  auto const nul = refused(std::string("a\0b", 3), 1);
  CHECK(nul.code == errc::invalid_parameter);
  CHECK_THAT(nul.text, ContainsSubstring("parameter $1 cannot be sent: byte 2 of its 3 is NUL"));
  std::vector<std::string> const texts{"a", std::string(1, '\0')};
  CHECK_THAT(refused(1, 2, texts).text, ContainsSubstring("parameter $3 cannot be sent: element 2: "));
}

TEST_CASE("params: a refused parameter leaves nothing behind") {
  tusk::wire::buffer to;
  tusk::writer out(to);
  out.put(std::string_view("before"));
  CHECK_THROWS_AS(encode_parameters(out, 1, "text", std::string(1, '\0')), tusk::error);
  CHECK(tusk::wire::as_text(to.view()) == "before");
}

TEST_CASE("params: an enum is sent by its value") { CHECK(encoded(static_cast<int>(mood::happy)) == encoded(1)); }
