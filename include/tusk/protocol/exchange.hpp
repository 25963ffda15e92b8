// tusk: protocol/exchange.hpp — one request's replies: which message may come now, and what it means.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// The grammar, with N, A and S, which may come anywhere, taken out by the session; an error replaces what is left up to
// the next ReadyForQuery; a COPY that nobody asked for is read over, or refused:
//
//   replies   = part+ ReadyForQuery | (part ReadyForQuery)+      parts share a Sync, or stand apart with one each
//   part      = step*                                            request.hpp has the replies of each step
//
// An exchange lives in the session's ring, never in its awaiter's frame: whoever waits may go away at any time.
#pragma once

#include <tusk/protocol/awaiter.hpp>
#include <tusk/protocol/copy_replies.hpp>
#include <tusk/protocol/inbound.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/protocol/sink.hpp>
#include <tusk/wire/backend.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tusk::protocol {

/// Memory shared by a session's exchanges.
struct scratch {
  std::vector<wire::column> columns;
  std::vector<wire::oid> parameters;
  std::optional<notice> farewell;   ///< an error after which the server closes the connection
  bool statements_are_gone = false; ///< the user has had the server close all of them
  bool listening_is_over = false;   ///< and listen to nothing any more
};

/// What the session has to do after a message.
enum class outcome {
  go_on,
  part_done, ///< ReadyForQuery, but not the last one
  done,
  refuse_copy,
};

class exchange {
 public:
  part now; ///< of several parts the one whose replies come now
  awaiter* who = nullptr;
  std::uint64_t begin = 0; ///< offsets of its bytes in the outbound stream
  std::uint64_t end = 0;
  bool abandoned = false;    ///< nobody waits any more: its replies are read and dropped
  bool interrupted = false;  ///< it is to be cancelled, though somebody waits to hear what becomes of it
  bool cancel_sent = false;  ///< a CancelRequest is under way or has been
  bool cancel_again = false; ///< and another one is wanted
  bool stepwise = false;     ///< the session stops after each row, until it is told to go on
  bool withdrawn = false;    ///< it has no replies, because nothing of it was sent or the server has thrown it away
  bool feeding = false;      ///< COPY data of ours are still to come behind what was sent
  bool condemned = false; ///< the server has thrown its beginning away: whatever it says of the rest, nothing was done

  /// Begins anew, for another request; keeps its memory.
  void reset() noexcept {
    auto memory = std::move(parts_);
    memory.clear();
    *this = exchange{};
    parts_ = std::move(memory);
  }
  /// It consists of these; each has a Sync of its own if they stand `apart`.
  void consist_of(std::vector<part> const& parts, bool apart) {
    parts_ = parts;
    apart_ = apart;
  }
  std::vector<part>& parts() noexcept { return parts_; }
  bool apart() const noexcept { return apart_; }
  /// After the parts are complete.
  void begin_parts() { now = parts_[at_ = 0]; }
  /// The part under way, counted from 0.
  std::size_t part_number() const noexcept { return at_; }
  bool in_last_part() const noexcept { return at_ + 1 >= parts_.size(); }

  /// Nobody listens any more.
  void forget_sinks() noexcept {
    now.to = nullptr;
    for (auto& p : parts_) p.to = nullptr;
  }
  /// What it was to have prepared is not to be relied on, from the part under way on.
  void forget_unprepared() noexcept {
    forget_unprepared(now);
    for (auto i = at_ + 1; i < parts_.size(); ++i) forget_unprepared(parts_[i]);
  }

  /// A DataRow may come now.
  bool rows_expected() const noexcept {
    auto const s = now.expected.front();
    return !failed_ && (s == step::rows || (s == step::simple && in_rows_) || s == step::fetched);
  }
  /// A CopyData may come now.
  bool data_expected() const noexcept { return !failed_ && is_copy(now.expected.front()) && copy_.data_expected(); }
  /// The server has asked for the data of a COPY.
  bool takes_data() const noexcept { return is_copy(now.expected.front()) && copy_.takes_data(); }
  bool failed() const noexcept { return failed_; }
  void fail(std::exception_ptr e) noexcept {
    if (!error_) error_ = std::move(e);
  }
  std::exception_ptr take_error() noexcept { return std::move(error_); }
  bool has_error() const noexcept { return error_ != nullptr; }
  /// Nobody wants the rest of the rows because of an error of ours, which stays whatever the server says.
  void stop_at_error() noexcept { interrupted = refused_ = true; }
  /// The error is that the server did not have a statement as it was expected to. That was not run, and what ran before
  /// it under the same Sync has been undone.
  bool may_be_repeated() const noexcept { return stale_ && !apart_ && !lasting_effect_; }
  /// The server should stop working on it.
  bool unwanted() const noexcept { return abandoned || interrupted; }
  bool simple() const noexcept { return now.expected.front() == step::simple; }

