// tusk: tests/mapping/iterable.cpp — sets, lists and views as the parameters that a std::vector would be.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include <tusk/mapping/iterable.hpp>

#include "support/catch.hpp"
#include "support/rows.hpp"

#include <tusk/mapping/composite.hpp>
#include <tusk/mapping/tuple.hpp>
#include <tusk/types/all.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <initializer_list>
#include <list>
#include <map>
#include <memory_resource>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <valarray>
#include <vector>

using namespace tusk::mapping;
using support::outcome;
using support::outcome_of;
using tusk::errc;
using tusk::oid;
namespace views = std::views;

namespace {

enum class mood { sad, happy };
enum class unlabelled { one };

struct spot {
  int x = 0, y = 0;
};

template <class... A> std::string encoded(A const&... a) {
  tusk::wire::buffer to;
  tusk::writer out(to);
  encode_parameters(out, a...);
  return support::to_hex(to.view());
}
template <class... Param, class... Arg> std::string encoded_as(Arg const&... a) {
  tusk::wire::buffer to;
  tusk::writer out(to);
  declared_parameters<Param...>::encode(out, a...);
  return support::to_hex(to.view());
}
/// The one parameter that is sent as text.
template <class A> std::string sent_text(A const& a) {
  static_assert(parameter_types<A> == std::array{oid::none} && parameter_formats<A>().size() == 0);
  tusk::wire::buffer to;
  tusk::writer out(to);
  encode_parameters(out, a);
  return std::string(tusk::wire::as_text(to.view().subspan(8)));
}

/// Counts how often its elements are walked over, of which there are as many as are asked for; one pass only.
struct counted_pass {
  struct iterator {
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    int left = 0;
    int operator*() const { return left; }
    iterator& operator++() {
      --left;
      return *this;
    }
    void operator++(int) { --left; }
    bool operator==(std::default_sentinel_t) const { return left == 0; }
  };
  int size;
  int* passes;
  iterator begin() const {
    ++*passes;
    return {size};
  }
  static std::default_sentinel_t end() { return {}; }
};

/// Neither walked when const nor copied.
struct walked_when_not_const {
  int* begin() { return nullptr; }
  int* end() { return nullptr; }
  walked_when_not_const(walked_when_not_const&&) = default;
};

template <class A> constexpr iterable_refusal refusal = why_not_iterable<A>();

} // namespace

template <> struct tusk::enum_labels<mood> {
  static constexpr auto value = std::array{"sad", "happy"};
};
template <> struct tusk::codec<spot> : tusk::composite<spot> {};

// What has a codec, or is known as a text, stays what it is.
static_assert(!iterable<std::string> && !iterable<std::string_view> && !iterable<std::vector<int>>);
static_assert(!iterable<std::vector<std::byte>> && !iterable<std::span<int const>> && !iterable<std::vector<bool>>);
static_assert(!iterable<tusk::array<int>> && !iterable<std::array<int, 2>> && !iterable<int> && !iterable<int*>);
static_assert(!iterable<tusk::hstore> && !iterable<tusk::bit_string> && !iterable<std::optional<int>>);
static_assert(!iterable<std::filesystem::path>); // of paths, of paths ...

static_assert(sent_iterable<std::set<int>> && sent_iterable<std::initializer_list<double>>);
static_assert(sent_iterable<std::vector<char const*>> && sent_iterable<std::list<std::vector<std::byte>>>);

static_assert(refusal<walked_when_not_const> == iterable_refusal::not_when_const);
static_assert(refusal<decltype(views::iota(1))> == iterable_refusal::endless);
static_assert(refusal<std::map<int, int>> == iterable_refusal::map);
static_assert(refusal<std::multimap<std::string, int>> == iterable_refusal::map);
static_assert(refusal<std::ranges::ref_view<std::map<int, int>>> == iterable_refusal::map);
static_assert(refusal<std::list<char>> == iterable_refusal::characters);
static_assert(refusal<std::u8string> == iterable_refusal::characters);
static_assert(refusal<std::pmr::string> == iterable_refusal::characters);
static_assert(refusal<std::list<std::byte>> == iterable_refusal::bytes);
static_assert(refusal<std::array<std::byte, 4>> == iterable_refusal::bytes);
static_assert(refusal<std::vector<std::uint8_t>> == iterable_refusal::bytes);
static_assert(refusal<std::set<std::set<int>>> == iterable_refusal::nested);
static_assert(refusal<std::list<std::vector<int>>> == iterable_refusal::nested);
static_assert(refusal<std::vector<std::vector<int>>> == iterable_refusal::nested);
static_assert(refusal<std::list<std::vector<mood>>> == iterable_refusal::nested);
static_assert(refusal<std::list<std::optional<std::list<int>>>> == iterable_refusal::nested);
static_assert(refusal<std::list<tusk::array<int>>> == iterable_refusal::nested);
static_assert(refusal<int[2][3]> == iterable_refusal::nested);
static_assert(refusal<std::list<std::nullopt_t>> == iterable_refusal::no_array_type);
static_assert(refusal<std::set<unsigned>> == iterable_refusal::unsendable);
static_assert(refusal<std::set<int*>> == iterable_refusal::unsendable);
static_assert(refusal<std::vector<unlabelled>> == iterable_refusal::unsendable);

