// tusk: net/secure.hpp — asking a server for TLS and going through the handshake.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   client: SSLRequest     server: 'S' then the handshake | 'N' no TLS here | 'E' an ErrorResponse of an old server
//   client: the handshake at once (sslnegotiation=direct)
//
// Everything the server says before the handshake is done may come from anybody: it is not shown, and bytes behind the
// 'S' are an attempt to smuggle plain text into the session (CVE-2021-23222). Used for sessions and for cancelling.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/error.hpp>
#include <tusk/net/filter.hpp>
#include <tusk/net/transport.hpp>
#include <tusk/wire/backend.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <exception>
#include <string>
#include <system_error>

namespace tusk::net {

/// Sends all that is queued in the transport.
template <class Mode> typename Mode::template task<void> flush_all(transport<Mode>& t) {
  while (!t.flush()) co_await t.socket().writable();
}

inline tls_settings tls_for(conninfo::settings const& s, conninfo::endpoint const& to) {
  tls_settings t{s.tls, to.host};
  if (s.sslmode == conninfo::sslmode::verify_full)
    t.check = verify::chain_name;
  else if (!t.root_file.empty())
    t.check = verify::chain;
  return t;
}

/// A turn of the handshake: sends, and receives unless that was the last of it. A server that goes away here refuses
/// TLS.
template <class Mode>
typename Mode::template task<std::size_t> handshake_turn(transport<Mode>& t, bool last, char const* hint) {
  try {
    co_await flush_all<Mode>(t);
    if (last) co_return 0;
    co_return co_await t.socket().read_some(t.handshake_room(), false);
  } catch (std::system_error const& e) {
    if (Mode::is_cancellation(e.code())) throw;
    throw error(errc::tls_failed, std::string("the TLS handshake was not completed: ") + lost<Mode>(e).what() + hint);
  }
}

/// Puts TLS between. Throws errc::tls_failed.
template <class Mode> typename Mode::template task<void> shake_hands(transport<Mode>& t, tls_settings const& settings) {
  t.begin_tls(tls_factory(settings));
  char const* hint = settings.negotiation == conninfo::sslnegotiation::postgres
                         ? ""
                         : " (sslnegotiation=direct needs PostgreSQL 17 or newer with TLS, or a proxy that begins so)";
  std::size_t received = 0;
  for (bool done = false; !done;) {
    std::exception_ptr failed;
    try {
      done = t.handshake_step(received);
    } catch (...) {
      failed = std::current_exception();
    }
    if (failed) {
      try {
        t.flush();                       // the alert: as far as it goes without waiting
      } catch (std::exception const&) {} // what failed first is what is to be told
      std::rethrow_exception(failed);
    }
    received = co_await handshake_turn<Mode>(t, done, hint);
    hint = ""; // it has answered
  }
}

/// Asks for TLS. False: the server has none, and the connection can go on in the clear. Throws
/// errc::protocol_violation for any other answer than yes and no.
template <class Mode> typename Mode::template task<bool> request_tls(transport<Mode>& t) {
  wire::buffer ask;
  wire::ssl_request(ask);
  t.put(ask);
  co_await flush_all<Mode>(t);
  std::byte answer[16];
  std::size_t const n = co_await t.socket().read_some(answer, false);
  auto const said = static_cast<char>(answer[0]);
  if (said == 'E')
    throw error(errc::protocol_violation, "the server answered the request for TLS with an error, whose text cannot be "
                                          "trusted and is not shown; it is not PostgreSQL, or older than 7.0");
  if (said != 'S' && said != 'N')
    throw error(errc::protocol_violation, "the server answered the request for TLS with " + wire::type_text(said) +
                                              ", not with S or N: it does not speak PostgreSQL's protocol");
  if (n != 1)
    throw error(errc::protocol_violation, "the server sent unencrypted bytes behind its answer to the request for TLS, "
                                          "as an attacker in the middle would");
  co_return said == 'S';
}

/// Brings about TLS, as `settings.negotiation` says. Returns false when the server answers that it has none. Throws as
/// the two above.
template <class Mode>
typename Mode::template task<bool> negotiate_tls(transport<Mode>& t, tls_settings const& settings) {
  if (settings.negotiation == conninfo::sslnegotiation::postgres) {
    bool const agreed = co_await request_tls<Mode>(t);
    if (!agreed) co_return false;
  }
  co_await shake_hands<Mode>(t, settings);
  co_return true;
}

} // namespace tusk::net
