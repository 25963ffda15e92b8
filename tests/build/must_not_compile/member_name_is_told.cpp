// expect: paint
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/row_type.hpp>
#include <tusk/types/all.hpp>

#ifdef TUSK_FIXED
struct row {
  int id;
  int paint;
};
#else
struct colour {
  int red, green, blue;
};
struct row {
  int id;
  colour paint;
};
#endif

int main() {
  if constexpr (!tusk::mapping::check_row<row, true>()) return 1;
}
