// tusk: tests/fuzz/allocated.hpp — counts what a program allocates.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Replaces the allocator of the whole program: for the one source file of one. A sanitizer sees all of it nevertheless,
// since malloc() is left to it. Not for threads.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <new>

namespace fuzz {

/// All bytes that were ever asked of operator new.
inline std::size_t allocated = 0;

/// nullptr: there is not so much.
inline void* counted(std::size_t n) noexcept {
  allocated += n;
  return std::malloc(n != 0 ? n : 1);
}
inline void* counted_or_thrown(std::size_t n) {
  if (void* const p = counted(n)) return p;
  throw std::bad_alloc();
}
/// Not inline: GCC would see free() for what is of operator new, and warn.
[[gnu::noinline]] inline void released(void* p) noexcept { std::free(p); }

} // namespace fuzz

void* operator new(std::size_t n) { return fuzz::counted_or_thrown(n); }
void* operator new[](std::size_t n) { return fuzz::counted_or_thrown(n); }
void* operator new(std::size_t n, std::nothrow_t const&) noexcept { return fuzz::counted(n); }
void* operator new[](std::size_t n, std::nothrow_t const&) noexcept { return fuzz::counted(n); }
void operator delete(void* p) noexcept { fuzz::released(p); }
void operator delete[](void* p) noexcept { fuzz::released(p); }
void operator delete(void* p, std::size_t) noexcept { fuzz::released(p); }
void operator delete[](void* p, std::size_t) noexcept { fuzz::released(p); }
void operator delete(void* p, std::nothrow_t const&) noexcept { fuzz::released(p); }
void operator delete[](void* p, std::nothrow_t const&) noexcept { fuzz::released(p); }
