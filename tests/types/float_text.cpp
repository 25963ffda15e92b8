// tusk: tests/types/float_text.cpp — the text form of float and double.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/float_text.hpp>

#include "types/check.hpp"

#include <bit>
#include <clocale>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

using namespace codec_test;
using tusk::parse_number;
using tusk::to_text;

namespace {

// As PostgreSQL 15 and 18 write them.
struct known_double {
  std::uint64_t bits;
  char const* text;
};
constexpr known_double doubles[] = {
    {0x0000000000000000, "0"},
    {0x8000000000000000, "-0"},
    {0x3ff0000000000000, "1"},
    {0xc004000000000000, "-2.5"},
    {0x3fb999999999999a, "0.1"},
    {0x3fd3333333333334, "0.30000000000000004"},
    {0x400921fb54442d18, "3.141592653589793"},
    {0x40fe240000000000, "123456"},
    {0x42d6bcc41e900000, "100000000000000"},
    {0x430c6bf526340000, "1e+15"},
    {0x430c6bf52633fff8, "999999999999999"},
    {0x437b69b4ba630f35, "1.2345678901234568e+17"},
    {0x3f1a36e2eb1c432d, "0.0001"},
    {0x3ee4f8b588e368f1, "1e-05"},
    {0x0000000000000001, "5e-324"},
    {0x0010000000000000, "2.2250738585072014e-308"},
    {0x7fefffffffffffff, "1.7976931348623157e+308"},
    {0xffefffffffffffff, "-1.7976931348623157e+308"},
    {0x54b249ad2594c37d, "1e+100"},
    {0x7ff0000000000000, "Infinity"},
    {0xfff0000000000000, "-Infinity"},
    {0x4340000000000000, "9.007199254740992e+15"},
    {0x3d30000000000000, "5.684341886080802e-14"},
    // Shorter ones lie halfway to a neighbour: 1e+23, 3.407736226711167e+16 and so on.
    {0x44b52d02c7e14af6, "9.999999999999999e+22"},
    {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
};

struct known_float {
  std::uint32_t bits;
  char const* text;
};
constexpr known_float floats[] = {
    {0x00000000, "0"},        {0x80000000, "-0"},        {0x3dcccccd, "0.1"},           {0x47f12000, "123456"},
    {0x49742400, "1e+06"},    {0x497423f0, "999999"},    {0x4b800000, "1.6777216e+07"}, {0x38d1b717, "0.0001"},
    {0x3727c5ac, "1e-05"},    {0x00000001, "1e-45"},     {0x00800000, "1.1754944e-38"}, {0x7f7fffff, "3.4028235e+38"},
    {0x7f800000, "Infinity"}, {0xff800000, "-Infinity"}, {0x7149f2ca, "1e+30"},
};

template <class T> T of(auto bits) { return std::bit_cast<T>(bits); }

template <class T> std::string refusal(std::string_view text) {
  try {
    parse_number<T>(text);
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::invalid_value);
    return e.what();
  }
  return "";
}

} // namespace

TEST_CASE("float_text: known doubles, both ways") {
  for (auto const& [bits, text] : doubles) {
    INFO(text);
    CHECK(to_text(of<double>(bits)) == text);
    CHECK(std::bit_cast<std::uint64_t>(parse_number<double>(text)) == bits);
  }
}

TEST_CASE("float_text: known floats, both ways") {
  for (auto const& [bits, text] : floats) {
    INFO(text);
    CHECK(to_text(of<float>(bits)) == text);
    CHECK(std::bit_cast<std::uint32_t>(parse_number<float>(text)) == bits);
  }
}

TEST_CASE("float_text: a decimal halfway to a neighbour is never written") {
  // Bits and text from servers; std::to_chars() has a digit less for each.
  CHECK(to_text(34077362267111672.0) == "3.4077362267111672e+16");
  CHECK(to_text(-54057274422453184.0) == "-5.4057274422453184e+16");
  CHECK(to_text(72988209799305790.0) == "7.298820979930579e+16");
  CHECK(to_text(104678016.0f) == "1.04678016e+08");
  CHECK(to_text(34537088.0f) == "3.4537088e+07");
  CHECK(to_text(95702496.0f) == "9.5702496e+07");
}

