// tusk tests: auth/scram_keys.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/scram_keys.hpp>

#include "support/catch.hpp"
#include "support/table.hpp"

#include <algorithm>
#include <string>

using namespace tusk;
using support::to_hex;

TEST_CASE("scram_keys follow from the salted password") {
  for (auto const& row : support::table("scram_vectors.tsv")) {
    auto const bytes = support::from_hex(row["salted_password"]);
    auth::sha256_digest salted{};
    REQUIRE(bytes.size() == salted.size());
    std::ranges::copy(wire::as_bytes(bytes), salted.begin());
    auth::scram_keys const keys(salted);
    INFO("row " << row["id"]);
    CHECK(to_hex(keys.client_key) == row["client_key"]);
    CHECK(to_hex(keys.server_key) == row["server_key"]);
  }
}

TEST_CASE("scram_keys are read from Base64 of exactly 32 bytes") {
  std::string const client = "pg/JI9Z+hkSpLRa5btpe9GVrDHJcSEN0viVTVXaZbos=";
  std::string const server = "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
  auth::scram_keys const keys(client, server);
  CHECK(auth::base64_encode(keys.client_key) == client);
  CHECK(auth::base64_encode(keys.server_key) == server);

  for (auto const& bad : {std::string(), client.substr(0, 43), client + "=", client.substr(4), client + "AAAA",
                          "*" + client.substr(1), client + "\n"})
    for (bool first : {true, false}) {
      INFO(bad);
      try {
        auth::scram_keys const never(first ? bad : client, first ? server : bad);
        FAIL_CHECK("accepted");
      } catch (error const& e) {
        CHECK(e.code() == errc::invalid_option);
        CHECK(std::string(e.what()).find(first ? "scram_client_key" : "scram_server_key") == 0);
        if (bad.size() > 8) CHECK(std::string(e.what()).find(bad.substr(4, 8)) == std::string::npos);
      }
    }
}

TEST_CASE("scram_keys are wiped") {
  alignas(auth::scram_keys) unsigned char memory[sizeof(auth::scram_keys)];
  auto* keys = new (memory) auth::scram_keys(auth::sha256_digest{});
  CHECK(std::ranges::any_of(memory, [](unsigned char c) { return c != 0; }));
  keys->~scram_keys();
  CHECK(std::ranges::all_of(memory, [](unsigned char c) { return c == 0; }));
}
