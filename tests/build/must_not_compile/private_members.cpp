// expect: or an aggregate: a struct without private members
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/row_type.hpp>
#include <tusk/types/all.hpp>

#ifdef TUSK_FIXED
class row {
 public:
  int id = 0;
};
#else
class row {
  int id = 0;
};
#endif

int main() {
  if constexpr (!tusk::mapping::check_row<row, true>()) return 1;
}
