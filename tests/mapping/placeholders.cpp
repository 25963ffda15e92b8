// tusk: tests/mapping/placeholders.cpp — placeholders told from what only looks like them.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/placeholders.hpp>

#include "support/catch.hpp"

#include <string>
#include <string_view>

using tusk::mapping::find_placeholders;
using tusk::mapping::sql_fault;

namespace {

struct sample {
  std::string_view sql;
  unsigned highest;
};
/// The highest number; nothing else may be wrong.
unsigned highest(std::string_view sql) {
  auto const found = find_placeholders(sql);
  CAPTURE(std::string(sql));
  CHECK(found.fault == sql_fault::none);
  return found.highest;
}
sql_fault fault(std::string_view sql) { return find_placeholders(sql).fault; }

} // namespace

static_assert(find_placeholders("select $1").highest == 1);
static_assert(find_placeholders("select '$1").fault == sql_fault::open_string);

TEST_CASE("placeholders: the highest number counts") {
  for (auto const& [sql, expected] : {
           sample{"", 0},
           sample{"select 1", 0},
           sample{"select $1", 1},
           sample{"select $1,$2 , $3::int", 3},
           sample{"select $3, $1", 3},
           sample{"select $2 + $2", 2},
           sample{"select a[$1:$2]", 2},
           sample{"select($1)", 1},
           sample{"$65535", 65535},
           sample{"select $01, $00002", 2},
           sample{"select $1$2", 2},
           sample{"select 1$1", 1},           // 1, then $1
           sample{"select 1.5$2, 0x1F$3", 2}, // 0, then the identifier x1F$3: as the server up to 14
           sample{"select $1abc", 1},         // refused by the server since 15
           sample{"select x >$1 and y<-$2", 2},
           sample{"select :$1", 1},
       })
    CHECK(highest(sql) == expected);
}

TEST_CASE("placeholders: strings") {
  for (auto const& [sql, expected] : {
           sample{"select '$2', $1", 1},
           sample{"select 'it''s $2', $1", 1},
           sample{"select '\\', $1", 1}, // a backslash is a character
           sample{"select '$5'$1", 1},
           sample{"select 'a' '$4'", 0},
           sample{"select E'\\'$2', $1", 1},
           sample{"select e'\\\\', $1", 1},
           sample{"select E'it''s \\' $2', $1", 1},
           sample{"select E'a'\n'\\'$3', $1", 1}, // goes on, and escapes with it
           sample{"select E'a' -- '\n  '\\'$3', $1", 1},
           sample{"select E'a' '\\', $1", 1}, // on the same line another string begins
           sample{"select E'a'\n, '\\', $1", 1},
           sample{"select B'01$2', X'1F$3', N'$4', $1", 1},
           sample{"select U&'\\0061$2', u&\"$3\", $1", 1},
           sample{"select U&'!0061$2' uescape '!', $1", 1},
           sample{"select type'$2', $1", 1},
       })
    CHECK(highest(sql) == expected);
}

TEST_CASE("placeholders: identifiers") {
  for (auto const& [sql, expected] : {
           sample{"select \"$2\", $1", 1}, sample{"select \"a\"\"$2\", $1", 1}, sample{"select a$2, _b$3, $1", 1},
           sample{"select größe$2, $1", 1}, sample{"select \xff$2, $1", 1}, sample{"select e$2'$3', $1", 1},
           sample{"select ee'\\', $1", 1}, // not an escape string
           sample{"select a$$b, $1", 1},   // $ belongs to the identifier, and opens nothing
       })
    CHECK(highest(sql) == expected);
}

TEST_CASE("placeholders: dollar quotes") {
  for (auto const& [sql, expected] : {
           sample{"select $$ $2 ' \" /* $$, $1", 1},
           sample{"select $a$ $2 $$ $b$ $a$, $1", 1},
           sample{"select $a$ $A$ $2 $a$, $1", 1}, // tags are told apart by case
           sample{"select $a1_$$2$a1_$, $1", 1},
           sample{"select $ä$ $2 $ä$, $1", 1},
           sample{"select $a$$b$a$, $1", 1},
           sample{"select $$$$, $1", 1},
           sample{"select $ab, $1", 1},   // no tag without its end
           sample{"select $a-b$, $1", 1}, // nor with a character that cannot be in it
           sample{"select 1$$ $2 $$, $1", 1},
           sample{"select $1$$ $2 $$", 1},
           sample{"$", 0},
       })
    CHECK(highest(sql) == expected);
}

TEST_CASE("placeholders: comments and operators") {
  for (auto const& [sql, expected] : {
           sample{"select 1 -- $2 '\n, $1", 1},
           sample{"select 1 -- $2 '\r, $1", 1},
           sample{"select 1 -- $2", 0},
           sample{"select 1 --", 0},
           sample{"select /* $2 ' */ $1", 1},
           sample{"select /* /* $2 */ $3 */ $1", 1},
           sample{"select /* /*/ */ $3 */ */ $1", 1},
           sample{"select /**/$1", 1},
           sample{"select 1 */* $2 */ $1", 1},
           sample{"select 1 - -$1", 1},
           sample{"select 1 +--$2\n $1", 1},
           sample{"select $1 / $2 * $3", 3},
       })
    CHECK(highest(sql) == expected);
}

TEST_CASE("placeholders: texts that end too early") {
  CHECK(fault("select '") == sql_fault::open_string);
  CHECK(fault("select 'it''s") == sql_fault::open_string);
  CHECK(fault("select 'a''") == sql_fault::open_string);
  CHECK(fault("select E'\\'") == sql_fault::open_string);
  CHECK(fault("select E'\\") == sql_fault::open_string);
  CHECK(fault("select E'a'\n'") == sql_fault::open_string);
  CHECK(fault("select U&'a") == sql_fault::open_string);
  CHECK(fault("select \"") == sql_fault::open_identifier);
  CHECK(fault("select \"a\"\"") == sql_fault::open_identifier);
  CHECK(fault("select $$ $") == sql_fault::open_dollar);
  CHECK(fault("select $a$ $b$ $$") == sql_fault::open_dollar);
  CHECK(fault("select /*") == sql_fault::open_comment);
  CHECK(fault("select /* /* */ *") == sql_fault::open_comment);
  CHECK(fault("select /*/") == sql_fault::open_comment);
}

TEST_CASE("placeholders: numbers that are none") {
  CHECK(fault("select $0") == sql_fault::parameter_zero);
  CHECK(fault("select $1, $000") == sql_fault::parameter_zero);
  CHECK(fault("select $65536") == sql_fault::parameter_beyond);
  CHECK(fault("select $4294967297") == sql_fault::parameter_beyond);
  CHECK(fault("select $99999999999999999999999999") == sql_fault::parameter_beyond);
}

TEST_CASE("placeholders: every cut of a text comes to an end") {
  std::string const sql = "select E'a\\'' \n--x\n 'b', $a$ $1 $a$, \"q\"\"\", /* /* */ */ U&'c', $2::int, 1$3 -- $4";
  for (std::size_t begin = 0; begin <= sql.size(); ++begin)
    for (std::size_t n = 0; n <= sql.size() - begin; ++n) CHECK(find_placeholders(sql.substr(begin, n)).highest <= 4);
  CHECK(highest(sql) == 3);
}
