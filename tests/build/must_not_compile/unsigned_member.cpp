// expect: this row has an unsigned member
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/row_type.hpp>
#include <tusk/types/all.hpp>

#ifdef TUSK_FIXED
struct row {
  int id;
  std::optional<int> count;
};
#else
struct row {
  int id;
  std::optional<unsigned> count;
};
#endif

int main() {
  if constexpr (!tusk::mapping::check_row<row, true>()) return 1;
}
