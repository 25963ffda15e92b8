// tusk tests: conninfo/secret.hpp — text that is overwritten.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/secret.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

using tusk::conninfo::secret;
using tusk::conninfo::wipe;

namespace {

/// The compiler must have everything in memory, and forgets what it knows of it.
void settle(void* p) { asm volatile("" : : "r"(p) : "memory"); }

/// The bytes of an object that is gone, but whose memory is not.
template <class Make> std::string remains(Make make) {
  using object = decltype(make());
  alignas(object) static std::byte memory[sizeof(object)];
  auto* const at = ::new (memory) object(make());
  settle(memory);
  std::destroy_at(at);
  settle(memory);
  return {reinterpret_cast<char const*>(memory), sizeof memory};
}

} // namespace

TEST_CASE("secret: wipe() overwrites the whole memory, also what an earlier value left") {
  std::string text(100, 'x');
  auto const* const memory = text.data();
  text.resize(3);
  wipe(text);
  CHECK(text.empty());
  CHECK(text.data() == memory);
  text.resize(text.capacity(), 'a'); // makes the memory legal to look at; only 'a' and NUL may be there
  CHECK(text.find('x') == std::string::npos);
  CHECK(text.data() == memory);
}

TEST_CASE("secret: nothing stays behind where a short one was, moved or destroyed") {
  CHECK(remains([] { return std::string("hunter2"); }).find("hunter2") != std::string::npos); // the check can fail
  CHECK(remains([] { return secret("hunter2"); }).find("hunter2") == std::string::npos);
  secret from("hunter2");
  secret const to(std::move(from));
  CHECK(std::string_view(reinterpret_cast<char const*>(&from), sizeof from).find("hunter2") == std::string_view::npos);
  CHECK(to == "hunter2");
}

TEST_CASE("secret: reads as a string") {
  secret a("x"), b;
  b = a;
  CHECK(a == b);
  CHECK(b.str() == "x");
  b = secret("y");
  CHECK_FALSE(a == b);
  std::string_view const view = b;
  std::string const& text = b;
  CHECK(view == text);
  CHECK(secret().empty());
  CHECK_FALSE(b.empty());
}
