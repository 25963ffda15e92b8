// tusk: types/tsvector.hpp — tsvector, a document prepared for full text search.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Words in the form in which they are looked for (lexemes), with where in the document they stand and how much they
// count there. Nothing is reduced to its stem here, which is to_tsvector() in the server. Must not know the queries;
// what their text has in common with this one, the writing of a lexeme, is here for them too.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// How much a lexeme counts at a position: A is the most, D what is not marked otherwise. Ordered so.
enum class lexeme_weight : std::uint8_t { d, c, b, a };

/// The lexemes of a document: each once, ordered byte by byte. Empty by default.
///
/// Equal when all of them are, as in the server. No order: the server has one, by the size that it stores, which says
/// nothing about documents.
class tsvector {
 public:
  struct position {
    std::uint16_t at = 1; ///< 1 to 16383
    lexeme_weight weight = lexeme_weight::d;

    friend bool operator==(position const&, position const&) = default;
  };
  struct lexeme {
    std::string text;                ///< 1 to 2047 bytes, none of them NUL
    std::vector<position> positions; ///< in ascending order, each once, 256 at most; none if it is not known where

    friend bool operator==(lexeme const&, lexeme const&) = default;
  };

  tsvector() = default;
  /// Puts them in order. Of two equal lexemes one is made, with the positions of both; of two equal positions, one with
  /// the higher weight. Throws error (errc::invalid_value) on what is out of the ranges that are said above; a server
  /// would take 16383 for what is more, and leave out positions.
  explicit tsvector(std::vector<lexeme> lexemes);

  /// Reads, with blanks between the lexemes, in any order:
  ///
  ///     tsvector  = *lexeme
  ///     lexeme    = word [":" position *( "," position )]
  ///     word      = "'" 1*( character | "''" | "\" character ) "'"
  ///               | 1*( character | "\" character )    ; ends before ":" and blanks, but may begin with ":"
  ///     position  = number [weight]                     ; 1 to 16383
  ///     weight    = "A" | "B" | "C" | "D", in either case
  ///
  /// Throws error (errc::invalid_value) on anything else, and as the constructor does.
  static tsvector parse(std::string_view text);

  /// What a server sent is given as it is: it may hold what it no longer takes, the position 0 and an empty or a
  /// repeated lexeme.
  std::vector<lexeme> const& lexemes() const noexcept { return lexemes_; }

  friend bool operator==(tsvector const&, tsvector const&) = default;

 private:
  friend struct codec<tsvector>;
  static void sort(std::vector<lexeme>& all) noexcept;
  static void add(lexeme& to, position p);

  std::vector<lexeme> lexemes_;
};

/// How a lexeme is written in a tsvector and in a tsquery.
struct lexeme_text {
  static constexpr std::size_t longest = 2047;       ///< bytes; MAXSTRLEN in ts_type.h
  static constexpr std::size_t last_begin = 1048575; ///< where the last lexeme of a value may begin; MAXSTRPOS

  static void append(std::string& to, std::string_view text) {
    to += '\'';
    for (char const c : text) {
      if (c == '\'' || c == '\\') to += c;
      to += c;
    }
    to += '\'';
  }

  /// Takes a word. Without quotes it ends before a blank or one of `ends`, which its first character may be: that is
  /// for the caller to judge.
  static std::string take(scanner& in, std::string_view ends) {
    std::string word;
    bool const quoted = in.eat('\'');
    for (;;) {
      if (quoted ? in.eat('\'') && in.peek() != '\''
                 : in.done() || scanner::is_blank(in.peek()) || (!word.empty() && ends.find(in.peek()) != ends.npos))
        break;
      in.eat('\\');
      word += in.take(1);
    }
    if (word.empty()) in.refuse();
    return word;
  }

  /// Throws when no value can have it.
  static void check(std::string_view text) {
    if (text.empty()) throw error(errc::invalid_value, "a lexeme is empty");
    if (text.find('\0') != text.npos)
      throw error(errc::invalid_value, "the lexeme \"" + printable(text, 60) + "\" has a NUL in it");
    if (text.size() > longest)
      throw error(errc::invalid_value, "the lexeme \"" + printable(text, 60) + "\" has " + std::to_string(text.size()) +
                                           " bytes, PostgreSQL takes 2047 at most");
  }

  /// Refuses to send a lexeme before which others take `bytes` bytes.
  static void bound(std::size_t bytes, writer& to) {
    if (bytes > last_begin) to.fail("its lexemes have more than 1048575 bytes, which PostgreSQL does not take");
  }
};

/// As PostgreSQL writes it: 'fat':2A,5 'rat'.
inline std::string to_string(tsvector const& vector) {
  std::string text;
  for (auto const& lexeme : vector.lexemes()) {
    if (!text.empty()) text += ' ';
    lexeme_text::append(text, lexeme.text);
    char before = ':';
    for (auto const& position : lexeme.positions) {
      text.append(1, before).append(std::to_string(position.at));
      if (position.weight != lexeme_weight::d) text += "DCBA"[static_cast<std::size_t>(position.weight)];
      before = ',';
    }
  }
  return text;
}

