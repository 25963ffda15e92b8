// tusk tests: auth/sha256.hpp. Every case runs on every form of the compression function that this processor has.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/sha256.hpp>

#include "sha256_forms.hpp"
#include "support/catch.hpp"
#include "support/table.hpp"

#include <string>

using namespace tusk;
using support::to_hex;

TEST_CASE("sha256 gives the digests of FIPS 180") {
  struct {
    std::string message;
    char const* digest;
  } const cases[]{
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrst"
       "u",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (auto const& form : sha256_forms())
    for (auto const& c : cases) {
      INFO(form.name << ", " << c.message.size() << " bytes");
      CHECK(to_hex(auth::sha256::of(wire::as_bytes(c.message), form.compress)) == c.digest);
    }
}

TEST_CASE("sha256 does not care how a message is cut") {
  // The lengths around one and two blocks, each whole, byte by byte, and cut in two everywhere.
  std::string message;
  for (int i = 0; i != 131; ++i) message += static_cast<char>(i * 7);
  for (auto const& form : sha256_forms())
    for (std::size_t n = 0; n <= message.size(); ++n) {
      auto const text = std::string_view(message).substr(0, n);
      auto const whole = auth::sha256::of(wire::as_bytes(text), auth::sha256_portable);
      auth::sha256 bytewise(form.compress);
      for (std::size_t i = 0; i != n; ++i) bytewise.update(text.substr(i, 1));
      bool same = bytewise.finish() == whole;
      for (std::size_t cut = 0; cut <= n; ++cut) {
        auth::sha256 halves(form.compress);
        halves.update(text.substr(0, cut));
        halves.update(text.substr(cut));
        same = same && halves.finish() == whole;
      }
      INFO(form.name << ", " << n << " bytes");
      CHECK(same);
    }
}

TEST_CASE("sha256 continues from a chaining value") {
  std::string const message(200, 'x');
  for (auto const& form : sha256_forms()) {
    auto state = auth::sha256_initial;
    form.compress(state, wire::as_bytes(message).data(), 2);
    auth::sha256 hash(state, 128, form.compress);
    hash.update(std::string_view(message).substr(128));
    CHECK(hash.finish() == auth::sha256::of(wire::as_bytes(message)));
  }
}

TEST_CASE("sha256 takes the processor's instructions where there are any") {
#if defined(__x86_64__)
  CHECK(auth::sha256_fastest() == (auth::sha256_has_instructions() ? auth::sha256_x86 : auth::sha256_portable));
#else
  CHECK(auth::sha256_fastest() == auth::sha256_portable);
#endif
}

TEST_CASE("sha256 leaves nothing of the message in its memory") {
  alignas(auth::sha256) unsigned char memory[sizeof(auth::sha256)];
  auto* hash = new (memory) auth::sha256;
  hash->update("correct horse battery staple");
  auto const held = [&] {
    return std::string_view(reinterpret_cast<char const*>(memory), sizeof memory).find("horse") != std::string::npos;
  };
  CHECK(held());
  hash->~sha256();
  CHECK_FALSE(held());
}