static_assert(parameter_types<std::set<int>, std::list<std::string>, std::vector<char const*>> ==
              std::array{oid::int4_array, oid::text_array, oid::text_array});
static_assert(parameter_types<std::deque<std::optional<double>>, std::optional<std::set<short>>> ==
              std::array{oid::float8_array, oid::int2_array});
static_assert(parameter_types<std::set<mood>, std::list<spot>> == std::array{oid::none, oid::none});

TEST_CASE("iterable: containers are sent as a vector of their elements is") {
  std::vector const numbers{1, 2, 3};
  auto const expected = encoded(numbers);
  CHECK(encoded(std::set{3, 1, 2}) == expected);
  CHECK(encoded(std::list{1, 2, 3}) == expected);
  CHECK(encoded(std::forward_list{1, 2, 3}) == expected);
  CHECK(encoded(std::deque{1, 2, 3}) == expected);
  CHECK(encoded(std::initializer_list<int>{1, 2, 3}) == expected);
  CHECK(encoded(std::valarray<int>{1, 2, 3}) == expected);
  CHECK(encoded(std::pmr::vector<int>{1, 2, 3}) == expected);
  CHECK(encoded(std::optional(std::set{1, 2, 3})) == expected);
  CHECK(encoded(std::optional<std::set<int>>()) == encoded(std::optional<std::vector<int>>()));
  CHECK(encoded(std::unordered_set{7}) == encoded(std::vector{7}));
  CHECK(encoded(1, std::set{2}, "x") == encoded(1, std::vector{2}, "x"));
  CHECK(encoded(std::set<int>()) == encoded(std::vector<int>()));
}

TEST_CASE("iterable: views, also those that cannot be walked when they are const") {
  std::vector const numbers{1, 2, 3, 4};
  auto const even = numbers | views::filter([](int n) { return n % 2 == 0; });
  auto const squares = numbers | views::transform([](int n) { return std::int64_t{n} * n; });
  static_assert(!walkable<decltype(even)> && walkable<decltype(squares)>);
  CHECK(encoded(even) == encoded(std::vector{2, 4}));
  CHECK(encoded(even) == encoded(std::vector{2, 4})); // again: a copy was walked
  CHECK(encoded(squares) == encoded(std::vector<std::int64_t>{1, 4, 9, 16}));
  CHECK(encoded(numbers | views::take(2)) == encoded(std::vector{1, 2}));
  CHECK(encoded(views::iota(5, 8)) == encoded(std::vector{5, 6, 7}));
  CHECK(encoded(views::iota(5) | views::take(2)) == encoded(std::vector{5, 6}));
  CHECK(encoded(numbers | views::filter([](int) { return false; })) == encoded(std::vector<int>()));

  std::map<int, std::string> const named{{1, "one"}, {2, "two"}};
  CHECK(encoded(named | views::keys, named | views::values) ==
        encoded(std::vector{1, 2}, std::vector<std::string>{"one", "two"}));

  std::istringstream in("4 5 6");
  auto const read = views::istream<int>(in);
  CHECK(encoded(read) == encoded(std::vector{4, 5, 6}));
}

TEST_CASE("iterable: one pass, whose elements are counted meanwhile") {
  int passes = 0;
  CHECK(encoded(counted_pass{3, &passes}) == encoded(std::vector{3, 2, 1}));
  CHECK(passes == 1);
  CHECK(encoded(counted_pass{0, &passes}) == encoded(std::vector<int>()));
  CHECK(passes == 2);
}

TEST_CASE("iterable: elements as arguments are") {
  std::vector<std::string> const texts{"a", "", "b c"};
  auto const expected = encoded(texts);
  CHECK(encoded(std::list<std::string>(texts.begin(), texts.end())) == expected);
  CHECK(encoded(std::list<std::string_view>(texts.begin(), texts.end())) == expected);
  CHECK(encoded(std::vector{"a", "", "b c"}) == expected);
  char const* const pointers[] = {"a", "", "b c"};
  char const arrays[3][4] = {"a", "", "b c"};
  CHECK(encoded(pointers) == expected);
  CHECK(encoded(std::span(pointers)) == expected);
  CHECK(encoded(arrays) == expected);

  using maybe = std::optional<int>;
  std::vector<maybe> const some{1, std::nullopt, 3};
  CHECK(encoded(std::list<maybe>(some.begin(), some.end())) == encoded(some));
  CHECK(encoded(std::vector<std::optional<char const*>>{"a", std::nullopt}) ==
        encoded(std::vector<std::optional<std::string>>{"a", std::nullopt}));

  // What stands for an element without being a reference to one.
  std::vector<bool> const flags{true, false};
  CHECK(encoded(flags | views::filter([](bool) { return true; })) == encoded(flags));
  std::vector<bool> changing{true, false};
  CHECK(encoded(changing | views::reverse) == encoded(std::vector<bool>{false, true}));
  CHECK(encoded(std::pmr::vector<bool>{true, false}) == encoded(flags));

  auto const ids = std::vector<tusk::uuid>{tusk::uuid{}, tusk::uuid::parse("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")};
  CHECK(encoded(std::set<tusk::uuid>(ids.begin(), ids.end())) == encoded(ids));
  std::vector<std::vector<std::byte>> const bytes{{std::byte{1}}, {}};
  CHECK(encoded(std::list<std::vector<std::byte>>(bytes.begin(), bytes.end())) == encoded(bytes));
}

