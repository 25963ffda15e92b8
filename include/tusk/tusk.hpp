// tusk: tusk.hpp — the whole driver.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The umbrella: includes only, everything that is promised to users. TLS comes with it, and with TLS the need for
// OpenSSL, unless TUSK_NO_TLS is defined. A program that wants to compile less includes the headers that it needs.
#pragma once

#include <tusk/asio_address.hpp>
#include <tusk/cancel_token.hpp>
#include <tusk/command.hpp>
#include <tusk/command_tag.hpp>
#include <tusk/connect.hpp>
#include <tusk/connection.hpp>
#include <tusk/cursor.hpp>
#include <tusk/error.hpp>
#include <tusk/executor.hpp>
#include <tusk/feed.hpp>
#include <tusk/listener.hpp>
#include <tusk/mapping/columns_of.hpp>
#include <tusk/mapping/composite.hpp>
#include <tusk/mapping/iterable.hpp>
#include <tusk/mapping/renamed.hpp>
#include <tusk/mapping/tuple.hpp>
#include <tusk/notification.hpp>
#include <tusk/options.hpp>
#include <tusk/pipeline.hpp>
#include <tusk/plans.hpp>
#include <tusk/query.hpp>
#include <tusk/result.hpp>
#include <tusk/row.hpp>
#include <tusk/row_text.hpp>
#include <tusk/script.hpp>
#include <tusk/sqlstate.hpp>
#include <tusk/statement.hpp>
#include <tusk/transaction.hpp>
#include <tusk/types/all.hpp>
#include <tusk/verbs.hpp>
#include <tusk/with_timeout.hpp>

#if !defined(TUSK_NO_TLS)
#include <tusk/net/tls.hpp>
#endif
