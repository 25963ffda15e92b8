// tusk tests: net/misfit.cpp — columns that do not fit: nothing is run, and the statements are described anew.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "support/dialling.hpp"
#include "support/statements.hpp"

using namespace dial;
using tusk::protocol::statement;

namespace {

using shared = tusk::protocol::ref<statement>;

shared described_before(char const* name) {
  shared s(new statement(name, "select 1", {}));
  s->prepared();
  s->describe(tusk::protocol::ref<tusk::protocol::description>(new tusk::protocol::description({}, {})));
  return s;
}
auto const misfit = tusk::error(errc::column_mismatch, "int is wanted");

/// What is thrown for a request like `r` that is refused for `why`.
tusk::error refused(tusk::protocol::ref<tusk::net::pump<mode>> const& p, tusk::protocol::request const& r,
                    tusk::error const& why = misfit) {
  tusk::protocol::request again;
  again.subject = r.subject;
  again.parts = r.parts;
  again.refused = std::make_exception_ptr(why);
  return error_of([&] { tusk::net::refuse<void, mode>(p, std::move(again)).get(); });
}
std::string described_anew(char const* name) {
  return statements::close(name) + statements::preparation(name, "select 1") + statements::sync_message();
}
std::string const answer = close_complete() + statements::described() + ready();

} // namespace

TEST_CASE("a statement whose columns do not fit is described anew, once, and not run") {
  dialling d;
  d.others = says({welcome(), answer, answer});
  auto const p = d.connect();
  auto const before = d.last().got.size();
  tusk::protocol::request r;
  SECTION("of a query") {
    auto const s = r.subject = described_before("s");
    CHECK(refused(p, r).code() == errc::column_mismatch);
    CHECK(d.last().got.substr(before) == described_anew("s"));
    CHECK(p->session().has(*s));
    CHECK(s->described()->columns->size() == 1);
  }
  SECTION("of a pipeline") {
    auto const s = described_before("s");
    auto const t = described_before("t");
    r.parts.resize(3);
    r.parts[0].subject = s;
    r.parts[1].subject = t;
    r.parts[2].subject = s;
    CHECK(refused(p, r).code() == errc::column_mismatch);
    CHECK(d.last().got.substr(before) == described_anew("s") + described_anew("t"));
  }
  SECTION("where nothing was prepared there is nothing to describe") {
    CHECK(refused(p, r).code() == errc::column_mismatch);
    CHECK(d.last().got.size() == before);
  }
  CHECK(p->session().idle());
}

TEST_CASE("a request that is refused for anything else is only refused") {
  dialling d;
  d.others = says({welcome()});
  auto const p = d.connect();
  auto const before = d.last().got.size();
  tusk::protocol::request r;
  auto const s = r.subject = described_before("s");
  CHECK(refused(p, r, tusk::error(errc::invalid_parameter, "too long")).code() == errc::invalid_parameter);
  CHECK(d.last().got.size() == before);
  CHECK(s->described());
}

TEST_CASE("whatever becomes of describing it, the misfit is what is told") {
  dialling d;
  d.others = says({welcome(), error_response("42P01", "no such table") + ready()});
  auto const p = d.connect();
  tusk::protocol::request r;
  auto const s = r.subject = described_before("s");
  CHECK(refused(p, r).code() == errc::column_mismatch);
  CHECK_FALSE(p->session().has(*s));
  CHECK(p->session().idle());
  p->close(tusk::error(errc::connection_closed, "by the test"));
  CHECK(refused(p, r).code() == errc::column_mismatch);
}
