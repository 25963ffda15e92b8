// tusk tests: the first of two translation units that include everything and are linked together.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/tusk.hpp>

std::error_code code_of_the_other_unit();

int main() {
  // One category object for the program, not one for each translation unit: error codes compare by its address.
  return code_of_the_other_unit() == make_error_code(tusk::errc::timeout) ? 0 : 1;
}
