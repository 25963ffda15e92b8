// expect: this row has a union member
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/row_type.hpp>
#include <tusk/types/all.hpp>

#ifdef TUSK_FIXED
struct either {
  int id;
  double price;
};
using row = either;
#else
union either {
  int id;
  double price;
};
struct row {
  either value;
};
#endif

int main() {
  if constexpr (!tusk::mapping::check_row<row, true>()) return 1;
}
