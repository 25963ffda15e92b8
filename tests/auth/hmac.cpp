// tusk tests: auth/hmac.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/hmac.hpp>

#include "sha256_forms.hpp"
#include "support/catch.hpp"
#include "support/table.hpp"

#include <string>

using namespace tusk;
using support::from_hex;
using support::to_hex;

TEST_CASE("hmac gives the codes of RFC 4231") {
  std::string counting;
  for (int i = 1; i <= 25; ++i) counting += static_cast<char>(i);
  struct {
    std::string key;
    std::string data;
    std::string code; // of case 5 the first half, as in the RFC
  } const cases[]{
      {std::string(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counting, std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(20, '\x0c'), "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"},
      {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
       "hashed "
       "before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (auto const& form : sha256_forms())
    for (auto const& c : cases) {
      auth::hmac_key const key(wire::as_bytes(c.key), form.compress);
      for (int again = 0; again != 2; ++again) { // a key is not used up
        auth::hmac mac(key);
        mac.update(c.data);
        INFO(form.name << ": " << c.data);
        CHECK(to_hex(mac.finish()).substr(0, c.code.size()) == c.code);
      }
    }
}

TEST_CASE("hmac of an empty key and message") {
  CHECK(to_hex(auth::hmac::of({}, {})) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("hmac hashes keys from 65 bytes on") {
  // RFC 2104: a key of 64 bytes is used as it is, a longer one as its digest.
  std::string const block(64, 'k'), longer(65, 'k');
  auto const digest = auth::sha256::of(wire::as_bytes(longer));
  CHECK(auth::hmac::of(wire::as_bytes(longer), {}) == auth::hmac::of(digest, {}));
  CHECK(auth::hmac::of(wire::as_bytes(block), {}) != auth::hmac::of(auth::sha256::of(wire::as_bytes(block)), {}));
}
