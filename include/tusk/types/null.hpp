// tusk: types/null.hpp — tusk::null, the SQL NULL as an argument.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// It has no codec, for it has no bytes: the mapping sends it as the length -1 and leaves its type to the server, as it
// does with std::nullopt. In results NULL is an empty std::optional. Must not know other types.
#pragma once

namespace tusk {

/// The type of `null`.
struct null_t {
  explicit constexpr null_t() = default;
};

/// `execute("update t set x = $1", tusk::null)`.
inline constexpr null_t null{};

} // namespace tusk
