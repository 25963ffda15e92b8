// tusk: types/tsquery.hpp — tsquery, what is looked for in a tsvector.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Words and operators between them, as the server stores and sends them. Words are taken as they are: reducing them to
// their stems is to_tsquery() in the server. A query of any depth is read, written and compared without recursion. Must
// not know how a query is run.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/codec.hpp>
#include <tusk/types/scanner.hpp>
#include <tusk/types/tsvector.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// A query for full text search. Empty by default, which finds nothing.
///
///     auto const q = tusk::tsquery::parse("'fat' & ( 'rat' | !'cat' )");
///     auto const r = tusk::tsquery::word(user_input, true) & !tusk::tsquery::word("cat");
///
/// Equal when all nodes are: a & b and b & a are different. The server's = is coarser, it does not look at weights and
/// prefixes; its order is by size and checksums and of no use elsewhere, so that there is none here.
class tsquery {
 public:
  /// What a node is; the numbers are those on the wire.
  enum class kind : std::uint8_t { word = 0, not_ = 1, and_ = 2, or_ = 3, phrase = 4 };

  /// A bit of node::weights.
  static constexpr std::uint8_t bit(lexeme_weight weight) noexcept {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(weight));
  }

  struct node {
    kind what = kind::word;
    std::string text;          ///< of a word: 1 to 2047 bytes, none of them NUL
    bool prefix = false;       ///< of a word: matches all that begins with it
    std::uint8_t weights = 0;  ///< of a word: the weights that it may have, as bit() gives them; 0 is any
    std::int16_t distance = 0; ///< of a phrase: how much farther on its right side stands, 0 to 16384

    friend bool operator==(node const&, node const&) = default;
  };

  tsquery() = default;
  /// Takes nodes in the order of nodes(). What does not belong to a kind of node is not looked at. Throws error
  /// (errc::invalid_value) where they are no query.
  explicit tsquery(std::vector<node> nodes);

  /// A single word. `weights`: as in node.
  static tsquery word(std::string_view text, bool prefix = false, std::uint8_t weights = 0) {
    return tsquery(std::vector{node{kind::word, std::string(text), prefix, weights, 0}});
  }
  /// `left`, and `distance` lexemes further on `right`. Distance: 0 to 16384; 1 is the next lexeme.
  static tsquery phrase(tsquery const& left, tsquery const& right, std::int16_t distance = 1) {
    return join(node{kind::phrase, {}, false, 0, distance}, left, right);
  }
  // An empty query is left out, as in the server.
  friend tsquery operator&(tsquery const& left, tsquery const& right) {
    return join(node{kind::and_, {}, false, 0, 0}, left, right);
  }
  friend tsquery operator|(tsquery const& left, tsquery const& right) {
    return join(node{kind::or_, {}, false, 0, 0}, left, right);
  }
  friend tsquery operator!(tsquery const& query) {
    auto negated = query;
    if (!query.nodes_.empty()) negated.nodes_.insert(negated.nodes_.begin(), node{kind::not_, {}, false, 0, 0});
    return negated;
  }

  /// Reads, with blanks between all parts but those of a word and of "<1>":
  ///
  ///     tsquery  = [query]
  ///     query    = operand *( ( "&" | "|" | phrase ) operand )
  ///     operand  = *"!" ( word | "(" query ")" )
  ///     phrase   = "<->" | "<" number ">"                 ; 0 to 16384
  ///     word     = text [":" *( weight | "*" )]
  ///     text     = "'" 1*( character | "''" | "\" character ) "'"
  ///              | 1*( character | "\" character )        ; ends before blanks and : ! & | ( ) <
  ///     weight   = "A" | "B" | "C" | "D", in either case
  ///
  /// "!" binds most, then phrases, then "&", then "|"; equal ones from left to right. Throws error
  /// (errc::invalid_value) on anything else, and on more than 100000 "!" and "(" within another, which servers do not
  /// read either.
  static tsquery parse(std::string_view text);

  /// In the order of the wire: an operator comes before its operands, the right one before the left one. What a server
  /// sent is given as it is: it may hold what it no longer takes, an empty text and any distance.
  std::vector<node> const& nodes() const noexcept { return nodes_; }

  friend bool operator==(tsquery const&, tsquery const&) = default;

 private:
  friend struct codec<tsquery>;
  friend std::string to_string(tsquery const& query);

  static constexpr int priority(kind what) noexcept {
    switch (what) {
    case kind::word: return 5;
    case kind::not_: return 4;
    case kind::phrase: return 3;
    case kind::and_: return 2;
    case kind::or_: break;
    }
    return 1;
  }
  static constexpr std::size_t operands(kind what) noexcept {
    return what == kind::word ? 0 : what == kind::not_ ? 1 : 2;
  }
  static tsquery join(node how, tsquery const& left, tsquery const& right);
  static char const* misfit(std::vector<node> const& nodes) noexcept;
  static node take_word(scanner& in);

  std::vector<node> nodes_;
};

