// expect: names a member that it does not have, or gives two members one column
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/row_type.hpp>
#include <tusk/types/all.hpp>

#include <array>

struct user {
  int id;
};

#ifdef TUSK_FIXED
template <> inline constexpr auto tusk::renamed<user> = std::array{tusk::renamed_column{"id", "identity"}};
#else
template <> inline constexpr auto tusk::renamed<user> = std::array{tusk::renamed_column{"identity", "id"}};
#endif

int main() {
  if constexpr (!tusk::mapping::check_row<user, true>()) return 1;
}
