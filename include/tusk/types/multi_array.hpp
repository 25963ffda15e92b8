// tusk: types/multi_array.hpp — arrays of several dimensions, with their lower bounds, as tusk::array<T>.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For what a std::vector cannot hold: PostgreSQL's arrays have up to six dimensions, and their subscripts begin where
// they like. The elements lie in one vector, the last dimension closest together. Must not know any element type.
#pragma once

#include <tusk/error.hpp>
#include <tusk/types/array.hpp>
#include <tusk/types/array_text.hpp>
#include <tusk/types/codec.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk {

/// An array of any shape. T is a std::optional where elements may be NULL. Without elements, and thus without
/// dimensions, by default.
template <in_arrays T> class array {
 public:
  array() = default;
  /// Of one dimension, from subscript 1 on.
  explicit array(std::vector<T> values) : values_(std::move(values)) {
    if (!values_.empty()) dimensions_.push_back({static_cast<std::int32_t>(values_.size()), 1});
  }
  /// As many values as the dimensions make, the last dimension running fastest. Throws error (errc::invalid_parameter)
  /// where they are not as many, where a size is not above zero, and on more than six dimensions.
  array(std::vector<array_dimension> dimensions, std::vector<T> values)
      : dimensions_(std::move(dimensions)), values_(std::move(values)) {
    std::size_t count = dimensions_.empty() ? 0 : 1;
    bool possible = dimensions_.size() <= most_dimensions;
    for (auto const& d : dimensions_)
      possible = possible && d.size > 0 && d.lower_bound <= INT32_MAX - d.size &&
                 !__builtin_mul_overflow(count, static_cast<std::size_t>(d.size), &count);
    if (!possible || count != values_.size())
      throw error(errc::invalid_parameter, std::to_string(values_.size()) + " values do not make an array of " +
                                               std::to_string(dimensions_.size()) + " dimensions " + shape());
  }

  std::vector<array_dimension> const& dimensions() const noexcept { return dimensions_; }
  /// All elements, the last dimension running fastest.
  std::vector<T> const& values() const& noexcept { return values_; }
  std::vector<T>&& values() && noexcept { return std::move(values_); }
  std::size_t size() const noexcept { return values_.size(); }
  bool empty() const noexcept { return values_.empty(); }

  /// By PostgreSQL's subscripts, one for each dimension, which begin at its lower bound. Throws error
  /// (errc::invalid_parameter) where there is no such element.
  decltype(auto) at(std::initializer_list<std::int32_t> subscripts) const { return values_[place(subscripts)]; }
  decltype(auto) at(std::initializer_list<std::int32_t> subscripts) { return values_[place(subscripts)]; }

  /// Reads the server's form: {{1,2},{3,4}}, [0:1]={1,2}. Throws error (errc::invalid_value).
  static array parse(std::string_view text)
    requires reads_passing_text<typename array_element<T>::value>;

  friend bool operator==(array const&, array const&) = default;

 private:
  friend struct codec<array>;

  std::size_t place(std::initializer_list<std::int32_t> subscripts) const {
    std::size_t at = 0, i = 0;
    bool inside = subscripts.size() == dimensions_.size() && !dimensions_.empty();
    std::string shown;
    for (auto const subscript : subscripts) {
      shown += '[' + std::to_string(subscript) + ']';
      if (!inside) continue;
      auto const& d = dimensions_[i++];
      auto const offset = std::int64_t{subscript} - d.lower_bound;
      inside = offset >= 0 && offset < d.size;
      at = at * static_cast<std::size_t>(d.size) + static_cast<std::size_t>(offset);
    }
    if (!inside) throw error(errc::invalid_parameter, "there is no element " + shown + " in an array " + shape());
    return at;
  }
  /// As PostgreSQL's array_dims(): [1:2][0:3].
  std::string shape() const {
    std::string out;
    for (auto const& d : dimensions_)
      out += '[' + std::to_string(d.lower_bound) + ':' + std::to_string(std::int64_t{d.lower_bound} + d.size - 1) + ']';
    return out.empty() ? "without elements" : out;
  }

  std::vector<array_dimension> dimensions_;
  std::vector<T> values_;
};

/// As PostgreSQL writes it.
template <in_arrays T>
  requires writes_text<typename array_element<T>::value>
std::string to_string(array<T> const& a) {
  std::string out;
  put_array_text<typename array_element<T>::value>(a.dimensions(), a.values(), out);
  return out;
}

template <in_arrays T>
array<T> array<T>::parse(std::string_view text)
  requires reads_passing_text<typename array_element<T>::value>
{
  auto scanned = scan_array<typename array_element<T>::value>(text);
  array out;
  out.dimensions_ = std::move(scanned.dimensions);
  out.values_ = codec<array>::take_elements(std::move(scanned.values));
  return out;
}

template <in_arrays T> struct codec<array<T>> : array_codec<T> {
  friend class array<T>;
  static constexpr std::string_view name = array_name<T>::of_multi;

  static void decode(reader& in, array<T>& out)
    requires decodable<typename array_element<T>::value>
  {
    std::array<array_dimension, most_dimensions> dimensions;
    auto const head = array_codec<T>::head(in, dimensions);
    if (!in.ok()) return;
    out.dimensions_.assign(dimensions.begin(), dimensions.begin() + static_cast<std::ptrdiff_t>(head.dimensions));
    out.values_.resize(head.size);
    array_codec<T>::read(in, head.element, out.values_);
  }
  static void encode(array<T> const& value, writer& to)
    requires sent_in_arrays<T>
  {
    array_codec<T>::write(value.dimensions(), value.values(), to);
  }
};

} // namespace tusk
