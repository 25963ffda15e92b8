// tusk: wire/column.hpp — what a server says about one column of a result.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One entry of a RowDescription message (PostgreSQL documentation, "Message Formats"). Filled by the message parser,
// read by the mapping and by users. Knows neither messages nor C++ types.
#pragma once

#include <tusk/wire/oid.hpp>

#include <cstdint>
#include <string>

namespace tusk::wire {

/// One column of a result.
struct column {
  std::string name;           ///< as in the statement: folded to lower case unless quoted; `?column?` when it has none
  oid type = oid::none;       ///< of a domain: the type below it
  oid table = oid::none;      ///< the table that the column comes from; none for an expression
  std::int16_t attribute = 0; ///< its number in that table, from 1; 0 for an expression
  std::int16_t size = 0;      ///< bytes of the type (pg_type.typlen); negative where it varies
  std::int32_t modifier = -1; ///< such as the n of varchar(n) plus 4 (pg_attribute.atttypmod); -1: none
  std::int16_t format = 0;    ///< of the values: 0 text, 1 binary; 0 also where the format is not known yet
};

} // namespace tusk::wire
