// expect: an unsigned integer cannot be a parameter
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/iterable.hpp>
#include <tusk/types/all.hpp>

#include <set>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
#ifdef TUSK_FIXED
  tusk::mapping::encode_parameters(to, std::set{1});
#else
  tusk::mapping::encode_parameters(to, std::set{1u});
#endif
}
