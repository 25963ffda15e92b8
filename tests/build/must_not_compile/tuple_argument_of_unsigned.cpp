// expect: an unsigned integer cannot be a parameter
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/params.hpp>
#include <tusk/mapping/tuple.hpp>
#include <tusk/types/all.hpp>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
#ifdef TUSK_FIXED
  tusk::mapping::encode_parameters(to, std::tuple(1, "a"));
#else
  tusk::mapping::encode_parameters(to, std::tuple(1u, "a"));
#endif
}
