// tusk: conninfo/file.hpp — a small file of text, opened once and read whole.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// For the password file, the service file and a .env file: they may hold passwords, so what is read wipes itself, and
// they may be anything, so a FIFO or a device never blocks and a huge file is not read. Knows none of their grammars.
#pragma once

#include <tusk/conninfo/secret.hpp>

#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tusk::conninfo {

class file {
 public:
  static constexpr std::size_t max_size = std::size_t{16} << 20;

  explicit file(std::string const& path) noexcept
      // O_NONBLOCK: or a FIFO would wait for its writer. The opened file is judged, not the path: that could change.
      : fd_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)), error_(fd_ < 0 ? errno : 0) {
    if (fd_ >= 0 && ::fstat(fd_, &info_) != 0) error_ = errno;
  }
  file(file const&) = delete;
  file& operator=(file const&) = delete;
  ~file() {
    if (fd_ >= 0) ::close(fd_);
  }

  bool is_open() const noexcept { return error_ == 0; }
  /// The system's words for why it is not open.
  std::string error() const { return std::system_category().message(error_); }
  /// What keeps an open file from being read; nullptr: nothing.
  char const* unfit() const noexcept {
    if (!S_ISREG(info_.st_mode)) return "it is not a regular file";
    if (info_.st_size > static_cast<off_t>(max_size)) return "it is larger than 16 MiB";
    return nullptr;
  }
  mode_t mode() const noexcept { return info_.st_mode; }

  /// All of it, as far as it can be read.
  secret read() const {
    std::string text(static_cast<std::size_t>(info_.st_size), '\0');
    std::size_t have = 0;
    while (have < text.size()) {
      auto const n = ::read(fd_, text.data() + have, text.size() - have);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      have += static_cast<std::size_t>(n);
    }
    text.resize(have);
    return secret(std::move(text));
  }

 private:
  int fd_;
  int error_;
  struct stat info_{};
};

/// Takes the first line off `text`, without its newline. `text` may not be empty.
constexpr std::string_view take_line(std::string_view& text) noexcept {
  auto const line = text.substr(0, text.find('\n'));
  text.remove_prefix(line.size() < text.size() ? line.size() + 1 : text.size());
  return line;
}

} // namespace tusk::conninfo
