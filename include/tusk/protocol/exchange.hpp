// tusk: protocol/exchange.hpp — one request's replies: which message may come now, and what it means.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The grammar, with N, A and S, which may come anywhere, taken out by the session:
//
//   replies   = part* (error)? ReadyForQuery            an error replaces the rest of the parts
//   part      = the replies of one `step` (request.hpp)
//   copy      = CopyOutResponse CopyData* CopyDone       where rows are expected: read over, then an error of ours
//             | CopyInResponse                           answered with CopyFail by the session
//
// An exchange lives in the session's ring, never in its awaiter's frame: whoever waits may go away at any time.
#pragma once

#include <tusk/protocol/inbound.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/protocol/sink.hpp>
#include <tusk/wire/backend.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace tusk::protocol {

/// Who waits for an exchange. Told by `done`, and linked into the session's list of those to be woken.
struct awaiter {
  bool done = false;
  std::exception_ptr error;
  awaiter* next_done = nullptr;
};

/// Memory shared by a session's exchanges.
struct scratch {
  std::vector<wire::column> columns;
  std::vector<wire::oid> parameters;
  std::optional<notice> farewell; ///< an error after which the server closes the connection
};

/// What the session has to do after a message.
enum class outcome { go_on, done, refuse_copy };

class exchange {
 public:
  sink* to = nullptr;
  awaiter* who = nullptr;
  steps expected;
  std::uint64_t begin = 0; ///< offsets of its bytes in the outbound stream
  std::uint64_t end = 0;
  bool abandoned = false;    ///< nobody waits any more: its replies are read and dropped
  bool cancel_sent = false;  ///< a CancelRequest is under way or has been
  bool cancel_again = false; ///< and another one is wanted
  bool withdrawn = false;    ///< abandoned before anything of it was sent: it has no replies

  /// A DataRow may come now.
  bool rows_expected() const noexcept {
    return !failed_ && (expected.front() == step::rows || (expected.front() == step::simple && in_rows_));
  }
  bool failed() const noexcept { return failed_; }
  void fail(std::exception_ptr e) noexcept {
    if (!error_) error_ = std::move(e);
  }
  std::exception_ptr take_error() noexcept { return std::move(error_); }
  bool has_error() const noexcept { return error_ != nullptr; }

  void on_row(message const& m) {
    if (to != nullptr && !error_) [[likely]]
      guarded([&] { to->on_row(m.begin, m.end); });
  }
  /// Any message but a DataRow where rows are expected. Throws errc::protocol_violation when it is not legal here.
  outcome accept(message const& m, scratch& memory);

 private:
  /// What the sink throws belongs to this exchange alone, unless it says that the server's bytes are nonsense.
  template <class F> void guarded(F f) {
    try {
      f();
    } catch (error const& e) {
      if (e.code() == errc::protocol_violation) throw;
      fail(std::current_exception());
    } catch (...) {
      fail(std::current_exception());
    }
  }
  void expect(bool legal, message const& m) const {
    if (!legal) [[unlikely]]
      misplaced(m.type);
  }
  [[noreturn, gnu::cold, gnu::noinline]] static void misplaced(char type) {
    wire::violation("message of type " + wire::type_text(type), "it does not belong here");
  }
  void finish_step(step s, message const& m) {
    expect(!failed_ && expected.front() == s, m);
    expected.pop();
  }
  outcome accept_result(message const& m);
  void accept_error(message const& m, scratch& memory);
  void accept_columns(message const& m, scratch& memory);

  std::exception_ptr error_;
  bool failed_ = false;  // the server reported an error: only ReadyForQuery may follow
  bool in_rows_ = false; // simple protocol: between RowDescription and CommandComplete
  bool copying_ = false; // between CopyOutResponse and CopyDone
  bool refused_ = false; // COPY began: that is the error, whatever the server says of its end
  bool any_ = false;     // simple protocol: at least one result has been read
};

