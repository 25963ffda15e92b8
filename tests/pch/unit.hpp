// tusk tests: what every unit test pays for, precompiled.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/catch.hpp"
