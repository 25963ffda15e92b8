// tusk: conninfo/providers.hpp — what providers and other drivers write into a URL, and what it means here.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One table: words that are no keywords of libpq, but stand in strings that people are given to copy. Each row has its
// reason. What can only be judged together with other keywords (pgbouncer, schema, sslaccept, connection_limit, ...) is
// a keyword of the driver's own and stands in `keywords.hpp`; what is in neither table is an error.
#pragma once

#include <tusk/conninfo/keywords.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tusk::conninfo {

enum class verdict : std::uint8_t {
  means,     ///< `keyword` with the value `text`
  nothing,   ///< taken, and rightly without effect: `text` says why
  file,      ///< the value is the path of a socket's file
  refused,   ///< `text` says what to write instead
  not_a_url, ///< a connection string that begins so is refused; `text` says what to copy instead
};

struct foreign_word {
  std::string_view name;  ///< of a parameter; of not_a_url: how the whole string begins
  std::string_view value; ///< that the row is about; *: any other
  conninfo::verdict verdict;
  std::string_view keyword;
  std::string_view text;
};

inline constexpr foreign_word foreign_words[] = {
    // clang-format off
    // JDBC's spelling, the one that libpq has too.
    {"ssl", "true", verdict::means, "sslmode", "require"},
    // node-postgres and Sequelize. Their no-verify is what libpq's "require" is: encrypted, with whom ever.
    {"ssl", "1", verdict::means, "sslmode", "require"},
    {"ssl", "false", verdict::means, "sslmode", "disable"},
    {"ssl", "0", verdict::means, "sslmode", "disable"},
    {"ssl", "no-verify", verdict::means, "sslmode", "require"},
    {"sslmode", "no-verify", verdict::means, "sslmode", "require"},
    {"uselibpqcompat", "true", verdict::nothing, "", "sslmode means here what it means in libpq anyway"},
    {"uselibpqcompat", "*", verdict::refused, "", "without libpq's rules node-postgres verifies the certificate in every sslmode; write sslmode=verify-full for that, else uselibpqcompat=true"},
    // Supabase's integration with Vercel marks its pooler's URLs so.
    {"supa", "base-pooler.x", verdict::nothing, "", "a mark for Vercel's tools"},
    {"workaround", "supabase-pooler.vercel", verdict::nothing, "", "a mark for Vercel's tools"},
    // Prisma.
    {"sslidentity", "*", verdict::refused, "", "it is Prisma's, for a PKCS #12 file; write sslcert=FILE and sslkey=FILE with what `openssl pkcs12 -nokeys` and `openssl pkcs12 -nocerts` make of it, and keep sslpassword"},
    {"pool", "*", verdict::refused, "", "for Prisma Postgres behind its pooler write the host pooled.db.prisma.io; for a pool's size write connection_limit"},
    // pyro-postgres and zero-postgres name the file, libpq the directory and the port.
    {"socket", "*", verdict::file, "", ""},
    // Settings of the server: drivers that forward what they do not know take them, libpq does not.
    {"statement_timeout", "*", verdict::refused, "", "a setting of the server is written options=-c%20statement_timeout%3DVALUE"},
    {"lock_timeout", "*", verdict::refused, "", "a setting of the server is written options=-c%20lock_timeout%3DVALUE"},
    {"idle_in_transaction_session_timeout", "*", verdict::refused, "", "a setting of the server is written options=-c%20idle_in_transaction_session_timeout%3DVALUE"},
    {"search_path", "*", verdict::refused, "", "a setting of the server is written options=-c%20search_path%3DVALUE; for a single schema there is also schema=NAME"},
    {"timezone", "*", verdict::refused, "", "a setting of the server is written options=-c%20timezone%3DVALUE"},
    // Whole strings.
    {"prisma+postgres://", "", verdict::not_a_url, "", "this is for Prisma's own client, which speaks HTTP; copy the database's direct connection string, which begins with postgres://"},
    {"prisma://", "", verdict::not_a_url, "", "this is for Prisma Accelerate, which speaks HTTP; copy the database's direct connection string, which begins with postgres://"},
    {"http://", "", verdict::not_a_url, "", "this is the address of a web page or an HTTP interface; copy the database's connection string, which begins with postgres:// or postgresql://"},
    {"https://", "", verdict::not_a_url, "", "this is the address of a web page or an HTTP interface; copy the database's connection string, which begins with postgres:// or postgresql://"},
    {"ws://", "", verdict::not_a_url, "", "this is the address of a WebSocket proxy; copy the database's connection string, which begins with postgres:// or postgresql://"},
    {"wss://", "", verdict::not_a_url, "", "this is the address of a WebSocket proxy; copy the database's connection string, which begins with postgres:// or postgresql://"},
    {"jdbc:", "", verdict::not_a_url, "", "this is for JDBC; leave \"jdbc:\" out and put user and password before the host: postgresql://USER:PASSWORD@HOST/DATABASE"},
    {"postgresql+", "", verdict::not_a_url, "", "this names a driver after the \"+\", as SQLAlchemy has it; leave the \"+\" and the name out: postgresql://..."},
    {"postgres+", "", verdict::not_a_url, "", "this names a driver after the \"+\", as SQLAlchemy has it; leave the \"+\" and the name out: postgres://..."},
    {"pgsql://", "", verdict::not_a_url, "", "the scheme is written postgres://, postgresql:// or pg://"},
    {"psql://", "", verdict::not_a_url, "", "the scheme is written postgres://, postgresql:// or pg://"},
    {"postgis://", "", verdict::not_a_url, "", "the scheme is written postgres://, postgresql:// or pg://"},
    {"socket:", "", verdict::not_a_url, "", "this is node-postgres's form of a socket; write postgres:///DATABASE?host=/DIRECTORY"},
    {"psql ", "", verdict::not_a_url, "", "this is a command for a shell; copy only the URL in it, without psql and without quotes"},
    {"'", "", verdict::not_a_url, "", "this begins with a quote; leave the quotes around it out"},
    {"\"", "", verdict::not_a_url, "", "this begins with a quote; leave the quotes around it out"},
    // clang-format on
};

/// The row about this parameter of a URL, or nullptr.
constexpr foreign_word const* find_foreign(std::string_view name, std::string_view value) noexcept {
  for (auto const& w : foreign_words)
    if (w.verdict != verdict::not_a_url && w.name == name && (w.value == value || w.value == "*")) return &w;
  return nullptr;
}

/// What somebody who pasted `text` should have pasted; empty when nothing is known of how it begins.
constexpr std::string_view what_to_copy(std::string_view text) noexcept {
  for (auto const& w : foreign_words)
    if (w.verdict == verdict::not_a_url && text.starts_with(w.name)) return w.text;
  // DATABASE_URL=postgres://...
  std::size_t n = 0;
  while (n < text.size() && ((text[n] >= 'A' && text[n] <= 'Z') || text[n] == '_')) ++n;
  bool const assignment = n > 0 && text.substr(n).starts_with('=') && text.find("://") != text.npos;
  return assignment ? "this begins with the name of a variable; copy only what follows the \"=\", without quotes" : "";
}

} // namespace tusk::conninfo
