// tusk: protocol/request.hpp — what is sent for one exchange, and which replies it asks for.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// A request is encoded completely before it is submitted, so that no argument of the user has to outlive the call, and
// an argument that cannot be encoded never leaves half a message behind. Whether a Parse goes ahead of it turns out
// when it is submitted. Knows neither who waits for it nor any socket.
#pragma once

#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/sink.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/wire/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <utility>
#include <vector>

namespace tusk::protocol {

/// One part of the replies to a request, in the order of the messages that ask for it.
enum class step : std::uint8_t {
  none = 0,
  parsed,      ///< ParseComplete
  parameters,  ///< ParameterDescription
  bound,       ///< BindComplete
  columns,     ///< RowDescription | NoData
  rows,        ///< DataRow* (CommandComplete | EmptyQueryResponse)
  closed,      ///< CloseComplete
  simple,      ///< ((RowDescription DataRow*)? CommandComplete | EmptyQueryResponse)+
  fetched,     ///< DataRow* (CommandComplete | EmptyQueryResponse | PortalSuspended)
  command,     ///< CommandComplete, of which nobody wants to know
  copied_in,   ///< CopyInResponse CommandComplete, data go the other way between
  copied_out,  ///< CopyOutResponse CopyData* CopyDone CommandComplete
  copied_both, ///< CopyBothResponse CopyData* CopyDone, and then as `simple`; data go the other way too
};

/// A short sequence of steps; ReadyForQuery follows the last one.
class steps {
 public:
  static constexpr int most = 15; // four bits for each, and an end
  constexpr steps() = default;
  constexpr explicit steps(std::initializer_list<step> list) {
    int shift = 0;
    for (auto s : list) {
      bits_ |= static_cast<std::uint64_t>(s) << shift;
      shift += 4;
    }
  }
  constexpr step front() const noexcept { return static_cast<step>(bits_ & 15); }
  constexpr void pop() noexcept { bits_ >>= 4; }
  constexpr void push_front(step s) noexcept { bits_ = bits_ << 4 | static_cast<std::uint64_t>(s); }

 private:
  std::uint64_t bits_ = 0; // four bits a step: up to 16 of them, and a copy is one instruction
};

/// One of several statements that travel together.
struct part {
  steps expected;
  protocol::sink* to = nullptr;
  ref<statement> subject;         ///< may be null
  std::uint32_t generation = 0;   ///< of the subject, when its bytes were encoded
  bool described = false;         ///< `to` knows the columns
  std::size_t end = 0;            ///< where its bytes end
  ref<preparing> run;             ///< for the exchange: of the subject, what it counts on
  std::size_t prepares = 0;       ///< for the exchange: as many bytes of Parse and Describe go ahead of it
  bool describes = false;         ///< for the exchange: Describe of the subject goes ahead of it
  text_columns in_text = nullptr; ///< for the exchange: as the request's
  ref<description> asked;         ///< for the exchange: whose formats its Bind has asked for, if it is `in_text`
};

struct request {
  wire::buffer bytes; ///< they begin with a Bind of `subject`, if that is set
  steps expected;
  std::exception_ptr refused; ///< encoding failed: nothing may be sent, this is thrown to whoever awaits the request
  ref<statement> subject;     ///< what it runs; the server is told to prepare it if it does not have it
  std::uint32_t generation = 0;
  bool described = false;         ///< whoever decodes the rows knows the columns
  text_columns in_text = nullptr; ///< the columns of the subject that come as text: it is described before it runs
  bool stepwise = false;          ///< its rows are taken one by one, see session::received
  bool feeds = false;             ///< COPY data follow, see queue::feed
  bool apart = false;             ///< of `parts`: each has a Sync of its own, and stands alone
  std::uint32_t scope = 0;        ///< who asks, see pump
  std::vector<part> parts;        ///< of a pipeline; then only bytes, `apart` and `scope` above mean anything

  /// Its statements are to be sent along: behind a pooler the next server may be one that has none of them.
  void prepare_again() noexcept {
    for_each_subject([](ref<statement> const& s) { s->forget(); });
  }
  /// The statements that it runs, each once or more.
  template <class F> void for_each_subject(F f) const {
    if (subject) f(subject);
    for (auto const& p : parts)
      if (p.subject) f(p.subject);
  }
};

/// Memory of requests that are done, for the next ones.
class spare_requests {
 public:
  request borrow() {
    request r;
    if (!buffers_.empty()) {
      r.bytes = std::move(buffers_.back());
      buffers_.pop_back();
    }
    return r;
  }
  void give_back(request&& r) {
    if (buffers_.size() == most || r.bytes.capacity() == 0 || r.bytes.capacity() > largest) return;
    r.bytes.clear();
    buffers_.push_back(std::move(r.bytes));
  }

 private:
  static constexpr std::size_t most = 256;
  static constexpr std::size_t largest = 64 * 1024;
  std::vector<wire::buffer> buffers_;
};

} // namespace tusk::protocol
