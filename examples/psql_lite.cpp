// tusk: examples/psql_lite.cpp — a small shell in the manner of psql, for a terminal or a pipe.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Statements end in a semicolon and go out one by one with `script`: the simple protocol returns values of whatever
// type as text, and the words of any command. Ctrl-C ends a query and not the shell. Connects to argv[1], DATABASE_URL,
// or what PGHOST, PGUSER and the others say. Its parts are in psql_lite/.
#include <tusk/tusk.hpp>

#include "psql_lite/copy.hpp"
#include "psql_lite/describe.hpp"
#include "psql_lite/interrupts.hpp"
#include "psql_lite/report.hpp"
#include "psql_lite/statements.hpp"
#include "psql_lite/table.hpp"
#include "psql_lite/terminal.hpp"

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace psql_lite {

static constexpr char const* help = R"(A statement may take many lines, and ends with a semicolon.
  \d               list tables, views and sequences
  \d NAME          describe one: columns, indexes, constraints
  \copy TABLE [(COLUMNS)] | (QUERY) from | to FILE | stdin | stdout [OPTIONS]
                   data from or to a file of this machine; OPTIONS are those of COPY
  \timing          show the time of every command, or stop that
  \conninfo        what the connection is
  \?               this
  \q               quit)";

static bool is_number(tusk::oid type) {
  switch (type) {
  case tusk::oid::int2:
  case tusk::oid::int4:
  case tusk::oid::int8:
  case tusk::oid::float4:
  case tusk::oid::float8:
  case tusk::oid::numeric:
  case tusk::oid::oid:
  case tusk::oid::xid:
  case tusk::oid::xid8:
  case tusk::oid::cid:
  case tusk::oid::money: return true;
  default: return false;
  }
}

class shell {
 public:
  explicit shell(tusk::options o) : options_(std::move(o)), db_(tusk::blocking::connect(options_)) { welcome(); }

  /// Returns the exit status, as psql's: 2 if the connection was lost, 130 if Ctrl-C has ended it.
  int run() {
    if (terminal_.interactive()) std::puts("psql_lite: type \\? for help");
    for (std::string line;;) {
      interrupts_.forget();
      auto const got = terminal_.line(prompt(), line);
      if (got == input::line) {
        take(line);
      } else if (got == input::end) {
        if (typed_.open() != '=') execute(typed_.rest());
        over_ = true;
      }
      bool const interrupted = got == input::interrupted || interrupts_.seen();
      if (interrupted && !terminal_.interactive()) return 130;
      if (interrupted) typed_.clear();
      if (lost_ && !terminal_.interactive()) return 2;
      if (over_) return 0;
    }
  }

 private:
  using milliseconds = std::chrono::duration<double, std::milli>;

  /// Such as `shop=*> `, as psql's: the database, what is open, the state of the transaction.
  std::string prompt() const {
    if (lost_) return "!> ";
    char const* state = "";
    switch (db_.transaction_status()) {
    case tusk::transaction_status::idle: break;
    case tusk::transaction_status::in_transaction: state = "*"; break;
    case tusk::transaction_status::failed: state = "!"; break;
    }
    return database_ + typed_.open() + state + "> ";
  }

  void take(std::string_view line) {
    auto const first = line.find_first_not_of(" \t");
    if (first != line.npos && line[first] == '\\' && typed_.between_tokens()) {
      line = line.substr(first + 1, line.find_last_not_of(" \t\r") - first);
      bool const timed = timing_;
      if (line == "q") return void(over_ = true);
      auto const took = attempt([&] { command(line); });
      if (timed && timing_) tell(took);
      return;
    }
    typed_.add(line);
    while (auto statement = typed_.next()) {
      if (interrupts_.seen() || lost_) return; // the rest of the line was to come after it
      execute(*statement);
    }
  }

  void execute(std::string_view sql) {
    sql = statements::trimmed(sql);
    if (sql.empty()) return;
    std::vector<tusk::script_result> results;
    auto const took = attempt([&] { results = db_.script(sql); }, sql);
    for (auto const& r : results) print(r);
    if (timing_) tell(took);
  }

