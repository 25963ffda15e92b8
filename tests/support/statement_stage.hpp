// tusk tests: support/statement_stage.hpp — a connection that is played, and a statement that is run on it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include "support/dialling.hpp"
#include "support/statements.hpp"

#include <tusk/net/misfit.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <utility>

/// The statement "s". Nothing is known of it before the test says so.
struct statement_stage {
  statement_stage(std::string const& sql, std::function<void(memory::peer&)> server)
      : subject(new tusk::protocol::statement("s", sql, {})) {
    d.others = std::move(server);
    p = d.connect();
    before = d.last().got.size();
  }
  /// Runs it, with these columns as text.
  void run(tusk::protocol::text_columns in_text = nullptr) {
    auto r = statements::request_of(subject);
    r.in_text = in_text;
    tusk::net::pump<dial::mode>::perform<tusk::net::unheard>(p, std::move(r)).get();
  }
  /// What has been sent since the login.
  std::string sent() { return d.last().got.substr(before); }

  dial::dialling d;
  tusk::protocol::ref<tusk::net::pump<dial::mode>> p;
  tusk::protocol::ref<tusk::protocol::statement> subject;
  std::size_t before = 0;
};

/// One who has the connection to himself.
struct holder final : tusk::net::tenure {
  void revoked() noexcept override {}
};
