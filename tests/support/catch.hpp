// tusk tests: Catch2, version 2 or 3, whichever is installed.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
namespace {
[[maybe_unused]] auto ContainsSubstring(std::string const& text) { return Catch::Matchers::Contains(text); }
} // namespace
#endif
using Catch::Matchers::StartsWith;
