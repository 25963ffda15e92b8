// tusk tests: support/mini_server.hpp — a server that runs a few statements, one message at a time.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// It can be stopped before any message it sends, and it is cancelled as a PostgreSQL server is: the signal hits what
// runs just then, if anything does, and comes a second time a little later. Everything happens in `step`, in the thread
// of the test.
//
//   select $1        one row: the parameter, if it has four bytes, else how many it has
//   select 5         one row: 5
//   series 5         five rows: 1 to 5
//   labels 5         five rows of a type that a user has created: t1 to t5, or b1 to b5 where binary was asked for
//   copy t from stdin (format binary), copy t to stdout (format binary): rows of one int4; three of them
//   fail             division by zero
//   begin, commit, rollback, discard all
//   listen "a";     and unlisten: one channel at a time
//   select pg_notify($1, $2)
#pragma once

#include "support/listener.hpp"
#include "support/login.hpp"
#include "support/messages.hpp"

#include <tusk/wire/bytes.hpp>
#include <tusk/wire/copy_binary.hpp>

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

class mini_server {
 public:
  mini_server() : listener_(live::listener::kind::local) {}
  std::string const& host() const noexcept { return listener_.host(); }

  bool reads = true;  ///< else it leaves what it is sent in the socket
  int may_say = -1;   ///< so many messages more, then it waits; negative: as many as it likes
  int said = 0;       ///< messages so far, without those of the login
  int cancelled = 0;  ///< statements that were hit by a CancelRequest
  int statements = 0; ///< those that were begun

  /// Does what can be done without waiting. False: there was nothing.
  bool step() {
    bool moved = false;
    while (listener_.knocked()) {
      guests_.emplace_back(listener_.accept());
      moved = true;
    }
    for (auto& g : guests_) moved = attend(g) || moved;
    while (!guests_.empty() && guests_.back().gone) guests_.pop_back();
    return moved;
  }
  /// Nobody is connected any more.
  bool deserted() const {
    for (auto const& g : guests_)
      if (!g.gone) return false;
    return true;
  }

 private:
  struct portal {
    std::string statement;
    std::string value;
    std::string second; // of two parameters
    bool binary = true; // rows have one column
    int at = 0;
  };
  struct guest {
    explicit guest(live::descriptor d) : socket(std::move(d)) {}
    live::descriptor socket;
    std::string in;
    std::deque<std::string> out;
    std::string unsent; // of a message that has left `out`
    std::map<std::string, std::string> texts;
    std::map<std::string, portal> portals;
    std::set<std::string> channels;
    std::string begun;            // of LISTEN, UNLISTEN and DISCARD ALL, which count at the end
    std::deque<std::string> told; // notifications, which go out at the end
    int farewell = -1;            // of one who cancels: steps until the connection ends
    char status = 'I';
    bool logged_in = false;
    bool busy = false; // since the first message of a request, until ReadyForQuery is in `out`
    bool skips = false;
    bool simple = false;
    bool copying = false; // it waits for data
    std::size_t copied = 0;
    bool gone = false;
  };

