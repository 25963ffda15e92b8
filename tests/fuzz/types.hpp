// tusk: tests/fuzz/types.hpp — what some types do not promise.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Each exception to a property has its reason here: none is made in silence.
#pragma once

#include "types/users.hpp"

#include <tusk/types/all.hpp>

#include <cstddef>
#include <string_view>
#include <vector>

namespace fuzz {

using users::mood, users::nested, users::pt;

// ---- what a type does not promise, each with the reason -------------------------------------------------------------

/// What reading a value's own text comes to.
enum class fidelity {
  exact,     ///< the same value
  same_text, ///< a value with the same text
  readable,  ///< a value
  none       ///< perhaps it is refused
};

/// Where nothing is said, all of it is promised. A reason that is not empty is an exception.
struct usual {
  static constexpr std::string_view no_text = "";        ///< its text is not read
  static constexpr std::string_view all_bytes = "";      ///< no bytes are refused
  static constexpr std::string_view all_texts = "";      ///< no text is refused
  static constexpr std::string_view unjudged = "";       ///< values are read from text that have no binary form
  static constexpr std::string_view no_binary_form = ""; ///< values are not encoded
  template <class T> static fidelity of(T const&, std::string_view) { return fidelity::exact; }
};

struct raw_bytes : usual {
  static constexpr std::string_view all_bytes = "any bytes are a value";
};
struct raw_text : usual {
  static constexpr std::string_view all_texts = "any text is a value, or is for the server to judge";
};
struct raw : raw_bytes {
  static constexpr std::string_view all_texts = raw_text::all_texts;
};
struct bytes_view : raw_bytes {
  static constexpr std::string_view no_text = "a view, and no memory has the bytes that a text stands for";
};
struct views : usual {
  static constexpr std::string_view no_text = "views, and no memory has the texts without their quotes";
};
struct as_text : usual {
  static constexpr std::string_view no_binary_form = "sent as text, for its type has no number that is known";
};
struct characters : usual {
  static constexpr std::string_view no_binary_form = "a std::vector<char> is seldom meant as an array of \"char\"";
};
struct unjudged_text : raw_text {
  static constexpr std::string_view unjudged = "what is no path or pattern is for the server to judge";
};
struct rounded : usual {
  static constexpr std::string_view unjudged = "numbers that are no halves, which a server rounds";
};
struct unordered : usual {
  static constexpr std::string_view unjudged = "indexes and zeros are for the server to judge";
};

/// Floating-point numbers: a NaN has many binary forms and one text.
struct with_nans : usual {
  template <class T> static fidelity of(T const&, std::string_view text) {
    return text.find("NaN") == text.npos ? fidelity::exact : fidelity::same_text;
  }
};
/// Corners that servers send as they are, and order when they read.
struct with_corners : with_nans {
  static fidelity of(tusk::box const& b, std::string_view text) {
    return tusk::box::spanning(b.high, b.low) == b ? with_nans::of(b, text) : fidelity::readable;
  }
  static fidelity of(std::vector<tusk::box> const& all, std::string_view text) {
    for (auto const& b : all)
      if (of(b, text) == fidelity::readable) return fidelity::readable;
    return with_nans::of(all, text);
  }
};
/// Servers send what they no longer take.
struct old_tsvector : usual {
  static fidelity of(tusk::tsvector const& v, std::string_view) {
    std::string_view before;
    for (auto const& one : v.lexemes()) {
      if (one.text == before) return fidelity::none; // empty, or there twice
      before = one.text;
      if (!one.positions.empty() && one.positions.front().at == 0) return fidelity::none;
    }
    return fidelity::exact;
  }
};
/// As above; and a & (b & c) is written, as servers do, like (a & b) & c.
struct old_tsquery : usual {
  static fidelity of(tusk::tsquery const& q, std::string_view) {
    using kind = tusk::tsquery::kind;
    auto const& all = q.nodes();
    auto result = fidelity::exact;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].what == kind::word && all[i].text.empty()) return fidelity::none;
      if (all[i].distance < 0 || all[i].distance > 16384) return fidelity::none;
      bool const chained = all[i].what == kind::and_ || all[i].what == kind::or_;
      if (chained && all[i + 1].what == all[i].what) result = fidelity::same_text; // its right operand is the next one
    }
    return result;
  }
};

} // namespace fuzz
