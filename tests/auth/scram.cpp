// tusk tests: auth/scram.hpp.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/auth/scram.hpp>

#include "support/catch.hpp"
#include "support/table.hpp"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

using namespace tusk;
using auth::channel_binding;
using auth::scram_client;
using support::from_hex;

namespace {

// The exchange of RFC 7677 section 3.
constexpr char nonce[] = "rOprNGfwEbeRWgbNEkqO";
constexpr char full_nonce[] = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
constexpr char salt[] = "W22ZaJ0SNY7soEsUEjb6gQ==";
constexpr char rfc_server_first[] =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr char rfc_client_final[] =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
constexpr char rfc_server_final[] = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

auth::scram_keys rfc_keys() {
  return {"pg/JI9Z+hkSpLRa5btpe9GVrDHJcSEN0viVTVXaZbos=", "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="};
}

/// What is thrown, if anything; never with the password or a key in it.
std::optional<error> thrown_by(std::function<void()> const& call) {
  try {
    call();
  } catch (error const& e) {
    std::string const text = e.what();
    for (auto secret : {"pencil", "pg/JI9Z+", "wfPLwcE6"}) CHECK(text.find(secret) == std::string::npos);
    return e;
  }
  return std::nullopt;
}

std::string replaced(std::string text, std::vector<std::pair<std::string, std::string>> const& by) {
  for (auto const& [what, with] : by)
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
      text.replace(at, what.size(), with);
  return text;
}

/// The binding that a vector's first message shows; the data of "p" are the bytes 0, 1, 2, ... behind the header.
channel_binding binding_of(std::string const& client_first, std::string const& client_final) {
  if (client_first[0] == 'n') return channel_binding::none();
  if (client_first[0] == 'y') return channel_binding::unused();
  std::vector<std::byte> input;
  REQUIRE(auth::base64_decode(client_final.substr(2, client_final.find(',') - 2), input));
  return channel_binding::tls_server_end_point(wire::byte_view(input).subspan(std::strlen("p=tls-server-end-point,,")));
}

} // namespace

TEST_CASE("scram_client says what the vectors say") {
  for (auto const& row : support::table("scram_vectors.tsv")) {
    auto const& first = row["client_first"];
    auto const user_at = first.find("n=", 2) + 2, nonce_at = first.find(",r=") + 3;
    auth::scram_key_cache cache;
    for (int login = 0; login != 2; ++login) { // the second finds the keys in the cache
      scram_client client(from_hex(row["password_hex"]), first.substr(nonce_at), binding_of(first, row["client_final"]),
                          &cache, first.substr(user_at, nonce_at - 3 - user_at));
      INFO("row " << row["id"] << ", login " << login);
      CHECK(client.client_first() == first);
      client.server_first(row["server_first"]);
      bool const derived = client.derive(login == 0 ? 1'000'000 : 0);
      REQUIRE(derived);
      CHECK(client.client_final() == row["client_final"]);
      CHECK_FALSE(client.verified());
      client.server_final(row["server_final"]);
      CHECK(client.verified());
    }
  }
}

TEST_CASE("scram_client makes of every server message what it must") {
  for (auto const& row : support::table("scram_exchanges.tsv")) {
    std::vector<std::pair<std::string, std::string>> const names{
        {"{c}", nonce},  {"{n}", full_nonce},           {"{s}", salt}, {"{v}", std::string(rfc_server_final).substr(2)},
        {"{empty}", ""}, {"\\0", std::string(1, '\0')}, {"\\n", "\n"}, {"\\esc", "\x1b"}};
    INFO("row " << row["id"] << ": " << row["description"]);
    scram_client client(rfc_keys(), nonce, channel_binding::none(), "user");
    auto const e = thrown_by([&] {
      client.client_first();
      client.server_first(replaced(row["server_first"], names));
      CHECK(client.derive(0));
      auto const answer = client.client_final();
      if (row["server_first"] == "r={n},s={s},i=4096")
        CHECK(answer == rfc_client_final);
      else
        return; // another message was accepted and signed: the next case
      client.server_final(row["server_final"].empty() ? rfc_server_final : replaced(row["server_final"], names));
      CHECK(client.verified());
    });
    if (row["result"] == "ok") {
      CHECK_FALSE(e);
    } else {
      REQUIRE(e);
      CHECK(e->code() == (row["result"] == "failed" ? errc::authentication_failed : errc::protocol_violation));
      CHECK_THAT(e->what(), ContainsSubstring(row["mentions"]));
      CHECK_FALSE(client.verified());
      // After a failure nothing goes on, not even with what would have been right.
      for (auto const& call : std::vector<std::function<void()>>{
               [&] { client.client_first(); }, [&] { client.server_first(rfc_server_first); },
               [&] { client.derive(1); }, [&] { client.client_final(); },
               [&] { client.server_final(rfc_server_final); }}) {
        auto const after = thrown_by(call);
        REQUIRE(after);
        CHECK(after->code() == errc::authentication_failed);
      }
    }
  }
}

