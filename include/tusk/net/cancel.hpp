// tusk: net/cancel.hpp — asking a server, over a second connection, to end what a first one is running.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// CancelRequest goes to the same address and, when the session has TLS, only through TLS: the key must not be seen. The
// server answers nothing; it has signalled the backend once it closes the connection, so its end is waited for.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/net/address.hpp>
#include <tusk/net/secure.hpp>
#include <tusk/net/transport.hpp>
#include <tusk/protocol/session.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <exception>

namespace tusk::net {

/// Returns when the server has taken the request, or could not be reached: then the statement simply runs on, and the
/// one who waits for its end has a deadline for it.
template <class Mode>
typename Mode::template task<void> cancel_backend(typename Mode::executor executor, address to,
                                                  conninfo::settings const& settings, tls_settings const& tls,
                                                  protocol::session const& session, bool secure) {
  if (session.cancel_key().empty()) co_return; // the server gave none: it cannot be asked
  wire::buffer request;
  wire::cancel_request(request, session.backend_pid(), session.cancel_key());
  transport<Mode> t(executor);
  t.socket().shield(true); // whoever is cancelled meanwhile still owes the server this
  typename Mode::alarm const limit(executor, t.socket(), settings.cancel_timeout);
  try {
    co_await t.socket().connect(to, settings);
    if (secure && !co_await negotiate_tls<Mode>(t, tls)) co_return;
    t.put(request);
    co_await flush_all<Mode>(t);
    std::byte nothing[64];
    for (;;) co_await t.socket().read_some(nothing, false); // until the end, which is an exception
  } catch (std::exception const&) {}                        // there is nobody to tell
}

} // namespace tusk::net
