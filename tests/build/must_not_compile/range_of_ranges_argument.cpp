// expect: PostgreSQL has no arrays of arrays: pass a tusk::array
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/iterable.hpp>
#include <tusk/types/all.hpp>

#include <list>
#include <vector>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
#ifdef TUSK_FIXED
  tusk::mapping::encode_parameters(to, tusk::array<int>({{2, 1}, {1, 1}}, {1, 2}));
#else
  tusk::mapping::encode_parameters(to, std::list<std::vector<int>>{{1}, {2}});
#endif
}
