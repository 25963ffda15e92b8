// tusk: types/jsonpath.hpp — jsonpath as tusk::jsonpath: a query into documents, kept as text.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A strong type as json and jsonb are, which it does not turn into. Nothing is parsed here; the server judges the text,
// and writes a path out of its parsed form: $.a[*] comes back as $."a"[*]. Must not know any JSON library.
#pragma once

#include <tusk/types/codec.hpp>
#include <tusk/types/json.hpp>
#include <tusk/types/text.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tusk {

/// A path of the SQL/JSON path language. Empty by default, which is no path yet.
using jsonpath = json_text<oid::jsonpath>;

/// The text stands behind a version, as that of a jsonb. 1 is the only one that there is.
template <> struct codec<jsonpath> {
  static constexpr std::array oids{oid::jsonpath};
  static constexpr oid array = oid::jsonpath_array;
  static constexpr std::string_view name = "tusk::jsonpath";

  static void decode(reader& in, jsonpath& out) {
    if (in.get<std::uint8_t>() != 1) return in.fail("its jsonpath version is not 1");
    out.text_ = wire::as_text(in.rest());
  }
  static void encode(jsonpath const& value, writer& to) {
    to.put(std::uint8_t{1});
    put_characters(value.text(), to);
  }
};

} // namespace tusk
