// tusk: conninfo/prisma.hpp — Prisma's own parameters in libpq's words.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// `sslaccept` and `schema` mean something only together with other keywords, in whatever order these stand; here they
// are turned into those. The parameters with a plain value (pgbouncer, connection_limit, socket_timeout, ...) are read
// where all others are, in `settings.hpp`.
#pragma once

#include <tusk/conninfo/keyword_string.hpp>
#include <tusk/conninfo/sources.hpp>
#include <tusk/conninfo/values.hpp>
#include <tusk/error.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace tusk::conninfo {

/// Appends to `options`, the server's command line, that names are looked up in `schema` and nowhere else: Prisma's
/// `schema`. The name is quoted for the path, then escaped for the command line, which the server splits at blanks.
inline void add_search_path(std::string_view schema, std::string& options) {
  if (!options.empty()) options += ' ';
  options += "-c search_path=\"";
  for (char c : schema) {
    if (is_blank(c) || c == '\\') options += '\\';
    if (c == '"') options += '"';
    options += c;
  }
  options += '"';
}

/// Replaces `sslaccept` by sslmode and sslrootcert. "strict" verifies certificate and name, with the system's CAs
/// unless one is given; "accept_invalid_certs" is what sslmode alone says in libpq: encrypted, unverified. Beside it
/// `sslcert` is Prisma's too: the certificate of a CA, which libpq calls `sslrootcert`. Throws errc::invalid_option.
inline void apply_sslaccept(sources& from) {
  auto const text = [&](keyword const& k) {
    auto const* const value = from.find(k);
    return value ? *value : std::string();
  };
  if (!from.find("sslaccept"_keyword)) return;
  auto const accept = text("sslaccept"_keyword), mode = text("sslmode"_keyword);
  auto authority = text("sslcert"_keyword);
  value_check("sslaccept"_keyword, accept, from.origin("sslaccept"_keyword)).run();
  if (from.find("sslmode"_keyword)) value_check("sslmode"_keyword, mode, from.origin("sslmode"_keyword)).run();
  bool const strict = accept == "strict";
  if (strict ? mode == "disable" : mode.starts_with("verify-"))
    throw error(errc::invalid_option,
                "sslaccept \"" + accept + "\" contradicts sslmode \"" + mode + "\"; leave one of them out");
  if (!authority.empty() && !text("sslkey"_keyword).empty())
    throw error(
        errc::invalid_option,
        "sslcert beside sslaccept is the certificate of a CA, as Prisma has it, but sslkey is given too; for the "
        "certificate of a client leave sslaccept out");
  if (from.find("sslcert"_keyword)) from.put("sslcert"_keyword, "");
  if (!strict) return;
  if (!authority.empty() || text("sslrootcert"_keyword).empty())
    from.put("sslrootcert"_keyword, authority.empty() ? "system" : std::move(authority));
  from.put("sslmode"_keyword, "verify-full");
}

} // namespace tusk::conninfo
