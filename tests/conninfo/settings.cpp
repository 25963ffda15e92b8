// tusk tests: conninfo/settings.hpp — what options amount to, with the environment and the defaults.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/settings.hpp>
#include <tusk/options.hpp>

#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/json.hpp"
#include "support/settled.hpp"
#include "support/table.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace tusk::conninfo;
using namespace std::chrono_literals;
using tusk::error;

namespace {

using support::refusal;
using support::settled;
using support::values;

/// host|hostaddr|port of each.
std::vector<std::string> hosts(std::string_view text, values const& given = {}) {
  std::vector<std::string> out;
  for (auto const& e : settled(text, given).hosts)
    out.push_back(e.host + "|" + e.hostaddr + "|" + std::to_string(e.port));
  return out;
}
using list = std::vector<std::string>;

} // namespace

TEST_CASE("settings: values are taken and refused as libpq does") {
  int refused = 0;
  for (auto const& row : support::table("conninfo_validation.tsv")) {
    auto const text = support::json::string(row["conninfo_json"]);
    auto const told = refusal(text);
    INFO("row " << row["id"] << ": " << text << ": " << told);
    if (row["verdict"] == "rejected") {
      CHECK(!told.empty());
      ++refused;
    } else if (!told.empty()) {
      CHECK_THAT(told, ContainsSubstring("not supported yet") || ContainsSubstring("is too old: TLSv1.2"));
    } else {
      CHECK(settled(text).hosts.size() >= 1);
    }
  }
  CHECK(refused > 40);
}

TEST_CASE("settings: the defaults") {
  auto const s = settled("");
  REQUIRE(s.hosts.size() == 1);
  CHECK(s.hosts[0].host == default_socket_directory());
  CHECK(s.hosts[0].is_unix());
  CHECK(s.hosts[0].socket_path() == default_socket_directory() + "/.s.PGSQL.5432");
  CHECK(s.user == os_user());
  CHECK(s.dbname == s.user);
  CHECK(s.options.empty());
  CHECK(s.application_name.empty());
  CHECK(s.sslmode == sslmode::prefer);
  CHECK(s.channel_binding == channel_binding::prefer);
  CHECK(s.require_auth == auth_methods());
  CHECK(s.connect_timeout == 0ms);
  CHECK(s.keepalive.on);
  CHECK(s.max_message_size == std::size_t{1} << 30);
  CHECK(s.cancel_timeout == 5s);
  CHECK(s.startup_parameters.empty());
  CHECK(s.passfile_ignored.empty());
}

TEST_CASE("settings: string, then environment, then default") {
  values const env{{"PGHOST", "eh"},
                   {"PGPORT", "7"},
                   {"PGUSER", "eu"},
                   {"PGPASSWORD", "ep"},
                   {"PGDATABASE", "ed"},
                   {"PGOPTIONS", "-c a=b"},
                   {"PGAPPNAME", "ea"},
                   {"PGSSLMODE", "require"},
                   {"PGSSLSNI", "0"},
                   {"PGREQUIREAUTH", "md5"},
                   {"PGDATESTYLE", "ISO"},
                   {"PGTZ", "UTC"},
                   {"PGGEQO", "DeFault"},
                   {"PGCONNECT_TIMEOUT", "3"},
                   {"PGCHANNELBINDING", "disable"},
                   {"PGREQUIRESSL", "1"}};
  auto const e = settled("", env);
  CHECK(hosts("", env) == list{"eh||7"});
  CHECK(e.user == "eu");
  CHECK(e.hosts[0].password == "ep");
  CHECK_FALSE(e.hosts[0].password_from_file);
  CHECK(e.dbname == "ed");
  CHECK(e.options == "-c a=b");
  CHECK(e.application_name == "ea");
  CHECK(e.sslmode == sslmode::require);
  CHECK_FALSE(e.tls.sni);
  CHECK(e.require_auth.allows(auth_method::md5));
  CHECK_FALSE(e.require_auth.allows(auth_method::scram_sha_256));
  CHECK(e.connect_timeout == 3s);
  CHECK(e.channel_binding == channel_binding::disable);
  CHECK(e.startup_parameters ==
        std::vector<std::pair<std::string, std::string>>{{"datestyle", "ISO"}, {"timezone", "UTC"}});

  auto const s = settled("postgres://u:p@h:1/d?sslmode=verify-full&sslrootcert=/x&application_name=", env);
  CHECK(s.hosts[0].host == "h");
  CHECK(s.hosts[0].port == 1);
  CHECK(s.hosts[0].password == "p");
  CHECK(s.user == "u");
  CHECK(s.dbname == "d");
  CHECK(s.application_name.empty());
  CHECK(s.sslmode == sslmode::verify_full);
  CHECK(s.connect_timeout == 3s); // what the URL does not say

  // Empty in the string: hides the variable, and means "not set" after that.
  auto const hidden = settled("host='' port='' user='' dbname='' password=''", env);
  CHECK(hidden.hosts[0].host == default_socket_directory());
  CHECK(hidden.hosts[0].port == 5432);
  CHECK(hidden.hosts[0].password.empty());
  CHECK(hidden.user == os_user());
  CHECK(settled("user=me").dbname == "me");
}

