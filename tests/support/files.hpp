// tusk tests: a directory of one's own, gone at the end of the scope.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace support {

class directory {
 public:
  directory() {
    std::string name = (std::filesystem::temp_directory_path() / "tusk_XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  directory(directory const&) = delete;
  directory& operator=(directory const&) = delete;
  ~directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string const& path() const { return path_; }
  /// Writes a file of that mode and returns its path.
  std::string file(std::string_view name, std::string_view contents, unsigned mode = 0600) const {
    auto path = path_ + "/" + std::string(name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary).write(contents.data(), static_cast<std::streamsize>(contents.size()));
    if (::chmod(path.c_str(), mode) != 0) throw std::runtime_error("cannot change the mode of " + path);
    return path;
  }

 private:
  std::string path_;
};

} // namespace support