/// Completes "bad tsquery: "; nullptr if every operator has its operands and nothing is left over.
inline char const* tsquery::misfit(std::vector<node> const& nodes) noexcept {
  std::size_t missing = nodes.empty() ? 0 : 1;
  for (auto const& one : nodes) {
    if (missing == 0) return "it has words that no operator joins";
    missing = missing - 1 + operands(one.what);
  }
  return missing == 0 ? nullptr : "an operator lacks an operand";
}

inline tsquery::tsquery(std::vector<node> nodes) : nodes_(std::move(nodes)) {
  if (auto const* why = misfit(nodes_)) throw error(errc::invalid_value, std::string("no tsquery: ") + why);
  for (auto& one : nodes_) {
    if (one.what == kind::word) {
      lexeme_text::check(one.text);
      if (one.weights > 15) throw error(errc::invalid_value, "no tsquery: there are only four weights");
    } else {
      one.text.clear();
      one.prefix = false;
      one.weights = 0;
    }
    if (one.what != kind::phrase)
      one.distance = 0;
    else if (one.distance < 0 || one.distance > 16384)
      throw error(errc::invalid_value,
                  "no tsquery: the distance " + std::to_string(one.distance) + " is out of range, 0 to 16384");
  }
}

inline tsquery tsquery::join(node how, tsquery const& left, tsquery const& right) {
  if (left.nodes_.empty()) return right;
  if (right.nodes_.empty()) return left;
  std::vector<node> nodes;
  nodes.reserve(1 + right.nodes_.size() + left.nodes_.size());
  nodes.push_back(std::move(how));
  nodes.insert(nodes.end(), right.nodes_.begin(), right.nodes_.end());
  nodes.insert(nodes.end(), left.nodes_.begin(), left.nodes_.end());
  return tsquery(std::move(nodes));
}

/// As PostgreSQL writes it: 'fat' & ( 'rat':*AB | !'cat' ). Like there, parentheses that change no result are left out:
/// a & (b & c) is written, and would be read, as (a & b) & c.
inline std::string to_string(tsquery const& query) {
  using kind = tsquery::kind;
  auto const& nodes = query.nodes_;
  std::string text;
  if (nodes.empty()) return text;

  // How many nodes there are from one to the end of its operands. Operands come later, so that theirs are known.
  std::vector<std::size_t> size(nodes.size(), 1);
  for (auto i = nodes.size(); i-- > 0;) {
    if (nodes[i].what == kind::word) continue;
    size[i] += size[i + 1];
    if (nodes[i].what != kind::not_) size[i] += size[i + size[i]];
  }

  enum class part : std::uint8_t { all, operator_, end };
  struct task {
    std::size_t at;
    part what;
    bool enclosed; ///< in parentheses
  };
  auto const operand = [&nodes](std::size_t at, std::size_t parent, bool right) {
    auto const own = nodes[at].what, its = nodes[parent].what;
    // A phrase depends on the order, so that its right side cannot do without.
    return task{at, part::all,
                tsquery::priority(own) < tsquery::priority(its) ||
                    (right && own == kind::phrase && its == kind::phrase)};
  };
  std::vector<task> left{{0, part::all, false}}; // what is still to be written, the next one last
  while (!left.empty()) {
    auto const now = left.back();
    auto const& node = nodes[now.at];
    left.pop_back();
    if (now.what == part::end) {
      text += " )";
    } else if (now.what == part::operator_) {
      if (node.what != kind::phrase)
        text += node.what == kind::and_ ? " & " : " | ";
      else if (node.distance == 1)
        text += " <-> ";
      else
        text.append(" <").append(std::to_string(node.distance)).append("> ");
    } else if (node.what == kind::word) {
      lexeme_text::append(text, node.text);
      if (node.prefix || node.weights != 0) text += ':';
      if (node.prefix) text += '*';
      for (unsigned i = 0; i < 4; ++i)
        if (node.weights >> (3 - i) & 1) text += "ABCD"[i];
    } else {
      if (now.enclosed) {
        text += "( ";
        left.push_back({now.at, part::end, false});
      }
      if (node.what == kind::not_) {
        text += '!';
        left.push_back(operand(now.at + 1, now.at, false));
      } else {
        left.push_back(operand(now.at + 1, now.at, true));
        left.push_back({now.at, part::operator_, false});
        left.push_back(operand(now.at + 1 + size[now.at + 1], now.at, false));
      }
    }
  }
  return text;
}

inline tsquery::node tsquery::take_word(scanner& in) {
  constexpr std::string_view ends = ":!&|()<";
  if (ends.find(in.peek()) != ends.npos) in.refuse(); // quoted or escaped they are letters
  node one;
  one.text = lexeme_text::take(in, ends);
  if (!in.eat(':')) return one;
  for (;; in.take(1)) {
    auto const c = in.peek();
    if (c == '*')
      one.prefix = true;
    else if ((c >= 'A' && c <= 'D') || (c >= 'a' && c <= 'd'))
      one.weights |= static_cast<std::uint8_t>(8U >> ((c | 0x20) - 'a'));
    else
      return one;
  }
}

