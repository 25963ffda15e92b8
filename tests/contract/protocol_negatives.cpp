// tusk tests: contract/protocol_negatives.cpp — hostile, broken and ordinary servers, and what libpq made of them.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each row of tests/data/protocol_negatives.tsv plays its script on real sockets to a connection of each mode. What
// comes of it must be what libpq made of it, in what the client sees and in what the server sees, except where the
// table below says otherwise and why. Afterwards the connection is usable or closed; nothing hangs.
#include "support/each_mode.hpp"
#include "support/reaction.hpp"
#include "support/scripted_server.hpp"
#include "support/table.hpp"
#include "support/variables.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace {

using live::reaction;
using support::table_row;
using tusk::errc;
using namespace std::chrono_literals;
using namespace tusk_test;

std::string const password = "s3cret-Pass";

/// What this driver does where it is not what libpq 18 did.
struct deviation {
  char const* id;
  char const* reaction; ///< nullptr: as libpq
  char const* events;   ///< nullptr: as libpq
  char const* why;      ///< nullptr: the table's column `driver` says it
};
constexpr char const* closes =
    "whoever breaks the protocol may have lost his place in it: the connection is closed, not used on";
constexpr char const* no_grease = "libpq 19 asks for protocol 3.9999 to try its servers; this driver asks for 3.0";
constexpr char const* no_copy = "COPY does not run through script(), which says so and reads or ends it";
constexpr char const* not_idle = "an idle connection has nothing to cancel: here it is a statement, by its deadline";
constexpr char const* asked_then = "conn,startup:3.0,msg:Q";
deviation const deviations[] = {
    {"5", nullptr, "conn,sslrequest,client_eof", "such a server is left before the handshake, not behind it"},
    {"7", nullptr, "conn,sslrequest,client_eof", "such a server is left before the handshake, not behind it"},
    {"19", "error: unencrypted_data_after_ssl_response", nullptr, "bytes behind the answer are an attack anyway"},
    {"25", nullptr, "conn,sslrequest,client_eof", "that the name is missing is known before the handshake"},
    {"47", "error: npv_negative_count", nullptr, nullptr},
    {"49", "error: ends_too_early", nullptr, nullptr},
    {"55", "error: npv_unasked_param", "conn,startup:3.0", no_grease},
    {"57", "error: npv_higher_version", "conn,startup:3.0", no_grease},
    {"79", "error: second_answer", "conn,startup:3.0,msg:p,client_eof", nullptr},
    {"81", "error: trailing_bytes", nullptr, nullptr},
    {"105", "connected ; FATAL_ERROR err=[timeout] ; done tx=IDLE", nullptr, not_idle},
    {"107", "connected ; FATAL_ERROR err=[timeout] ; done tx=IDLE", nullptr, not_idle},
    {"117", "connected ; FATAL_ERROR err=[unexpected_message_!] ; CONN_BAD", asked_then, closes},
    {"119", "connected ; FATAL_ERROR err=[length_mismatch_C] ; CONN_BAD", asked_then, closes},
    {"123", "connected ; FATAL_ERROR err=[ends_too_early] ; CONN_BAD", nullptr, nullptr},
    {"125", "connected ; FATAL_ERROR err=[data_without_description] ; CONN_BAD", asked_then, closes},
    {"127", "connected ; FATAL_ERROR err=[row_field_count] ; CONN_BAD", asked_then, closes},
    {"129", "connected ; FATAL_ERROR err=[negative_field] ; CONN_BAD", asked_then, nullptr},
    {"131", "connected ; FATAL_ERROR err=[short_message_T] ; CONN_BAD", asked_then, closes},
    {"135", "connected ; FATAL_ERROR err=[ERROR: boom] ; CONN_BAD", asked_then, nullptr},
    {"139", "connected ; FATAL_ERROR err=[second_description] ; CONN_BAD", asked_then, nullptr},
    {"143", "connected ; FATAL_ERROR err=[ERROR: stray] ; CONN_BAD", asked_then,
     "nobody reads while nothing is asked: it is taken for the next answer, and the true one is then one too many"},
    {"145", "connected ; FATAL_ERROR err=[data_without_description] ; CONN_BAD", asked_then, nullptr},
    {"153", "connected ; FATAL_ERROR err=[copy] ; done tx=IDLE", nullptr, no_copy},
    {"155", "connected ; NOTICE[NOTICE: n] ; FATAL_ERROR err=[copy] ; done tx=IDLE", nullptr, no_copy},
    {"157", "connected ; FATAL_ERROR err=[copy] ; CONN_BAD", nullptr, no_copy},
    {"159", "connected ; FATAL_ERROR err=[copy] ; done tx=IDLE", nullptr, no_copy},
    {"161", "connected ; FATAL_ERROR err=[copy] ; done tx=IDLE", "conn,startup:3.0,msg:Q,msg:f,msg:X", no_copy},
    {"163", "connected ; FATAL_ERROR err=[copy] ; done tx=IDLE", "conn,startup:3.0,msg:Q,msg:f,msg:X", no_copy},
};