TEST_CASE("float_text: a NaN of any bits") {
  CHECK(to_text(of<double>(std::uint64_t{0x7ff8000000000000})) == "NaN");
  CHECK(to_text(of<double>(std::uint64_t{0xfff8000000000123})) == "NaN");
  CHECK(to_text(of<float>(0xffc00045U)) == "NaN");
  CHECK(std::isnan(parse_number<double>("NaN")));
  CHECK(std::isnan(parse_number<float>("nan")));
}

TEST_CASE("float_text: what is written is read as the same bits") {
  // Powers of two have neighbours at unequal distances; so all of them, and what is around them.
  std::uint64_t wrong = 0;
  for (std::uint64_t exponent = 0; exponent < 2047; ++exponent)
    for (std::uint64_t fraction : {0x0ULL, 0x1ULL, 0x2ULL, 0x8'0000'0000'0000ULL, 0xf'ffff'ffff'ffffULL}) {
      auto const bits = exponent << 52 | fraction;
      if (std::bit_cast<std::uint64_t>(parse_number<double>(to_text(of<double>(bits)))) != bits) ++wrong;
    }
  for (std::uint32_t exponent = 0; exponent < 255; ++exponent)
    for (std::uint32_t fraction : {0x0U, 0x1U, 0x2U, 0x40'0000U, 0x7f'ffffU}) {
      auto const bits = exponent << 23 | fraction;
      if (std::bit_cast<std::uint32_t>(parse_number<float>(to_text(of<float>(bits)))) != bits) ++wrong;
    }
  CHECK(wrong == 0);
}

TEST_CASE("float_text: what PostgreSQL reads is read") {
  for (auto text : {"1.5", " 1.5 ", "+1.5", "1.50", "01.5", "15e-1", "15E-1", ".15e1", ".15e+01", "\t1.5\n"})
    CHECK(parse_number<double>(text) == 1.5);
  CHECK(parse_number<double>("5.") == 5);
  CHECK(std::signbit(parse_number<double>("-0")));
  CHECK(std::signbit(parse_number<double>("-0e-999")));
  for (auto text : {"Infinity", "infinity", "INF", "+inf"})
    CHECK(parse_number<float>(text) == std::numeric_limits<float>::infinity());
  CHECK(parse_number<double>("-inf") == -std::numeric_limits<double>::infinity());
  CHECK(parse_number<double>("2.4703282292062328e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(parse_number<float>("16777217") == 16777216);
}

TEST_CASE("float_text: what is no number is refused, and shown") {
  for (auto text : {"",    " ",   ".",     "+", "-",     "e5",        "1e",   "1e+",  "1.5.", "1,5",   "1 5", "--1",
                    "+-1", "- 1", "1e5.5", "x", "infin", "infinityx", "nanx", "-nan", "0x10", "1_000", "1.5f"}) {
    INFO(text);
    CHECK(refusal<double>(text) == '"' + std::string(text) +
                                       "\" is no float8: write 1.5, 2e-07, -Infinity or NaN, up to "
                                       "1.7976931348623157e+308");
  }
  CHECK(refusal<double>(std::string_view("1\0", 2)) != "");
}

TEST_CASE("float_text: what is too large or too small is refused") {
  for (auto text : {"1e400", "-1e400", "1.7976931348623159e+308", "1e-400", "2.4703282292062327e-324", "1e99999999999"})
    CHECK(refusal<double>(text) != "");
  CHECK(refusal<float>("1e39") == "\"1e39\" is no float4: write 1.5, 2e-07, -Infinity or NaN, up to 3.4028235e+38");
  CHECK(refusal<float>("1e-46") != "");
}

TEST_CASE("float_text: the locale does not matter") {
  std::string const before = std::setlocale(LC_ALL, nullptr);
  for (auto name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  CHECK(to_text(1.5) == "1.5");
  CHECK(parse_number<double>("1.5") == 1.5);
  std::setlocale(LC_ALL, before.c_str());
}

TEST_CASE("float_text: a number within a text") {
  tusk::scanner in("-1.5e1,x", "list");
  CHECK(tusk::take_number<double>(in) == -15);
  CHECK(in.rest() == ",x");
  std::string to = "(";
  tusk::append_number(to, 0.25F);
  CHECK(to == "(0.25");
}
