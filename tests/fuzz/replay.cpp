// tusk: tests/fuzz/replay.cpp — every target with its corpus, and with damaged inputs made of it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// What a fuzzer has found stays found: its inputs are kept, and tried in every run of the tests.
#include "fuzz/targets.hpp"

#include "fuzz/corpus.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace {

// Under a sanitizer and without optimisation each takes a hundred times as long.
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define TUSK_SANITIZED
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TUSK_SANITIZED
#endif
#endif
#ifdef TUSK_SANITIZED
constexpr std::size_t damaged_per_input = 40;
#else
constexpr std::size_t damaged_per_input = 300;
#endif

struct counts {
  std::size_t accepted = 0, refused = 0;
};

/// A property that does not hold is a failure. One for each target: the next inputs would most often say the same.
bool holds(fuzz::target const& target, fuzz::input const& input, counts& count) {
  try {
    ++(target.run(input) == fuzz::outcome::accepted ? count.accepted : count.refused);
    return true;
  } catch (fuzz::broken const& property) {
    FAIL_CHECK(target.name << ": " << property.what() << ": " << support::to_hex(input));
    return false;
  }
}

} // namespace

TEST_CASE("fuzz: every corpus, with values and refusals in it") {
  for (auto const& target : fuzz::all_targets()) {
    counts count;
    bool good = true;
    for (auto const& input : fuzz::corpus_of(target.name)) good = holds(target, input, count) && good;
    if (!good) continue;
    INFO(target.name);
    CHECK(count.accepted > 0);
    CHECK((count.refused > 0) == target.never_refuses.empty());
  }
}

TEST_CASE("fuzz: every corpus damaged") {
  for (auto const& target : fuzz::all_targets()) {
    auto const corpus = fuzz::corpus_of(target.name);
    fuzz::damage damage(target.name);
    counts count;
    bool good = true;
    for (std::size_t i = 0; good && i < corpus.size() * damaged_per_input; ++i) {
      auto const& seed = corpus[i / damaged_per_input];
      auto const& other = corpus[i % corpus.size()];
      good = holds(target, damage.of(seed, other), count);
    }
    if (!good) continue;
    INFO(target.name);
    CHECK(count.accepted > 0);
    CHECK((count.refused > 0) == target.never_refuses.empty());
  }
}

TEST_CASE("fuzz: every corpus is of a target, sorted, and without repetition") {
  std::set<std::string> names;
  for (auto const& target : fuzz::all_targets()) {
    CHECK(names.insert(target.name + ".hex").second);
    auto const corpus = fuzz::corpus_of(target.name);
    INFO(target.name);
    CHECK(std::is_sorted(corpus.begin(), corpus.end()));
    CHECK(std::set(corpus.begin(), corpus.end()).size() == corpus.size());
  }
  for (auto const& file : std::filesystem::directory_iterator(fuzz::corpus_folder()))
    CHECK(names.contains(file.path().filename().string()));
}

TEST_CASE("fuzz: every codec has a target") {
  // As the headers spell them, and a target that runs each. None: it reads nothing, being for parameters only.
  std::map<std::string, std::string> const known{
      {"E", "enum"},
      {"T", "int32"},
      {"array<T>", "multi_numeric"},
      {"bit_string", "bit_string"},
      {"bool", "bool"},
      {"box", "box"},
      {"char", "char"},
      {"cidr", "cidr"},
      {"circle", "circle"},
      {"double", "double"},
      {"float", "float"},
      {"halfvec", "halfvec"},
      {"hstore", "hstore"},
      {"inet", "inet"},
      {"interval", "interval"},
      {"json_text<Type>", "jsonb"},
      {"jsonpath", "jsonpath"},
      {"line", "line"},
      {"lseg", "lseg"},
      {"ltree_text<Kind>", "ltree"},
      {"macaddr", "macaddr"},
      {"macaddr8", "macaddr8"},
      {"money", "money"},
      {"multirange<T>", "multirange_numeric"},
      {"numeric", "numeric"},
      {"oid", "oid"},
      {"path", "path"},
      {"pg_lsn", "pg_lsn"},
      {"point", "point"},
      {"polygon", "polygon"},
      {"range<T>", "range_numeric"},
      {"server_number<Type, Number>", "xid8"},
      {"sparsevec", "sparsevec"},
      {"std::array<T, N>", "array_double"},
      {"std::chrono::duration<Rep, Period>", ""},
      {"std::chrono::local_time<D>", "local_time"},
      {"std::chrono::sys_days", "sys_days"},
      {"std::chrono::sys_time<D>", "sys_time"},
      {"std::chrono::year_month_day", "year_month_day"},
      {"std::span<Byte, N>", "bytea_view"},
      {"std::span<T, N>", ""},
      {"std::string", "string"},
      {"std::string_view", "string_view"},
      {"std::vector<T>", "vector_int32"},
      {"std::vector<std::byte>", "bytea"},
      {"tid", "tid"},
      {"time_of_day", "time_of_day"},
      {"time_of_day_tz", "time_of_day_tz"},
      {"tsquery", "tsquery"},
      {"tsvector", "tsvector"},
      {"uuid", "uuid"},
      {"vector", "vector"},
  };
  std::set<std::string> targets{""};
  for (auto const& target : fuzz::all_targets()) targets.insert(target.name);
  std::set<std::string> seen;
  for (auto const& header : std::filesystem::directory_iterator(TUSK_TEST_DATA "/../../include/tusk/types")) {
    std::ifstream in(header.path());
    for (std::string line; std::getline(in, line);) {
      constexpr std::string_view opening = "struct codec<";
      auto at = line.find(opening);
      if (at == line.npos || line.find('{') == line.npos) continue;
      auto const begin = at += opening.size();
      for (int open = 1; open != 0 && at < line.size(); ++at) open += line[at] == '<' ? 1 : line[at] == '>' ? -1 : 0;
      auto const codec = line.substr(begin, at - begin - 1);
      INFO(codec);
      CHECK(known.contains(codec));
      if (known.contains(codec)) CHECK(targets.contains(known.at(codec)));
      seen.insert(codec);
    }
  }
  CHECK(seen.size() == known.size());
}
