// tusk tests: auth/pbkdf2.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/pbkdf2.hpp>

#include "sha256_forms.hpp"
#include "support/catch.hpp"
#include "support/table.hpp"

#include <string>

using namespace tusk;
using support::to_hex;

TEST_CASE("pbkdf2 gives the keys of RFC 7914") {
  struct {
    char const* password;
    char const* salt;
    std::uint32_t iterations;
    char const* blocks[2];
  } const cases[]{
      {"passwd",
       "salt",
       1,
       {"55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc",
        "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"}},
      {"Password",
       "NaCl",
       80000,
       {"4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56",
        "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"}},
  };
  for (auto const& form : sha256_forms())
    for (auto const& c : cases)
      for (std::uint32_t block = 1; block <= 2; ++block) {
        // The long one in full only in the form that is used.
        if (c.iterations > 1 && block == 2 && form.compress != auth::sha256_fastest()) continue;
        auth::pbkdf2 key(wire::as_bytes(c.password), wire::as_bytes(c.salt), c.iterations, block, form.compress);
        INFO(form.name << ": " << c.password << ", block " << block);
        REQUIRE(key.step(c.iterations));
        CHECK(to_hex(key.result()) == c.blocks[block - 1]);
      }
}

TEST_CASE("pbkdf2 derives the same key in slices of any size") {
  auto const password = wire::as_bytes("pencil"), salt = wire::as_bytes("0123456789abcdef");
  for (auto const& form : sha256_forms()) {
    auth::pbkdf2 whole(password, salt, 61, 1, form.compress);
    REQUIRE(whole.step(1000));
    for (std::uint32_t slice = 1; slice <= 61; ++slice) {
      auth::pbkdf2 sliced(password, salt, 61, 1, form.compress);
      std::uint32_t steps = 1;
      while (!sliced.step(slice)) ++steps;
      INFO(form.name << ", " << slice << " at a time");
      CHECK(steps == (60 + slice - 1) / slice); // the first iteration is the constructor's
      CHECK(sliced.result() == whole.result());
      CHECK(sliced.step(slice)); // once complete, it stays so
      CHECK(sliced.result() == whole.result());
    }
  }
}

TEST_CASE("pbkdf2 does nothing in a slice of nothing") {
  auth::pbkdf2 two({}, {}, 2);
  CHECK_FALSE(two.step(0));
  CHECK(two.step(1));
  auth::pbkdf2 one({}, {}, 1);
  CHECK(one.step(0));
}

TEST_CASE("pbkdf2 wipes its keys") {
  alignas(auth::pbkdf2) unsigned char memory[sizeof(auth::pbkdf2)];
  auto* derivation = new (memory) auth::pbkdf2(wire::as_bytes("pencil"), wire::as_bytes("salt"), 3);
  derivation->step(3);
  std::string const key(wire::as_text(derivation->result()));
  auto const held = [&] {
    return std::string_view(reinterpret_cast<char const*>(memory), sizeof memory).find(key) != std::string::npos;
  };
  CHECK(held());
  derivation->~pbkdf2();
  CHECK_FALSE(held());
}
