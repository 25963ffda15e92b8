// expect: a map is no array: pass its keys and its values as two arrays
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/iterable.hpp>
#include <tusk/types/all.hpp>

#include <map>
#include <ranges>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
  std::map<int, std::string> const names{{1, "one"}};
#ifdef TUSK_FIXED
  tusk::mapping::encode_parameters(to, names | std::views::keys, names | std::views::values);
#else
  tusk::mapping::encode_parameters(to, names);
#endif
}
