// expect: a range of characters is no array: pass a text as std::string_view
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/iterable.hpp>
#include <tusk/types/all.hpp>

#include <deque>
#include <string>

int main() {
  tusk::wire::buffer bytes;
  tusk::writer to(bytes);
  std::deque<char> const letters{'a', 'b'};
#ifdef TUSK_FIXED
  tusk::mapping::encode_parameters(to, std::string(letters.begin(), letters.end()));
#else
  tusk::mapping::encode_parameters(to, letters);
#endif
}
