// expect: this row has a member of a type that has no codec
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/row_type.hpp>
#include <tusk/mapping/tuple.hpp>
#include <tusk/types/all.hpp>

#ifdef TUSK_FIXED
using row = std::pair<int, std::tuple<int, std::string>>;
#else
using row = std::pair<int, std::tuple<int, unsigned>>;
#endif

int main() {
  if constexpr (!tusk::mapping::check_row<row, true>()) return 1;
}