/// The code of an error and some of its words, by the reason that a table gives.
struct meaning {
  char const* reason;
  std::error_code code;
  char const* words;
};
std::error_code const broken = errc::protocol_violation;
std::error_code state(char const* text) { return tusk::make_error_code(tusk::sqlstate::from(text)); }
meaning const meanings[] = {
    {"unencrypted_data_after_ssl_response", broken, "unencrypted bytes behind its answer"},
    {"tls_eof", errc::tls_failed, "the TLS handshake was not completed"},
    {"server_closed", errc::connection_closed, "the server closed the connection"},
    {"error_response_to_sslrequest", broken, "with an error, whose text cannot be trusted and is not shown"},
    {"bad_ssl_answer_X", broken, "answered the request for TLS with 'X'"},
    {"bad_ssl_answer_", broken, "answered the request for TLS with 0x00"},
    {"no_host_for_verify_full", errc::tls_failed, "a host name is needed to verify the server's certificate"},
    {"tls_version_mismatch", errc::tls_failed, "alert protocol version"},
    {"npv_no_change", broken, "NegotiateProtocolVersion: there is nothing to negotiate"},
    {"npv_higher_version", broken, "NegotiateProtocolVersion: the server offers version"},
    {"npv_3_1", broken, "version 3.1, which does not exist"},
    {"npv_negative_count", broken, "the number of options is wrong"},
    {"npv_param_without_prefix", broken, "the server refuses the option foo, for which it was not asked"},
    {"npv_unasked_param", broken, "the server refuses the option _pq_.test_protocol_negotiation, for which it was not"},
    {"npv_bad_length", broken, "NegotiateProtocolVersion: it is longer than its contents"},
    {"ends_too_early", broken, "it ends too early"},
    {"not_an_auth_request_S", broken, "began with a message of type 'S': it does not speak PostgreSQL's protocol"},
    {"not_an_auth_request_K", broken, "began with a message of type 'K': it does not speak PostgreSQL's protocol"},
    {"not_an_auth_request_H", broken, "message of type 'H' and 1414811695 bytes"},
    {"bad_auth_length", broken, "message of type 'R': its length is -2147483648"},
    {"krb5_unsupported", errc::authentication_unsupported, "the server wants Kerberos V5"},
    {"gss_unsupported", errc::authentication_unsupported, "the server wants GSSAPI"},
    {"sasl_continue_without_sasl", errc::authentication_failed, "the server went on with SASL out of order"},
    {"second_answer", errc::authentication_failed, "the server asks for a second answer"},
    {"no_password", errc::password_required, "the server wants a password for user u and none was given"},
    {"trailing_bytes", broken, "AuthenticationOk: it is longer than its contents"},
    {"treated_as_pre3_error_text", broken, "message of type 'E' and 30001 bytes"}, // where there is no text
    {"FATAL: sorry, too many clients already", errc::connection_closed,
     "closed the connection: FATAL:  sorry, too many clients already"},
    {"bad_error_message", broken, "ErrorResponse: a text without its terminating zero"},
    {"FATAL: database \"x\" does not exist", state("3D000"), "database \"x\" does not exist"},
    {"unexpected_message_q", broken, "message of type 'q': it does not belong into a login"},
    {"unexpected_in_startup", broken, "message of type 'T': it does not belong into a login"},
    {"bad_cancel_key_3_for_3_0", broken, "the key has not the 4 bytes of protocol 3.0"},
    {"bad_cancel_key_5_for_3_0", broken, "the key has not the 4 bytes of protocol 3.0"},
    {"bad_cancel_key_32_for_3_0", broken, "the key has not the 4 bytes of protocol 3.0"},
    {"cancel_key_too_short_0", broken, "the key has not the 4 to 256 bytes of protocol 3.2, but 0"},
    {"timeout", errc::timeout, "the operation did not end within 20 ms"},
    {"sync_lost_C_3", broken, "message of type 'C': its length is 3"},
    {"sync_lost_D_-1", broken, "message of type 'D': its length is -1"},
    {"sync_lost_Z_30001", broken, "message of type 'Z' and 30001 bytes: 30000 at most are plausible"},
    {"unexpected_message_!", broken, "message of type '!': it does not belong here"},
    {"length_mismatch_C", broken, "CommandComplete: a text without its terminating zero"},
    {"data_without_description", broken, "message of type 'D': it does not belong here"},
    {"second_description", broken, "message of type 'T': it does not belong here"},
    {"row_field_count", broken, "row 1 has not as many fields as its description"},
    {"negative_field", broken, "row 1 has a field of negative length"},
    {"short_message_T", broken, "RowDescription: it announces more columns than it has bytes for"},
    {"ERROR: boom", state("22012"), "statement 1: boom (22012)"},
    {"ERROR: stray", state("XX000"), "statement 1: stray (XX000)"},
    {"ERROR: first", state("42601"), "first (42601)"},
    {"error without words", state("42601"), "the server reported an error without a message (42601)"},
    {"FATAL: admin_shutdown_text", state("57P01"), "terminating connection due to administrator command (57P01)"},
    {"copy", errc::wrong_verb, "COPY from STDIN or to STDOUT does not run through this verb"},
    {"FATAL: too many", state("53300"), "too many (53300)"},
    {"FATAL: nodb", state("3D000"), "nodb (3D000)"},
    {"is_read_only", errc::unsuitable_server, "the session is read-only"},
    {"is_not_read_only", errc::unsuitable_server, "the session is not read-only"},
    {"is_standby", errc::unsuitable_server, "the session is on a standby"},
    {"is_not_standby", errc::unsuitable_server, "the session is on the primary"},
};

