// expect: this row has a member that borrows from the receive buffer
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/composite.hpp>
#include <tusk/mapping/row_type.hpp>
#include <tusk/types/all.hpp>

struct address {
#ifdef TUSK_FIXED
  std::string street;
#else
  std::string_view street;
#endif
};
struct row {
  int id;
  address home;
};

template <> struct tusk::codec<address> : tusk::composite<address> {};

int main() {
  if constexpr (!tusk::mapping::check_row<row, true>()) return 1;
}
