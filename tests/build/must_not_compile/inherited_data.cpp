// expect: a row type cannot inherit data members
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/row_type.hpp>
#include <tusk/types/all.hpp>

#ifdef TUSK_FIXED
struct base {};
struct row : base {
  std::string name;
};
#else
struct base {
  int id;
};
struct row : base {
  std::string name;
};
#endif

int main() {
  if constexpr (!tusk::mapping::check_row<row, true>()) return 1;
}
