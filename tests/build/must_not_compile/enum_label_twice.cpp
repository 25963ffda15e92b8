// expect: enum_labels has a label or an enumerator twice
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/enumeration.hpp>

#include <array>

enum class mood { sad, ok };

template <> struct tusk::enum_labels<mood> {
#ifdef TUSK_FIXED
  static constexpr auto value = std::array{"sad", "ok"};
#else
  static constexpr auto value = std::array{"sad", "sad"};
#endif
};

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
  tusk::codec<mood>::encode(mood::sad, to);
}
