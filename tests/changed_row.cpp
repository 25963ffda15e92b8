// tusk: tests/changed_row.cpp — rows of a replication stream: typed values by name, NULL, and what was not sent.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/changed_row.hpp>

#include "support/catch.hpp"
#include "support/pgoutput.hpp"
#include "support/rows.hpp"

#include <tusk/row_text.hpp>
#include <tusk/types/all.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using pgoutput_messages::binary;
using pgoutput_messages::null;
using pgoutput_messages::number;
using pgoutput_messages::text;
using pgoutput_messages::tuple;
using pgoutput_messages::unchanged;
using support::outcome;
using support::outcome_of;
using tusk::changed_row;
using tusk::errc;
using tusk::oid;

namespace {

enum class mood { sad, ok, happy };

struct user {
  std::int64_t id = 0;
  std::string name;
  std::optional<double> balance;
};

using columns = std::vector<tusk::wire::pgoutput::relation_column>;

std::shared_ptr<tusk::relation const> table(columns all) {
  tusk::wire::pgoutput::relation r;
  r.schema = "public";
  r.name = "t";
  r.columns = std::move(all);
  return std::make_shared<tusk::relation const>(r, [](oid type) { return type; });
}
std::shared_ptr<tusk::relation const> users() {
  return table({{true, "id", oid::int4, -1}, {false, "name", oid::text, -1}, {false, "balance", oid::float4, -1}});
}
changed_row made(std::shared_ptr<tusk::relation const> of, std::string const& bytes, bool key = false) {
  support::exact_bytes const exact(tusk::wire::as_bytes(bytes)); // and gone when the row is used
  tusk::wire::reader in(exact.begin(), exact.end());
  auto const read = tusk::wire::pgoutput_tuple::read(in, "a test");
  REQUIRE((in.ok() && in.left() == 0));
  return changed_row(std::move(of), read, key);
}
/// One column of that type.
changed_row one(oid type, std::string const& column) { return made(table({{true, "x", type, -1}}), tuple({column})); }

} // namespace

template <> struct tusk::enum_labels<mood> {
  static constexpr auto value = std::array{"sad", "ok", "happy"};
};

static_assert(std::is_nothrow_move_constructible_v<changed_row> && std::is_copy_constructible_v<changed_row>);

TEST_CASE("changed_row: by name and by position, from text") {
  auto const r = made(users(), tuple({text("7"), text("ann"), null()}));
  CHECK(r.size() == 3);
  CHECK_FALSE(r.is_key());
  CHECK(r.relation().name() == "t");
  CHECK(r.get<int>("id") == 7);
  CHECK(r.get<std::int64_t>("id") == 7);
  CHECK(r[0].as<int>() == 7);
  CHECK(r.get<std::string>(std::string_view("name")) == "ann");
  CHECK(r["name"].as<std::string_view>() == "ann");
  CHECK(r.get<std::string>("id") == "7"); // text is text
  CHECK(r.is_null("balance"));
  CHECK((!r.is_null(0) && !r.is_unchanged("balance")));
  CHECK(r.get<std::optional<double>>(2) == std::nullopt);
  CHECK(r["id"].description().type == oid::int4);
  CHECK(support::to_hex(r["id"].bytes()) == "37");
  CHECK((r["balance"].bytes().empty() && r["id"].text() == "7"));
}

TEST_CASE("changed_row: in binary, by the codec") {
  auto const r = made(users(), tuple({binary(number(std::int32_t{7})), binary("ann"), binary(number(0x3dcccccd))}));
  CHECK(r.get<std::int64_t>("id") == 7);
  CHECK(r.get<std::string>("name") == "ann");
  CHECK(r.get<double>("balance") == double{0.1F});
  CHECK(r["id"].text() == "7");
  CHECK(r["id"].description().format == 1);
  CHECK(outcome_of([&] { r.get<std::string>("id"); }) ==
        outcome{errc::column_mismatch, "public.t: the row, column \"id\" (int4): does not fit std::string, which reads "
                                       "text, varchar, bpchar, name, unknown, json, xml, jsonb or a type that a user "
                                       "has created"});
}

TEST_CASE("changed_row: the same value from text and from binary") {
  CHECK(one(oid::float4, text("0.1")).get<double>(0) == one(oid::float4, binary(number(0x3dcccccd))).get<double>(0));
  CHECK(one(oid::bool_, text("t")).get<bool>(0));
  CHECK(one(oid::bytea, text("\\x00ff")).get<std::vector<std::byte>>(0).size() == 2);
  CHECK(one(oid::int4_array, text("{1,NULL}")).get<std::vector<std::optional<int>>>(0).size() == 2);
  CHECK(one(oid{20000}, text("ok")).get<mood>(0) == mood::ok);
  CHECK(one(oid{20000}, binary("ok")).get<mood>(0) == mood::ok);
  CHECK(one(oid::jsonb, text("{}")).get<tusk::jsonb>(0) == one(oid::jsonb, binary("\1{}")).get<tusk::jsonb>(0));
  CHECK(one(oid::pg_lsn, text("1/A0")).get<tusk::pg_lsn>(0).value() == 0x1'0000'00a0);
}

TEST_CASE("changed_row: a value that was not sent is neither NULL nor a value") {
  auto const r = made(users(), tuple({text("7"), unchanged(), null()}));
  CHECK(r.is_unchanged("name"));
  CHECK_FALSE(r.is_null("name"));
  CHECK(r["name"].bytes().empty());
  outcome const expected{errc::unchanged_value,
                         "public.t: column \"name\" (text) was not sent: it is an unchanged TOAST "
                         "value, which is not NULL; ask is_unchanged() first"};
  CHECK(outcome_of([&] { r.get<std::string>("name"); }) == expected);
  CHECK(outcome_of([&] { r.get<std::optional<std::string>>("name"); }) == expected);
  CHECK(outcome_of([&] { r["name"].text(); }) == expected);
  CHECK(outcome_of([&] { r.as<user>(); }) == expected);
}

