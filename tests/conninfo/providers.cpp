// tusk tests: conninfo/providers.hpp — the strings that providers hand out, and those that are for somebody else.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/conninfo/providers.hpp>
#include <tusk/conninfo/settings.hpp>
#include <tusk/options.hpp>

#include "support/catch.hpp"
#include "support/json.hpp"
#include "support/settled.hpp"
#include "support/table.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>

using namespace tusk::conninfo;
using tusk::errc;
using tusk::error;
using tusk::options;

namespace {

using support::settled;
using support::values;

error refused(std::string const& text) {
  INFO(text);
  return support::refused([&] { settled(text); });
}
/// By the names of the keywords.
values told(settings const& s) {
  constexpr char const* modes[] = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"};
  constexpr char const* bindings[] = {"disable", "prefer", "require"};
  auto const& first = s.hosts.at(0);
  values out{{"host", first.host},
             {"hostaddr", first.hostaddr},
             {"port", std::to_string(first.port)},
             {"password", first.password},
             {"user", s.user},
             {"dbname", s.dbname},
             {"options", s.options},
             {"application_name", s.application_name},
             {"sslmode", modes[static_cast<int>(s.sslmode)]},
             {"sslrootcert", s.tls.root_file},
             {"channel_binding", bindings[static_cast<int>(s.channel_binding)]},
             {"statement_cache_size", std::to_string(s.statement_cache_size)},
             {"connect_timeout", std::to_string(s.connect_timeout.count() / 1000)},
             {"socket_timeout", std::to_string(s.operation_timeout.count() / 1000)}};
  if (s.pool.connections) out["connection_limit"] = std::to_string(*s.pool.connections);
  if (s.pool.wait) out["pool_timeout"] = std::to_string(s.pool.wait->count());
  return out;
}

} // namespace

TEST_CASE("providers: a string that is pasted as it was handed out means what it says") {
  std::set<std::string> seen;
  for (auto const& row : support::table("provider_strings.tsv")) {
    auto const text = support::json::string(row["string_json"]);
    INFO(row["provider"] << ", " << row["what"] << ": " << text);
    auto const got = settled(text);
    CHECK(got.hosts.size() == 1);
    auto const all = told(got);
    for (auto const& [name, value] : support::json::object(row["settings_json"])) {
      INFO(name);
      REQUIRE(all.contains(name));
      CHECK(all.at(name) == value);
    }
    // Shown, it has no secret, and it still means the same to everything but the password.
    auto const shown = to_string(options(text));
    CHECK(shown.find("secret") == std::string::npos);
    auto again = told(settled(shown)), before = all;
    again.erase("password"), before.erase("password");
    CHECK(again == before);
    seen.insert(row["provider"]);
  }
  CHECK(seen == std::set<std::string>{"Fly", "Supabase", "Neon", "Prisma Postgres", "Prisma", "Heroku", "Railway",
                                      "node-postgres", "Sequelize", "pyro-postgres"});
}

TEST_CASE("providers: a string for somebody else is refused with the one to copy instead") {
  for (auto const& [text, words] : {
           std::pair("prisma+postgres://accelerate.prisma-data.net/?api_key=hunter2", "direct connection string"),
           {"prisma+postgres://localhost:51213/?api_key=hunter2", "direct connection string"},
           {"prisma://accelerate.prisma-data.net/?api_key=hunter2", "direct connection string"},
           {"http://u:hunter2@h/db", "begins with postgres://"},
           {"https://abcdefghijklmnopqrst.supabase.co", "begins with postgres://"},
           {"wss://u:hunter2@ep-x.neon.tech/v2", "begins with postgres://"},
           {"postgres+asyncpg://u:hunter2@h/db", "postgres://..."},
           {"postgresql+psycopg2://u:hunter2@h/db", "postgresql://..."},
           {"jdbc:postgresql://h/db?user=u&password=hunter2", "postgresql://USER:PASSWORD@HOST/DATABASE"},
           {"pgsql://u:hunter2@h/db", "postgres://, postgresql:// or pg://"},
           {"postgis://u:hunter2@h/db", "postgres://, postgresql:// or pg://"},
           {"socket:/tmp/?db=x", "postgres:///DATABASE?host=/DIRECTORY"},
           {"psql 'postgresql://u:hunter2@h/db'", "only the URL"},
           {"'postgresql://u:hunter2@h/db'", "leave the quotes"},
           {"\"postgresql://u:hunter2@h/db\"", "leave the quotes"},
           {"DATABASE_URL=\"postgres://u:hunter2@h/db\"", "what follows the \"=\""},
           {"POSTGRES_URL=postgres://u:hunter2@h/db", "what follows the \"=\""},
           {" postgres://u:hunter2@h/db", "begins with a blank"},
           {"Postgres://u:hunter2@h/db", "in lower case"},
           {"mysql://u:hunter2@h/db", "\"mysql://\" is none of these"},
       }) {
    INFO(text);
    auto const e = refused(text);
    CHECK(e.code() == errc::invalid_connection_string);
    CHECK_THAT(e.what(), ContainsSubstring(words));
    CHECK(std::string_view(e.what()).find("hunter2") == std::string_view::npos);
  }
}