TEST_CASE("iterable: elements of users' types go as text") {
  CHECK(sent_text(std::set{mood::happy, mood::sad}) == "{sad,happy}");
  CHECK(sent_text(std::set{mood::happy}) == sent_text(std::vector{mood::happy}));
  CHECK(sent_text(std::list<std::optional<mood>>{mood::sad, std::nullopt}) == "{sad,NULL}");
  CHECK(sent_text(std::list<spot>{{1, 2}, {3, 4}}) == "{\"(1,2)\",\"(3,4)\"}");
  CHECK(sent_text(std::list<std::pair<int, char const*>>{{1, "a b"}, {2, "null"}}) ==
        R"x({"(1,\"a b\")","(2,null)"})x");
  CHECK(sent_text(std::set<mood>()) == "{}");
  CHECK(sent_text(std::vector{mood::sad, mood::happy} | views::transform([](mood m) { return m; })) == "{sad,happy}");
}

TEST_CASE("iterable: elements that cannot be sent are named, and nothing is left of the others") {
  std::list<char const*> const texts{"a", nullptr};
  tusk::wire::buffer to;
  tusk::writer out(to);
  auto const refused = outcome_of([&] { encode_parameters(out, 1, texts); });
  CHECK(refused == outcome{errc::invalid_parameter, "parameter $2 cannot be sent: element 2: it is a null pointer: use "
                                                    "tusk::null or std::optional for NULL"});
  CHECK(to.empty());
  std::list const moods{mood::sad, mood(7)};
  CHECK_THAT(outcome_of([&] { encoded(moods); }).text, ContainsSubstring("parameter $1 cannot be sent: element 2: "));
}

TEST_CASE("iterable: no more elements than PostgreSQL takes") {
  tusk::wire::buffer to;
  tusk::writer out(to);
  std::set const three{1, 2, 3};
  element_writer<std::set<int>>::write(three, out, 3);
  auto const refused = outcome_of([&] { element_writer<std::set<int>>::write(three, out, 2); });
  CHECK(refused == outcome{errc::invalid_parameter, "element 3: PostgreSQL's arrays have 2 at most"});
  std::string text;
  std::set const moods{mood::sad, mood::happy};
  CHECK(outcome_of([&] { element_writer<std::set<mood>>::put_text(moods, text, 1); }).code == errc::invalid_parameter);
  static_assert(most_elements == 134217727);
}

// For a parameter that was declared as an array of the same elements.
static_assert(passes_as<std::vector<int>, std::set<int>> && passes_as<std::set<int>, std::vector<int>>);
static_assert(passes_as<std::vector<int>, std::optional<std::list<int>>>);
static_assert(passes_as<std::vector<std::string>, std::list<std::string_view>>);
static_assert(passes_as<std::vector<std::string>, std::vector<char const*>>);
static_assert(passes_as<std::vector<int>, std::set<std::optional<int>>>); // as a std::optional does by itself
static_assert(!passes_as<std::vector<std::int64_t>, std::set<int>> && !passes_as<std::vector<int>, std::map<int, int>>);
static_assert(!passes_as<std::vector<std::string>, std::string> && !passes_as<std::string, std::list<char>>);

TEST_CASE("iterable: for the parameters of prepared statements") {
  CHECK(encoded_as<std::vector<int>>(std::set{1, 2}) == encoded(std::vector{1, 2}));
  CHECK(encoded_as<std::set<int>>(std::vector{1, 2}) == encoded(std::vector{1, 2}));
  CHECK(encoded_as<std::vector<mood>>(std::set{mood::sad}) == encoded(std::vector{mood::sad}));
  CHECK(encoded_as<std::vector<std::string>>(std::list{"x"}) == encoded(std::vector<std::string>{"x"}));
  std::vector const numbers{1, 2, 3};
  CHECK(encoded_as<std::vector<int>>(numbers | views::filter([](int n) { return n != 2; })) ==
        encoded(std::vector{1, 3}));
}
