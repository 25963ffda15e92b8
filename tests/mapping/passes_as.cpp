// tusk: tests/mapping/passes_as.cpp — which arguments pass for a prepared parameter, and as what they are sent.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/passes_as.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/types/all.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace tusk::mapping;
using std::int16_t, std::int32_t, std::int64_t, std::uint32_t;
using tusk::oid;
namespace chrono = std::chrono;

// Numbers: each value of the argument has to exist.
static_assert(passes_as<int64_t, int32_t> && passes_as<int64_t, int16_t> && passes_as<int64_t, long long>);
static_assert(passes_as<int32_t, char16_t> == false && passes_as<int32_t, char> == false);
static_assert(!passes_as<int32_t, int64_t> && !passes_as<int16_t, int32_t>);
static_assert(passes_as<int64_t, uint32_t> && !passes_as<int32_t, uint32_t> && !passes_as<int64_t, std::uint64_t>);
static_assert(passes_as<double, float> && !passes_as<float, double> && !passes_as<double, long double>);
static_assert(passes_as<double, int32_t> && !passes_as<double, int64_t> && passes_as<float, int16_t>);
static_assert(!passes_as<float, int32_t> && !passes_as<int64_t, double> && !passes_as<int64_t, float>);
static_assert(!passes_as<int32_t, bool> && !passes_as<bool, int32_t> && passes_as<bool, bool>);

// Texts.
static_assert(passes_as<std::string, std::string_view> && passes_as<std::string, char const*>);
static_assert(passes_as<std::string_view, std::string> && passes_as<std::string, char[6]>);
static_assert(passes_as<char const*, std::string> && !passes_as<std::string, int> && !passes_as<int, char const*>);
static_assert(!passes_as<tusk::json, std::string> && !passes_as<std::string, tusk::json>);
static_assert(!passes_as<tusk::json, tusk::jsonb> && passes_as<tusk::uuid, tusk::uuid>);

// NULL.
static_assert(passes_as<int64_t, tusk::null_t> && passes_as<std::optional<int64_t>, std::nullopt_t>);
static_assert(passes_as<std::optional<int64_t>, int32_t> && passes_as<int64_t, std::optional<int32_t>>);
static_assert(passes_as<std::optional<std::string>, std::optional<char const*>>);
static_assert(!passes_as<std::optional<int32_t>, std::optional<int64_t>> && !passes_as<int, std::nullptr_t>);

// Arrays of the same elements.
static_assert(passes_as<std::vector<int>, std::span<int const>> && passes_as<std::vector<int>, std::array<int, 3>>);
static_assert(passes_as<std::span<int const>, std::vector<int>> && passes_as<std::vector<int>, int[2]>);
static_assert(!passes_as<std::vector<int64_t>, std::vector<int>> && !passes_as<std::vector<int>, int>);
static_assert(passes_as<std::vector<std::byte>, std::span<std::byte const>>);
static_assert(passes_as<std::vector<std::string>, std::vector<std::string_view>>); // sent alike
static_assert(passes_as<std::vector<int>, std::vector<std::optional<int>>>);       // as a std::optional by itself
static_assert(!passes_as<std::vector<int>, std::vector<std::optional<int64_t>>>);

// Tuples: a conversion of them would lose what their elements lose.
static_assert(passes_as<std::pair<int, bool>, std::tuple<int, bool>> && passes_as<std::tuple<>, std::tuple<>>);
static_assert(!passes_as<std::pair<int, bool>, std::pair<int64_t, bool>>);
static_assert(!passes_as<std::tuple<int>, std::tuple<double>> && !passes_as<std::tuple<int>, std::tuple<int, int>>);

// Times: what converts by itself.
static_assert(passes_as<chrono::sys_time<chrono::microseconds>, chrono::sys_seconds>);
static_assert(!passes_as<chrono::sys_seconds, chrono::sys_time<chrono::microseconds>>);
static_assert(!passes_as<chrono::sys_time<chrono::microseconds>, chrono::local_time<chrono::microseconds>>);

namespace {

template <class... Param> struct prepared_with {
  template <class... Arg> static std::string encoded(Arg const&... a) {
    tusk::wire::buffer to;
    tusk::writer out(to);
    declared_parameters<Param...>::encode(out, a...);
    return support::to_hex(to.view());
  }
};
/// As a statement that is not prepared would send it.
template <class... A> std::string plain(A const&... a) {
  tusk::wire::buffer to;
  tusk::writer out(to);
  encode_parameters(out, a...);
  return support::to_hex(to.view());
}

} // namespace

TEST_CASE("passes_as: the declared types decide the form") {
  CHECK(declared_parameters<int64_t, std::string, std::optional<bool>>::oids ==
        std::array{oid::int8, oid::none, oid::bool_});
  CHECK(declared_parameters<>::count == 0);
  CHECK(prepared_with<>::encoded() == plain());
  CHECK(prepared_with<int64_t>::encoded(7) == plain(int64_t{7}));
  CHECK(prepared_with<int64_t>::encoded(std::int16_t{-7}) == plain(int64_t{-7}));
  CHECK(prepared_with<int64_t>::encoded(4294967295u) == plain(int64_t{4294967295}));
  CHECK(prepared_with<double, std::string>::encoded(1.5f, "x") == plain(1.5, "x"));
  CHECK(prepared_with<double>::encoded(3) == plain(3.0));
  CHECK(prepared_with<std::string>::encoded("x") == plain(std::string("x")));
  CHECK(prepared_with<std::vector<int>>::encoded(std::array{1, 2}) == plain(std::vector{1, 2}));
}

TEST_CASE("passes_as: NULL and optional arguments") {
  CHECK(prepared_with<std::optional<int64_t>>::encoded(7) == plain(int64_t{7}));
  CHECK(prepared_with<int64_t>::encoded(std::optional<int>(7)) == plain(int64_t{7}));
  CHECK(prepared_with<int64_t>::encoded(std::optional<int>()) == plain(std::optional<int64_t>()));
  CHECK(prepared_with<int64_t, std::string>::encoded(tusk::null, std::nullopt) ==
        plain(std::optional<int64_t>(), std::optional<std::string>()));
}

TEST_CASE("passes_as: times keep their moment, and their own check of the range") {
  auto const second = chrono::sys_seconds(chrono::seconds(1'700'000'000));
  using moment = chrono::sys_time<chrono::microseconds>;
  CHECK(prepared_with<moment>::encoded(second) == plain(moment(second)));
  auto const far = chrono::sys_seconds(chrono::seconds(INT64_MAX / 2));
  CHECK(support::outcome_of([&] { prepared_with<moment>::encoded(far); }).code == tusk::errc::invalid_parameter);
}

TEST_CASE("passes_as: errors name the parameter") {
  char const* nothing = nullptr;
  auto const refused = support::outcome_of([&] { prepared_with<int, std::string>::encoded(1, nothing); });
  CHECK(refused.code == tusk::errc::invalid_parameter);
  CHECK(refused.text.starts_with("parameter $2 cannot be sent: it is a null pointer"));
}