TEST_CASE("scram_client signs extensions of the server with the rest") {
  // An exchange whose server-first has an extension, computed with the keys of the RFC's example.
  std::string const server_first = std::string(rfc_server_first) + ",x=y";
  scram_client client(rfc_keys(), nonce, channel_binding::none(), "user");
  auto const bare = client.client_first().substr(3);
  client.server_first(server_first);
  REQUIRE(client.derive(0));
  auto const answer = client.client_final();
  auto const signed_text = bare + "," + server_first + "," + answer.substr(0, answer.find(",p="));
  auto const signature = auth::hmac::of(rfc_keys().server_key, wire::as_bytes(signed_text));
  client.server_final("v=" + auth::base64_encode(signature));
  CHECK(client.verified());
}

TEST_CASE("scram_client refuses a signature that is wrong in any bit") {
  std::vector<std::byte> right;
  REQUIRE(auth::base64_decode(rfc_server_final + 2, right));
  for (std::size_t bit = 0; bit != 256; ++bit) {
    auto wrong = right;
    wrong[bit / 8] ^= std::byte{1} << (bit % 8);
    scram_client client(rfc_keys(), nonce, channel_binding::none(), "user");
    client.client_first();
    client.server_first(rfc_server_first);
    client.client_final();
    auto const e = thrown_by([&] { client.server_final("v=" + auth::base64_encode(wrong)); });
    REQUIRE(e);
    CHECK(e->code() == errc::authentication_failed);
    CHECK_FALSE(client.verified());
  }
}

TEST_CASE("scram_client takes no call out of order") {
  std::vector<std::function<void(scram_client&)>> const steps{
      [](scram_client& c) { c.client_first(); }, [](scram_client& c) { c.server_first(rfc_server_first); },
      [](scram_client& c) { c.derive(5000); }, [](scram_client& c) { c.client_final(); },
      [](scram_client& c) { c.server_final(rfc_server_final); }};
  for (std::size_t done = 0; done <= steps.size(); ++done)
    for (std::size_t next = 0; next != steps.size(); ++next) {
      // Deriving again what is derived is harmless.
      if (next == done || (done == 3 && next == 2)) continue;
      scram_client client("pencil", nonce, channel_binding::none(), nullptr, "user");
      for (std::size_t i = 0; i != done; ++i) steps[i](client);
      CHECK(client.verified() == (done == steps.size()));
      INFO("step " << next << " after " << done << " steps");
      auto const e = thrown_by([&] { steps[next](client); });
      REQUIRE(e);
      CHECK(e->code() == errc::authentication_failed);
      CHECK_FALSE(client.verified());
    }
}

TEST_CASE("scram_client does not answer before its keys are derived") {
  scram_client client("pencil", nonce, channel_binding::none(), nullptr, "user");
  client.client_first();
  client.server_first(rfc_server_first);
  CHECK_FALSE(client.derive(100));
  CHECK(thrown_by([&] { client.client_final(); }));
}

TEST_CASE("scram_client derives in slices") {
  scram_client client("pencil", nonce, channel_binding::none(), nullptr, "user");
  client.client_first();
  client.server_first(rfc_server_first);
  int slices = 1;
  while (!client.derive(500)) ++slices;
  CHECK(slices == 9);
  CHECK(client.derive(500)); // still
  CHECK(client.client_final() == rfc_client_final);
}

TEST_CASE("scram_client takes ten million iterations and not at once") {
  scram_client client("pencil", nonce, channel_binding::none(), nullptr);
  client.client_first();
  client.server_first(std::string("r=") + full_nonce + ",s=" + salt + ",i=10000000");
  CHECK_FALSE(client.derive(1));
}

