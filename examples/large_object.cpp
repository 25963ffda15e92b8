// tusk: examples/large_object.cpp — a file into the database and out again, and a look into the middle of it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Connects as examples/quickstart.cpp does. Everything is done in one transaction, which is not committed.
#include <tusk/tusk.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <span>
#include <sstream>
#include <string>

#include <unistd.h>

/// A file that is removed when it is not needed any more.
class temporary_file {
 public:
  temporary_file() : name_("/tmp/tusk_example_" + std::to_string(::getpid())) {
    std::ofstream to(name_, std::ios::binary);
    for (int i = 0; i < 100'000; ++i) to << "line " << i << " of the log\n";
  }
  temporary_file(temporary_file const&) = delete;
  temporary_file& operator=(temporary_file const&) = delete;
  ~temporary_file() { std::remove(name_.c_str()); }
  std::string const& name() const { return name_; }
  std::string text() const {
    std::ostringstream all;
    all << std::ifstream(name_, std::ios::binary).rdbuf();
    return all.str();
  }

 private:
  std::string name_;
};

static asio::awaitable<int> app() {
  temporary_file const file;
  auto db = co_await tusk::connect();

  // [large_object]
  auto tx = co_await db.begin(); // large objects live in transactions
  std::ifstream log(file.name(), std::ios::binary);
  tusk::oid const id = co_await tusk::import_large_object(tx, log); // never in memory as a whole

  auto lo = co_await tusk::open_large_object(tx, id, tusk::large_object_mode::read_write);
  std::int64_t const end = co_await lo.seek(-22, tusk::seek_from::end); // offsets have 64 bits
  std::array<std::byte, 21> last{};
  std::size_t const n = co_await lo.read(last);
  std::printf("at %lld: %.*s\n", static_cast<long long>(end), static_cast<int>(n),
              reinterpret_cast<char*>(last.data()));

  co_await lo.seek(0);
  co_await lo.write(std::as_bytes(std::span("LINE", 4)));
  std::ostringstream copy;
  std::int64_t const size = co_await tusk::export_large_object(tx, id, copy); // one round trip
  // [/large_object]

  auto const before = file.text();
  auto const after = copy.str();
  bool const same = after.size() == before.size() && after.substr(4) == before.substr(4);
  std::printf("%lld bytes, %s but for \"%s\"\n", static_cast<long long>(size), same ? "the same" : "others",
              after.substr(0, 4).c_str());
  co_await tusk::unlink_large_object(tx, id);
  co_await tx.rollback();
  co_return 0;
}

int main() {
  try {
    return tusk::run(app());
  } catch (tusk::error const& e) {
    std::fprintf(stderr, "large_object: %s\n", e.what());
    return 1;
  }
}
