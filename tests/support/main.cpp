// tusk tests: the main() of Catch2 version 2, compiled once for all executables. Version 3 brings its own.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif
