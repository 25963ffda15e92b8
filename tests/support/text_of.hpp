// tusk tests: support/text_of.hpp — the text form of a value.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <tusk/types/codec.hpp>

#include <string>

template <class T> std::string text_of(T const& value) {
  std::string out;
  tusk::put_text(value, out);
  return out;
}