  void on_row(message const& m) {
    if (now.to != nullptr && !error_) [[likely]]
      guarded([&] { now.to->on_row(m.begin, m.end); });
  }
  void on_copy_data(message const& m) {
    if (listened()) [[likely]]
      guarded([&] { now.to->on_copy_data(m.begin, m.end); });
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
      fail(parts_.empty() || apart_ ? std::current_exception() : std::make_exception_ptr(in_part(e)));
    } catch (...) {
      fail(std::current_exception());
    }
  }
  template <class F> void relay(F f) {
    if (listened()) guarded(f);
  }
  bool listened() const noexcept { return now.to != nullptr && !error_; }
  void expect(bool legal, message const& m) const {
    if (!legal) [[unlikely]]
      misplaced(m.type);
  }
  [[noreturn, gnu::cold, gnu::noinline]] static void misplaced(char type) {
    wire::violation("message of type " + wire::type_text(type), "it does not belong here");
  }
  [[gnu::cold]] error in_part(error const& e) const {
    return e.in("query " + std::to_string(at_ + 1) + " of the pipeline");
  }
  static void forget_unprepared(part& p) noexcept {
    if (p.prepares != 0 && p.subject->generation() == p.generation) p.subject->forget();
  }
  void finish_step(step s, message const& m) {
    expect(!failed_ && now.expected.front() == s, m);
    finish_step();
  }
  void finish_step() {
    now.expected.pop();
    if (now.expected.front() == step::none && !parts_.empty() && !apart_ && !in_last_part()) now = parts_[++at_];
  }
  /// Within one Sync. Of others, such as COMMIT and CALL, that is not certain.
  static bool is_undone_by_error(std::string_view tag) noexcept {
    for (std::string_view s : {"SELECT ", "INSERT ", "UPDATE ", "DELETE ", "MERGE "})
      if (tag.starts_with(s)) return true;
    return tag.empty();
  }
  /// The server lacks the statement, or has it for something else. Of a parameter's type that was dropped, and perhaps
  /// made again under another number, it says so in words alone, which are never translated.
  static bool means_stale(notice const& said) {
    return said.code == "26000" || said.code == "0A000" || said.code == "42P05" ||
           (said.code == "XX000" && said.message.starts_with("cache lookup failed for type "));
  }
  /// Of parts that stand apart none is repeated: it would come behind those that were to follow it.
  [[gnu::cold, gnu::noinline]] void mark_as_not_run() {
    try {
      std::rethrow_exception(error_);
    } catch (error const& e) {
      error_ = std::make_exception_ptr(error(e).unsent());
    }
  }
  static bool is_copy(step s) noexcept { return s >= step::copied_in; }
  outcome accept_copy(message const& m, scratch& memory);
  void refuse_other(char const* words);
  outcome accept_ready(message const& m);
  outcome accept_result(message const& m, scratch& memory);
  void accept_bound(message const& m);
  void accept_error(message const& m, scratch& memory);
  void accept_columns(message const& m, scratch& memory);
  void learn(scratch& memory);
  void tell(description& d);

  std::exception_ptr error_;
  std::vector<part> parts_;
  copy_replies copy_;
  std::size_t at_ = 0;
  bool apart_ = false;
  bool failed_ = false; // the server reported an error: only ReadyForQuery may follow
  bool stale_ = false;
  bool lasting_effect_ = false; // of an earlier part, perhaps
  bool in_rows_ = false;        // simple protocol: between RowDescription and CommandComplete
  bool copying_ = false;        // between CopyOutResponse and CopyDone
  bool refused_ = false;        // COPY began: that is the error, whatever the server says of its end
  bool any_ = false;            // simple protocol: at least one result has been read
  bool alone_ = false;          // and that was a COPY, which nothing is to follow
};

