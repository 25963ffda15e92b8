// tusk: copy_progress.hpp — how far a COPY has got, for those who wait for it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Counts rows and bytes, and looks at the clock only when somebody wants to be told, which is after each 64 KiB or so.
// What it counts others have written or read; at the end it tells that it is the end. Knows neither rows nor messages,
// nor in which direction they go.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace tusk {

struct copy_progress {
  std::uint64_t rows = 0;              ///< written or read; of raw bytes it is not known, and 0
  std::uint64_t bytes = 0;             ///< of data, without the protocol's frames
  std::chrono::nanoseconds elapsed{0}; ///< since the COPY was opened
  bool finished = false;               ///< this is the last report
};

using progress_callback = std::function<void(copy_progress const&)>;

/// Counts, and tells whoever wants to know each time that about so many bytes more have passed.
class progress_meter {
 public:
  static constexpr std::uint64_t interval = 64 * 1024;

  void on_progress(progress_callback f) { f_ = std::move(f); }
  std::uint64_t rows() const noexcept { return now_.rows; }
  void add_row() noexcept { ++now_.rows; }
  /// So many bytes have passed.
  void moved(std::size_t bytes) {
    now_.bytes += bytes;
    if (f_ && now_.bytes >= next_) tell();
  }
  void ended() {
    now_.finished = true;
    if (f_) tell();
  }

 private:
  [[gnu::cold]] void tell() {
    next_ = now_.bytes + interval;
    now_.elapsed = std::chrono::steady_clock::now() - begin_;
    f_(now_);
  }

  copy_progress now_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::uint64_t next_ = interval;
  progress_callback f_;
};

} // namespace tusk
