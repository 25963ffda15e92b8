// expect: a pointer cannot be a parameter
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/params.hpp>
#include <tusk/types/all.hpp>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
  int number = 1;
#ifdef TUSK_FIXED
  tusk::mapping::encode_parameters(to, number, number);
#else
  tusk::mapping::encode_parameters(to, number, &number);
#endif
}
