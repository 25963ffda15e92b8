// expect: this composite has a member of a type that has no codec
// expect: green
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/composite.hpp>
#include <tusk/types/all.hpp>

struct colour {
  int red;
#ifdef TUSK_FIXED
  int green;
#else
  int* green;
#endif
};

template <> struct tusk::codec<colour> : tusk::composite<colour> {};

int main() {
  colour c{};
  tusk::reader in(nullptr, nullptr);
  tusk::codec<colour>::decode(in, c);
}