TEST_CASE("settings: PGREQUIRESSL counts only without a mode") {
  CHECK(settled("", {{"PGREQUIRESSL", "1"}}).sslmode == sslmode::require);
  CHECK(settled("", {{"PGREQUIRESSL", "0"}}).sslmode == sslmode::prefer);
  CHECK(settled("sslmode=disable", {{"PGREQUIRESSL", "1"}}).sslmode == sslmode::disable);
  CHECK(settled("", {{"PGREQUIRESSL", "1"}, {"PGSSLMODE", "disable"}}).sslmode == sslmode::disable);
}

TEST_CASE("settings: a variable that would be ignored is an error that names it") {
  CHECK(refusal("", {{"PGSSLCERT", ""}}).empty());
  CHECK(refusal("", {{"PGCLIENTENCODING", "LATIN1"}}) ==
        "client_encoding \"LATIN1\" (from PGCLIENTENCODING) is not UTF8, the one encoding of the driver");
  CHECK(refusal("", {{"PGSSLMODE", ""}}).starts_with("sslmode \"\" (from PGSSLMODE) is not one of"));
  CHECK(refusal("sslmode=prefer", {{"PGSSLMODE", "bogus"}}).empty()); // hidden by the string
  for (auto const& k : keywords)
    if (k.variable && k.status == status::not_yet) CHECK(!refusal("", {{k.variable, "1"}}).empty());
}

TEST_CASE("settings: what kind of session, in which order, and in which version of the protocol") {
  using tusk::conninfo::protocol_version;
  using kind = tusk::conninfo::target_session_attrs;
  auto const s = settled("");
  CHECK(s.target_session_attrs == kind::any);
  CHECK_FALSE(s.load_balance);
  CHECK(s.requirepeer.empty());
  CHECK_FALSE(s.upgrade_to_unix_socket);
  CHECK(settled("", {{"PGTARGETSESSIONATTRS", "prefer-standby"}}).target_session_attrs == kind::prefer_standby);
  CHECK(settled("target_session_attrs=read-only").target_session_attrs == kind::read_only);
  CHECK(settled("", {{"PGLOADBALANCEHOSTS", "random"}}).load_balance);
  CHECK(settled("", {{"PGREQUIREPEER", "postgres"}}).requirepeer == "postgres");
  CHECK(settled("replication=database").replication == "database");
  CHECK(settled("upgrade_to_unix_socket=true").upgrade_to_unix_socket);
  CHECK(settled("oauth_issuer=https://i oauth_client_id=c oauth_scope=s user=u").oauth.client_id == "c");

  struct {
    char const* text;
    protocol_version least, most;
  } const versions[] = {{"", protocol_version::v3_0, protocol_version::v3_0},
                        {"max_protocol_version=3.2", protocol_version::v3_0, protocol_version::v3_2},
                        {"max_protocol_version=latest", protocol_version::v3_0, protocol_version::v3_2},
                        {"min_protocol_version=3.2", protocol_version::v3_2, protocol_version::v3_2},
                        {"min_protocol_version=latest", protocol_version::v3_2, protocol_version::v3_2}};
  for (auto const& v : versions) {
    CAPTURE(v.text);
    CHECK(settled(v.text).min_protocol == v.least);
    CHECK(settled(v.text).max_protocol == v.most);
  }
  CHECK(refusal("min_protocol_version=3.2 max_protocol_version=3.0") ==
        "min_protocol_version \"3.2\" is more than max_protocol_version \"3.0\"");
}

TEST_CASE("settings: hosts, addresses and ports belong together") {
  auto const local = default_socket_directory();
  CHECK(hosts("host=a,b,c port=1,,3") == list{"a||1", "b||5432", "c||3"});
  CHECK(hosts("host=a,b port=9") == list{"a||9", "b||9"});
  CHECK(hosts("host=a,b port=,") == list{"a||5432", "b||5432"});
  CHECK(hosts("hostaddr=::1,127.1") == list{"|::1|5432", "|127.1|5432"});
  CHECK(hosts("host=a,b hostaddr=,127.0.0.1") == list{"a||5432", "b|127.0.0.1|5432"});
  CHECK(hosts("host=,a") == list{local + "||5432", "a||5432"});
  CHECK(hosts("host=, hostaddr=,::1") == list{local + "||5432", "|::1|5432"});
  CHECK(hosts("host=/a,@b port=' 7 '") == list{"/a||7", "@b||7"});
  CHECK(hosts("postgres://h1:1,h2,[::1]:3/d") == list{"h1||1", "h2||5432", "::1||3"});
  CHECK(hosts("postgres://a%2Cb/") == list{"a||5432", "b||5432"});
  CHECK(hosts("host=a", {{"PGHOSTADDR", "::1"}}) == list{"a|::1|5432"});

  CHECK(refusal("host=a,b hostaddr=::1") == "host lists 2 and hostaddr 1; give both the same number, or one of them");
  CHECK(refusal("host=a,b port=1,2,3") == "port lists 3 ports for 2 hosts; give one port, or one for each host");
  CHECK(refusal("port=1,2") == "port lists 2 ports for 1 host; give one port, or one for each host");
}

