// tusk: tests/live/connect.cpp — connecting and logging in: who may, how, and why not.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/live.hpp"
#include "support/sockets.hpp"

#include <cstdlib>
#include <string>
#include <utility>

namespace {

using live::error_of;
using live::in_both_modes;
using live::words_of;
using tusk::errc;

/// The options of the transport under test as a URL, which says the same.
std::string url(std::string scheme) {
  auto const& s = live::main_server();
  auto const database = live::variable("TUSK_TEST_DATABASE");
  if (live::over_unix()) return scheme + "://tusk_trust@/" + database + "?host=" + s.sockets() + "&port=" + s.port();
  auto out = scheme + "://tusk_trust@127.0.0.1:" + s.port() + "/" + database;
  return out + (live::over_tls() ? "?sslmode=verify-full&sslrootcert=" + s.file("ca.pem") : "?sslmode=disable");
}

/// Sets an environment variable for a while.
class environment_variable {
 public:
  environment_variable(char const* name, std::string const& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  environment_variable(environment_variable const&) = delete;
  environment_variable& operator=(environment_variable const&) = delete;
  ~environment_variable() { ::unsetenv(name_); }

 private:
  char const* name_;
};

} // namespace

TEST_CASE("connect: by options, URL and keyword string") {
  in_both_modes([](live::opener connect) {
    auto by_options = connect();
    CHECK(by_options.query_one<std::string>("select current_user") == "tusk_trust");
    CHECK(by_options.query_one<std::string>("select current_database()") == live::variable("TUSK_TEST_DATABASE"));
    for (auto const* scheme : {"postgres", "postgresql", "pg"}) {
      auto by_url = connect(url(scheme));
      CHECK(by_url.query_one<std::string>("select current_user") == "tusk_trust");
      CHECK(by_url.transport() == live::wanted_transport());
    }
    auto const& s = live::main_server();
    auto by_string = connect("host=" + s.sockets() + " port=" + s.port() + " user=tusk_trust dbname=tusk");
    CHECK(by_string.query_one<std::string>("select current_database()") == "tusk");
    CHECK(by_string.transport() == tusk::transport::unix_socket);
  });
}

TEST_CASE("connect: without options, from the environment") {
  environment_variable const at("DATABASE_URL", url("postgres"));
  SECTION("blocking") {
    auto db = tusk::blocking::connect();
    CHECK(db.query_one<std::string>("select current_user") == "tusk_trust");
  }
  SECTION("asynchronous") {
    auto const task = []() -> asio::awaitable<std::string> {
      auto db = co_await tusk::connect();
      co_return co_await db.query_one<std::string>("select current_user");
    };
    CHECK(tusk::run(task()) == "tusk_trust");
  }
}

TEST_CASE("connect: what the environment says of one keyword") {
  environment_variable const at("PGAPPNAME", "from the environment");
  in_both_modes([](live::opener connect) {
    CHECK(connect().parameter("application_name") == "from the environment");
    auto given = connect(live::options().application_name("given"));
    CHECK(given.parameter("application_name") == "given");
    CHECK(given.query_one<std::string>("show application_name") == "given");
  });
}

TEST_CASE("connect: options for the server's command line") {
  in_both_modes([](live::opener connect) {
    auto db = connect(live::options().server_options("-c work_mem=12345kB -c statement_timeout=54321"));
    CHECK(db.query_one<std::string>("show work_mem") == "12345kB");
    CHECK(db.query_one<std::string>("show statement_timeout") == "54321ms");
  });
}

TEST_CASE("connect: each method of authentication") {
  in_both_modes([](live::opener connect) {
    std::pair<char const*, char const*> const roles[] = {
        {"tusk_trust", ""}, {"tusk_scram", "secret scram"}, {"tusk_md5", "secret md5"}, {"tusk_clear", "secret clear"}};
    for (auto const& [role, password] : roles) {
      auto db = connect(live::options().user(role).password(password));
      CHECK(db.query_one<std::string>("select current_user") == role);
    }
  });
}

TEST_CASE("connect: require_auth takes the methods it names only") {
  in_both_modes([](live::opener connect) {
    auto const scram = live::options().user("tusk_scram").password("secret scram");
    CHECK(connect(tusk::options(scram).require_auth("scram-sha-256")).is_open());
    for (auto const* wanted : {"md5", "password", "none", "!scram-sha-256"}) {
      auto const e = error_of([&] { connect(tusk::options(scram).require_auth(wanted)); });
      CHECK(e.code() == errc::authentication_failed);
      CHECK_THAT(e.what(), ContainsSubstring("the server wants scram-sha-256, which require_auth does not allow"));
    }
    auto const trust = error_of([&] { connect(live::options().require_auth("scram-sha-256")); });
    CHECK(trust.code() == errc::authentication_failed);
    CHECK_THAT(trust.what(), ContainsSubstring("the server wants no authentication"));
    auto const clear = live::options().user("tusk_clear").password("secret clear").require_auth("!password");
    CHECK(error_of([&] { connect(clear); }).code() == errc::authentication_failed);
  });
}

TEST_CASE("connect: a wrong password") {
  in_both_modes([](live::opener connect) {
    for (auto const* role : {"tusk_scram", "tusk_md5", "tusk_clear"}) {
      auto const e = error_of([&] { connect(live::options().user(role).password("hunter2")); });
      CHECK(e.sqlstate() == tusk::sqlstate::invalid_password);
      CHECK_THAT(e.what(), ContainsSubstring("password authentication failed for user \"" + std::string(role) + "\""));
      CHECK(std::string(e.what()).find("hunter2") == std::string::npos);
      REQUIRE(e.server() != nullptr);
      CHECK(e.server()->severity == "FATAL");
      CHECK(e.safe_to_retry());
    }
  });
}

TEST_CASE("connect: no password where one is wanted") {
  in_both_modes([](live::opener connect) {
    for (auto const* role : {"tusk_scram", "tusk_md5", "tusk_clear"}) {
      auto const e = error_of([&] { connect(live::options().user(role).password("").passfile("/dev/null")); });
      CHECK(e.code() == errc::password_required);
      CHECK_THAT(e.what(), ContainsSubstring(role));
    }
  });
}

TEST_CASE("connect: what is not there") {
  in_both_modes([](live::opener connect) {
    auto const database = error_of([&] { connect(live::options().dbname("no such database")); });
    CHECK(database.sqlstate() == tusk::sqlstate::invalid_catalog_name);
    CHECK_THAT(database.what(), ContainsSubstring("database \"no such database\" does not exist"));
    auto const role = error_of([&] { connect(live::options().user("no such role")); });
    CHECK(role.sqlstate() == tusk::sqlstate::invalid_authorization_specification);
    auto const option = error_of([&] { connect(live::options().server_options("-c no.such=1 -c nosuch=1")); });
    CHECK(option.sqlstate() == tusk::sqlstate::undefined_object);
  });
}

TEST_CASE("connect: an unknown host") {
  in_both_modes([](live::opener connect) {
    auto const e = error_of([&] { connect("postgres://u@no-such-host.invalid/d"); });
    CHECK(e.code() == errc::host_not_found);
    CHECK(e.safe_to_retry());
    CHECK_THAT(e.what(), ContainsSubstring("no-such-host.invalid"));
  });
}

TEST_CASE("connect: nobody listens") {
  in_both_modes([](live::opener connect) {
    live::loopback_port const taken(false);
    auto const port = std::to_string(taken.number());
    auto const e = error_of([&] { connect("postgres://u@127.0.0.1:" + port + "/d"); });
    CHECK(e.code() == std::errc::connection_refused);
    CHECK(e.safe_to_retry());
    CHECK_THAT(e.what(), ContainsSubstring("connection to 127.0.0.1 port " + port));
    CHECK_THAT(e.what(), ContainsSubstring("Connection refused"));
    auto const socket = error_of([&] { connect("host=/nowhere port=1 user=u"); });
    CHECK(socket.code() == std::errc::no_such_file_or_directory);
    CHECK_THAT(socket.what(), ContainsSubstring("/nowhere/.s.PGSQL.1"));
  });
}

TEST_CASE("connect: the next host is tried where that may help, and only there") {
  in_both_modes([](live::opener connect) {
    live::loopback_port const taken(false);
    auto const refused = std::to_string(taken.number());
    auto const& s = live::main_server();
    auto const two = [&](std::string const& first, std::string const& second) {
      return live::options().host("127.0.0.1,127.0.0.1").port(first + "," + second).sslmode("disable");
    };
    CHECK(connect(two(refused, s.port())).is_open());
    CHECK(connect(live::options().host("no-such-host.invalid," + s.sockets())).is_open());

    auto const all = error_of([&] { connect(two(refused, refused)); });
    CHECK(all.code() == errc::connect_failed);
    CHECK(all.safe_to_retry());
    CHECK_THAT(all.what(), ContainsSubstring("Connection refused; connection to 127.0.0.1 port " + refused));
    // What the first server says of the user, the second would say too.
    auto const wrong = two(s.port(), refused).user("tusk_scram").password("hunter2");
    CHECK(error_of([&] { connect(wrong); }).sqlstate() == tusk::sqlstate::invalid_password);
  });
}

TEST_CASE("connect: malformed and unknown options are told before anything is opened") {
  in_both_modes([](live::opener connect) {
    for (auto const* bad : {"postgres://[::1", "postgres://h/%zz", "mysql://h/d", "host", "host='x"}) {
      CHECK(error_of([&] { connect(bad); }).code() == errc::invalid_connection_string);
    }
    auto const unknown = error_of([&] { connect("postgres://127.0.0.1:1/d?sslmod=require"); });
    CHECK(unknown.code() == errc::invalid_option);
    CHECK_THAT(unknown.what(), ContainsSubstring("sslmod"));
    for (auto const* bad : {"postgres://127.0.0.1:70000/d", "host=127.0.0.1 port=1 sslmode=maybe",
                            "host=127.0.0.1 port=1 connect_timeout=soon"}) {
      CHECK(error_of([&] { connect(bad); }).code() == errc::invalid_option);
    }
  });
}

TEST_CASE("connect: IPv6") {
  // Where the machine has no ::1, the server does not listen on it, and the driver says that nobody could be reached.
  in_both_modes([](live::opener connect) {
    auto const o = live::options().host("::1").sslmode(live::over_tls() ? "verify-full" : "disable");
    try {
      auto db = connect(o);
      CHECK(db.query_one<bool>("select inet_server_addr() = inet '::1'"));
    } catch (tusk::error const& e) {
      CHECK(e.code().category() == std::system_category());
      CHECK_THAT(e.what(), ContainsSubstring("[::1]:"));
    }
  });
}

TEST_CASE("connect: on an executor of one's own") {
  using executor = asio::io_context::executor_type;
  asio::io_context loop;
  int got = 0;
  auto const task = [&](tusk::options o) -> asio::awaitable<void, executor> {
    auto db = co_await tusk::connect<executor>(std::move(o));
    auto const statement = co_await db.prepare<int>("select $1 * 2");
    got = co_await db.query_one<int>(statement, 21);
  };
  asio::co_spawn(loop, task(live::options()), [](std::exception_ptr failed) {
    if (failed) std::rethrow_exception(failed);
  });
  loop.run();
  CHECK(got == 42);
}
