// expect: this argument does not pass without loss
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/passes_as.hpp>
#include <tusk/mapping/tuple.hpp>
#include <tusk/types/all.hpp>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
  using statement = tusk::mapping::declared_parameters<std::pair<int, std::string>>;
#ifdef TUSK_FIXED
  statement::encode(to, std::pair(1, "a"));
#else
  statement::encode(to, std::pair(std::int64_t{1}, "a"));
#endif
}
