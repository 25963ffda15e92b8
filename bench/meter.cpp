// tusk: bench/meter.cpp — clocks, the resident size, callgrind's switches, and a counting malloc.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#include "meter.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>

#include <malloc.h>
#include <sys/resource.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_TOGGLE_COLLECT
#define CALLGRIND_DUMP_STATS_AT(label)
#endif

// The C library's own functions under their other names. Every allocation of the process passes here, those of operator
// new and of libpq too. It costs four instructions, the same for all clients.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace bench {
namespace {
std::uint64_t counted = 0;

double seconds(timeval const& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// A line of /proc/self/status in bytes, such as VmRSS and VmHWM; 0 where there is none.
std::uint64_t status_bytes(char const* name) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == name) {
      std::uint64_t kilobytes = 0;
      status >> kilobytes;
      return kilobytes * 1024;
    }
  return 0;
}
} // namespace

std::uint64_t allocations() noexcept { return counted; }

void meter::start() {
  malloc_trim(0); // what an earlier client left behind is not this one's
  std::ofstream("/proc/self/clear_refs") << 5;
  cost_.growth = status_bytes("VmRSS:");
  cost_.cpu = cpu_seconds();
  begin_ = std::chrono::steady_clock::now();
  cost_.allocations = allocations();
  CALLGRIND_TOGGLE_COLLECT;
}

void meter::stop() {
  CALLGRIND_TOGGLE_COLLECT;
  cost_.allocations = allocations() - cost_.allocations;
  cost_.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  cost_.cpu = cpu_seconds() - cost_.cpu;
  auto const peak = status_bytes("VmHWM:");
  cost_.growth = peak > cost_.growth ? peak - cost_.growth : 0;
  CALLGRIND_DUMP_STATS_AT(label_.c_str());
}

} // namespace bench

extern "C" {
void* malloc(std::size_t n) noexcept {
  ++bench::counted;
  return __libc_malloc(n);
}
void* calloc(std::size_t n, std::size_t size) noexcept {
  ++bench::counted;
  return __libc_calloc(n, size);
}
void* realloc(void* p, std::size_t n) noexcept {
  ++bench::counted;
  return __libc_realloc(p, n);
}
void* memalign(std::size_t alignment, std::size_t n) noexcept {
  ++bench::counted;
  return __libc_memalign(alignment, n);
}
void* aligned_alloc(std::size_t alignment, std::size_t n) noexcept { return memalign(alignment, n); }
int posix_memalign(void** p, std::size_t alignment, std::size_t n) noexcept {
  *p = memalign(alignment, n);
  return *p == nullptr ? ENOMEM : 0;
}
}
