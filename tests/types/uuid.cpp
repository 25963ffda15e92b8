// tusk: tests/types/uuid.cpp — tusk::uuid.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/types/uuid.hpp>

#include "types/check.hpp"

#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>

using namespace codec_test;
using tusk::uuid;

namespace {

constexpr auto canonical = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
constexpr auto sent = "a0eebc999c0b4ef8bb6d6bb9bd380a11";

} // namespace

static_assert(std::is_trivially_copyable_v<uuid> && sizeof(uuid) == 16);
static_assert(uuid::parse("00000000-0000-0000-0000-0000000000ff").bytes[15] == std::byte{0xff});
static_assert(uuid{} == uuid::parse("00000000000000000000000000000000"));

TEST_CASE("uuid: bytes both ways") {
  auto const id = decode<uuid>(sent);
  CHECK(to_string(id) == canonical);
  CHECK(encode(id) == sent);
  CHECK(encode(uuid{}) == "00000000000000000000000000000000");
}

TEST_CASE("uuid: sixteen bytes, no more and no fewer") {
  CHECK(refused<uuid>("") == "it ends too early");
  CHECK(refused<uuid>("a0eebc999c0b4ef8bb6d6bb9bd380a") == "it ends too early");
  CHECK(refused<uuid>("a0eebc999c0b4ef8bb6d6bb9bd380a1100") == "bytes are left over");
}

TEST_CASE("uuid: what PostgreSQL reads is read") {
  auto const id = decode<uuid>(sent);
  for (auto text : {
           canonical,
           "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
           "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
           "a0eebc999c0b4ef8bb6d6bb9bd380a11",
           "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11",
           "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}",
       })
    CHECK(uuid::parse(text) == id);
}

TEST_CASE("uuid: what PostgreSQL refuses is refused, and shown") {
  for (auto text : {
           "",
           "{",
           "}",
           "{}",
           "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",
           "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111",
           "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g",
           "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
           "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
           "-a0eebc999c0b4ef8bb6d6bb9bd380a11",
           "a0eebc999c0b4ef8bb6d6bb9bd380a11-",
           "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11",
           "a0eeb-c999c0b4ef8bb6d6bb9bd380a11",
           "a0-eebc999c0b4ef8bb6d6bb9bd380a11",
           " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
           "a0eebc99 9c0b 4ef8 bb6d 6bb9bd380a11",
           "{{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}}",
       }) {
    INFO(text);
    try {
      uuid::parse(text);
      FAIL_CHECK("was read");
    } catch (tusk::error const& e) {
      CHECK(e.code() == tusk::errc::invalid_value);
      CHECK(std::string(e.what()).starts_with('"' + std::string(text) + "\" is no uuid"));
    }
  }
  CHECK_THROWS_AS(uuid::parse(std::string_view("\0", 1)), tusk::error);
}

TEST_CASE("uuid: text and value, there and back") {
  for (int bit = 0; bit < 128; ++bit) {
    uuid id;
    id.bytes[static_cast<std::size_t>(bit / 8)] = std::byte(1 << bit % 8);
    CHECK(uuid::parse(to_string(id)) == id);
  }
}

TEST_CASE("uuid: ordered byte by byte, unsigned, and hashed") {
  auto const low = uuid::parse("00000000-0000-0000-0000-0000000000ff");
  auto const middle = uuid::parse("7f000000-0000-0000-0000-000000000000");
  auto const high = uuid::parse("80000000-0000-0000-0000-000000000000");
  CHECK(low < middle);
  CHECK(middle < high);
  CHECK(high > low);
  std::unordered_set<uuid> const ids{low, middle, high, low};
  CHECK(ids.size() == 3);
  CHECK(ids.contains(uuid::parse(to_string(middle))));
}
