// expect: an argument of this type has no codec
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/params.hpp>
#include <tusk/types/all.hpp>

struct point {
  int x, y;
};

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
  int number = 1;
#ifdef TUSK_FIXED
  tusk::mapping::encode_parameters(to, number, point{1, 2}.x);
#else
  tusk::mapping::encode_parameters(to, number, point{1, 2});
#endif
}
