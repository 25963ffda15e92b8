// tusk tests: the tables of require_auth and of channel binding: what is refused, and how many messages had been sent.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A scripted server asks for what a row says. Every message of type p, the only kind that can carry a credential, is
// counted: none may leave before the rules allow it.
#include "support/scripted_login.hpp"
#include "support/settled.hpp"
#include "support/table.hpp"

#include <optional>
#include <string>

using namespace scripted_login;

namespace {

std::string const end_point("\1\2\3\4", 4);

/// A login of user `ann`, password `pencil`, with these options besides, that counts what it is made to send.
struct counted_login : login {
  explicit counted_login(std::string const& options, bool tls = false)
      : login([&](tusk::conninfo::settings& s, tusk::protocol::tls_facts& facts) {
          s = support::settled("host=h user=ann password=pencil " + options);
          facts.in_use = tls;
          if (tls) facts.server_end_point = tusk::wire::as_bytes(end_point);
        }) {}
  /// Says this and returns the body of the client's answer; nothing once the login has failed.
  std::string say(std::string const& bytes) {
    if (failed) return {};
    std::string answer;
    try {
      answer = reply(bytes);
    } catch (tusk::error const& e) {
      failed.emplace(e);
      answer = sent();
    }
    if (answer.empty()) return {};
    CHECK(answer[0] == 'p');
    ++passwords;
    return answer.substr(5);
  }
  void finish() { say(authentication_ok() + backend_key(1, 2) + ready()); }
  void scram(scram_server& server, std::string const& request, bool with_proof = true) {
    auto const first = say(request);
    if (first.empty()) return;
    auto const final = say(server.answer(first));
    if (final.empty()) return;
    auto const proof = server.answer(final);
    CHECK(!proof.empty());
    if (with_proof) say(proof);
  }
  bool ok() const { return session.started(); }

  std::optional<tusk::error> failed;
  int passwords = 0;
};

void meet(counted_login& l, std::string const& behaviour) {
  scram_server server("pencil");
  if (behaviour == "cleartext")
    l.say(authentication(3));
  else if (behaviour == "md5")
    l.say(authentication(5, "salt"));
  else if (behaviour == "gss")
    l.say(authentication(7));
  else if (behaviour == "sspi")
    l.say(authentication(9));
  else if (behaviour == "unknown(99)")
    l.say(authentication(99));
  else if (behaviour == "oauthbearer only")
    l.say(sasl({"OAUTHBEARER"}));
  else if (behaviour == "scram-sha-256")
    l.scram(server, server.request());
  else if (behaviour == "scram without server-final")
    l.scram(server, server.request(), false);
  else
    REQUIRE(behaviour == "trust(AuthenticationOk only)");
  l.finish();
}

} // namespace

TEST_CASE("require_auth: every row of the table, and the messages that were sent") {
  int let_in = 0;
  for (auto const& row : support::table("require_auth_cases.tsv")) {
    auto const& behaviour = row["server_behaviour"];
    CAPTURE(row["id"], row["require_auth"], behaviour);
    bool const unset = row["require_auth"] == "(empty)";
    counted_login l("require_auth='" + (unset ? "" : row["require_auth"]) + "'");
    meet(l, behaviour);
    // An explicitly empty list is no list; libpq then refuses everything, by mistake.
    bool const usual = behaviour == "cleartext" || behaviour == "md5" || behaviour.starts_with("scram") ||
                       behaviour.starts_with("trust");
    // And a server that began SCRAM must prove itself, whatever the list allows.
    bool const unproven = behaviour == "scram without server-final";
    bool const expected = (unset ? usual : row["result"] == "ok") && !unproven;
    CHECK(l.ok() == expected);
    CHECK(l.failed.has_value() != expected);
    auto const sent = !unset                           ? std::stoi(row["p_messages_sent"])
                      : behaviour.starts_with("scram") ? 2
                                                       : usual && !behaviour.starts_with("trust");
    CHECK(l.passwords == sent);
    if (l.failed) CHECK(std::string(l.failed->what()).find("pencil") == std::string::npos);
    let_in += l.ok();
  }
  CHECK(let_in > 20);
}

TEST_CASE("channel binding: every row of the table") {
  for (auto const& row : support::table("channel_binding_cases.tsv")) {
    if (row["group"] != "channel_binding") continue;
    CAPTURE(row["id"], row["description"], row["conninfo"]);
    auto const& what = row["description"];
    bool const tls = what.starts_with("tls=1");
    counted_login l(row["conninfo"], tls);
    scram_server server("pencil", tls ? end_point : "");
    auto const at = what.find("server_mechs=");
    if (at != what.npos) {
      auto list = what.substr(at + 13, what.find(' ', at) - at - 13);
      std::string body;
      for (auto& c : list)
        if (c == '+') c = '\0';
      if (list != "(none)") body = list + '\0';
      bool const offers_plus = list.find("PLUS") != list.npos;
      if (!offers_plus) server = scram_server("pencil");
      l.scram(server, authentication(10, body + '\0'));
    } else if (what.find("auth=md5") != what.npos) {
      l.say(authentication(5, "salt"));
    } else {
      REQUIRE((what.find("trust") != what.npos));
    }
    l.finish();
    CHECK(l.ok() == (row["result"] == "ok"));
    auto const& wire = row["wire"];
    if (wire.find("mech:") == wire.npos) {
      CHECK(server.mechanism().empty());
      CHECK(l.passwords == (what.find("auth=md5") != what.npos && l.ok() ? 1 : 0));
      continue;
    }
    CHECK(wire.find("mech:" + server.mechanism() + ",") != wire.npos);
    CHECK(wire.find("gs2:" + server.gs2().substr(0, server.gs2().find(',')) + ",") != wire.npos);
    CHECK(server.bound() == (wire.find("certhash_ok") != wire.npos));
    CHECK(l.passwords == 2);
  }
}

TEST_CASE("sslcertmode=require: no credential goes to a server that has not asked for the certificate") {
  for (bool const tls : {false, true})
    for (auto const* behaviour : {"cleartext", "md5", "scram-sha-256", "trust(AuthenticationOk only)"}) {
      CAPTURE(tls, behaviour);
      counted_login l("sslcertmode=require", tls);
      meet(l, behaviour);
      REQUIRE(l.failed);
      CHECK(l.failed->code() == errc::authentication_failed);
      CHECK_THAT(l.failed->what(), ContainsSubstring(tls ? "the server did not ask for a certificate" : "without TLS"));
      CHECK(l.passwords == 0);
    }
}

TEST_CASE("a server's own error is told, whatever we would have refused") {
  counted_login l("sslcertmode=require require_auth=none");
  l.say(fatal("28000", "no pg_hba.conf entry"));
  REQUIRE(l.failed);
  CHECK(l.failed->sqlstate() == tusk::sqlstate::invalid_authorization_specification);
}
