// tusk: examples/bulk_load.cpp — a CSV file with a million lines into a table by COPY, with a bar that shows how far it
// is. Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   bulk_load [FILE [LINES]]     the file is made when it is not there
//
// Connects to DATABASE_URL, or to what PGHOST, PGUSER and the others say. On a terminal the bar moves; elsewhere there
// is a line for each quarter.
#include <tusk/tusk.hpp>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <unistd.h>

struct trade {
  std::int64_t id;
  std::string_view symbol; // the row is encoded at once: it may point into the line
  std::optional<double> price;
};

static void make_file(std::filesystem::path const& path, std::int64_t lines) {
  static constexpr char const* symbols[]{"AAPL", "MSFT", "TSLA", "NVDA"};
  auto const unfinished = std::filesystem::path(path).concat(".new");
  std::ofstream out(unfinished);
  for (std::int64_t i = 1; i <= lines; ++i) {
    out << i << ',' << symbols[i % 4] << ',';
    if (i % 10 != 0) out << static_cast<double>(i % 1000) / 4;
    out << '\n';
  }
  out.close();
  if (!out) throw std::system_error(std::make_error_code(std::errc::io_error), unfinished.string());
  std::filesystem::rename(unfinished, path); // never half a file
}

template <class N> static N number(std::string_view text) {
  N value{};
  auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size())
    throw std::invalid_argument("not a number: \"" + std::string(text) + "\"");
  return value;
}
static trade parse(std::string_view line) {
  auto const first = line.find(','), second = line.find(',', first + 1);
  if (second == line.npos) throw std::invalid_argument("not three fields: \"" + std::string(line) + "\"");
  trade t{number<std::int64_t>(line.substr(0, first)), line.substr(first + 1, second - first - 1), std::nullopt};
  if (auto const price = line.substr(second + 1); !price.empty()) t.price = number<double>(price);
  return t;
}

/// Shows the part of the rows that has been handed over.
class bar {
 public:
  explicit bar(std::uint64_t rows) : rows_(rows) {}
  void operator()(tusk::copy_progress const& p) {
    auto const percent = rows_ == 0 ? 100 : p.rows * 100 / rows_;
    if (!terminal_) {
      for (; quarter_ <= 4 && percent >= quarter_ * 25; ++quarter_) std::printf("%u %%\n", quarter_ * 25);
      return;
    }
    auto const seconds = std::chrono::duration<double>(p.elapsed).count();
    std::printf("\r[%-25s] %3llu %%  %.1f MB/s ", std::string(percent / 4, '#').c_str(),
                static_cast<unsigned long long>(percent),
                static_cast<double>(p.bytes) / 1e6 / (seconds > 0 ? seconds : 1));
    if (p.finished) std::printf("\n");
    std::fflush(stdout);
  }

 private:
  std::uint64_t rows_;
  unsigned quarter_ = 1;
  bool terminal_ = ::isatty(STDOUT_FILENO) != 0;
};

int main(int argc, char** argv) try {
  auto const path =
      argc > 1 ? std::filesystem::path(argv[1])
               : std::filesystem::temp_directory_path() / ("tusk_bulk_load_" + std::to_string(::getuid()) + ".csv");
  std::int64_t const lines = argc > 2 ? number<std::int64_t>(argv[2]) : 1'000'000;
  if (!std::filesystem::exists(path)) make_file(path, lines);

  tusk::blocking::connection db = tusk::blocking::connect();
  db.script("create temp table trades (id int8 not null, symbol text not null, price float8)");

  std::ifstream file(path);
  // [rows]
  auto in = db.copy_in<trade>(tusk::table("trades")); // columns by the members' names
  in.on_progress(bar(static_cast<std::uint64_t>(lines)));
  for (std::string line; std::getline(file, line);) in.write(parse(line));
  std::uint64_t const rows = in.finish(); // until here nothing is in the table
  // [/rows]
  std::printf("%llu rows\n", static_cast<unsigned long long>(rows));

  // [out]
  double sum = 0;
  auto out = db.copy_out<trade>("copy (select * from trades where symbol = 'AAPL') to stdout (format binary)");
  while (trade const* t = out.next()) sum += t->price.value_or(0);
  // [/out]
  std::printf("AAPL: %.2f\n", sum);

  // [raw]
  auto text = db.copy_in<tusk::raw>("copy trades from stdin (format csv)"); // bytes as they are
  text.write("1000001,\"BRK,B\",412.5\n");
  text.finish();
  // [/raw]
  std::printf("%s\n", db.query_one<std::string>("select symbol from trades where id = 1000001").c_str());
  return 0;
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
