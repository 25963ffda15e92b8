// expect: keep them in a variable and pass a view of that
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/iterable.hpp>
#include <tusk/types/all.hpp>

#include <ranges>
#include <vector>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
  std::vector const numbers{1, 2};
  auto const odd = [](int n) { return n % 2 != 0; };
#ifdef TUSK_FIXED
  tusk::mapping::encode_parameters(to, numbers | std::views::filter(odd));
#else
  tusk::mapping::encode_parameters(to, std::vector{1, 2} | std::views::filter(odd));
#endif
}
