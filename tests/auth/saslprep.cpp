// tusk tests: auth/saslprep.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/saslprep.hpp>

#include <tusk/auth/sha256.hpp>

#include "support/catch.hpp"
#include "support/table.hpp"

#include <string>

using namespace tusk;
using support::from_hex;
using support::to_hex;

TEST_CASE("saslprep of every code point is what PostgreSQL makes of it") {
  int rows = 0;
  for (auto const& row : support::table("saslprep_function.tsv")) {
    if (row["kind"] != "fingerprint") continue;
    ++rows;
    auto const before = from_hex(row["input_hex"]), after = from_hex(row["after_hex"]);
    auth::sha256 hash;
    std::string input, lines;
    auth::secret prepared;
    for (char32_t c = 1; c != 0x110000; ++c) {
      if (c >= 0xd800 && c < 0xe000) continue;
      input = before;
      auth::append_utf8(input, c);
      input += after;
      lines.append(auth::saslprep(input, prepared)) += '\n';
      if (lines.size() > 60000) {
        hash.update(lines);
        lines.clear();
      }
    }
    hash.update(lines);
    INFO("row " << row["id"]);
    CHECK(to_hex(hash.finish()) == row["effective_hex"]);
  }
  CHECK(rows == 4);
}

TEST_CASE("saslprep agrees with PostgreSQL's function on its samples") {
  for (auto const& row : support::table("saslprep_function.tsv")) {
    if (row["kind"] == "fingerprint") continue;
    INFO("row " << row["id"] << ": " << row["input_hex"]);
    CHECK(to_hex(auth::saslprep(from_hex(row["input_hex"])).view()) == row["effective_hex"]);
  }
}

TEST_CASE("saslprep lets in whom a server lets in") {
  for (auto const& row : support::table("saslprep_cases.tsv")) {
    auto const stored = from_hex(row["db_password_hex"]);
    // ALTER ROLE prepares the password; a verifier was computed over the bytes as they are.
    auto const effective = row["set_mode"] == "sql" ? auth::saslprep(stored) : auth::secret(stored);
    auto const tried = auth::saslprep(from_hex(row["tried_password_hex"]));
    INFO("row " << row["id"] << ": " << row["description"]);
    CHECK((effective.view() == tried.view()) == (row["login"] == "ok"));
  }
}

TEST_CASE("take_code_point accepts exactly UTF-8") {
  // All lead bytes with the edges of each following byte; every code point is taken from its only form.
  std::string_view const next("\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0", 8);
  auto const taken = [](std::string_view text) {
    auto rest = text;
    auto const c = auth::take_code_point(rest);
    if (c == 0xffffffff) return std::string();
    std::string again;
    auth::append_utf8(again, c);
    CHECK(text.substr(0, text.size() - rest.size()) == again);
    CHECK((c <= 0x10ffff && (c < 0xd800 || c > 0xdfff)));
    return again;
  };
  int accepted = 0;
  for (int lead = 0; lead != 256; ++lead)
    for (char a : next)
      for (char b : next)
        for (char c : next) accepted += taken(std::string{static_cast<char>(lead), a, b, c}).empty() ? 0 : 1;
  // ASCII 128; two bytes 30 leads * 6; three: 16 leads * 6 * 6 less what is overlong (E0: 80..9F) or a surrogate (ED:
  // A0..BF); four: 5 leads, F0 from 90, F4 to 8F.
  CHECK(accepted == 128 * 512 + 30 * 6 * 64 + (14 * 36 + 2 * 6 + 4 * 6) * 8 + (3 * 6 + 4 + 2) * 36);
  for (auto cut : {"\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xe2", "\xf0"}) {
    std::string_view rest(cut);
    CHECK(auth::take_code_point(rest) == 0xffffffff);
  }
}

TEST_CASE("saslprep keeps a NUL where it is") {
  // It is not for this function to refuse it; whoever sends passwords does.
  CHECK(auth::saslprep(std::string_view("a\0b", 3)).view() == std::string_view("a\0b", 3));
  CHECK(auth::saslprep(std::string_view("\xc2\xa0\0", 3)).view() == std::string_view("\xc2\xa0\0", 3));
}
