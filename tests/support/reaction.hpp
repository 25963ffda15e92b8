// tusk tests: support/reaction.hpp — what a client made of a scripted server, and what a table says that it should.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The tables have the words of whoever observed libpq: "connected proto=30000 ; TUPLES_OK tag=SELECT 1 rows=[["1"]] ;
// done tx=IDLE". Of these counts what a client of this driver can see: whether it was let in, the results, the first
// error, and whether the connection can be used afterwards.
#pragma once

#include "support/scripted_guest.hpp"

#include <tusk/error.hpp>
#include <tusk/script.hpp>
#include <tusk/types/all.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace live {

struct reaction {
  bool connected = false;
  bool usable = false;               ///< afterwards
  std::vector<std::string> results;  ///< `SELECT 1 [["1"]]`: the tag, and the rows if there are any
  std::vector<std::string> notices;  ///< `NOTICE: words`
  std::string reason;                ///< of a table: why it failed, in its words
  std::optional<tusk::error> failed; ///< of a client
};

/// What stands behind `name` up to `end`; empty if it is not there.
inline std::string behind(std::string const& text, std::string_view name, std::string_view end) {
  auto const at = text.find(name);
  if (at == text.npos) return {};
  auto const begin = at + name.size();
  return text.substr(begin, text.find(end, begin) - begin);
}

inline reaction read_reaction(std::string const& text) {
  reaction r;
  for (auto const& item : split(text, " ; ")) {
    if (item.starts_with("connected")) r.connected = r.usable = true;
    if (item.starts_with("error: ")) r.reason = item.substr(7);
    if (item.starts_with("sendfail[no_connection]")) r.reason = "server_closed"; // noticed while it was idle
    if (item.starts_with("NOTICE[") && !item.starts_with("NOTICE[unexpected_while_idle"))
      r.notices.push_back(item.substr(7, item.size() - 8));
    if (item.find("CONN_BAD") != item.npos) r.usable = false;
    if (item.starts_with("FATAL_ERROR") && r.reason.empty()) {
      r.reason = item.substr(17, item.size() - 18); // of FATAL_ERROR err=[...]
      r.results.clear();                            // a script's error takes the place of its results
      if (r.reason.empty()) r.reason = "error without words";
    }
    if (!item.starts_with("TUPLES_OK") && !item.starts_with("COMMAND_OK")) continue;
    auto const rows = item.find(" rows=");
    auto const tag = item.find(" tag=");
    r.results.push_back((tag == item.npos ? "" : item.substr(tag + 5, std::min(rows, item.size()) - tag - 5)) +
                        (rows == item.npos ? "" : " " + item.substr(rows + 6)));
  }
  return r;
}

inline std::string words_of(tusk::script_result const& r) {
  std::string rows;
  for (auto const& row : r.rows()) {
    std::string fields;
    for (std::size_t i = 0; i != row.size(); ++i) {
      auto const value = row[i].as<std::optional<std::string>>();
      fields += (i == 0 ? "" : ", ") + (value ? '"' + *value + '"' : std::string("null"));
    }
    rows += (rows.empty() ? "[" : ", [") + fields + "]";
  }
  return std::string(r.text()) + (rows.empty() ? "" : " [" + rows + "]");
}

/// The events of a table, in which those of all connections stand in the order of their time, connection by connection:
/// each event belongs to the newest connection where it can have happened.
inline std::vector<std::string> by_connection(std::string const& events) {
  struct course {
    std::string text;
    bool started = false;
    bool over = false;
  };
  std::vector<course> all;
  for (auto event : split(events, ",")) {
    if (event == "conn") {
      all.push_back({event});
      continue;
    }
    auto at = all.rbegin();
    while (at + 1 != all.rend() && (at->over || (event.starts_with("msg:") && !at->started))) ++at;
    if (event.starts_with("tls_err:")) event = "tls_err"; // whose words were those of another library
    at->text += "," + event;
    at->started = at->started || event.starts_with("startup:");
    at->over = event == "close" || event == "client_eof" || event == "msg:X";
  }
  std::vector<std::string> texts;
  for (auto const& c : all) texts.push_back(c.text);
  return texts;
}

} // namespace live
