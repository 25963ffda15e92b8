// tusk: net/secure.hpp — asking a server for TLS and going through the handshake.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   client: SSLRequest     server: 'S' then the handshake | 'N' no TLS here | 'E' an ErrorResponse of an old server
//
// Everything the server says before the handshake is done may come from anybody: it is not shown, and bytes behind the
// 'S' are an attempt to smuggle plain text into the session (CVE-2021-23222). Used for sessions and for cancelling.
#pragma once

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

/// A turn of the handshake: sends, and receives unless that was the last of it. A server that goes away here refuses
/// TLS.
template <class Mode> typename Mode::template task<std::size_t> handshake_turn(transport<Mode>& t, bool last) {
  try {
    co_await flush_all<Mode>(t);
    if (last) co_return 0;
    co_return co_await t.socket().read_some(t.handshake_room(), false);
  } catch (std::system_error const& e) {
    if (Mode::is_cancellation(e.code())) throw;
    throw error(errc::tls_failed, std::string("the TLS handshake was not completed: ") + lost<Mode>(e).what());
  }
}

/// Returns false when the server answers that it has no TLS; the connection can then go on in the clear. Throws
/// errc::tls_failed when the handshake fails, errc::protocol_violation for any other answer.
template <class Mode>
typename Mode::template task<bool> negotiate_tls(transport<Mode>& t, tls_settings const& settings) {
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
  if (said == 'N') co_return false;
  t.begin_tls(tls_factory(settings));
  for (std::size_t received = 0;;) {
    bool done = false;
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
    received = co_await handshake_turn<Mode>(t, done);
    if (done) co_return true;
  }
}

} // namespace tusk::net
