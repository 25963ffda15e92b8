// tusk: protocol/copy_replies.hpp — what a server may say of one COPY, and in which order.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
//   copied_in   = CopyInResponse CommandComplete             once our data have ended
//   copied_out  = CopyOutResponse CopyData* CopyDone CommandComplete
//   copied_both = CopyBothResponse CopyData* (CopyDone / CommandComplete)    then whatever a replication command
//   returns
//
// An error may replace what is left at any point; that is the exchange's. (PostgreSQL documentation, "COPY
// Operations".)
#pragma once

#include <tusk/protocol/inbound.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/wire/backend.hpp>

#include <cstdint>

namespace tusk::protocol {

class copy_replies {
 public:
  enum class event : std::uint8_t {
    begun,
    data,
    done,     ///< the server has no more data
    complete, ///< CommandComplete
    another,  ///< the statement is not the COPY that was asked for
    misplaced,
  };

  /// Of a message that is neither an error nor ReadyForQuery. `feeding`: our data have not ended.
  event accept(message const& m, step wanted, bool feeding) {
    using wire::reply;
    auto const type = static_cast<reply>(m.type);
    if (!open_) return begin(m, type, wanted);
    switch (type) {
    case reply::copy_data: return done_ ? event::misplaced : event::data;
    case reply::copy_done:
      wire::parse_empty(m.body(), "CopyDone");
      if (done_) return event::misplaced;
      done_ = true;
      return event::done;
    case reply::command_complete: return may_complete(wanted, feeding) ? event::complete : event::misplaced;
    // The timeline that follows the one that has ended.
    case reply::row_description: return wanted == step::copied_both && done_ ? event::complete : event::misplaced;
    default: return event::misplaced;
    }
  }
  /// Why what came of a statement is `another`.
  static char const* words_for_another(step wanted) noexcept {
    return wanted == step::copied_in    ? "the statement is no COPY FROM STDIN"
           : wanted == step::copied_out ? "the statement is no COPY TO STDOUT"
                                        : "the command starts no replication stream";
  }
  /// CopyData may come now.
  bool data_expected() const noexcept { return open_ && !done_; }
  /// Data of ours may go to the server.
  bool takes_data() const noexcept { return open_ && in_; }
  /// What the server has answered.
  wire::copy_response const& response() const noexcept { return response_; }

 private:
  event begin(message const& m, wire::reply type, step wanted) {
    auto const due = wanted == step::copied_in    ? wire::reply::copy_in
                     : wanted == step::copied_out ? wire::reply::copy_out
                                                  : wire::reply::copy_both;
    if (type != due) return event::another;
    response_ = wire::parse_copy_response(m.body(), wanted == step::copied_in    ? "CopyInResponse"
                                                    : wanted == step::copied_out ? "CopyOutResponse"
                                                                                 : "CopyBothResponse");
    open_ = true;
    done_ = wanted == step::copied_in;
    in_ = wanted != step::copied_out;
    return event::begun;
  }
  /// Some servers leave CopyDone out, as a walsender does when it shuts down.
  static bool may_complete(step wanted, bool feeding) noexcept { return wanted != step::copied_in || !feeding; }

  wire::copy_response response_;
  bool open_ = false;
  bool in_ = false;
  bool done_ = false; // there are no data to come from the server
};

} // namespace tusk::protocol
