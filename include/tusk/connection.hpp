// tusk: connection.hpp — one connection to a server, in both modes from one source.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Verbs are plain functions: they encode their arguments at once, so that none can dangle, and return the task of the
// pump. Nothing is sent before the task is awaited, and a task that is never awaited has no effect. Knows how to put
// requests together; what the replies become stands in query.hpp, who moves the bytes in net/.
#pragma once

#include <tusk/conninfo/settings.hpp>
#include <tusk/error.hpp>
#include <tusk/mapping/params.hpp>
#include <tusk/mapping/passes_as.hpp>
#include <tusk/mapping/sql_text.hpp>
#include <tusk/net/dial.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/options.hpp>
#include <tusk/query.hpp>
#include <tusk/statement.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tusk {

/// What carries a connection. (Not `unix`: GNU compilers define that as a macro unless told to follow the standard.)
enum class transport { tcp, unix_socket, tls };

/// As of the last reply.
enum class transaction_status { idle, in_transaction, failed };

/// A connection to one server. Movable; closes in its destructor, without waiting. In the asynchronous mode any number
/// of coroutines on the connection's executor may use it at the same time, their requests leave together and are
/// answered in order; in the blocking mode one thread at a time. It is either usable or closed: every error says which
/// by `is_open()`.
///
/// Verbs throw `error` when awaited (blocking: when called): an SQLSTATE if the server refused, errc::connection_closed
/// if the connection is, or was, lost, errc::invalid_parameter if an argument cannot be sent, which then sent nothing.
template <class Mode> class basic_connection {
 public:
  /// asio::awaitable<T>, or T itself in the blocking mode.
  template <class T> using task = typename Mode::template answer<T>;
  template <class... P> using statement = basic_statement<Mode, P...>;

  explicit basic_connection(net::ref<net::pump<Mode>> p) : pump_(std::move(p)) {}
  basic_connection(basic_connection&&) noexcept = default;
  basic_connection& operator=(basic_connection&& other) noexcept {
    basic_connection replaced(std::move(other));
    std::swap(pump_, replaced.pump_);
    return *this;
  }
  ~basic_connection() { close(); } // statements and operations still hold the pump

  /// All rows of a query, each as a T: a type with a codec, a std::tuple or std::pair (columns by position), an
  /// aggregate (columns by name), or `row`. Errors: errc::column_mismatch, errc::unexpected_null, errc::invalid_value.
  template <class T, class... A>
  task<std::vector<T>> query(mapping::sql_text<std::type_identity_t<A>...> sql, A const&... arguments) {
    return run<every_row, T>(sql, arguments...);
  }
  template <class T, class... P, class... A>
  task<std::vector<T>> query(basic_statement<Mode, P...> const& s, A const&... arguments) {
    return run_prepared<every_row, T>(s, arguments...);
  }
  /// The one row of a query. Errors also: errc::no_rows, errc::too_many_rows.
  template <class T, class... A>
  task<T> query_one(mapping::sql_text<std::type_identity_t<A>...> sql, A const&... arguments) {
    return run<one_row, T>(sql, arguments...);
  }
  template <class T, class... P, class... A>
  task<T> query_one(basic_statement<Mode, P...> const& s, A const&... arguments) {
    return run_prepared<one_row, T>(s, arguments...);
  }
  /// The one row of a query, or nothing. Errors also: errc::too_many_rows.
  template <class T, class... A>
  task<std::optional<T>> query_maybe(mapping::sql_text<std::type_identity_t<A>...> sql, A const&... arguments) {
    return run<maybe_row, T>(sql, arguments...);
  }
  template <class T, class... P, class... A>
  task<std::optional<T>> query_maybe(basic_statement<Mode, P...> const& s, A const&... arguments) {
    return run_prepared<maybe_row, T>(s, arguments...);
  }
  /// Runs a statement for its effect; rows, if it returns any, are dropped.
  template <class... A>
  task<command_tag> execute(mapping::sql_text<std::type_identity_t<A>...> sql, A const&... arguments) {
    using protocol::step;
    auto r = request([&](protocol::request& to) {
      wire::parse(to.bytes, {}, sql.view(), mapping::parameter_types<A...>);
      sql.refuse_surplus();
      bind_and_execute(to.bytes, {}, false, arguments...);
      to.expected = protocol::steps{step::parsed, step::bound, step::rows};
    });
    return perform<no_rows_wanted>(std::move(r));
  }
  template <class... P, class... A>
  task<command_tag> execute(basic_statement<Mode, P...> const& s, A const&... arguments) {
    auto r = prepared_request(s, arguments...);
    return perform<no_rows_wanted>(std::move(r));
  }
  /// Runs one or more statements, separated by semicolons, in one transaction unless they say otherwise (the simple
  /// protocol); no parameters, rows are dropped. Returns each statement's tag.
  task<std::vector<command_tag>> script(std::string_view sql) {
    auto r = request([&](protocol::request& to) {
      wire::simple_query(to.bytes, sql);
      to.expected = protocol::steps{protocol::step::simple};
    });
    return perform<every_tag>(std::move(r));
  }
  /// Has the server prepare a statement whose parameters are of types P. Errors also: errc::parameter_mismatch.
  template <class... P> task<statement<P...>> prepare(mapping::sql_text<std::type_identity_t<P>...> sql) {
    auto name = "tusk_" + std::to_string(pump_->next_statement());
    auto r = request([&](protocol::request& to) {
      using protocol::step;
      wire::parse(to.bytes, name, sql.view(), mapping::parameter_types<P...>);
      sql.refuse_surplus();
      wire::describe(to.bytes, 'S', name);
      wire::sync(to.bytes);
      to.expected = protocol::steps{step::parsed, step::parameters, step::columns};
    });
    return Mode::answer_of(finish_prepare<P...>(pump_, std::move(r), std::move(name)));
  }

  /// False once the connection was closed, by either side or by an error.
  bool is_open() const noexcept { return pump_ && !pump_->session().closed(); }
  /// Closes without waiting. Whoever waits for an answer gets errc::connection_closed.
  void close() {
    if (is_open()) pump_->close(error(errc::connection_closed, "close() was called"));
  }
  /// A setting that the server reports, such as `server_version` or `TimeZone`, as it last reported it; empty if it
  /// does not. Valid until the next operation.
  std::string_view parameter(std::string_view name) const { return pump_->session().parameter(name); }
  /// As a number: 180004 for 18.4, 90624 for 9.6.24; 0 if the server does not tell.
  int server_version() const;
  std::uint32_t backend_pid() const noexcept { return pump_->session().backend_pid(); }
  tusk::transport transport() const noexcept {
    if (pump_->transport().secure()) return tusk::transport::tls;
    return pump_->peer()->is_unix() ? tusk::transport::unix_socket : tusk::transport::tcp;
  }
  tusk::transaction_status transaction_status() const noexcept {
    switch (pump_->session().status()) {
    case 'T': return tusk::transaction_status::in_transaction;
    case 'E': return tusk::transaction_status::failed;
    default: return tusk::transaction_status::idle;
    }
  }
  /// Calls `f` for every notice, such as those of RAISE NOTICE, between the replies among which it arrives. `f` must
  /// not throw: there is nobody to catch it (std::terminate is called). An empty function switches it off.
  void on_notice(std::function<void(notice const&)> f) {
    pump_->session().keep_notices(f != nullptr);
    pump_->on_notice = std::move(f);
  }

 private:
  template <class T> using inner = typename Mode::template task<T>;

  /// A request as `encode` puts it together; or, if an argument cannot be encoded, one that throws when it is awaited.
  template <class F> protocol::request request(F encode) {
    auto r = pump_->borrow();
    try {
      encode(r);
    } catch (error const& e) {
      r.bytes.clear();
      r.refused = std::make_exception_ptr(error(e).unsent());
    } catch (...) {
      r.bytes.clear();
      r.refused = std::current_exception();
    }
    return r;
  }
  template <class... A>
  static void bind_and_execute(wire::buffer& to, std::string_view statement, bool describe, A const&... arguments) {
    auto const place = wire::begin_bind(to, {}, statement);
    wire::writer w(to);
    mapping::encode_parameters(w, arguments...);
    wire::end_bind(to, place);
    if (describe) wire::describe(to, 'P', {});
    wire::execute(to, {}, 0);
    wire::sync(to);
  }
  template <class C, class... Seed> task<typename C::result> perform(protocol::request&& r, Seed... seed) {
    return Mode::answer_of(net::pump<Mode>::template perform<C>(pump_, std::move(r), std::move(seed)...));
  }
  template <template <class> class Collector, class T, class... A>
  auto run(mapping::sql_text<std::type_identity_t<A>...> sql, A const&... arguments) {
    using collector = Collector<T>;
    if constexpr (check_result<T>()) {
      using protocol::step;
      auto r = request([&](protocol::request& to) {
        wire::parse(to.bytes, {}, sql.view(), mapping::parameter_types<A...>);
        sql.refuse_surplus();
        bind_and_execute(to.bytes, {}, true, arguments...);
        to.expected = protocol::steps{step::parsed, step::bound, step::columns, step::rows};
      });
      return perform<collector>(std::move(r));
    } else {
      return task<typename collector::result>(); // a static_assert has said why
    }
  }
  template <class... P, class... A>
  protocol::request prepared_request(basic_statement<Mode, P...> const& s, A const&... arguments) {
    return request([&](protocol::request& to) {
      using protocol::step;
      encode_prepared<P...>(to.bytes, s.of(pump_.get())->bind(), arguments...);
      to.expected = protocol::steps{step::bound, step::rows};
    });
  }
  template <class... P, class... A>
  static void encode_prepared(wire::buffer& to, wire::byte_view bind, A const&... arguments) {
    auto const place = wire::begin_bind(to, bind);
    wire::writer w(to);
    mapping::declared_parameters<P...>::encode(w, arguments...);
    wire::end_bind_and_run(to, place);
  }
  template <template <class> class Collector, class T, class... P, class... A>
  auto run_prepared(basic_statement<Mode, P...> const& s, A const&... arguments) {
    using collector = Collector<T>;
    if constexpr (check_result<T>()) {
      auto r = prepared_request(s, arguments...);
      auto shared = r.refused ? nullptr : s.of(pump_.get());
      return perform<collector>(std::move(r), std::move(shared));
    } else {
      return task<typename collector::result>();
    }
  }
  template <class... P>
  static inner<statement<P...>> finish_prepare(net::ref<net::pump<Mode>> p, protocol::request r, std::string name) {
    auto types = co_await net::pump<Mode>::template perform<described>(p, std::move(r));
    auto const wanted = types.parameters.size();
    auto shared = std::make_shared<prepared>(std::move(name), std::move(types.parameters), std::move(types.columns));
    statement<P...> s(std::move(p), std::move(shared)); // from here on it is closed if it cannot be returned
    if (wanted != sizeof...(P))
      throw error(errc::parameter_mismatch, "the statement has " + std::to_string(wanted) +
                                                " parameters, prepare was given " + std::to_string(sizeof...(P)) +
                                                " types");
    co_return s;
  }

  net::ref<net::pump<Mode>> pump_;
};

template <class Mode> int basic_connection<Mode>::server_version() const {
  auto const text = parameter("server_version");
  int parts[3]{};
  std::size_t n = 0;
  for (char c : text) {
    if (c >= '0' && c <= '9')
      parts[n] = parts[n] * 10 + (c - '0');
    else if (c == '.' && n < 2)
      ++n;
    else
      break;
  }
  return parts[0] >= 10 ? parts[0] * 10000 + parts[1] : (parts[0] * 100 + parts[1]) * 100 + parts[2];
}

} // namespace tusk