TEST_CASE("changed_row: as a whole") {
  auto const r = made(users(), tuple({text("7"), text("ann"), text("1.5")}));
  auto const u = r.as<user>();
  CHECK((u.id == 7 && u.name == "ann" && u.balance == 1.5));
  CHECK(r.as<std::tuple<int, std::string_view, float>>() == std::tuple(7, std::string_view("ann"), 1.5F));
  CHECK(one(oid::int2, text("-3")).as<int>() == -3);
  // The members' order is theirs.
  struct reversed {
    std::optional<double> balance;
    std::string name;
    int id = 0;
  };
  auto const b = made(users(), tuple({binary(number(std::int32_t{7})), text("ann"), null()})).as<reversed>();
  CHECK((b.id == 7 && b.name == "ann" && !b.balance));

  struct other {
    int id = 0;
    std::string nam;
  };
  CHECK(outcome_of([&] { r.as<other>(); }).code == errc::column_mismatch);
  CHECK_THAT(outcome_of([&] { r.as<other>(); }).text,
             ContainsSubstring("public.t: the columns do not fit ") &&
                 ContainsSubstring("column \"name\" (text) has no member of that name; column \"balance\" (float4) has "
                                   "no member of that name; no column for member \"nam\" (std::string)"));
  CHECK_THAT(outcome_of([&] { r.as<std::tuple<int, int>>(); }).text,
             ContainsSubstring("3 columns (\"id\", \"name\", \"balance\") where 2 are expected"));
  CHECK(outcome_of([&] { r.as<std::tuple<int, int, int>>(); }).text ==
        "public.t: the row, column \"name\" (text): comes as text, which does not fit std::int32_t; std::string does");
  auto const without = made(users(), tuple({text("7"), null(), null()}));
  CHECK(outcome_of([&] { without.as<user>(); }).code == errc::unexpected_null);
}

TEST_CASE("changed_row: of a replica identity only its columns are there") {
  auto const keyed = table({{false, "a", oid::text, -1}, {true, "id", oid::int4, -1}, {true, "k", oid::text, -1}});
  auto const r = made(keyed, tuple({null(), text("7"), binary("x")}), true);
  CHECK(r.is_key());
  CHECK(r.size() == 2);
  CHECK(r.columns()[0].name == "id");
  CHECK((r.get<int>(0) == 7 && r.get<int>("id") == 7 && r.get<std::string>("k") == "x"));
  CHECK(r.as<std::pair<int, std::string>>() == std::pair(7, std::string("x")));
  CHECK(outcome_of([&] { r["a"]; }) ==
        outcome{errc::column_mismatch,
                "there is no column \"a\", the row of public.t is only its replica identity: id, k"});
  CHECK(outcome_of([&] { made(keyed, tuple({text("v"), text("7"), null()}), true); }) ==
        outcome{errc::protocol_violation, "the server broke the protocol: a row of public.t: it has a value for column "
                                          "\"a\", which is not part of its replica identity"});
}

TEST_CASE("changed_row: bad requests and bad values") {
  auto const r = made(users(), tuple({text("seven"), text("ann"), null()}));
  CHECK(outcome_of([&] { r["nosuch"]; }) ==
        outcome{errc::column_mismatch, "there is no column \"nosuch\", the row of public.t has id, name, balance"});
  CHECK(outcome_of([&] { r[3]; }) == outcome{errc::column_mismatch, "there is no column 3, the row of public.t has 3"});
  CHECK(outcome_of([&] { r[-1]; }).text == "there is no column -1, the row of public.t has 3");
  auto const bad = outcome_of([&] { r.get<int>("id"); });
  CHECK(bad.code == errc::invalid_value);
  CHECK_THAT(bad.text, ContainsSubstring("public.t: the row, column \"id\" (int4): \"seven\" is no integer"));
  CHECK(outcome_of([&] { r.get<double>("balance"); }).code == errc::unexpected_null);
  CHECK(outcome_of([&] { r["balance"].text(); }).code == errc::unexpected_null);
  CHECK(outcome_of([&] { one(oid::int4, binary("abc")).get<int>(0); }).code == errc::invalid_value);
  CHECK(outcome_of([&] { one(oid::int8, text("1")).get<int>(0); }).code == errc::column_mismatch);
  CHECK(outcome_of([&] { made(users(), tuple({text("1")})); }) ==
        outcome{errc::protocol_violation,
                "the server broke the protocol: a row of public.t: it has 1 columns, its relation 3"});
}

TEST_CASE("changed_row: an empty one, and copies that outlive what they were made of") {
  changed_row const none;
  CHECK((none.size() == 0 && none.columns().empty()));
  CHECK(outcome_of([&] { none[0]; }).text == "there is no column 0, the row has 0");
  CHECK(outcome_of([&] { none["x"]; }).text == "there is no column \"x\", the row has none");
  CHECK(outcome_of([&] { none.as<int>(); }).code == errc::column_mismatch);
  CHECK(made(table({}), tuple({})).size() == 0);
  changed_row kept;
  {
    auto const r = made(users(), tuple({text("7"), text("ann"), null()}));
    kept = r;
  }
  CHECK(kept.get<std::string_view>("name") == "ann");
}
