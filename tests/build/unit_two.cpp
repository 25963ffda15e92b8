// tusk tests: the second of two translation units that include everything and are linked together.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/tusk.hpp>

std::error_code code_of_the_other_unit() { return make_error_code(tusk::errc::timeout); }
