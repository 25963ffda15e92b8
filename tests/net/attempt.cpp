// tusk tests: net/attempt.cpp — what the failure of one attempt means for others.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/dialling.hpp"

using namespace dial;
using kind = tusk::conninfo::target_session_attrs;

namespace {

/// One attempt at 10.0.0.1, and what it says of itself.
struct outcome {
  outcome(std::function<void(peer&)> server, kind wanted = kind::any, sslmode m = sslmode::disable) {
    dialling d(m);
    d.others = std::move(server);
    tusk::protocol::ref<tusk::net::pump<mode>> const p(new tusk::net::pump<mode>({&d.net}, d.settings));
    auto const at = dialling::at("10.0.0.1");
    p->set_peer(at, {});
    tusk::net::attempt<mode> one(*p, d.settings.hosts[0], at, m != sslmode::disable, wanted, std::chrono::seconds(1));
    try {
      one.run().get();
      in = true;
    } catch (tusk::error const&) {}
    reached = one.reached_server();
    plain = one.retry_otherwise();
    host = one.host_failed();
  }
  bool in = false, reached = false, plain = false, host = false;
};

} // namespace

TEST_CASE("an attempt that succeeds") {
  outcome const o(says({welcome()}));
  CHECK((o.in && o.reached && !o.plain && !o.host));
}

TEST_CASE("nobody was there: another address may be better") {
  outcome const o(refuse);
  CHECK((!o.in && !o.reached && !o.plain && !o.host));
}

TEST_CASE("a server that is starting, or is of the wrong kind: other addresses of its host are not") {
  outcome const starting(says_and_ends(fatal("57P03", "the database system is starting up")));
  CHECK((!starting.in && starting.reached && starting.host));
  outcome const wrong(says({authentication_ok() + parameter_status("in_hot_standby", "on") +
                            parameter_status("default_transaction_read_only", "off") + ready()}),
                      kind::primary);
  CHECK((!wrong.in && wrong.reached && wrong.host));
}

TEST_CASE("a refusal of the user is one by every host") {
  outcome const o(says_and_ends(fatal("28P01", "password authentication failed")));
  CHECK((!o.in && o.reached && !o.plain && !o.host));
}

TEST_CASE("with sslmode=prefer a refusal over TLS may be none without") {
  outcome const o(over_tls(fatal("28000", "no pg_hba.conf entry")), kind::any, sslmode::prefer);
  CHECK((!o.in && o.reached && o.plain && !o.host));
}
