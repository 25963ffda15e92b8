// tusk tests: the forms of SHA-256's compression function that can run here.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <tusk/auth/sha256.hpp>

#include <vector>

struct sha256_form {
  char const* name;
  tusk::auth::sha256_compress* compress;
};

inline std::vector<sha256_form> sha256_forms() {
  std::vector<sha256_form> forms{{"portable", tusk::auth::sha256_portable}};
#if defined(__x86_64__)
  if (tusk::auth::sha256_has_instructions()) forms.push_back({"x86", tusk::auth::sha256_x86});
#endif
  return forms;
}
