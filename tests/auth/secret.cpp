// tusk tests: auth/secret.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/secret.hpp>

#include <tusk/wire/bytes.hpp>

#include "support/catch.hpp"

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

int returned = 0; // blocks given back, and those of them that were not all zeros
int dirty = 0;

/// Looks at memory as it is given back.
template <class T> struct inspecting_allocator : std::allocator<T> {
  template <class U> struct rebind {
    using other = inspecting_allocator<U>;
  };
  void deallocate(T* p, std::size_t n) {
    ++returned;
    auto const* bytes = reinterpret_cast<unsigned char const*>(p);
    for (std::size_t i = 0; i != n * sizeof(T); ++i)
      if (bytes[i] != 0) {
        ++dirty;
        break;
      }
    std::allocator<T>::deallocate(p, n);
  }
};

} // namespace

TEST_CASE("wipe overwrites exactly the bytes it is given") {
  unsigned char bytes[8]{1, 2, 3, 4, 5, 6, 7, 8};
  tusk::auth::wipe(bytes + 2, 4);
  CHECK(std::vector<int>(bytes, bytes + 8) == std::vector<int>{1, 2, 0, 0, 0, 0, 7, 8});
  tusk::auth::wipe(nullptr, 0);
}

TEST_CASE("wipe_at_exit wipes when the scope is left by an exception") {
  std::uint32_t key[4]{1, 2, 3, 4};
  try {
    tusk::auth::wipe_at_exit const clean(key);
    throw 1;
  } catch (int) {}
  for (auto word : key) CHECK(word == 0);
}

TEST_CASE("equal_in_constant_time compares every byte") {
  std::vector<std::byte> const a(32, std::byte{7});
  CHECK(tusk::auth::equal_in_constant_time(a, a));
  CHECK(tusk::auth::equal_in_constant_time({}, {}));
  for (std::size_t i = 0; i != a.size(); ++i)
    for (int bit = 0; bit != 8; ++bit) {
      auto b = a;
      b[i] ^= std::byte{1} << bit;
      CHECK_FALSE(tusk::auth::equal_in_constant_time(a, b));
    }
  CHECK_FALSE(tusk::auth::equal_in_constant_time(a, std::span(a).first(31)));
}

TEST_CASE("memory of the wiping allocator is zeros when it is given back, by growth too") {
  returned = dirty = 0;
  {
    std::vector<int, tusk::auth::wiping_allocator<int, inspecting_allocator<int>>> numbers;
    for (int i = 1; i != 1000; ++i) numbers.push_back(i);
  }
  CHECK(returned > 5);
  CHECK(dirty == 0);
  // The witness itself sees what is not wiped.
  { std::vector<int, inspecting_allocator<int>> numbers(10, 1); }
  CHECK(dirty == 1);
}

TEST_CASE("a secret holds text, moves and does not copy") {
  using tusk::auth::secret;
  static_assert(!std::is_copy_constructible_v<secret> && !std::is_copy_assignable_v<secret>);
  static_assert(std::is_nothrow_move_constructible_v<secret>);
  secret a("hun");
  a.append("ter");
  a.push_back('2');
  CHECK(a.view() == "hunter2");
  CHECK(tusk::wire::as_text(a.bytes()) == "hunter2");
  auto const* where = a.view().data();
  secret b(std::move(a));
  CHECK(b.view().data() == where); // the same memory, no copy left behind, short as it is
  b.clear();
  CHECK(b.empty());
  CHECK(secret(std::string_view("a\0b", 3)).size() == 3);
}
