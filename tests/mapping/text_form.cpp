// tusk: tests/mapping/text_form.cpp — values as text, whose type is known at run time only.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The judge is what servers sent, in binary and as text (tests/data/types_expected.tsv).
#include <tusk/mapping/text_form.hpp>

#include "support/rows.hpp"
#include "types/served.hpp"

#include <set>
#include <string>

using support::column;
using support::outcome_of;
using support::row_bytes;
using tusk::errc;
using tusk::oid;

namespace {

/// The text, or "bad: " and why.
std::string text_form(oid type, tusk::wire::byte_view sent) {
  support::exact_bytes const exact(sent);
  tusk::reader in(exact.begin(), exact.end());
  std::string out;
  try {
    tusk::mapping::put_text_form(in, type, out);
  } catch (tusk::error const& e) {
    CHECK((e.code() == errc::invalid_value || e.code() == errc::unexpected_null));
    return std::string("bad: ") + e.what();
  }
  return in.ok() ? out : std::string("bad: ") + in.why();
}
/// Any byte may stand behind it.
bool is_text(oid type) { return tusk::reads<std::string>(type) || type == oid::bytea || type == oid::jsonpath; }
std::string text_form(oid type, std::string const& hex) { return text_form(type, codec_test::unhex(hex)); }

} // namespace

TEST_CASE("text form: everything that servers sent, as they wrote it") {
  int checked = 0;
  std::set<oid> types;
  for (auto const& row : served::samples()) {
    if (!tusk::mapping::has_text_form(row.type) || !row.settings.empty()) continue;
    INFO(row.expression);
    CHECK(text_form(row.type, row.sent) == row.text);
    ++checked;
    types.insert(row.type);
  }
  CHECK(checked >= 210);
  CHECK(types.size() >= 60);
}

TEST_CASE("text form: damaged values are refused, or are others") {
  for (auto const& row : served::samples()) {
    if (!tusk::mapping::has_text_form(row.type)) continue;
    auto bytes = row.sent;
    for (std::size_t n = 0; n < bytes.size(); ++n)
      (void)text_form(row.type, tusk::wire::byte_view(bytes).first(n)); // under a sanitizer: nothing behind is read
    bytes.push_back(std::byte(0));
    if (!is_text(row.type)) {
      INFO(row.expression);
      CHECK(text_form(row.type, bytes).starts_with("bad: "));
    }
    bytes.pop_back();
    for (std::size_t bit = 0; bit < bytes.size() * 8 && bit < 400; ++bit) {
      bytes[bit / 8] ^= std::byte(1 << bit % 8);
      (void)text_form(row.type, bytes);
      bytes[bit / 8] ^= std::byte(1 << bit % 8);
    }
  }
}

TEST_CASE("text form: arrays of any element, in any shape") {
  auto const two_boxes = "00000001"
                         "00000000"
                         "0000025b"
                         "00000002"
                         "00000001";
  std::string const unit = "00000020"
                           "3ff0000000000000"
                           "3ff0000000000000"
                           "0000000000000000"
                           "0000000000000000";
  CHECK(text_form(oid::box_array, two_boxes + unit + unit) == "{(1,1),(0,0);(1,1),(0,0)}");
  CHECK(text_form(oid::int2vector, "00000001"
                                   "00000000"
                                   "00000015"
                                   "00000002"
                                   "00000000"
                                   "00000002"
                                   "0001"
                                   "00000002"
                                   "fffe") == "1 -2");
  CHECK(text_form(oid::int2vector, "00000000"
                                   "00000000"
                                   "00000015") == "");
  CHECK(text_form(oid::text_array, "00000001"
                                   "00000001"
                                   "00000019"
                                   "00000003"
                                   "00000000"
                                   "00000000"
                                   "ffffffff"
                                   "00000004"
                                   "6e756c6c") == "[0:2]={\"\",NULL,\"null\"}");
  CHECK(text_form(oid::cid_array, "00000002"
                                  "00000000"
                                  "0000001d"
                                  "00000001"
                                  "00000001"
                                  "00000001"
                                  "00000001"
                                  "00000004"
                                  "00000007") == "{{7}}");
}

TEST_CASE("text form: arrays that are none") {
  CHECK(text_form(oid::int4_array, "00000001"
                                   "00000000"
                                   "00000015"
                                   "00000001"
                                   "00000001"
                                   "00000002"
                                   "0001") == "bad: its elements are of another type");
  CHECK(text_form(oid::int4_array, "00000001"
                                   "00000000"
                                   "00000017"
                                   "00000001"
                                   "00000001"
                                   "00000004"
                                   "0001") == "bad: it ends too early");
  CHECK(text_form(oid::int4_array, "00000001"
                                   "00000000"
                                   "00000017"
                                   "00000001"
                                   "00000001"
                                   "fffffffe"
                                   "0001") == "bad: it ends too early");
  CHECK(text_form(oid::oidvector, "00000001"
                                  "00000001"
                                  "0000001a"
                                  "00000001"
                                  "00000000"
                                  "ffffffff") == "bad: it has a NULL");
}

TEST_CASE("text form: a field says which it is") {
  auto const put = [](row_bytes const& row, oid type) {
    auto const bytes = row.exact();
    std::string out;
    tusk::mapping::put_field(bytes.begin() + 2, bytes.end(), 3, 0, column("n", type), out);
    return out;
  };
  CHECK(put(row_bytes::of(std::int32_t{7}), oid::int4) == "7");
  CHECK(outcome_of([&] { put(row_bytes().add_bytes(""), oid::bool_); }) ==
        support::outcome{errc::invalid_value, "row 3, column \"n\" (bool): bad value: it ends too early"});
  CHECK(outcome_of([&] { put(row_bytes::of(std::int64_t{7}), oid::bool_); }).text ==
        "row 3, column \"n\" (bool): bad value: it is too long");
}
