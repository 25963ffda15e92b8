// expect: this row has a member of a type that has no codec
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/row_type.hpp>
#include <tusk/mapping/tuple.hpp>
#include <tusk/types/all.hpp>

#include <utility>
#include <vector>

struct row {
#ifdef TUSK_FIXED
  std::vector<std::pair<int, int>> points;
#else
  std::vector<std::vector<std::pair<int, int>>> points;
#endif
};

int main() {
  if constexpr (!tusk::mapping::check_row<row, true>()) return 1;
}
