// expect: this range has no end
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/iterable.hpp>
#include <tusk/types/all.hpp>

#include <ranges>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
#ifdef TUSK_FIXED
  tusk::mapping::encode_parameters(to, std::views::iota(1) | std::views::take(3));
#else
  tusk::mapping::encode_parameters(to, std::views::iota(1));
#endif
}