  bool attend(guest& g) {
    if (g.gone) return false;
    bool moved = false;
    if (g.farewell >= 0) {
      if (g.farewell-- == 1) cancel(); // the second signal
      if (g.farewell < 0) leave(g);
      return true;
    }
    if (reads || !g.logged_in) moved = read(g);
    for (;;) {
      if (!g.unsent.empty()) {
        auto const n = ::send(g.socket.get(), g.unsent.data(), g.unsent.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0) return moved;
        g.unsent.erase(0, static_cast<std::size_t>(n));
        moved = true;
      } else if (!g.out.empty()) {
        if (may_say == 0) return moved;
        if (may_say > 0) --may_say;
        ++said;
        g.unsent = std::move(g.out.front());
        g.out.pop_front();
        if (g.unsent[0] == 'Z') take_effect(g);
      } else if (!take_message(g)) {
        return moved;
      } else {
        moved = true;
      }
    }
  }
  bool read(guest& g) {
    char room[65536];
    auto const n = ::recv(g.socket.get(), room, sizeof room, MSG_DONTWAIT);
    if (n == 0) leave(g);
    if (n <= 0) return false;
    g.in.append(room, static_cast<std::size_t>(n));
    return true;
  }
  static void leave(guest& g) {
    g.gone = true;
    g.socket = live::descriptor();
  }
  static std::uint32_t number(std::string_view at) {
    return tusk::wire::load<std::uint32_t>(reinterpret_cast<std::byte const*>(at.data()));
  }
  bool take_message(guest& g) {
    if (!g.logged_in) {
      if (g.in.size() < 8 || g.in.size() < number(g.in)) return false;
      if (g.in == login::cancel_request) {
        cancel();
        g.in.clear();
        g.farewell = 3;
        return false;
      }
      g.in.erase(0, number(g.in));
      g.logged_in = true;
      live::send_all(g.socket.get(), login::welcome());
      return true;
    }
    if (g.in.size() < 5 || g.in.size() < 1 + number(std::string_view(g.in).substr(1))) return false;
    auto const length = number(std::string_view(g.in).substr(1));
    auto const type = g.in[0];
    auto body = g.in.substr(5, length - 4);
    g.in.erase(0, 1 + length);
    if (!g.copying && (type == 'd' || type == 'c' || type == 'f')) return true; // of a COPY that has failed
    g.busy = true;
    handle(g, type, body);
    return true;
  }
  static std::string text(std::string_view& body) {
    std::string s(body.substr(0, body.find('\0')));
    body.remove_prefix(s.size() + 1);
    return s;
  }
  void handle(guest& g, char type, std::string_view body) {
    using namespace messages;
    if (type == 'X') return leave(g);
    if (type == 'S') {
      g.skips = false;
      return end(g);
    }
    if (g.skips) return;
    if (!g.copying) g.simple = type == 'Q';
    switch (type) {
    case 'P': {
      auto const name = text(body);
      if (!name.empty() && g.texts.contains(name))
        return fail(g, error_response("42P05", "prepared statement \"" + name + "\" already exists"));
      g.texts[name] = text(body);
      g.out.push_back(parse_complete());
      break;
    }
    case 'D': {
      bool const of_statement = body[0] == 'S';
      body.remove_prefix(1);
      auto const name = text(body);
      if (of_statement && !g.texts.contains(name)) return fail(g, missing(name));
      auto const& sql = of_statement ? g.texts[name] : g.texts[g.portals[name].statement];
      if (of_statement)
        g.out.push_back(sql.find("$1") == sql.npos ? parameter_description({})
                        : sql == notify ? parameter_description({tusk::wire::oid::text, tusk::wire::oid::text})
                                        : parameter_description({tusk::wire::oid::int4}));
      g.out.push_back(returns_rows(sql) ? columns(sql, !of_statement) : no_data());
      break;
    }
    case 'B': bind(g, body); break;
    case 'E': {
      auto const name = text(body);
      run(g, g.texts[g.portals[name].statement], g.portals[name], static_cast<int>(number(body)), true);
      break;
    }
    case 'C': {
      bool const statement = body[0] == 'S';
      body.remove_prefix(1);
      statement ? g.texts.erase(text(body)) : g.portals.erase(text(body));
      g.out.push_back(close_complete());
      break;
    }
    case 'Q': {
      portal p;
      auto const sql = text(body);
      if (sql == "copy t from stdin (format binary)") {
        g.out.push_back(copy_response('G'));
        g.copying = true;
        g.copied = 0;
        break;
      }
      if (sql == "copy t to stdout (format binary)")
        copy_out(g);
      else
        run(g, sql, p, 0, false);
      end(g);
      break;
    }
    case 'd': g.copied += body.size(); break;
    case 'c':
      // Header, rows of one int4 and trailer.
      g.out.push_back(command_complete("COPY " + std::to_string((g.copied - 21) / 10)));
      g.copying = false;
      end(g);
      break;
    case 'f':
      fail(g, error_response("57014", "COPY from stdin failed"));
      g.copying = false;
      end(g);
      break;
    default: break;
    }
  }
  void bind(guest& g, std::string_view body) {
    auto const name = text(body);
    portal p;
    p.statement = text(body);
    if (!g.texts.contains(p.statement)) return fail(g, missing(p.statement));
    auto const formats = number(std::string(2, '\0') + std::string(body.substr(0, 2)));
    body.remove_prefix(2 + 2 * formats);
    if (body[1] != 0) p.value = body.substr(6, number(body.substr(2)));
    if (body[1] == 2) {
      auto const next = body.substr(6 + p.value.size());
      p.second = next.substr(4, number(next));
    }
    p.binary = body.back() != '\0';
    g.portals[name] = std::move(p);
    g.out.push_back(messages::bind_complete());
  }
  static std::string missing(std::string const& name) {
    return messages::error_response("26000", "prepared statement \"" + name + "\" does not exist");
  }
  static bool returns_rows(std::string_view sql) { return sql.starts_with("select") || is_series(sql); }
  static constexpr std::string_view notify = "select pg_notify($1, $2)";
  static bool is_listen(std::string_view sql) { return sql.starts_with("listen") || sql.starts_with("unlisten"); }
  static bool is_series(std::string_view sql) { return sql.starts_with("series") || is_labels(sql); }
  static bool is_labels(std::string_view sql) { return sql.starts_with("labels"); }
  static std::string columns(std::string_view sql, bool binary) {
    auto const type = is_labels(sql) ? tusk::wire::oid(16500) : tusk::wire::oid::int4;
    return messages::row_description({{"n", type, static_cast<std::int16_t>(binary ? 1 : 0)}});
  }
  void run(guest& g, std::string const& sql, portal& p, int most, bool binary) {
    using namespace messages;
    ++statements;
    if (sql == "fail") return fail(g, error_response("22012", "division by zero"));
    if (g.status == 'E' && sql != "rollback" && sql != "commit")
      return fail(g, error_response("25P02", "current transaction is aborted"));
    if (!returns_rows(sql)) {
      if (sql.starts_with("begin")) g.status = 'T';
      auto tag = sql.starts_with("begin") ? "BEGIN" : sql == "commit" && g.status == 'T' ? "COMMIT" : "ROLLBACK";
      if (sql == "commit" || sql == "rollback") g.status = 'I';
      if (sql == "discard all") {
        g.texts.clear();
        g.begun = sql;
        tag = "DISCARD ALL";
      }
      if (is_listen(sql)) {
        g.begun = sql;
        tag = sql[0] == 'u' ? "UNLISTEN" : "LISTEN";
      }
      g.out.push_back(command_complete(tag));
      return;
    }
    if (sql == notify && g.channels.contains(p.value)) g.told.push_back(notification(7, p.value, p.second));
    if (!binary) g.out.push_back(columns(sql, false));
    bool const series = is_series(sql);
    auto const last = series ? std::atoi(sql.c_str() + 7) : 1;
    for (int n = 0; p.at < last; ++n) {
      if (most != 0 && n == most) {
        g.out.push_back(portal_suspended());
        return;
      }
      ++p.at;
      if (is_labels(sql))
        g.out.push_back(data_row({(p.binary ? "b" : "t") + std::to_string(p.at)}));
      else
        g.out.push_back(data_row({binary ? series ? messages::number(p.at) : value(sql, p) : std::to_string(p.at)}));
    }
    g.out.push_back(command_complete("SELECT " + std::to_string(last)));
  }
  static std::string value(std::string const& sql, portal const& p) {
    if (sql.find("$1") == sql.npos) return messages::number(std::atoi(sql.c_str() + 7));
    return p.value.size() == 4 ? p.value : messages::number(static_cast<std::int32_t>(p.value.size()));
  }
  /// CopyInResponse or CopyOutResponse of one column in binary.
  static std::string copy_response(char type) { return messages::message(type, std::string("\1\0\1\0\1", 5)); }
  static void copy_out(guest& g) {
    using namespace messages;
    g.out.push_back(copy_response('H'));
    for (int n = 1; n <= 3; ++n) {
      auto const row = messages::number(std::int16_t{1}) + messages::number(4) + messages::number(n);
      g.out.push_back(copy_data((n == 1 ? std::string(tusk::wire::copy_header) : std::string()) + row));
    }
    g.out.push_back(copy_data(messages::number(std::int16_t{-1})));
    g.out.push_back(copy_done());
    g.out.push_back(command_complete("COPY 3"));
  }
  static void fail(guest& g, std::string error) {
    g.out.push_back(std::move(error));
    g.told.clear();
    g.begun.clear();
    if (g.status == 'T') g.status = 'E';
    g.skips = !g.simple;
  }
  static void end(guest& g) {
    if (g.status == 'I')
      for (; !g.told.empty(); g.told.pop_front()) g.out.push_back(std::move(g.told.front()));
    g.out.push_back(messages::ready(g.status));
    g.busy = false;
  }
  /// It cannot be cancelled any more.
  static void take_effect(guest& g) {
    if (is_listen(g.begun)) {
      auto const from = g.begun.find('"') + 1;
      auto channel = g.begun.substr(from, g.begun.rfind('"') - from);
      g.begun[0] == 'u' ? void(g.channels.erase(channel)) : void(g.channels.insert(std::move(channel)));
    } else if (!g.begun.empty()) {
      g.channels.clear();
    }
    g.begun.clear();
  }
  /// The signal: hits what runs.
  void cancel() {
    for (auto& g : guests_) {
      if (!g.logged_in || g.gone) continue;
      bool const ends = !g.out.empty() && g.out.back()[0] == 'Z';
      // What is at its end, and what has not begun, does not feel it.
      if (!(g.busy || ends) || g.skips || (ends && g.out.size() == 1)) continue;
      ++cancelled;
      g.out.clear();
      fail(g, messages::error_response("57014", "canceling statement due to user request"));
      if (ends || g.copying) {
        g.skips = g.copying = false;
        end(g);
      }
      may_say = -1;
    }
  }

  live::listener listener_;
  std::deque<guest> guests_;
};