inline outcome exchange::accept(message const& m, scratch& memory) {
  using wire::reply;
  if (m.type != 'E' && m.type != 'Z') {
    if (is_copy(now.expected.front()) && !failed_) [[unlikely]]
      return accept_copy(m, memory);
    if (alone_ && any_) [[unlikely]]
      refuse_other("a COPY is to be the only statement");
  }
  switch (static_cast<reply>(m.type)) {
  case reply::parse_complete:
    wire::parse_empty(m.body(), "ParseComplete");
    finish_step(step::parsed, m);
    return outcome::go_on;
  case reply::bind_complete: accept_bound(m); return outcome::go_on;
  case reply::close_complete:
    wire::parse_empty(m.body(), "CloseComplete");
    finish_step(step::closed, m);
    return outcome::go_on;
  case reply::parameter_description:
    expect(!failed_ && now.expected.front() == step::parameters, m);
    wire::parse_parameter_description(m.body(), memory.parameters);
    if (listened()) guarded([&] { now.to->on_parameters(memory.parameters); });
    finish_step();
    return outcome::go_on;
  case reply::row_description:
  case reply::no_data: accept_columns(m, memory); return outcome::go_on;
  case reply::command_complete:
  case reply::empty_query:
  case reply::portal_suspended:
  case reply::copy_out:
  case reply::copy_data:
  case reply::copy_done:
  case reply::copy_in: return accept_result(m, memory);
  case reply::error: accept_error(m, memory); return outcome::go_on;
  case reply::ready_for_query: return accept_ready(m);
  default: expect(false, m); return outcome::go_on;
  }
}

inline outcome exchange::accept_ready(message const& m) {
  auto const s = now.expected.front();
  expect(failed_ || condemned || s == step::none || (s == step::simple && any_ && !in_rows_), m);
  if (!apart_) return outcome::done;
  if (error_ && stale_ && wire::parse_ready(m.body()) == 'I') mark_as_not_run();
  if (now.to != nullptr && error_) now.to->on_failed(std::move(error_));
  error_ = nullptr;
  if (in_last_part()) return outcome::done;
  failed_ = stale_ = refused_ = false;
  now = parts_[++at_];
  return outcome::part_done;
}

[[gnu::noinline]] inline outcome exchange::accept_copy(message const& m, scratch& memory) {
  using event = copy_replies::event;
  auto const s = now.expected.front();
  switch (copy_.accept(m, s, feeding)) {
  case event::begun: relay([&] { now.to->on_copy(copy_.response()); }); break;
  case event::data: on_copy_data(m); break;
  case event::done: relay([&] { now.to->on_copy_done(); }); break;
  case event::another: refuse_other(copy_replies::words_for_another(s)); [[fallthrough]];
  case event::complete:
    feeding = false;
    alone_ = s != step::copied_both;
    now.expected = steps{step::simple};
    return accept(m, memory);
  case event::misplaced: misplaced(m.type);
  }
  return outcome::go_on;
}

/// Its replies are read over.
[[gnu::cold, gnu::noinline]] inline void exchange::refuse_other(char const* words) {
  if (!refused_) error_ = std::make_exception_ptr(error(errc::wrong_verb, words));
  refused_ = true;
}

[[gnu::cold, gnu::noinline]] inline void exchange::accept_error(message const& m, scratch& memory) {
  // Even where nobody listens the fields are checked, so that hostile bytes close the connection in every state.
  auto said = wire::parse_notice(m.body(), "ErrorResponse");
  bool const fatal = said.severity == "FATAL" || said.severity == "PANIC";
  if (fatal) memory.farewell = said;
  if (failed_) return; // undoing what failed may fail, too: what failed first is the error
  auto const s = now.expected.front();
  // Not before the statement runs: what a function raises there may have the same code.
  if (now.subject && s != step::rows && s != step::fetched && s != step::closed && means_stale(said)) {
    stale_ = true;
    if (now.subject->generation() == now.generation) now.subject->forget();
  }
  if (apart_)
    forget_unprepared(now);
  else
    forget_unprepared();
  // The statement had no effect: that is worth more than what the sink thought of its columns or rows.
  if (who != nullptr && !refused_) {
    auto e = error(std::move(said));
    if (now.to != nullptr) e = now.to->explain(e);
    error_ = std::make_exception_ptr(parts_.empty() || apart_ ? e : in_part(e));
  }
  failed_ = true;
}

