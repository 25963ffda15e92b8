// tusk: types/all.hpp — every codec of the driver.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Includes only, one line for each file of this folder. A program that wants to compile fewer of them includes the
// headers of its types instead: a type whose header is missing does not compile, it never means something else. Must
// not define anything.
#pragma once

#include <tusk/types/array.hpp>
#include <tusk/types/boolean.hpp>
#include <tusk/types/bytea.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/date.hpp>
#include <tusk/types/floating.hpp>
#include <tusk/types/integer.hpp>
#include <tusk/types/json.hpp>
#include <tusk/types/null.hpp>
#include <tusk/types/oid.hpp>
#include <tusk/types/text.hpp>
#include <tusk/types/timestamp.hpp>
#include <tusk/types/uuid.hpp>
