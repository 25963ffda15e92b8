// tusk: types/microseconds.hpp — durations that PostgreSQL can keep as microseconds.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For the moments of timestamp.hpp and the spans of interval.hpp: nothing is rounded, and nothing as long as a day is
// taken, which would be a date there and might mean a day of the calendar here. Knows <chrono> only.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <ratio>

namespace tusk {

/// A duration that is a whole number of microseconds, and counted in less than days.
template <class D>
concept microseconds_or_coarser = std::signed_integral<typename D::rep> && sizeof(typename D::rep) <= 8 &&
                                  std::ratio_divide<typename D::period, std::micro>::den == 1 &&
                                  std::ratio_less_v<typename D::period, std::chrono::days::period>;

/// As many are in one D.
template <microseconds_or_coarser D>
inline constexpr std::int64_t microseconds_in = std::ratio_divide<typename D::period, std::micro>::num;

} // namespace tusk