TEST_CASE("scram_client caches only under the same password, salt and iterations") {
  auth::scram_key_cache cache;
  auto const derived_at_once = [&](std::string_view password, std::string const& rest) {
    scram_client client(password, nonce, channel_binding::none(), &cache);
    client.client_first();
    client.server_first(std::string("r=") + full_nonce + rest);
    bool const at_once = client.derive(0);
    if (!at_once) REQUIRE(client.derive(10));
    return at_once;
  };
  CHECK_FALSE(derived_at_once("IX", ",s=AAAA,i=2"));
  CHECK(derived_at_once("IX", ",s=AAAA,i=2"));
  CHECK(derived_at_once("\u2168", ",s=AAAA,i=2")); // the same password to SASLprep
  CHECK_FALSE(derived_at_once("IX", ",s=AAAA,i=3"));
  CHECK_FALSE(derived_at_once("IX", ",s=AAAB,i=2"));
  CHECK_FALSE(derived_at_once("ix", ",s=AAAA,i=2"));
  CHECK(derived_at_once("IX", ",s=AAAA,i=2"));
}

TEST_CASE("scram_client prepares the password") {
  // The vector of the password IX, typed as one Roman numeral.
  for (auto const& row : support::table("scram_vectors.tsv")) {
    if (row["id"] != "11") continue;
    scram_client client("\u2168", "cnonce", channel_binding::none(), nullptr);
    client.client_first();
    client.server_first(row["server_first"]);
    REQUIRE(client.derive(4096));
    CHECK(client.client_final() == row["client_final"]);
    return;
  }
  FAIL("the vector is gone");
}

TEST_CASE("scram_client caps the server's messages") {
  auto const answered = [](std::size_t size, bool final) {
    scram_client client(rfc_keys(), nonce, channel_binding::none(), "user");
    client.client_first();
    std::string first = rfc_server_first, last = rfc_server_final;
    auto& padded = final ? last : first;
    padded += ",x=";
    padded += std::string(size - padded.size(), 'x');
    return thrown_by([&] {
      client.server_first(first);
      client.client_final();
      if (final) client.server_final(last);
    });
  };
  for (bool final : {false, true}) {
    CHECK_FALSE(answered(1900, final));
    CHECK_FALSE(answered(2000, final));
    for (std::size_t size : {2001u, 60000u, 5000000u}) {
      auto const e = answered(size, final);
      REQUIRE(e);
      CHECK(e->code() == errc::protocol_violation);
      CHECK_THAT(e->what(), ContainsSubstring(std::to_string(size) + " bytes"));
    }
  }
}

TEST_CASE("scram_client refuses every message that is cut short or has a byte changed") {
  // No cut and no other byte of the server's first message may lead to the same answer.
  auto const answer = [](std::string const& message) {
    scram_client client(rfc_keys(), nonce, channel_binding::none(), "user");
    client.client_first();
    std::string text;
    auto const e = thrown_by([&] {
      client.server_first(message);
      text = client.client_final();
    });
    if (e) CHECK((e->code() == errc::authentication_failed || e->code() == errc::protocol_violation));
    return text;
  };
  std::string const right = rfc_server_first;
  CHECK(answer(right) == rfc_client_final);
  for (std::size_t i = 0; i != right.size(); ++i) {
    CHECK(answer(right.substr(0, i)) != rfc_client_final);
    for (char c : {'\0', ',', '=', 'A', ' ', '\x80'}) {
      if (c == right[i]) continue;
      auto changed = right;
      changed[i] = c;
      CHECK(answer(changed) != rfc_client_final);
    }
  }
}

TEST_CASE("scram_client writes the user as a saslname") {
  scram_client client(rfc_keys(), nonce, channel_binding::unused(), "a,b=c");
  CHECK(client.client_first() == "y,,n=a=2Cb=3Dc,r=rOprNGfwEbeRWgbNEkqO");
}

TEST_CASE("scram_client refuses a nonce of ours that cannot be one") {
  for (auto bad : {"", "a,b", "a b", "a\x7f", "\xc3\xa9"}) {
    auto const e = thrown_by([&] { scram_client client(rfc_keys(), bad, channel_binding::none()); });
    REQUIRE(e);
    CHECK(e->code() == errc::authentication_failed);
  }
}

TEST_CASE("scram_nonce makes 24 characters, new each time") {
  std::set<std::string> seen;
  for (int i = 0; i != 1000; ++i) {
    auto const made = auth::scram_nonce();
    CHECK(made.size() == 24);
    CHECK(seen.insert(made).second);
  }
}
