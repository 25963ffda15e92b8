// tusk tests: net/tls_files.hpp — files read whole, and OpenSSL's complaints in words.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/net/tls_files.hpp>

#include "support/catch.hpp"
#include "support/tls_server.hpp"

using namespace tusk_test;
using namespace tusk::net;

TEST_CASE("tls files: read whole, whatever is in them") {
  for (auto const& text : {std::string(), std::string("x"), std::string("a\0b", 3), std::string(100'000, 'y')}) {
    temporary_file const file(text);
    std::string got;
    CHECK(read_file(file.name(), got) == 0);
    CHECK((got == text));
  }
}

TEST_CASE("tls files: what cannot be read") {
  std::string text;
  CHECK(read_file("/nonexistent", text) == ENOENT);
  CHECK(is_missing(ENOENT));
  CHECK(is_missing(read_file("/etc/passwd/x", text)));
  CHECK(read_file("/", text) == EISDIR);
  CHECK_FALSE(is_missing(EISDIR));
  CHECK_FALSE(is_missing(0));
  CHECK(read_file("/dev/zero", text) == EFBIG);
}

TEST_CASE("tls files: errors name kind, file, keyword and reason on one line") {
  auto const e = file_error("private key", "/a\nb", "sslkey", cannot_be_read(EACCES));
  CHECK(e.code() == tusk::errc::tls_failed);
  CHECK(std::string(e.what()) == "the private key \"/a\\x0ab\" (sslkey) cannot be read: Permission denied");
}

TEST_CASE("tls files: the error queue is emptied into words") {
  ERR_clear_error();
  CHECK(take_openssl_errors() == "OpenSSL gives no reason");
  auto const in = memory_bio("junk");
  CHECK(PEM_read_bio_X509(in.get(), nullptr, &never_prompt, nullptr) == nullptr);
  CHECK(is_end_of_pem());
  CHECK(take_openssl_errors() == "no start line");
  CHECK(ERR_peek_error() == 0);
  CHECK_FALSE(is_end_of_pem());
}
