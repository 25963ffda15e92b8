// tusk tests: auth/md5.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/md5.hpp>

#include "support/catch.hpp"
#include "support/table.hpp"

#include <string>

using namespace tusk;
using support::to_hex;

namespace {

std::string md5_of(std::string_view text) {
  auth::md5 hash;
  hash.update(text);
  return to_hex(hash.finish());
}

} // namespace

TEST_CASE("md5 gives the digests of RFC 1321") {
  CHECK(md5_of("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5_of("a") == "0cc175b9c0f1b6a831c399e269772661");
  CHECK(md5_of("abc") == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(md5_of("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(md5_of("abcdefghijklmnopqrstuvwxyz") == "c3fcd3d76192e4007dfb496cca67e13b");
  CHECK(md5_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") == "d174ab98d277d9f5a5611c2c9f419d9f");
  CHECK(md5_of("12345678901234567890123456789012345678901234567890123456789012345678901234567890") ==
        "57edf4a22be3c955ac49da2e2107b67a");
}

TEST_CASE("md5 pads messages of every length around a block") {
  // The digest of all digests of 0 to 130 times 'x'.
  auth::md5 all;
  for (std::size_t n = 0; n <= 130; ++n) all.update(md5_of(std::string(n, 'x')));
  CHECK(to_hex(all.finish()) == "861e4a9e76c88ae6267e22fd76384596");
}

TEST_CASE("md5 password response") {
  auto const salt = support::from_hex("61626364");
  CHECK(auth::md5_password("postgres", "pencil", wire::as_bytes(salt)) == "md58a3daaa59510cdc1237e1eb10301ff1c");
  CHECK(auth::md5_password("", "", wire::as_bytes(salt)) == "md5743b08b8561cc75c4f899c35d6c3c3eb");
  auto const high = support::from_hex("00ff8001");
  CHECK(auth::md5_password("jörg", std::string(200, 'p'), wire::as_bytes(high)) ==
        "md52480465825c88ea7745f2d46171af3b8");
  CHECK(md5_of("pencilpostgres") == "4c21b325d75177d5e9b9789a50ab0c9c"); // what pg_authid stores, behind "md5"
}
