// tusk tests: support/tls_visit.hpp — a client that dials a server in memory by real TLS, and how it is received.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/catch.hpp"
#include "support/settled.hpp"
#include "support/tls_peer.hpp"

#include <tusk/net/dial.hpp>
#include <tusk/net/tls.hpp>

#include <string>

namespace support {

/// A test sets up `site` and `options`, and then dials.
struct tls_visit {
  tls_visit() { serve(net, site); }
  tls_visit(tls_visit const&) = delete;
  tls_visit& operator=(tls_visit const&) = delete;

  /// "ssl", "plain", or why not.
  std::string dial() {
    try {
      auto const settings = settled(options);
      auto const pump = tusk::net::dial<memory::memory_mode>({&net}, settings).get();
      CHECK(pump->transport().secure() == site.last_was_tls);
      return site.last_was_tls ? "ssl" : "plain";
    } catch (tusk::error const& e) {
      return e.what();
    }
  }

  tls_site site;
  memory::network net;
  tusk::options options;
};

} // namespace support
