// expect: this argument does not pass without loss
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/iterable.hpp>
#include <tusk/types/all.hpp>

#include <set>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
  using statement = tusk::mapping::declared_parameters<std::vector<int>>;
#ifdef TUSK_FIXED
  statement::encode(to, std::set{1});
#else
  statement::encode(to, std::set{std::int64_t{1}});
#endif
}