inline outcome exchange::accept(message const& m, scratch& memory) {
  using wire::reply;
  switch (static_cast<reply>(m.type)) {
  case reply::parse_complete:
    finish_step(step::parsed, m);
    wire::parse_empty(m.body(), "ParseComplete");
    return outcome::go_on;
  case reply::bind_complete:
    finish_step(step::bound, m);
    wire::parse_empty(m.body(), "BindComplete");
    return outcome::go_on;
  case reply::close_complete:
    finish_step(step::closed, m);
    wire::parse_empty(m.body(), "CloseComplete");
    return outcome::go_on;
  case reply::parameter_description:
    finish_step(step::parameters, m);
    wire::parse_parameter_description(m.body(), memory.parameters);
    if (to != nullptr && !error_) guarded([&] { to->on_parameters(memory.parameters); });
    return outcome::go_on;
  case reply::row_description:
  case reply::no_data: accept_columns(m, memory); return outcome::go_on;
  case reply::command_complete:
  case reply::empty_query:
  case reply::copy_out:
  case reply::copy_data:
  case reply::copy_done:
  case reply::copy_in: return accept_result(m);
  case reply::error: accept_error(m, memory); return outcome::go_on;
  case reply::ready_for_query:
    expect(failed_ || expected.front() == step::none || (expected.front() == step::simple && any_ && !in_rows_), m);
    return outcome::done;
  default: expect(false, m); return outcome::go_on;
  }
}

[[gnu::cold, gnu::noinline]] inline void exchange::accept_error(message const& m, scratch& memory) {
  // Even where nobody listens the fields are checked, so that hostile bytes close the connection in every state.
  auto said = wire::parse_notice(m.body(), "ErrorResponse");
  bool const fatal = said.severity == "FATAL" || said.severity == "PANIC";
  expect(!failed_ || fatal, m); // it may find out afterwards that it cannot go on
  if (fatal) memory.farewell = said;
  // The statement had no effect: that is worth more than what the sink thought of its columns or rows.
  if (who != nullptr && !refused_ && !failed_) error_ = std::make_exception_ptr(error(std::move(said)));
  failed_ = true;
}

inline void exchange::accept_columns(message const& m, scratch& memory) {
  bool const described = m.type == static_cast<char>(wire::reply::row_description);
  if (expected.front() == step::simple) {
    expect(!failed_ && described && !in_rows_ && !copying_, m);
    in_rows_ = true;
  } else {
    finish_step(step::columns, m);
  }
  memory.columns.clear();
  if (described)
    wire::parse_row_description(m.body(), memory.columns);
  else
    wire::parse_empty(m.body(), "NoData");
  if (to != nullptr && !error_) guarded([&] { to->on_columns(memory.columns); });
}

inline outcome exchange::accept_result(message const& m) {
  using wire::reply;
  auto const simple = expected.front() == step::simple;
  expect(!failed_ && (simple || expected.front() == step::rows), m);
  auto const type = static_cast<reply>(m.type);
  if (type == reply::copy_data || type == reply::copy_done) {
    expect(copying_, m);
    copying_ = type == reply::copy_data;
    return outcome::go_on;
  }
  expect(!copying_, m);
  if (type == reply::copy_in || type == reply::copy_out) {
    error_ = std::make_exception_ptr(error(
        errc::wrong_verb, "COPY from STDIN or to STDOUT does not run through this verb, it needs a copy of its own"));
    refused_ = true;
    copying_ = type == reply::copy_out;
    return type == reply::copy_in ? outcome::refuse_copy : outcome::go_on;
  }
  std::string_view tag;
  if (type == reply::command_complete)
    tag = wire::parse_command_complete(m.body());
  else
    wire::parse_empty(m.body(), "EmptyQueryResponse");
  in_rows_ = false;
  any_ = true;
  if (!simple) expected.pop();
  if (to != nullptr && !error_) guarded([&] { to->on_complete(tag); });
  return outcome::go_on;
}

} // namespace tusk::protocol
