// tusk: tests/mapping/copy_statement.cpp — which columns a COPY is about.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/copy_statement.hpp>

#include "support/catch.hpp"

#include <string>

using tusk::mapping::copy_direction;
using tusk::mapping::copy_statement;

namespace {

std::string in(std::string_view sql) { return copy_statement(sql, copy_direction::from_stdin).selects(); }
std::string out(std::string_view sql) { return copy_statement(sql, copy_direction::to_stdout).selects(); }

template <class F> void check_refused(F f, std::string const& words) {
  try {
    f();
    FAIL("it was taken");
  } catch (tusk::error const& e) {
    CHECK(e.code() == tusk::errc::wrong_verb);
    CHECK_THAT(e.what(), ContainsSubstring(words));
  }
}

} // namespace

TEST_CASE("copy_statement: a table, with columns or without") {
  CHECK(in("copy t from stdin (format binary)") == "select * from t");
  CHECK(in("COPY public.T (a, \"b)\") FROM STDIN") == "select a, \"b)\" from public.T");
  CHECK(in("copy \"a \"\"t\"\"\".\"from\" from stdin") == "select * from \"a \"\"t\"\"\".\"from\"");
  CHECK(in("  -- a comment\n copy/* and */t(a)from stdin") == "select a from t");
  CHECK(in("copy a . b . c from stdout") == "select * from a . b . c");
  CHECK(in("copy größe from stdin") == "select * from größe");
  CHECK(out("copy t to stdout") == "select * from t");
  CHECK(out("copy t (a) to stdout with (format binary);") == "select a from t");
}

TEST_CASE("copy_statement: a query") {
  CHECK(out("copy (select 1) to stdout") == "select 1");
  CHECK(out("copy (select ')', (1), $$)$$ /* ) */ from (values (1)) v) to stdout (format binary)") ==
        "select ')', (1), $$)$$ /* ) */ from (values (1)) v");
}

TEST_CASE("copy_statement: what is no COPY in that direction") {
  for (auto const* sql :
       {"", "select 1", "copy", "copy t", "copy t to stdout", "copy t from '/file'", "copy (select 1) to stdout",
        "copy t from program 'cat'", "copy t (a from stdin", "copy 't' from stdin", "copy t. from stdin",
        "copy t from stdi", "copy t \"open from stdin", "copying t from stdin", "copy 1 from stdin"})
    check_refused([&] { in(sql); }, "copy TABLE [(COLUMNS)] from stdin");
  for (auto const* sql : {"copy t from stdin", "copy (select 1 to stdout", "copy t to '/file'"})
    check_refused([&] { out(sql); }, std::string("not \"") + sql);
}
