// tusk: protocol/statement_cache.hpp — the statements that a connection keeps prepared, the least recently used go.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The key is the SQL text with the declared types of its parameters. Programs say the same thing from the same place,
// so the address of the text finds it first, and comparing the text confirms that; only a text at a new address is
// hashed. Does not talk to the server: it says what has been evicted, and the session has it closed.
#pragma once

#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/wire/oid.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::protocol {

class statement_cache {
 public:
  /// Texts beyond this are run without being kept: they are made by programs, and rarely twice.
  static constexpr std::size_t longest = 32 * 1024;

  /// Keeps `limit` statements at most; with 0 there is nothing to be found here.
  explicit statement_cache(std::size_t limit) : limit_(limit) {}
  statement_cache(statement_cache const&) = delete;
  statement_cache& operator=(statement_cache const&) = delete;

  bool keeps(std::string_view sql) const noexcept { return limit_ != 0 && sql.size() <= longest; }
  std::size_t size() const noexcept { return kept_.size(); }

  /// The statement of this text and these types. If there is none it is made, with a name of `names`, and another one
  /// may have been evicted. Throws as wire::parse.
  ref<statement> const& find(std::string_view sql, std::span<wire::oid const> types, statement_names& names) {
    auto& near = near_[place_of(sql, types)];
    if (near.it != nullptr && near.text == sql.data() && near.types == types.data() && near.it->sql() == sql &&
        near.it->types().size() == types.size()) [[likely]]
      return use(near.at);
    return find_by_text(sql, types, names, near);
  }
  /// Evicted since the last call: to be closed, if the server has them.
  std::vector<ref<statement>> take_evicted() noexcept { return std::exchange(evicted_, {}); }
  bool has_evicted() const noexcept { return !evicted_.empty(); }

  /// The server has closed them all.
  void forget_all() noexcept {
    for (auto& e : kept_) e.it->forget();
  }

 private:
  struct entry {
    ref<statement> it;
    std::size_t hash;
  };
  using list = std::list<entry>;
  /// Where a text was found the last time. It may not be there any more: then there is nothing to compare with.
  struct found {
    char const* text = nullptr;
    wire::oid const* types = nullptr;
    statement* it = nullptr;
    list::iterator at;
  };
  static constexpr std::size_t places = 64;

  static std::size_t place_of(std::string_view sql, std::span<wire::oid const> types) noexcept {
    auto const a = reinterpret_cast<std::uintptr_t>(sql.data());
    auto const b = reinterpret_cast<std::uintptr_t>(types.data());
    return ((a >> 2) ^ (a >> 8) ^ (b >> 3)) % places;
  }
  static bool same(std::span<wire::oid const> a, std::span<wire::oid const> b) noexcept {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i] != b[i]) return false;
    return true;
  }
  ref<statement> const& use(list::iterator at) noexcept {
    if (at != kept_.begin()) kept_.splice(kept_.begin(), kept_, at);
    return at->it;
  }
  [[gnu::noinline]] ref<statement> const& find_by_text(std::string_view sql, std::span<wire::oid const> types,
                                                       statement_names& names, found& near) {
    auto const hash = std::hash<std::string_view>{}(sql);
    char const* const address = sql.data();
    if (buckets_.empty()) buckets_.resize(bucket_count());
    auto& bucket = buckets_[hash % buckets_.size()];
    for (auto at : bucket)
      if (at->hash == hash && at->it->sql() == sql && same(at->it->types(), types)) {
        near = {address, types.data(), at->it.get(), at};
        return use(at);
      }
    auto made = ref<statement>(new statement(names.next(), sql, types));
    bucket.reserve(bucket.size() + 1); // nothing may throw once it is in the list
    evicted_.reserve(evicted_.size() + 1);
    kept_.push_front({std::move(made), hash});
    bucket.push_back(kept_.begin());
    near = {address, types.data(), kept_.front().it.get(), kept_.begin()};
    if (kept_.size() > limit_) evict();
    return kept_.front().it;
  }
  void evict() noexcept {
    auto const last = std::prev(kept_.end());
    auto& bucket = buckets_[last->hash % buckets_.size()];
    for (auto& at : bucket)
      if (at == last) {
        at = bucket.back();
        bucket.pop_back();
        break;
      }
    for (auto& n : near_)
      if (n.it == last->it.get()) n = {};
    last->it->evicted = true;
    evicted_.push_back(std::move(last->it));
    kept_.erase(last);
  }
  std::size_t bucket_count() const noexcept {
    std::size_t n = 16;
    while (n < limit_ && n < 4096) n *= 2;
    return n;
  }

  std::size_t limit_;
  list kept_; // the most recently used in front
  std::vector<std::vector<list::iterator>> buckets_;
  found near_[places];
  std::vector<ref<statement>> evicted_;
};

} // namespace tusk::protocol
