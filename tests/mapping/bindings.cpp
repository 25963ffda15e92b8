// tusk: tests/mapping/bindings.cpp — the generated ladder: every step binds its members in order.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/bindings.hpp>

#include "support/catch.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace {

/// An aggregate of N numbers by the tuple protocol, which structured bindings obey too.
template <std::size_t N> struct numbers {
  std::array<int, N> value{};
  template <std::size_t I> int& get() { return std::get<I>(value); }
};

} // namespace

template <std::size_t N> struct std::tuple_size<numbers<N>> : std::integral_constant<std::size_t, N> {};
template <std::size_t I, std::size_t N> struct std::tuple_element<I, numbers<N>> {
  using type = int;
};

namespace {

template <std::size_t N> bool binds_in_order() {
  numbers<N> all;
  for (std::size_t i = 0; i < N; ++i) all.value[i] = static_cast<int>(i);
  bool good = false;
  tusk::mapping::binding<N>::visit(all, [&](auto&... m) {
    int expected = 0;
    good = sizeof...(m) == N && ((m == expected++) && ...) && ((&m >= all.value.data()) && ...);
  });
  return good;
}

struct three {
  int a, b, c;
};
// clang-format off
struct sixty_four { int a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7, c0, c1, c2, c3, c4, c5, c6, c7,
  d0, d1, d2, d3, d4, d5, d6, d7, e0, e1, e2, e3, e4, e5, e6, e7, f0, f1, f2, f3, f4, f5, f6, f7, g0, g1, g2, g3, g4, g5,
  g6, g7, h0, h1, h2, h3, h4, h5, h6, h7; };
// clang-format on

} // namespace

static_assert(tusk::mapping::max_members == 64);
static_assert(tusk::mapping::binding<3>::fits<three> && !tusk::mapping::binding<4>::fits<three>);
static_assert(tusk::mapping::binding<64>::fits<sixty_four> && !tusk::mapping::binding<65>::fits<sixty_four>);

TEST_CASE("bindings: each step of the ladder binds its members in order") {
  []<std::size_t... I>(std::index_sequence<I...>) {
    ([] { CHECK(binds_in_order<I + 1>()); }(), ...);
  }(std::make_index_sequence<tusk::mapping::max_members>{});
}

TEST_CASE("bindings: the last step is the limit") {
  sixty_four all{};
  tusk::mapping::binding<64>::visit(all, [](auto&... m) {
    int n = 0;
    ((m = n++), ...);
  });
  CHECK(all.a0 == 0);
  CHECK(all.e3 == 35);
  CHECK(all.h7 == 63);
}
