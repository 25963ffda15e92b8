// tusk: types/all.hpp — every codec of the driver.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Includes only, one line for each file of this folder. A program that wants to compile fewer of them includes the
// headers of its types instead: a type whose header is missing does not compile, it never means something else. Must
// not define anything.
#pragma once

#include <tusk/types/array.hpp>
#include <tusk/types/array_name.hpp>
#include <tusk/types/array_text.hpp>
#include <tusk/types/bit_string.hpp>
#include <tusk/types/boolean.hpp>
#include <tusk/types/bytea.hpp>
#include <tusk/types/calendar_text.hpp>
#include <tusk/types/char.hpp>
#include <tusk/types/clock_text.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/date.hpp>
#include <tusk/types/enumeration.hpp>
#include <tusk/types/float_text.hpp>
#include <tusk/types/floating.hpp>
#include <tusk/types/geometric.hpp>
#include <tusk/types/hstore.hpp>
#include <tusk/types/inet.hpp>
#include <tusk/types/integer.hpp>
#include <tusk/types/interval.hpp>
#include <tusk/types/json.hpp>
#include <tusk/types/jsonpath.hpp>
#include <tusk/types/ltree.hpp>
#include <tusk/types/macaddr.hpp>
#include <tusk/types/microseconds.hpp>
#include <tusk/types/money.hpp>
#include <tusk/types/multi_array.hpp>
#include <tusk/types/multirange.hpp>
#include <tusk/types/null.hpp>
#include <tusk/types/numeric.hpp>
#include <tusk/types/oid.hpp>
#include <tusk/types/pg_lsn.hpp>
#include <tusk/types/point.hpp>
#include <tusk/types/quoted.hpp>
#include <tusk/types/range.hpp>
#include <tusk/types/scanner.hpp>
#include <tusk/types/text.hpp>
#include <tusk/types/tid.hpp>
#include <tusk/types/time_of_day.hpp>
#include <tusk/types/timestamp.hpp>
#include <tusk/types/tsquery.hpp>
#include <tusk/types/tsvector.hpp>
#include <tusk/types/uuid.hpp>
#include <tusk/types/vector.hpp>
#include <tusk/types/xid.hpp>