inline void exchange::accept_bound(message const& m) {
  wire::parse_empty(m.body(), "BindComplete");
  expect(!failed_ && now.expected.front() == step::bound, m);
  // What was not known when the request was made has been said since, to another one or to an earlier part.
  if (!now.described && !now.describes && now.subject && listened()) [[unlikely]]
    guarded([&] { tell(*now.run->described); });
  finish_step();
}

inline void exchange::accept_columns(message const& m, scratch& memory) {
  bool const described = m.type == static_cast<char>(wire::reply::row_description);
  bool const of_simple = now.expected.front() == step::simple;
  expect(!failed_ && (of_simple ? described && !in_rows_ && !copying_ : now.expected.front() == step::columns), m);
  memory.columns.clear();
  if (described)
    wire::parse_row_description(m.body(), memory.columns);
  else
    wire::parse_empty(m.body(), "NoData");
  if (of_simple) in_rows_ = true;
  if (now.describes)
    learn(memory);
  else if (listened())
    guarded([&] { now.to->on_columns(memory.columns); });
  if (!of_simple) finish_step();
}

/// The answer to the Describe that went ahead.
inline void exchange::learn(scratch& memory) {
  for (auto& c : memory.columns) c.format = 1; // as every Bind will ask for
  ref<description> d(new description(memory.parameters, memory.columns));
  now.run->described = d;
  if (listened()) guarded([&] { tell(*d); });
}

/// The formats were asked for by what was known of the columns before.
inline void exchange::tell(description& d) {
  if (now.in_text == nullptr) [[likely]]
    return now.to->on_description(d);
  auto& told = d.with_text(now.in_text);
  if (!told.has_formats_of(*now.asked->columns))
    throw error(errc::column_mismatch, "the columns have changed since the server described them: run it again");
  now.to->on_description(told);
}

inline outcome exchange::accept_result(message const& m, scratch& memory) {
  using wire::reply;
  auto const s = now.expected.front();
  auto const of_simple = s == step::simple;
  expect(!failed_ && (of_simple || s == step::rows || s == step::fetched || s == step::command), m);
  auto const type = static_cast<reply>(m.type);
  if (type == reply::copy_data || type == reply::copy_done) { // outside of a COPY dropped as in one, like libpq
    copying_ = copying_ && type == reply::copy_data;
    return outcome::go_on;
  }
  expect(!copying_ || type == reply::command_complete, m); // which some servers send without CopyDone
  copying_ = false;
  if (type == reply::copy_in || type == reply::copy_out) {
    auto const e = error(errc::wrong_verb,
                         "COPY from STDIN or to STDOUT does not run through this verb, it needs a copy of its own");
    if (!refused_) error_ = std::make_exception_ptr(parts_.empty() || apart_ ? e : in_part(e));
    refused_ = true;
    copying_ = type == reply::copy_out;
    return type == reply::copy_in ? outcome::refuse_copy : outcome::go_on;
  }
  if (type == reply::portal_suspended) {
    expect(s == step::fetched, m);
    wire::parse_empty(m.body(), "PortalSuspended");
    if (listened()) guarded([&] { now.to->on_suspended(); });
    finish_step();
    return outcome::go_on;
  }
  std::string_view tag;
  if (type == reply::command_complete)
    tag = wire::parse_command_complete(m.body());
  else
    wire::parse_empty(m.body(), "EmptyQueryResponse");
  if (tag.starts_with('D') && (tag == "DISCARD ALL" || tag == "DEALLOCATE ALL")) [[unlikely]] {
    memory.statements_are_gone = true;
    memory.listening_is_over |= tag == "DISCARD ALL";
  }
  in_rows_ = false;
  any_ = true;
  if (!parts_.empty() && !is_undone_by_error(tag)) lasting_effect_ = true;
  if (listened() && s != step::command) guarded([&] { now.to->on_complete(tag); });
  if (!of_simple) finish_step();
  return outcome::go_on;
}

} // namespace tusk::protocol