/// The server's certificate, which it has signed itself.
struct self_signed {
  identity server = issue([] {
    certificate_spec s;
    s.common_names = {"mock.test"};
    s.dns = {"mock.test"};
    return s;
  }());
  temporary_file root{server.pem()};
  server_settings settings() const {
    server_settings s;
    s.self = server;
    return s;
  }
};

tusk::conninfo::settings settings_of(table_row const& row, int port, self_signed const& pki) {
  tusk::options o = std::string("hostaddr=127.0.0.1 host=127.0.0.1");
  for (auto const& word : live::split(row["conninfo"], " ")) {
    if (word == "MULTI2")
      o.host("127.0.0.1,127.0.0.2").hostaddr("");
    else if (word == "NOHOST")
      o.host("");
    else if (auto const sign = word.find('='); word.starts_with("sslrootcert="))
      o.sslrootcert(pki.root.name());
    else if (word.starts_with("password="))
      o.password(password);
    else
      o.set(word.substr(0, sign), word.substr(sign + 1));
  }
  std::map<std::string, std::string> const home{{"HOME", "/no/such/home"}};
  support::variables const source(home);
  return tusk::conninfo::resolve(o.port(port).user("u").dbname("d").cancel_timeout(60'000),
                                 tusk::conninfo::environment(source));
}

template <class Open, class Wait> class player {
 public:
  player(Open const& open, Wait const& wait, live::scripted_server& server)
      : open_(open), wait_(wait), server_(server) {}

  reaction play(table_row const& row, tusk::conninfo::settings const& settings) {
    try {
      auto db = open_(settings);
      seen_.connected = true;
      db.on_notice([this](tusk::notice const& n) { seen_.notices.push_back(n.severity + ": " + n.message); });
      if (!row["actions"].empty())
        for (auto const& action : live::split(row["actions"], ",")) act(db, action);
      find_out(db);
      if (seen_.usable && row["description"].find("ParameterStatus") != std::string::npos)
        CHECK(db.parameter("TimeZone") == "X");
    } catch (tusk::error const& e) {
      CHECK(!seen_.connected);
      CHECK(e.safe_to_retry());
      fail(e);
    }
    return std::move(seen_);
  }

 private:
  template <class Connection> void act(Connection& db, std::string const& action) {
    if (action == "sleep") return server_.turn();
    REQUIRE((action == "q" || action == "copy" || action == "cancel"));
    if (action == "cancel") db.timeout(20ms);
    try {
      auto const* const sql = action == "copy" ? "copy t from stdin" : "select 1";
      for (auto const& r : wait_(db.script(sql))) seen_.results.push_back(live::words_of(r));
    } catch (tusk::error const& e) {
      fail(e);
    }
    db.timeout(0ms);
  }
  void fail(tusk::error const& e) {
    if (!seen_.failed) seen_.failed = e;
    std::string const words = e.what();
    CAPTURE(words);
    CHECK(!words.empty());
    for (auto const* secret : {password.c_str(), "evil", "injected", "kkk"}) CHECK(words.find(secret) == words.npos);
  }
  /// Usable or closed.
  template <class Connection> void find_out(Connection& db) {
    seen_.usable = db.is_open();
    if (seen_.usable) {
      CHECK(db.transaction_status() == tusk::transaction_status::idle);
      CHECK(wait_(db.script(live::are_you_there)).at(0).text() == "HERE");
      return;
    }
    auto const e = live::error_of([&] { wait_(db.script(live::are_you_there)); });
    CHECK(e.code() == errc::connection_closed);
    CHECK(e.safe_to_retry());
    CHECK_THAT(e.what(), StartsWith("the connection is closed: "));
  }

  Open const& open_;
  Wait const& wait_;
  live::scripted_server& server_;
  reaction seen_;
};

/// The error is what the table's reasons mean; of several, one for each host, all are told.
void check_error(reaction const& seen, reaction const& expected) {
  CHECK(seen.failed.has_value() == !expected.reason.empty());
  if (!seen.failed || expected.reason.empty()) return;
  auto const reasons = live::split(expected.reason, " | ");
  for (auto const& reason : reasons) {
    auto const* const found =
        std::find_if(std::begin(meanings), std::end(meanings), [&](meaning const& m) { return m.reason == reason; });
    CAPTURE(reason);
    REQUIRE(found != std::end(meanings));
    CHECK_THAT(seen.failed->what(), ContainsSubstring(found->words));
    CHECK(seen.failed->code() == (reasons.size() > 1 ? tusk::make_error_code(errc::connect_failed) : found->code));
  }
}

deviation const* deviation_of(std::string const& id) {
  auto const* const found =
      std::find_if(std::begin(deviations), std::end(deviations), [&](deviation const& d) { return d.id == id; });
  return found == std::end(deviations) ? nullptr : found;
}

/// What the server must have seen.
std::vector<std::string> expected_events(table_row const& row, deviation const* other) {
  std::string events = other != nullptr && other->events != nullptr ? other->events : row["wire_events"];
  if (row["actions"] == "cancel") // comes behind a statement here
    if (auto const at = events.find(",conn,cancel"); at != events.npos) events.insert(at, ",msg:Q");
  return live::by_connection(events);
}

/// Connects in one mode, with settings.
template <class Body> void in_each_mode(Body body) {
  SECTION("blocking") {
    using mode = tusk::net::blocking_mode;
    auto const open = [](tusk::conninfo::settings const& s) {
      return tusk::blocking::connection(tusk::net::dial<mode>({}, s).get());
    };
    body(open, live::blocking_wait());
  }
  SECTION("asynchronous") {
    using mode = tusk::net::async_mode<>;
    tusk::executor loop;
    live::loop_wait const wait(loop);
    auto const open = [&](tusk::conninfo::settings const& s) {
      return tusk::connection(wait(tusk::net::dial<mode>(loop.get_executor(), s)));
    };
    body(open, wait);
  }
}

} // namespace