TEST_CASE("settings: of several hosts one that cannot be used waits for its turn") {
  auto const unusable = [](std::string_view text) {
    std::vector<bool> out;
    for (auto const& e : settled(text).hosts) out.push_back(!e.unusable.empty());
    return out;
  };
  using some = std::vector<bool>;
  CHECK(unusable("host=a,b,c port=0,5432,65536") == some{true, false, true});
  CHECK(unusable("host=a,b,c port=65535,,1") == some{false, false, false});
  CHECK(unusable("host=a,b hostaddr=999.1.1.1,::1") == some{true, false});
  CHECK(unusable("host=/" + std::string(93, 'x') + ",b") == some{true, false});
  CHECK(settled("host=a,b port=0,1").hosts[0].unusable ==
        "port \"0\" is not a number from 1 to 65535, or a list of such, one for each host");
  CHECK(refusal("host=a port=0") == settled("host=a,b port=0,1").hosts[0].unusable);
  CHECK(refusal("host=a,b port=0") == refusal("host=a port=0")); // none of them can
  CHECK_FALSE(refusal("host=a,b port=x,1").empty());
}

TEST_CASE("settings: sockets") {
  endpoint e;
  e.host = "@tusk";
  e.port = 6000;
  CHECK(e.is_unix());
  CHECK(e.socket_path() == "@tusk/.s.PGSQL.6000");
  e.hostaddr = "127.0.0.1";
  CHECK_FALSE(e.is_unix());
  e.host = "localhost", e.hostaddr = "";
  CHECK_FALSE(e.is_unix());
  CHECK(refusal("host=/" + std::string(92, 'x')).empty()); // 93 + 14 = 107 bytes
  CHECK(refusal("host=/" + std::string(93, 'x')).find("longer than 107 bytes") != std::string::npos);
}

TEST_CASE("settings: a URL with a raw / or @ in the password gets a hint and shows no piece of it") {
  for (auto const* text : {"postgres://user:hunter2/ss@host/db", "postgres://user:p@hunter2@host/db",
                           "postgres://user:pw@h1,user2:hunter2@h2/db"}) {
    auto const told = refusal(text);
    INFO(text << ": " << told);
    CHECK(told.find("hunter2") == std::string::npos);
    CHECK(told.find("%40") != std::string::npos);
  }
  CHECK(refusal("port=70000").find("70000") != std::string::npos); // a number is shown
}

TEST_CASE("settings: timeouts, keepalive and limits") {
  auto const s = settled("host=h connect_timeout=10 keepalives_idle=30 keepalives_interval=5 keepalives_count=3 "
                         "tcp_user_timeout=1500 max_message_size=65536 cancel_timeout=0");
  CHECK(s.connect_timeout == 10s);
  CHECK(s.keepalive.idle == 30s);
  CHECK(s.keepalive.interval == 5s);
  CHECK(s.keepalive.count == 3);
  CHECK(s.tcp_user_timeout == 1500ms);
  CHECK(s.max_message_size == 65536);
  CHECK(s.cancel_timeout == 0ms);

  auto const negative = settled("host=h connect_timeout=-1 keepalives_idle=-1 tcp_user_timeout=-1");
  CHECK(negative.connect_timeout == 0ms);
  CHECK(negative.keepalive.idle == 0s);
  CHECK(negative.tcp_user_timeout == 0ms);

  auto const off = settled("host=h keepalives=0 keepalives_idle=abc");
  CHECK_FALSE(off.keepalive.on);
  CHECK(refusal("host=/tmp keepalives_idle=abc").empty()); // means nothing to a Unix socket
  CHECK(refusal("host=/tmp keepalives=abc tcp_user_timeout=abc").empty());
  CHECK(refusal("host=h keepalives=0 tcp_user_timeout=abc").empty());
  CHECK(refusal("host=h tcp_user_timeout=abc") == "tcp_user_timeout \"abc\" is not a whole number of 32 bits");
  CHECK(refusal("host=/tmp,h keepalives=abc") == "keepalives \"abc\" is not a whole number of 32 bits");
  CHECK(refusal("host=h keepalives_idle=abc") == "keepalives_idle \"abc\" is not a whole number of 32 bits");
  CHECK(refusal("host=h keepalives_count=128") == "keepalives_count \"128\" is more than 127");
}

TEST_CASE("settings: application_name, even an empty one, keeps the fallback away") {
  CHECK(settled("fallback_application_name=f").application_name == "f");
  CHECK(settled("fallback_application_name=f application_name=a").application_name == "a");
  CHECK(settled("fallback_application_name=f application_name=").application_name.empty());
}

TEST_CASE("settings: a database's name is never read as a connection string") {
  CHECK(settled("user=u dbname='host=evil'").dbname == "host=evil");
  CHECK(settled("user=u dbname=postgres://evil/x").dbname == "postgres://evil/x");
}
