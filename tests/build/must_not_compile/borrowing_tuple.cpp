// expect: this row has a member that borrows from the receive buffer
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/row_type.hpp>
#include <tusk/mapping/tuple.hpp>
#include <tusk/types/all.hpp>

#ifdef TUSK_FIXED
using row = std::tuple<int, std::pair<int, std::string>>;
#else
using row = std::tuple<int, std::pair<int, std::string_view>>;
#endif

int main() {
  if constexpr (!tusk::mapping::check_row<row, true>()) return 1;
}
