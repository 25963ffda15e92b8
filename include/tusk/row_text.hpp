// tusk: row_text.hpp — the fields of a dynamic row in PostgreSQL's own text form.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For tools, which print whatever comes. Apart from row.hpp because all types of the driver are needed for it. Knows
// the values leg only.
#pragma once

#include <tusk/error.hpp>
#include <tusk/mapping/decode.hpp>
#include <tusk/mapping/text_columns.hpp>
#include <tusk/mapping/text_form.hpp>
#include <tusk/mapping/words.hpp>
#include <tusk/row.hpp>
#include <tusk/wire/bytes.hpp>

#include <string>

namespace tusk {

template <class String> String field::text() const {
  using mapping::words;
  auto const where = [this] { return mapping::field_words(row_number_, index_, column_); };
  if (is_null()) throw error(errc::unexpected_null, words({where(), ": NULL has no text, ask is_null() first"}));
  if (column_->format == 0) return String(wire::as_text(bytes()));
  if (!mapping::has_text_form(column_->type))
    throw error(errc::column_mismatch, words({where(), ": has come in binary, its text form only the server knows: "
                                                       "cast it to text in the query"}));
  String out;
  mapping::put_field(at_, end_, row_number_, index_, *column_, out);
  return out;
}

} // namespace tusk
