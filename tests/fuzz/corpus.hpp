// tusk: tests/fuzz/corpus.hpp — the inputs in corpus/, and damaged ones made of them.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One input a line, in hexadecimal, an empty one as "-". The damage is the same in every run and on every machine.
#pragma once

#include "support/table.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

using input = std::vector<std::byte>;

inline std::string corpus_folder() { return TUSK_TEST_DATA "/../fuzz/corpus"; }

/// Throws when there is no file.
inline std::vector<input> corpus_of(std::string const& target) {
  auto const file = corpus_folder() + '/' + target + ".hex";
  std::ifstream in(file);
  if (!in) throw std::runtime_error("no corpus " + file);
  std::vector<input> all;
  for (std::string line; std::getline(in, line);) {
    auto const bytes = support::from_hex(line == "-" ? "" : line);
    auto const view = std::as_bytes(std::span(bytes));
    all.emplace_back(view.begin(), view.end());
  }
  return all;
}

/// Makes damaged inputs out of good ones.
class damage {
 public:
  /// `name` decides which.
  explicit damage(std::string_view name) {
    std::seed_seq seed(name.begin(), name.end());
    generator_.seed(seed);
  }

  /// `seed` damaged in one to three places, perhaps with a part of `other` in it.
  input of(input const& seed, input const& other) {
    auto out = seed;
    for (auto times = 1 + below(3); times != 0; --times) once(out, other);
    if (out.size() > longest) out.resize(longest);
    return out;
  }

 private:
  static constexpr std::size_t longest = 1024;
  /// What stands in texts and means something there.
  static constexpr std::string_view marks = "\"'\\{}[]()<>,;:/.=-+!&|*@ 019ENaext\t\n\x80\xff";
  static constexpr std::array<std::uint32_t, 11> lengths{0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe,
                                                         0x40000000, 0x10000000, 0x00010000, 0x00000100,
                                                         0x00000002, 0x00000001, 0x00000000};

  /// Less than `n`. The distributions of the standard library differ between machines.
  std::size_t below(std::size_t n) { return n == 0 ? 0 : generator_() % n; }
  std::ptrdiff_t place(input const& in) { return static_cast<std::ptrdiff_t>(below(in.size() + 1)); }

  void once(input& out, input const& other) {
    auto const at = place(out);
    switch (below(9)) {
    case 0: // a bit
      if (!out.empty()) out[below(out.size())] ^= std::byte(1U << below(8));
      break;
    case 1: // a byte
      if (!out.empty()) out[below(out.size())] = std::byte(below(256));
      break;
    case 2: // cut off behind
      out.resize(below(out.size() + 1));
      break;
    case 3: { // cut out
      auto const end = at + static_cast<std::ptrdiff_t>(below(out.size() - static_cast<std::size_t>(at) + 1));
      out.erase(out.begin() + at, out.begin() + end);
      break;
    }
    case 4: { // twice
      auto const copy = out;
      out.insert(out.begin() + at, copy.begin(), copy.end());
      break;
    }
    case 5:
    case 6: { // a length, inserted or in place of what was there
      std::array<std::byte, 4> bytes{};
      auto const length = lengths[below(lengths.size())];
      for (std::size_t i = 0; i < 4; ++i) bytes[i] = std::byte(length >> (24 - 8 * i) & 0xff);
      if (below(2) == 0 && out.size() >= 4) {
        auto const here = below(out.size() - 3);
        std::copy(bytes.begin(), bytes.end(), out.begin() + static_cast<std::ptrdiff_t>(here));
      } else {
        out.insert(out.begin() + at, bytes.begin(), bytes.end());
      }
      break;
    }
    case 7: // a mark
      out.insert(out.begin() + at, std::byte(marks[below(marks.size())]));
      break;
    default: { // a part of another
      auto const from = place(other);
      out.insert(out.begin() + at, other.begin() + from, other.end());
      break;
    }
    }
  }

  std::mt19937 generator_;
};

} // namespace fuzz
