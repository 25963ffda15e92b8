// tusk: transaction.hpp — a transaction that is rolled back unless it is committed.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// While one is open it has the connection to itself: its verbs are the connection's, the connection's own are refused.
// Its destructor cannot wait for the server: it queues ROLLBACK, which goes out ahead of the connection's next request.
#pragma once

#include <tusk/copy_verbs.hpp>
#include <tusk/error.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/net/tenure.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/query.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tusk {

enum class isolation { read_committed, repeatable_read, serializable };

/// How a transaction is to be. What is not given is as the server's settings have it.
class transaction_options {
 public:
  transaction_options() = default;
  transaction_options(tusk::isolation level) : isolation_(level) {}
  transaction_options& isolation(tusk::isolation level) {
    isolation_ = level;
    return *this;
  }
  transaction_options& read_only(bool on = true) {
    read_only_ = on;
    return *this;
  }
  /// Only means something if it is also serializable and read only.
  transaction_options& deferrable(bool on = true) {
    deferrable_ = on;
    return *this;
  }
  /// The statement that begins it.
  std::string sql() const {
    std::string s = "begin";
    if (isolation_) {
      s += " isolation level ";
      s += *isolation_ == isolation::serializable      ? "serializable"
           : *isolation_ == isolation::repeatable_read ? "repeatable read"
                                                       : "read committed";
    }
    if (read_only_) s += *read_only_ ? " read only" : " read write";
    if (deferrable_) s += *deferrable_ ? " deferrable" : " not deferrable";
    return s;
  }

 private:
  std::optional<tusk::isolation> isolation_;
  std::optional<bool> read_only_;
  std::optional<bool> deferrable_;
};

/// Made by `begin` of a connection. Movable. Its verbs throw errc::connection_busy once it has ended.
template <class Mode> class basic_transaction : public basic_copy_verbs<Mode> {
  using verbs = basic_copy_verbs<Mode>;
  using verbs::pump_;

 public:
  template <class T> using task = typename verbs::template task<T>;

  /// Has the connection to itself; ends by itself when it is destroyed.
  class hold final : public net::tenure {
   public:
    explicit hold(protocol::ref<net::pump<Mode>> p) : pump_(std::move(p)) {}
    ~hold() { end(); }
    /// Throws errc::connection_busy.
    void begin(std::uint32_t outer) {
      pump_->tenures().begin(
          *this, outer, "a transaction is open on this connection: use that, or another connection such as a pool's");
    }
    void end() noexcept {
      if (!this->held()) return;
      pump_->tenures().end(*this);
      if (open) roll_back();
    }
    net::pump<Mode>& pump() noexcept { return *pump_; }
    bool open = false; ///< on the server, as far as is known

   private:
    void revoked() noexcept override {
      if (open) roll_back();
    }
    void roll_back() noexcept {
      open = false;
      try {
        auto r = pump_->borrow();
        wire::simple_query(r.bytes, "rollback");
        r.expected = protocol::steps{protocol::step::simple};
        pump_->submit_quietly(r);
        pump_->give_back(std::move(r));
      } catch (...) {
        // Out of memory: better no connection than one that goes on in this transaction.
        pump_->close(error(errc::connection_closed, "a transaction could not be rolled back"));
      }
    }
    protocol::ref<net::pump<Mode>> pump_;
  };

  basic_transaction(protocol::ref<net::pump<Mode>> p, std::unique_ptr<hold> h)
      : verbs(std::move(p), h->number()), hold_(std::move(h)) {}

  /// Throws errc::transaction_failed if the server has rolled back instead, because a statement had failed, or if a
  /// statement such as ROLLBACK has ended the transaction before.
  task<void> commit() { return finish("commit"); }
  task<void> rollback() { return finish("rollback"); }
  bool is_open() const noexcept { return hold_ && hold_->held(); }

 private:
  template <class> friend class large_object_verbs;

  task<void> finish(std::string_view sql) {
    auto r = this->request([&](protocol::request& to) {
      wire::simple_query(to.bytes, sql);
      to.expected = protocol::steps{protocol::step::simple};
    });
    return Mode::answer_of(end(hold_.get(), pump_, std::move(r), sql == "commit"));
  }
  static typename Mode::template task<void> end(hold* h, protocol::ref<net::pump<Mode>> p, protocol::request r,
                                                bool commit) {
    if (auto& s = p->session(); commit && h->held() && s.idle() && s.status() == 'I') {
      h->open = false;
      h->end();
      throw error(errc::transaction_failed, "there is no transaction to commit: one of its statements has ended it")
          .unsent();
    }
    command_tag tag;
    std::exception_ptr failed;
    try {
      tag = co_await net::pump<Mode>::template perform<no_rows_wanted>(p, std::move(r));
    } catch (error const& e) {
      // What the server refuses, such as a deferred constraint, it has rolled back.
      if (e.server() == nullptr) throw;
      failed = std::current_exception();
    }
    h->open = false;
    h->end();
    if (failed) std::rethrow_exception(failed);
    if (commit && tag.text() != "COMMIT")
      throw error(errc::transaction_failed, "nothing was committed: a statement of the transaction had failed");
  }

  std::unique_ptr<hold> hold_;
};

/// `begin` of a connection.
template <class Mode>
typename Mode::template task<basic_transaction<Mode>> begin_transaction(protocol::ref<net::pump<Mode>> p,
                                                                        protocol::request r) {
  using transaction = basic_transaction<Mode>;
  if (r.refused) std::rethrow_exception(r.refused);
  auto h = std::make_unique<typename transaction::hold>(p);
  h->begin(r.scope);
  r.scope = h->number();
  h->open = true; // from here on it may have begun, whatever becomes of the wait
  try {
    co_await net::pump<Mode>::template perform<no_rows_wanted>(p, std::move(r));
  } catch (error const& e) {
    if (e.server() != nullptr || e.safe_to_retry()) h->open = false; // it has certainly not
    throw;
  }
  transaction t(std::move(p), std::move(h));
  co_return t;
}

} // namespace tusk
