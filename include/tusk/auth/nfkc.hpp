// tusk: auth/nfkc.hpp — Unicode normalisation form KC (UAX #15) of what SASLprep lets through.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Decompose, order, compose, with Hangul computed. The tables hold the code points of Unicode 3.2 that SASLprep does
// not prohibit, whose normal forms are frozen; others pass unchanged. They are unpacked once, at the first password
// that is not ASCII. Knows nothing of UTF-8 and of what is allowed.
#pragma once

#include <tusk/auth/saslprep_tables.hpp>
#include <tusk/auth/secret.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tusk::auth {

/// Reads the numbers of a generated table; `saslprep_tables.hpp` says how they are written.
class packed_numbers {
 public:
  explicit constexpr packed_numbers(std::string_view text) noexcept : text_(text) {}
  constexpr bool empty() const noexcept { return text_.empty(); }
  constexpr std::uint32_t next() noexcept {
    std::uint32_t n = 0;
    for (unsigned shift = 0;; shift += 5) {
      auto const digit = static_cast<std::uint32_t>(text_.front()) - 0x30;
      text_.remove_prefix(1);
      n |= (digit & 31) << shift;
      if (digit < 32) return n;
    }
  }

 private:
  std::string_view text_;
};

/// The last element of `sorted` whose `first` is not greater than `c`; nullptr if there is none.
template <class Run, std::size_t N> Run const* run_before(std::array<Run, N> const& sorted, char32_t c) noexcept {
  std::size_t low = 0, high = N;
  while (low != high) {
    auto const middle = (low + high) / 2;
    if (sorted[middle].first <= c)
      low = middle + 1;
    else
      high = middle;
  }
  return low == 0 ? nullptr : &sorted[low - 1];
}

/// The algorithm on its unpacked tables.
class nfkc {
 public:
  /// The one there is; unpacked by the first call, about a tenth of a millisecond.
  static nfkc const& instance() {
    static nfkc const the;
    return the;
  }

  /// Normalises `text` in place.
  void normalize(wiping_vector<char32_t>& text) const {
    wiping_vector<char32_t> parts;
    parts.reserve(text.size() * 4);
    for (char32_t c : text) decompose(c, parts);
    order(parts);
    compose(parts);
    text.swap(parts);
  }

 private:
  /// Hangul syllables: The Unicode Standard, section 3.12.
  static constexpr char32_t syllables = 0xac00, leads = 0x1100, vowels = 0x1161, trails = 0x11a7;
  static constexpr char32_t lead_count = 19, vowel_count = 21, trail_count = 28;
  static constexpr char32_t syllable_count = lead_count * vowel_count * trail_count;

  struct decomposition {
    char32_t first;
    std::uint16_t count;  // in a run, each further code point has its target one larger
    std::uint8_t targets; // how many
    std::uint16_t targets_at;
  };
  struct combining {
    char32_t first;
    char32_t end;
    std::uint8_t value;
  };
  struct composition {
    char32_t first = 0; // 0: a free place
    char32_t second = 0;
    char32_t composite = 0;
  };

  nfkc() noexcept {
    char32_t at = 0;
    packed_numbers marks(nfkc_combining_classes);
    for (auto& run : classes_) {
      run.first = at + marks.next();
      at = run.end = run.first + marks.next();
      run.value = static_cast<std::uint8_t>(marks.next());
    }
    at = 0;
    std::size_t used = 0;
    packed_numbers in(nfkc_decompositions);
    for (auto& run : decompositions_) {
      run.first = at + in.next();
      auto const what = in.next();
      run.count = static_cast<std::uint16_t>(what / 3 / 20 + 1);
      run.targets = static_cast<std::uint8_t>(what / 3 % 20);
      run.targets_at = static_cast<std::uint16_t>(used);
      for (int i = 0; i != run.targets; ++i) targets_[used++] = in.next();
      if (what % 3 == 2) add({targets_[run.targets_at], targets_[run.targets_at + 1u], run.first});
      at = run.first + run.count;
    }
  }

  /// Compositions are found by hashing; the table is at most half full and the probes are linear.
  std::size_t place(char32_t first, char32_t second) const noexcept {
    auto const hash = (first * 0x9e3779b1u ^ second) * 0x85ebca6bu;
    auto i = static_cast<std::size_t>(hash >> 21);
    while (compositions_[i].first != 0 && (compositions_[i].first != first || compositions_[i].second != second))
      i = (i + 1) % compositions_.size();
    return i;
  }
  void add(composition c) noexcept { compositions_[place(c.first, c.second)] = c; }

  std::uint8_t combining_class(char32_t c) const noexcept {
    if (c < 0x300) return 0;
    auto const* run = run_before(classes_, c);
    return run != nullptr && c < run->end ? run->value : std::uint8_t{0};
  }

  /// Appends the full compatibility decomposition. The tables go one step, chains of them are short and end.
  void decompose(char32_t c, wiping_vector<char32_t>& to) const {
    if (c >= syllables && c < syllables + syllable_count) {
      auto const s = c - syllables;
      to.push_back(leads + s / (vowel_count * trail_count));
      to.push_back(vowels + s % (vowel_count * trail_count) / trail_count);
      if (s % trail_count != 0) to.push_back(trails + s % trail_count);
      return;
    }
    auto const* run = c < 0xa0 ? nullptr : run_before(decompositions_, c);
    if (run == nullptr || c >= run->first + run->count) return to.push_back(c);
    for (std::size_t i = 0; i != run->targets; ++i) decompose(targets_[run->targets_at + i] + (c - run->first), to);
  }

  /// Canonical ordering: marks by their class, stably, between starters.
  void order(wiping_vector<char32_t>& text) const {
    for (std::size_t i = 1; i < text.size(); ++i) {
      auto const c = combining_class(text[i]);
      if (c == 0) continue;
      for (auto j = i; j != 0 && combining_class(text[j - 1]) > c; --j) std::swap(text[j - 1], text[j]);
    }
  }

  /// The primary composite of the two, or 0.
  char32_t composed(char32_t first, char32_t second) const noexcept {
    if (first >= leads && first < leads + lead_count && second >= vowels && second < vowels + vowel_count)
      return syllables + ((first - leads) * vowel_count + (second - vowels)) * trail_count;
    if (first >= syllables && first < syllables + syllable_count && (first - syllables) % trail_count == 0 &&
        second > trails && second < trails + trail_count)
      return first + (second - trails);
    return compositions_[place(first, second)].composite;
  }

  /// Canonical composition: each character with the last starter, unless one between them blocks it.
  void compose(wiping_vector<char32_t>& text) const {
    std::size_t out = 0, starter = 0;
    int last = -1; // the class of the character before, within this starter's marks; -1: the starter itself
    for (std::size_t in = 0; in != text.size(); ++in) {
      auto const c = text[in];
      int const mark = combining_class(c);
      if (in != 0 && last < mark) {
        if (auto const composite = composed(text[starter], c); composite != 0) {
          text[starter] = composite;
          continue;
        }
      }
      if (mark == 0) starter = out;
      last = mark == 0 ? -1 : mark;
      text[out++] = c;
    }
    text.resize(out);
  }

  std::array<combining, nfkc_combining_classes_runs> classes_{};
  std::array<decomposition, nfkc_decompositions_runs> decompositions_{};
  std::array<char32_t, nfkc_decompositions_targets> targets_{};
  std::array<composition, 2048> compositions_{};
};

} // namespace tusk::auth
