// expect: fewer arguments than the statement was prepared with
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/passes_as.hpp>
#include <tusk/types/all.hpp>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
  using statement = tusk::mapping::declared_parameters<std::int32_t, std::string>;
#ifdef TUSK_FIXED
  statement::encode(to, 7, "x");
#else
  statement::encode(to, 7);
#endif
}