TEST_CASE("contract: every row of the table of hostile, broken and ordinary servers") {
  self_signed const pki;
  in_each_mode([&](auto open, auto wait) {
    int rows = 0;
    for (auto const& row : support::table("protocol_negatives.tsv")) {
      auto const* const other = deviation_of(row["id"]);
      CAPTURE(row["id"], row["group"], row["description"], row["conninfo"], row["actions"], row["reaction"]);
      live::scripted_server server(live::server_scripts(row["script"]), pki.settings());
      auto const settings = settings_of(row, server.port(), pki);
      auto const seen = player(open, wait, server).play(row, settings);
      auto const events = server.events();
      auto const expected = live::read_reaction(other && other->reaction ? other->reaction : row["reaction"]);
      CAPTURE(seen.failed ? seen.failed->what() : "no error");
      CHECK(!server.overdue());
      CHECK(seen.connected == expected.connected);
      CHECK(seen.usable == expected.usable);
      CHECK(seen.results == expected.results);
      CHECK(seen.notices == expected.notices);
      check_error(seen, expected);
      CHECK(events == expected_events(row, other));
      if (other != nullptr) CHECK((other->why != nullptr) == (row["driver"] == "MATCH")); // the table gives no reason
      ++rows;
    }
    CHECK(rows == 104);
  });
}
