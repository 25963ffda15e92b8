// tusk: tests/wire/pgoutput.cpp — what servers have sent, whole streams in their order.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/wire/pgoutput.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"
#include "support/table.hpp"

#include <tusk/wire/pgoutput_decoder.hpp>

#include <map>
#include <set>
#include <string>
#include <tuple>
#include <variant>

using namespace tusk::wire;

namespace {

/// As in the data.
std::string name_of(pgoutput::message const& m) {
  static constexpr std::string_view names[]{
      "Begin",         "Commit",       "Origin",        "Message",  "Relation",        "Type",
      "Insert",        "Update",       "Delete",        "Truncate", "Stream Start",    "Stream Stop",
      "Stream Commit", "Stream Abort", "Begin Prepare", "Prepare",  "Commit Prepared", "Rollback Prepared",
      "Stream Prepare"};
  static_assert(std::size(names) == std::variant_size_v<pgoutput::message>);
  return std::string(names[m.index()]);
}

} // namespace

TEST_CASE("pgoutput: whole streams of servers") {
  std::map<std::tuple<std::string, std::string>, pgoutput_decoder> streams;
  std::set<std::string> seen;
  std::set<char> kinds;
  bool aborted_at = false;
  std::set<bool> old_is_key;
  support::table const messages("pgoutput_messages.tsv");
  for (auto const& row : messages) {
    auto& decoder = streams.try_emplace({row["server"], row["stream"]}, std::stoi(row["version"])).first->second;
    support::exact_bytes const bytes(as_bytes(support::from_hex(row["bytes"])));
    INFO(row["server"] << ", " << row["stream"] << ": " << row["bytes"]);
    auto const m = decoder.decode({bytes.begin(), bytes.end()});
    CHECK(name_of(m) == row["message"]);
    seen.insert(name_of(m));
    auto const look = [&](pgoutput_tuple const& t) {
      t.each([&](tuple_kind kind, std::size_t) { kinds.insert(static_cast<char>(kind)); });
    };
    if (auto const* i = std::get_if<pgoutput::insert>(&m)) {
      look(i->row);
      CHECK((i->xid != 0) == decoder.in_stream());
    }
    if (auto const* u = std::get_if<pgoutput::update>(&m)) {
      look(u->row);
      if (u->old) old_is_key.insert(u->old->key);
    }
    if (auto const* a = std::get_if<pgoutput::stream_abort>(&m)) aborted_at = aborted_at || a->at;
  }
  CHECK(seen.size() == std::variant_size_v<pgoutput::message>);
  CHECK(kinds == std::set{'n', 'u', 't', 'b'});
  CHECK(aborted_at);
  CHECK(old_is_key.size() == 2);
  CHECK(streams.size() == 10);
  for (auto const& [name, decoder] : streams) CHECK_FALSE(decoder.in_stream());
}
