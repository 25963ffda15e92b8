// tusk tests: what every live test pays for, precompiled.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"
