// tusk: examples/psql_lite/copy.hpp — \copy: a table or a query to a file, or from one.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The shell opens the file and the server makes or reads what is in it, in any format: bytes are passed on as they are,
// with `copy_in<tusk::raw>` and `copy_out<tusk::raw>`, in bounded memory however many they are.
#pragma once

#include "interrupts.hpp"
#include "terminal.hpp"

#include <tusk/tusk.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace psql_lite {

/// The words of `\copy`: TABLE [(COLUMNS)] | (QUERY)  from | to  FILE | 'FILE' | stdin | stdout  [OPTIONS]
class copy_words {
 public:
  /// Throws std::invalid_argument.
  explicit copy_words(std::string_view text) : text_(text) {
    std::string subject;
    for (std::string_view w = word();; w = word()) {
      if (w.empty()) throw std::invalid_argument("\\copy: `from` or `to` is missing");
      from = is(w, "from");
      if (from || is(w, "to")) break;
      subject.append(w).append(" ");
    }
    auto const name = word();
    if (name.empty()) throw std::invalid_argument("\\copy: the name of a file is missing");
    if (is(name, "program")) throw std::invalid_argument("\\copy: programs are not run");
    if (name.front() == '\'')
      for (std::size_t i = 1; i + 1 < name.size(); i += name[i] == '\'' ? 2 : 1) file += name[i];
    else if (!is(name, "stdin") && !is(name, "stdout"))
      file = name;
    sql = "copy " + subject + (from ? "from stdin" : "to stdout") + std::string(text_.substr(at_));
  }

  bool from = false;
  std::string sql;
  std::string file; ///< empty: standard input or output

 private:
  static bool is(std::string_view word, std::string_view wanted) {
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (i >= word.size() || (word[i] | 0x20) != wanted[i]) return false; // wanted has lower letters only
    return word.size() == wanted.size();
  }
  static bool blank(char c) { return c == ' ' || c == '\t'; }
  /// Up to a blank that stands in no quotes nor parentheses.
  std::string_view word() {
    while (at_ < text_.size() && blank(text_[at_])) ++at_;
    auto const start = at_;
    char quote = 0;
    int depth = 0;
    for (; at_ < text_.size() && (quote != 0 || depth > 0 || !blank(text_[at_])); ++at_) {
      char const c = text_[at_];
      if (quote != 0)
        quote = c == quote ? '\0' : quote;
      else if (c == '\'' || c == '"')
        quote = c;
      else
        depth += (c == '(') - (c == ')');
    }
    return text_.substr(start, at_ - start);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class copier {
 public:
  copier(tusk::blocking::connection& db, terminal& t, interrupts& i) : db_(db), terminal_(t), interrupts_(i) {}

  /// Throws tusk::error; std::system_error where the file is at fault.
  void run(copy_words const& w) const {
    if (w.from)
      from(w);
    else
      to(w);
  }

 private:
  struct closing {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  using open_file = std::unique_ptr<std::FILE, closing>;

  static std::system_error failed(std::string const& file) { return {errno, std::system_category(), file}; }
  static open_file open(std::string const& name, char const* mode) {
    open_file f(std::fopen(name.c_str(), mode));
    if (!f) throw failed(name);
    return f;
  }

  void from(copy_words const& w) const {
    open_file const file = w.file.empty() ? open_file() : open(w.file, "rb");
    auto in = db_.copy_in<tusk::raw>(w.sql); // left without finish() it has inserted nothing
    if (!file) {
      if (terminal_.interactive()) std::puts("Data, and a line with \\. alone at the end:");
      for (std::string line;;) {
        auto const got = terminal_.line(">> ", line);
        if (got == input::interrupted) return;
        if (got == input::end || line == "\\.") break;
        in.write(line + "\n");
      }
    } else {
      std::string bytes(64 * 1024, '\0');
      for (std::size_t n; (n = std::fread(bytes.data(), 1, bytes.size(), file.get())) > 0;) {
        if (interrupts_.seen()) return;
        in.write(std::string_view(bytes).substr(0, n));
      }
      if (std::ferror(file.get()) != 0) throw failed(w.file);
    }
    std::printf("COPY %llu\n", static_cast<unsigned long long>(in.finish()));
  }
  void to(copy_words const& w) const {
    open_file file = w.file.empty() ? open_file() : open(w.file, "wb");
    auto out = db_.copy_out<tusk::raw>(w.sql);
    auto* const target = file ? file.get() : stdout;
    std::uint64_t bytes = 0;
    while (tusk::raw const* const part = out.next()) {
      if (std::fwrite(part->bytes.data(), 1, part->bytes.size(), target) != part->bytes.size()) throw failed(w.file);
      bytes += part->bytes.size();
    }
    if (!file) return;
    if (std::fclose(file.release()) != 0) throw failed(w.file);
    std::printf("COPY: %llu bytes\n", static_cast<unsigned long long>(bytes));
  }

  tusk::blocking::connection& db_;
  terminal& terminal_;
  interrupts& interrupts_;
};

} // namespace psql_lite
