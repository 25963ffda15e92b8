// tusk: tests/wire/copy_binary.cpp — rows out of a binary COPY, however it is divided.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/wire/copy_binary.hpp>

#include "support/catch.hpp"
#include "support/messages.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

using messages::number;
using tusk::errc;
using tusk::wire::copy_rows;

namespace {

std::string const header(tusk::wire::copy_header);
std::string const trailer = number(std::int16_t{-1});

std::string row(std::initializer_list<std::string_view> fields) {
  std::string r = number(static_cast<std::int16_t>(fields.size()));
  for (auto const f : fields) r += number(static_cast<std::int32_t>(f.size())) + std::string(f);
  return r;
}
std::string const with_null = number(std::int16_t{2}) + number(std::int32_t{-1}) + number(std::int32_t{1}) + "x";

/// What is read of `all` in pieces of `piece` bytes, each in memory of its own.
std::vector<std::string> read(std::string const& all, std::size_t piece, std::size_t max_row = 1000) {
  copy_rows rows(max_row);
  std::vector<std::string> found;
  for (std::size_t at = 0; at < all.size(); at += piece) {
    auto const part = std::string_view(all).substr(at, piece);
    auto const exact = std::make_unique<std::byte[]>(part.size());
    std::memcpy(exact.get(), part.data(), part.size());
    rows.add({exact.get(), part.size()});
    for (auto r = rows.next(); !r.empty(); r = rows.next()) found.emplace_back(tusk::wire::as_text(r));
  }
  CHECK(rows.ended());
  return found;
}
void check_refused(std::string const& all, errc why, std::string const& words) {
  for (std::size_t const piece : {all.size(), std::size_t{1}, std::size_t{7}}) {
    if (why == errc::message_too_large && piece == all.size()) continue; // that has a limit of its own
    CAPTURE(piece, words);
    try {
      read(all, piece);
      FAIL("it was taken");
    } catch (tusk::error const& e) {
      CHECK(e.code() == why);
      CHECK_THAT(e.what(), ContainsSubstring(words));
    }
  }
}

} // namespace

TEST_CASE("copy_binary: rows, in pieces of every size") {
  auto const rows = std::vector{row({"one", ""}), with_null, row({}), row({std::string(300, 'x')}), row({"last"})};
  std::string all = header;
  for (auto const& r : rows) all += r;
  all += trailer;
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    CAPTURE(piece);
    CHECK(read(all, piece) == rows);
  }
  CHECK(read(header + trailer, 100).empty());
}

TEST_CASE("copy_binary: a message for each row, as servers send them") {
  copy_rows rows(1000);
  auto const first = header + row({"a"}), second = row({"b"});
  rows.add(tusk::wire::as_bytes(first));
  CHECK(tusk::wire::as_text(rows.next()) == row({"a"}));
  CHECK(rows.next().empty());
  rows.add(tusk::wire::as_bytes(second));
  CHECK(rows.next().data() == tusk::wire::as_bytes(second).data()); // nothing is copied
  CHECK(rows.next().empty());
  CHECK(!rows.ended());
  rows.add(tusk::wire::as_bytes(trailer));
  CHECK(rows.next().empty());
  CHECK(rows.ended());
}

TEST_CASE("copy_binary: a header with an extension, and with flags that do not matter") {
  auto h = header;
  h[14] = 1;
  h[18] = 3;
  CHECK(read(h + "ext" + row({"a"}) + trailer, 5) == std::vector{row({"a"})});
}

TEST_CASE("copy_binary: what is no such thing") {
  check_refused("PGCOPX" + header.substr(6), errc::protocol_violation, "they do not begin");
  auto flags = header;
  flags[12] = 1; // a critical one
  check_refused(flags + trailer, errc::protocol_violation, "unknown flags");
  check_refused(header + number(std::int16_t{-2}) + "x", errc::protocol_violation, "-2 fields");
  check_refused(header + number(std::int16_t{1}) + number(std::int32_t{-2}), errc::protocol_violation, "length -2");
  check_refused(header + trailer + "x", errc::protocol_violation, "behind its end");
  check_refused(header + row({std::string(2000, 'x')}) + trailer, errc::message_too_large, "more than 1000");
}

TEST_CASE("copy_binary: an announced length alone takes no memory") {
  copy_rows rows(1000);
  auto const begin = header + number(std::int16_t{1}) + number(std::int32_t{0x7fffffff});
  rows.add(tusk::wire::as_bytes(begin));
  CHECK(rows.next().empty());
  CHECK(!rows.ended());
}
