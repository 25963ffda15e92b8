// tusk: types/all.hpp — every codec of the driver.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Includes only. A program that wants a few types includes their headers instead.
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
