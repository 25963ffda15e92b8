// tusk: tests/fuzz/fuzz.cpp — one target under libFuzzer: the one that TUSK_FUZZ_TARGET names.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Without such a name it says which there are, one a line. Built and run by tests/fuzz/run.
#include "fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

fuzz::target const& chosen() {
  static auto const all = fuzz::all_targets();
  char const* const given = std::getenv("TUSK_FUZZ_TARGET");
  std::string_view const wanted = given != nullptr ? given : "";
  for (auto const& one : all)
    if (one.name == wanted) return one;
  for (auto const& one : all) std::puts(one.name.c_str());
  std::exit(2);
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  (void)chosen();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static auto const& target = chosen();
  auto const input = fuzz::byte_view(reinterpret_cast<std::byte const*>(data), size);
  try {
    target.run(input);
  } catch (fuzz::broken const& property) {
    std::fprintf(stderr, "%s: %s: %s\n", target.name.c_str(), property.what(), support::to_hex(input).c_str());
    std::abort();
  }
  return 0;
}
