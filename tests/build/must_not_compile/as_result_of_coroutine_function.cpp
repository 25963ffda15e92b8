// expect: this function only makes the operation, it fails later: pass the operation itself
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/result.hpp>

asio::awaitable<int> operation() { co_return 1; }

int main() {
#ifdef TUSK_FIXED
  (void)tusk::as_result(operation());
#else
  (void)tusk::as_result([] { return operation(); });
#endif
}
