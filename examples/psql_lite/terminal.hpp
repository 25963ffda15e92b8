// tusk: examples/psql_lite/terminal.hpp — lines of input: typed, with or without a line editor, or from a file.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// With PSQL_LITE_EDITOR defined, and libedit or readline linked, what is typed can be edited and is remembered in
// ~/.psql_lite_history; a line that begins with a blank is not. Waits for the terminal and for Ctrl-C at once.
#pragma once

#include "interrupts.hpp"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include <poll.h>
#include <unistd.h>

#ifdef PSQL_LITE_EDITOR
#if __has_include(<editline/readline.h>)
#include <editline/readline.h>
#else
#include <readline/history.h>
#include <readline/readline.h>
#endif
#endif

namespace psql_lite {

enum class input { line, end, interrupted };

#ifdef PSQL_LITE_EDITOR
class line_editor {
 public:
  explicit line_editor(interrupts& i) : interrupts_(i) {
    rl_catch_signals = 0;
    using_history();
    stifle_history(1000);
    if (!file().empty()) read_history(file().c_str());
  }
  ~line_editor() {
    if (!file().empty()) write_history(file().c_str());
  }
  line_editor(line_editor const&) = delete;
  line_editor& operator=(line_editor const&) = delete;

  /// The library calls back with a line, through a plain function.
  input read(std::string const& prompt, std::string& to) {
    static std::string* line = nullptr;
    static input state = input::interrupted;
    line = &to;
    state = input::interrupted; // until it says something else
    rl_callback_handler_install(prompt.c_str(), [](char* typed) {
      rl_callback_handler_remove(); // gives the terminal back
      state = typed == nullptr ? input::end : input::line;
      if (typed != nullptr) *line = typed;
      std::free(typed);
    });
    pollfd waits[]{{STDIN_FILENO, POLLIN, 0}, {interrupts_.descriptor(), POLLIN, 0}};
    while (state == input::interrupted && waits[1].revents == 0)
      if (::poll(waits, 2, -1) > 0 && waits[0].revents != 0) rl_callback_read_char();
    if (state == input::interrupted) {
      rl_callback_handler_remove();
      std::puts("^C");
    } else if (state == input::line && !to.empty() && to.front() != ' ') {
      add_history(to.c_str());
    }
    return state;
  }

 private:
  static std::string file() {
    char const* const home = std::getenv("HOME");
    return home != nullptr ? std::string(home) + "/.psql_lite_history" : std::string();
  }
  interrupts& interrupts_;
};
#else
/// There is none: the terminal's own line discipline edits.
class line_editor {
 public:
  explicit line_editor(interrupts&) {}
  static input read(std::string const&, std::string&) { return input::end; }
};
#endif

class terminal {
 public:
  explicit terminal(interrupts& i)
      : interrupts_(i), interactive_(::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1) {
    if (interactive_) editor_.emplace(i);
  }

  /// Somebody sits before it: there are prompts, and Ctrl-C does not end the program.
  bool interactive() const { return interactive_; }

  /// The next line without its end; waits for it, or for Ctrl-C.
  input line(std::string const& prompt, std::string& to) {
    for (;;) {
      if (auto const end = read_.find('\n', at_); end != read_.npos) {
        to = read_.substr(at_, end - at_);
        at_ = end + 1;
        return input::line;
      }
      read_.erase(0, at_);
      at_ = 0;
      switch (auto const got = fill(prompt)) {
      case input::line: break;
      case input::end:
        if (read_.empty()) return got;
        read_ += '\n'; // the last line has none
        break;
      case input::interrupted: read_.clear(); return got;
      }
    }
  }

 private:
#ifdef PSQL_LITE_EDITOR
  static constexpr bool has_editor = true;
#else
  static constexpr bool has_editor = false;
#endif

  /// Reads more.
  input fill(std::string const& prompt) {
    std::fflush(stdout);
    if (interactive_ && has_editor) {
      std::string typed; // of several lines where they were pasted
      auto const got = editor_->read(prompt, typed);
      if (got == input::line) read_.append(typed).append("\n");
      return got;
    }
    if (interactive_) {
      std::fputs(prompt.c_str(), stdout);
      std::fflush(stdout);
    }
    pollfd waits[]{{STDIN_FILENO, POLLIN, 0}, {interrupts_.descriptor(), POLLIN, 0}};
    while (::poll(waits, 2, -1) <= 0) {}
    if (waits[1].revents != 0) {
      if (interactive_) std::puts("");
      return input::interrupted;
    }
    char bytes[16 * 1024];
    auto const n = ::read(STDIN_FILENO, bytes, sizeof bytes);
    if (n <= 0) return input::end;
    read_.append(bytes, static_cast<std::size_t>(n));
    return input::line;
  }

  interrupts& interrupts_;
  bool interactive_;
  std::optional<line_editor> editor_;
  std::string read_;
  std::size_t at_ = 0;
};

} // namespace psql_lite