TEST_CASE("providers: a parameter that has no place here is refused with what to write") {
  for (auto const& [query, words] : {
           std::pair("sslidentity=./client.p12&sslpassword=hunter2", "sslcert=FILE and sslkey=FILE"),
           {"uselibpqcompat=false&sslmode=require", "sslmode=verify-full"},
           {"uselibpqcompat=1", "uselibpqcompat=true"},
           {"sslmode=require&pool=true", "pooled.db.prisma.io"},
           {"statement_timeout=5000", "options=-c%20statement_timeout%3DVALUE"},
           {"lock_timeout=5000", "options=-c%20lock_timeout%3DVALUE"},
           {"search_path=app", "schema=NAME"},
           {"timezone=UTC", "options=-c%20timezone%3DVALUE"},
           {"idle_in_transaction_session_timeout=1", "options=-c%20idle_in"},
           {"socket=/tmp", "host=/DIRECTORY&port=PORT"},
           {"socket=/tmp/.s.PGSQL.", "host=/DIRECTORY&port=PORT"},
           {"socket=/tmp/.s.PGSQL.123456", "host=/DIRECTORY&port=PORT"},
           {"socket=tmp/.s.PGSQL.5432", "host=/DIRECTORY&port=PORT"},
       }) {
    INFO(query);
    auto const e = refused("postgres://u:hunter2@h/d?" + std::string(query));
    CHECK(e.code() == errc::invalid_option);
    CHECK_THAT(e.what(), ContainsSubstring(words));
    CHECK(std::string_view(e.what()).find("hunter2") == std::string_view::npos);
  }
}

TEST_CASE("providers: any other unknown parameter is refused with the nearest keyword") {
  for (auto const& [query, near] : {std::pair("supa=other", ""),
                                    {"workaround=1", ""},
                                    {"sslMode=require", "sslmode"},
                                    {"ssl=TRUE", "sslmode"},
                                    {"connectionLimit=5", "connection_limit"},
                                    {"pgBouncer=true", "pgbouncer"},
                                    {"currentSchema=app", "schema"},
                                    {"prepared_statements=false", "statement_cache_size"},
                                    {"pool_max_conns=5", "connection_limit"},
                                    {"api_key=x", ""}}) {
    INFO(query);
    auto const e = refused("postgres://h/d?" + std::string(query));
    CHECK(e.code() == errc::invalid_option);
    CHECK_THAT(e.what(), StartsWith("unknown connection keyword \""));
    CHECK((std::string_view(near).empty() ||
           std::string_view(e.what()).find("did you mean \"" + std::string(near) + "\"?") != std::string_view::npos));
  }
}

TEST_CASE("providers: a socket's file is a directory and a port, whatever the environment says") {
  auto const place = [](std::string const& query) {
    auto const s = settled("postgres://h:1/d?" + query, {{"PGHOSTADDR", "127.0.0.1"}, {"PGPORT", "2"}});
    REQUIRE(s.hosts.size() == 1);
    return s.hosts[0].is_unix() ? s.hosts[0].socket_path() : "tcp " + s.hosts[0].host;
  };
  CHECK(place("socket=/tmp/.s.PGSQL.5433") == "/tmp/.s.PGSQL.5433");
  CHECK(place("socket=@app/.s.PGSQL.5433") == "@app/.s.PGSQL.5433");
  CHECK(place("socket=/.s.PGSQL.5433") == "//.s.PGSQL.5433");
  CHECK(place("socket=/tmp/.s.PGSQL.5433&port=5434") == "/tmp/.s.PGSQL.5434"); // the later one counts
  CHECK(place("user=u").starts_with("tcp "));
  CHECK_THAT(refused("postgres:///d?socket=/tmp/.s.PGSQL.70000").what(), StartsWith("port \"70000\""));
  CHECK_THAT(refused("socket=/tmp/.s.PGSQL.5432").what(), ContainsSubstring("did you mean \"host\"?"));
}

TEST_CASE("providers: every row of the table says what it must") {
  for (auto const& w : foreign_words) {
    INFO(w.name << "=" << w.value);
    CHECK((w.verdict == verdict::means) == !w.keyword.empty());
    if (w.verdict == verdict::means) {
      REQUIRE(find_keyword(w.keyword));
      CHECK_NOTHROW(value_check(*find_keyword(w.keyword), w.text).run());
    }
    CHECK(w.text.empty() == (w.verdict == verdict::file));
    if (w.verdict == verdict::not_a_url) {
      CHECK(what_to_copy(w.name) == w.text);
      CHECK(url_prefix(w.name) == 0);
    } else {
      CHECK(find_foreign(w.name, w.value) == &w);
      CHECK((w.name == "sslmode" || !find_keyword(w.name))); // a keyword's value would never be seen
    }
  }
  CHECK(what_to_copy("host=h").empty());
  CHECK(what_to_copy("postgres://h").empty());
  CHECK(!find_foreign("sslmode", "require"));
}