  /// Does what Ctrl-C may end. Reports what goes wrong in it; returns how long it took.
  template <class F> milliseconds attempt(F what, std::string_view sql = {}) {
    if (lost_ && !reconnect()) return {};
    auto const begin = std::chrono::steady_clock::now();
    try {
      interrupts::aim const target(interrupts_, db_.get_cancel_token());
      what();
    } catch (tusk::error const& e) {
      report(e, sql);
      if (e.code() == tusk::errc::wrong_verb) std::fputs("HINT:  \\copy reads and writes data.\n", stderr);
    } catch (std::exception const& e) {
      std::fflush(stdout);
      std::fprintf(stderr, "psql_lite: %s\n", e.what());
    }
    milliseconds const took = std::chrono::steady_clock::now() - begin;
    if (!db_.is_open()) reconnect();
    return took;
  }
  static void tell(milliseconds took) { std::printf("Time: %.3f ms\n", took.count()); }
  bool reconnect() {
    std::fflush(stdout);
    if (!lost_) std::fputs("The connection to the server was lost. ", stderr);
    lost_ = true;
    std::fputs("Attempting reset: ", stderr);
    try {
      auto once_more = options_;
      if (!once_more.get("connect_timeout")) once_more.set("connect_timeout", "10");
      db_ = tusk::blocking::connect(once_more);
      welcome();
      lost_ = false;
      typed_.clear();
      std::fputs("Succeeded.\n", stderr);
    } catch (tusk::error const& e) {
      std::fprintf(stderr, "Failed.\npsql_lite: %s\n", e.what());
    }
    return !lost_;
  }
  /// A new connection.
  void welcome() {
    db_.on_notice([](tusk::notice const& n) { report(n, {}); });
    database_ = shown(db_.query_one<std::string>("select current_database()")).front().text;
  }

  void print(tusk::script_result const& r) const {
    auto const& rows = r.rows();
    std::string_view const tag = r.text();
    bool const is_table = !r.columns().empty() || !rows.empty();
    if (is_table) {
      std::vector<heading> headings;
      for (auto const& c : r.columns()) headings.push_back({c.name, is_number(c.type)});
      table const t(std::move(headings), rows.size(), [&](std::size_t row, std::size_t column) {
        auto const bytes = rows[row][column].bytes(); // text, as everything in a script; empty for NULL
        return std::string_view(reinterpret_cast<char const*>(bytes.data()), bytes.size());
      });
      t.print("", [this] { return interrupts_.seen(); });
      std::printf("(%zu row%s)\n\n", rows.size(), rows.size() == 1 ? "" : "s");
    }
    bool const changes =
        tag.starts_with("INSERT") || tag.starts_with("UPDATE") || tag.starts_with("DELETE") || tag.starts_with("MERGE");
    if ((!is_table || changes) && !tag.empty()) std::printf("%s\n", r.text().c_str());
  }

  void command(std::string_view line) {
    auto const blank = line.find_first_of(" \t");
    auto const name = line.substr(0, blank);
    auto const rest = line.find_first_not_of(" \t", blank);
    std::string const argument(rest == line.npos ? "" : line.substr(rest));
    if (name == "?") {
      std::puts(help);
    } else if (name == "timing") {
      timing_ = !timing_;
      std::printf("Timing is %s.\n", timing_ ? "on" : "off");
    } else if (name == "conninfo") {
      tell_connection();
    } else if (name == "copy") {
      copier(db_, terminal_, interrupts_).run(copy_words(argument));
    } else if (name == "d") {
      describer const catalogue(db_);
      argument.empty() ? catalogue.list() : catalogue.describe(argument);
    } else {
      std::fflush(stdout);
      std::fprintf(stderr, "invalid command \\%.*s, try \\? for help\n", static_cast<int>(name.size()), name.data());
    }
  }
  void tell_connection() {
    auto const user = shown(db_.query_one<std::string>("select current_user")).front().text;
    char const* way = "a Unix socket";
    if (db_.transport() == tusk::transport::tcp) way = "TCP without TLS";
    if (db_.transport() == tusk::transport::tls) way = "TLS";
    std::printf("You are connected to database \"%s\" as user \"%s\" over %s.\n", database_.c_str(), user.c_str(), way);
    std::printf("The server is PostgreSQL %.*s, its process %u.\n",
                static_cast<int>(db_.parameter("server_version").size()), db_.parameter("server_version").data(),
                db_.backend_pid());
  }

  tusk::options options_;
  tusk::blocking::connection db_;
  std::string database_;
  interrupts interrupts_; // from here on: while it connects Ctrl-C ends the program
  terminal terminal_{interrupts_};
  statements typed_;
  bool timing_ = false;
  bool lost_ = false;
  bool over_ = false;
};

} // namespace psql_lite

int main(int argc, char** argv) {
  if (argc > 2) {
    std::fputs("usage: psql_lite [URL or keywords, such as postgres://me@localhost/shop]\n", stderr);
    return 2;
  }
  try {
    auto options = argc > 1 ? tusk::options(argv[1]) : tusk::options::from_environment();
    options.set("fallback_application_name", "psql_lite");
    return psql_lite::shell(std::move(options)).run();
  } catch (tusk::error const& e) {
    psql_lite::report(e, {});
  } catch (std::exception const& e) {
    std::fprintf(stderr, "psql_lite: %s\n", e.what());
  }
  return 2;
}