inline tsvector::tsvector(std::vector<lexeme> lexemes) {
  sort(lexemes);
  for (auto& one : lexemes) {
    lexeme_text::check(one.text);
    auto positions = std::exchange(one.positions, {});
    if (lexemes_.empty() || lexemes_.back().text != one.text) lexemes_.push_back(std::move(one));
    for (auto const& p : positions) add(lexemes_.back(), p);
  }
}

/// Heapsort: the standard's takes long to compile.
inline void tsvector::sort(std::vector<lexeme>& all) noexcept {
  auto const sink = [&all](std::size_t at, std::size_t end) {
    for (auto child = 2 * at + 1; child < end; child = 2 * at + 1) {
      if (child + 1 < end && all[child].text < all[child + 1].text) ++child;
      if (all[at].text >= all[child].text) return;
      std::swap(all[at], all[child]);
      at = child;
    }
  };
  for (auto i = all.size() / 2; i > 0; --i) sink(i - 1, all.size());
  for (auto end = all.size(); end > 1; --end) {
    std::swap(all[0], all[end - 1]);
    sink(0, end - 1);
  }
}

inline void tsvector::add(lexeme& to, position p) {
  if (p.at < 1 || p.at > 16383)
    throw error(errc::invalid_value, "position " + std::to_string(p.at) + " of the lexeme \"" + printable(to.text, 60) +
                                         "\" is out of range, 1 to 16383");
  auto& all = to.positions;
  auto i = all.size();
  while (i > 0 && all[i - 1].at > p.at) --i;
  if (i > 0 && all[i - 1].at == p.at) {
    if (all[i - 1].weight < p.weight) all[i - 1].weight = p.weight;
    return;
  }
  if (all.size() == 256)
    throw error(errc::invalid_value, "the lexeme \"" + printable(to.text, 60) + "\" has more than 256 positions");
  all.insert(all.begin() + static_cast<std::ptrdiff_t>(i), p);
}

inline tsvector tsvector::parse(std::string_view text) {
  scanner in(text, "tsvector: write 'fat':2A,5 'rat', with positions from 1 to 16383");
  std::vector<lexeme> all;
  for (in.skip_blanks(); !in.done(); in.skip_blanks()) {
    auto& one = all.emplace_back();
    one.text = lexeme_text::take(in, ":");
    if (!in.eat(':')) continue;
    do {
      position p;
      p.at = in.number<std::uint16_t>(16383);
      if (p.at == 0) in.refuse();
      if (in.eat('A') || in.eat('a'))
        p.weight = lexeme_weight::a;
      else if (in.eat('B') || in.eat('b'))
        p.weight = lexeme_weight::b;
      else if (in.eat('C') || in.eat('c'))
        p.weight = lexeme_weight::c;
      else if (!in.eat('D'))
        in.eat('d');
      one.positions.push_back(p);
    } while (in.eat(','));
    if (!in.done() && !scanner::is_blank(in.peek())) in.refuse();
  }
  return tsvector(std::move(all));
}

/// The number of lexemes, an int32, then each with a NUL after it, the number of its positions and these, all int16:
/// the weight in the upper two bits, 3 for A. Checked are the server's own checks on receiving one, and the order.
template <> struct codec<tsvector> {
  static constexpr std::array oids{oid::tsvector};
  static constexpr oid array = oid::tsvector_array;
  static constexpr std::string_view name = "tusk::tsvector";

  static void decode(reader& in, tsvector& out) {
    auto const n = in.get<std::int32_t>();
    if (!in.ok()) return;
    if (n < 0 || static_cast<std::size_t>(n) > in.left() / 3) return in.fail("it has not as many lexemes as it says");
    out.lexemes_.resize(static_cast<std::size_t>(n));
    std::string_view before;
    for (auto& lexeme : out.lexemes_) {
      auto const text = in.text();
      std::size_t const positions = in.get<std::uint16_t>();
      if (!in.ok()) return;
      if (text.size() > lexeme_text::longest) return in.fail("a lexeme has more than 2047 bytes");
      if (text < before) return in.fail("its lexemes are out of order");
      if (positions > 256) return in.fail("a lexeme has more than 256 positions");
      lexeme.text = before = text;
      lexeme.positions.resize(positions);
      int last = -1;
      for (auto& position : lexeme.positions) {
        auto const sent = in.get<std::uint16_t>();
        position.at = sent & 0x3fff;
        position.weight = static_cast<lexeme_weight>(sent >> 14);
        if (in.ok() && position.at <= last) return in.fail("its positions are out of order");
        last = position.at;
      }
    }
  }

  static void encode(tsvector const& value, writer& to) {
    to.put(static_cast<std::int32_t>(value.lexemes_.size()));
    std::size_t bytes = 0; // in the server's memory, where positions begin at even addresses
    for (auto const& lexeme : value.lexemes_) {
      lexeme_text::bound(bytes, to);
      bytes += lexeme.text.size();
      if (!lexeme.positions.empty()) bytes += bytes % 2 + 2 + 2 * lexeme.positions.size();
      to.put(std::string_view(lexeme.text));
      to.put(std::uint8_t{0});
      to.put(static_cast<std::uint16_t>(lexeme.positions.size()));
      for (auto const& position : lexeme.positions)
        to.put(static_cast<std::uint16_t>(static_cast<unsigned>(position.weight) << 14 | position.at));
    }
  }
};

} // namespace tusk
