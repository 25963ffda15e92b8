// expect: this enum has no labels: specialise tusk::enum_labels
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/params.hpp>
#include <tusk/types/all.hpp>

enum class mood { sad, happy };

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
  int number = 1;
#ifdef TUSK_FIXED
  tusk::mapping::encode_parameters(to, number, static_cast<int>(mood::sad));
#else
  tusk::mapping::encode_parameters(to, number, mood::sad);
#endif
}