inline tsquery tsquery::parse(std::string_view text) {
  scanner in(text, "tsquery: write 'fat' & ( 'rat':*AB | !'cat' ), or 'fat' <-> 'cat'");
  std::vector<node> nodes;             // operands before their operator, the left one first: the wire's order backwards
  std::vector<node> waiting;           // operators that lack their right operand yet
  auto const open = kind::word;        // among these: "("
  auto const finish = [&](int least) { // applies what binds at least so much, back to the last "("
    while (!waiting.empty() && waiting.back().what != open && priority(waiting.back().what) >= least) {
      nodes.push_back(std::move(waiting.back()));
      waiting.pop_back();
    }
  };
  auto const wait = [&](kind what, std::int16_t distance = 0) {
    if (waiting.size() == 100'000) throw error(errc::invalid_value, "a tsquery is nested more than 100000 times");
    waiting.push_back({what, {}, false, 0, distance});
  };
  auto const infix = [&](kind what, std::int16_t distance = 0) {
    finish(priority(what));
    wait(what, distance);
  };

  in.skip_blanks();
  if (in.done()) return {};
  for (bool wants_operand = true;; in.skip_blanks()) {
    if (wants_operand) {
      if (in.eat('!')) {
        wait(kind::not_);
      } else if (in.eat('(')) {
        wait(open);
      } else {
        nodes.push_back(take_word(in));
        wants_operand = false;
      }
      continue;
    }
    if (in.done()) break;
    wants_operand = true;
    if (in.eat('&')) {
      infix(kind::and_);
    } else if (in.eat('|')) {
      infix(kind::or_);
    } else if (in.eat('<')) {
      auto const distance = in.eat('-') ? std::uint16_t{1} : in.number<std::uint16_t>(16384);
      in.need('>');
      infix(kind::phrase, static_cast<std::int16_t>(distance));
    } else {
      in.need(')');
      finish(0);
      if (waiting.empty()) in.refuse();
      waiting.pop_back();
      wants_operand = false;
    }
  }
  finish(0);
  if (!waiting.empty()) in.refuse(); // a "(" that is not closed
  for (std::size_t i = 0, j = nodes.size() - 1; i < j; ++i, --j) std::swap(nodes[i], nodes[j]);
  return tsquery(std::move(nodes));
}

/// The number of nodes, an int32, and each in the order of nodes(): 1, weights, prefix, text and NUL for a word; 2 and
/// the operator for all others, with the distance, an int16, for a phrase.
template <> struct codec<tsquery> {
  static constexpr std::array oids{oid::tsquery};
  static constexpr oid array = oid::tsquery_array;
  static constexpr std::string_view name = "tusk::tsquery";

  static void decode(reader& in, tsquery& out) {
    auto const n = in.get<std::int32_t>();
    if (n < 0 || static_cast<std::size_t>(n) > in.left() / 2) in.fail("it has not as many nodes as it says");
    out.nodes_.resize(in.ok() ? static_cast<std::size_t>(n) : 0);
    for (auto& node : out.nodes_)
      if (!decode_node(in, node)) break;
    if (auto const* why = in.ok() ? tsquery::misfit(out.nodes_) : nullptr) in.fail(why);
    if (!in.ok()) out.nodes_.clear(); // what is no query cannot be written
  }

  static void encode(tsquery const& value, writer& to) {
    to.put(static_cast<std::int32_t>(value.nodes_.size()));
    std::size_t bytes = 0;
    for (auto const& node : value.nodes_) {
      if (node.what == tsquery::kind::word) {
        lexeme_text::bound(bytes, to);
        bytes += node.text.size() + 1;
        to.put(std::uint8_t{1});
        to.put(node.weights);
        to.put(static_cast<std::uint8_t>(node.prefix));
        to.put(std::string_view(node.text));
        to.put(std::uint8_t{0});
      } else {
        to.put(std::uint8_t{2});
        to.put(static_cast<std::uint8_t>(node.what));
        if (node.what == tsquery::kind::phrase) to.put(node.distance);
      }
    }
  }

 private:
  static bool decode_node(reader& in, tsquery::node& node) {
    auto const type = in.get<std::uint8_t>();
    node.text.clear(); // keeps its memory
    node.prefix = false;
    node.weights = 0;
    node.distance = 0;
    if (type == 1) {
      node.what = tsquery::kind::word;
      node.weights = in.get<std::uint8_t>();
      auto const prefix = in.get<std::uint8_t>();
      auto const text = in.text();
      if (node.weights > 15) in.fail("a word has a weight that does not exist");
      if (prefix > 1) in.fail("a word neither is a prefix nor is it none");
      if (text.size() > lexeme_text::longest) in.fail("a word has more than 2047 bytes");
      node.prefix = prefix == 1;
      node.text = text;
    } else if (type == 2) {
      auto const what = in.get<std::uint8_t>();
      if (what < 1 || what > 4) in.fail("an operator does not exist");
      node.what = static_cast<tsquery::kind>(what);
      if (node.what == tsquery::kind::phrase) node.distance = in.get<std::int16_t>();
    } else {
      in.fail("a node is neither a word nor an operator");
    }
    return in.ok();
  }
};

} // namespace tusk
