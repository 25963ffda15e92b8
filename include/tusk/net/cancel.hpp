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
#include <cstdint>
#include <exception>
#include <vector>

namespace tusk::net {

/// What a server gives at login, to name a backend to it.
struct cancel_key {
  std::uint32_t pid = 0;
  std::vector<std::byte> bytes; ///< empty: it gave none
};

inline cancel_key key_of(protocol::session const& s) {
  auto const key = s.cancel_key();
  return {s.backend_pid(), {key.begin(), key.end()}};
}

/// Returns when the server has taken the request, or could not be reached: then the statement simply runs on, and the
/// one who waits for its end has a deadline for it.
template <class Mode>
typename Mode::template task<void> cancel_backend(typename Mode::executor executor, address to,
                                                  conninfo::settings const& settings, tls_settings const& tls,
                                                  cancel_key key, bool secure) {
  if (key.bytes.empty()) co_return; // it cannot be asked
  wire::buffer request;
  wire::cancel_request(request, key.pid, key.bytes);
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
