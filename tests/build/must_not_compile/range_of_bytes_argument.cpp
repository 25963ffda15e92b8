// expect: a range of bytes is no array: pass a bytea as std::span<std::byte const>
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/iterable.hpp>
#include <tusk/types/all.hpp>

#include <array>
#include <span>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
  std::array<std::byte, 2> const bytea{};
#ifdef TUSK_FIXED
  tusk::mapping::encode_parameters(to, std::span<std::byte const>(bytea));
#else
  tusk::mapping::encode_parameters(to, bytea);
#endif
}
