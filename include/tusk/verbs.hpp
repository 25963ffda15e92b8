// tusk: verbs.hpp — what can be asked of a connection, and of a transaction on it.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Verbs are plain functions: they encode their arguments at once, so that none can dangle, and return the task of the
// pump. Nothing is sent before the task is awaited, and a task that is never awaited has no effect. Knows how to put
// requests together; what the replies become stands in query.hpp, who moves the bytes in net/.
#pragma once

#include <tusk/command.hpp>
#include <tusk/cursor.hpp>
#include <tusk/error.hpp>
#include <tusk/mapping/params.hpp>
#include <tusk/mapping/passes_as.hpp>
#include <tusk/mapping/sql_text.hpp>
#include <tusk/net/pump.hpp>
#include <tusk/pipeline.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/statement.hpp>
#include <tusk/query.hpp>
#include <tusk/script.hpp>
#include <tusk/statement.hpp>

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tusk {

/// The verbs that connections and transactions share.
///
/// They throw `error` when awaited (blocking: when called): an SQLSTATE if the server refused, errc::connection_closed
/// if the connection is, or was, lost, errc::connection_busy if a transaction or a stream has the connection to itself,
/// errc::timeout after the time set with `timeout`, errc::invalid_parameter if an argument cannot be sent, which then
/// sent nothing.
template <class Mode> class basic_verbs {
 public:
  /// asio::awaitable<T>, or T itself in the blocking mode.
  template <class T> using task = typename Mode::template answer<T>;
  template <class... P> using statement = basic_statement<Mode, P...>;

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
    return perform<no_rows_wanted>(effect_request(sql, arguments...));
  }
  template <class... P, class... A>
  task<command_tag> execute(basic_statement<Mode, P...> const& s, A const&... arguments) {
    auto r = prepared_request(s, arguments...);
    return perform<no_rows_wanted>(std::move(r));
  }
  /// Tells `payload` to all who listen to `channel`, which is taken as it is; in a transaction when that commits. The
  /// server refuses (SQLSTATE 22023) an empty channel, one of more than 63 bytes, a payload of 8000 or more.
  task<void> notify(std::string_view channel, std::string_view payload = {}) {
    return perform<nothing_wanted>(effect_request("select pg_notify($1, $2)", channel, payload));
  }
  /// The rows of a query one after the other, in bounded memory; T may borrow, as std::string_view does. Until the
  /// cursor is at its end or destroyed it has the connection, or the transaction, to itself.
  template <class T, class... A>
  task<basic_cursor<Mode, T>> stream(mapping::sql_text<std::type_identity_t<A>...> sql, A const&... arguments) {
    static_assert(check_stream<T>());
    auto r = row_request<row_decoder<T>>(sql, arguments...);
    auto known = known_for<row_decoder<T>>(r);
    return Mode::answer_of(open_stream<Mode, T>(pump_, std::move(r), std::move(known)));
  }
  template <class T, class... P, class... A>
  task<basic_cursor<Mode, T>> stream(basic_statement<Mode, P...> const& s, A const&... arguments) {
    static_assert(check_stream<T>());
    auto r = prepared_request(s, arguments...);
    r.in_text = text_columns_of<row_decoder<T>>;
    auto known = known_for<row_decoder<T>>(r);
    return Mode::answer_of(open_stream<Mode, T>(pump_, std::move(r), std::move(known)));
  }
  /// The same in portions of `size` rows, each fetched when it is needed; inside a transaction, whose other queries may
  /// run meanwhile. Throws errc::wrong_verb without one.
  template <class T, class... A>
  task<basic_cursor<Mode, T>> stream(fetch_size size, mapping::sql_text<std::type_identity_t<A>...> sql,
                                     A const&... arguments) {
    static_assert(check_stream<T>());
    auto name = "tusk_portal_" + std::to_string(pump_->next_portal());
    auto r = request([&](protocol::request& to) {
      if (size.rows <= 0)
        throw error(errc::invalid_parameter,
                    "a fetch_size of " + std::to_string(size.rows) + " rows, at least 1 is meant");
      using protocol::step;
      auto const subject = kept_for<row_decoder<T>>(sql);
      if (subject) {
        to.subject = subject;
        to.generation = subject->generation();
        to.described = bool(subject->described());
        to.in_text = text_columns_of<row_decoder<T>>;
        to.expected = protocol::steps{step::bound, step::fetched};
      } else {
        wire::parse(to.bytes, {}, sql.view(), mapping::parameter_types<A...>);
        sql.refuse_surplus();
        to.expected = protocol::steps{step::parsed, step::bound, step::columns, step::fetched};
      }
      auto const place = wire::begin_bind(to.bytes, name, subject ? subject->name() : std::string_view());
      wire::writer w(to.bytes);
      mapping::encode_parameters(w, arguments...);
      wire::end_bind(to.bytes, place);
      if (!subject) wire::describe(to.bytes, 'P', name);
      wire::execute(to.bytes, name, size.rows);
      wire::sync(to.bytes);
    });
    auto known = known_for<row_decoder<T>>(r);
    return Mode::answer_of(open_portal<Mode, T>(pump_, std::move(r), std::move(known), std::move(name), size.rows));
  }
  /// Runs one or more statements, separated by semicolons, in one transaction unless they say otherwise (the simple
  /// protocol); no parameters. Returns each statement's result. An error says which statement it is about.
  task<std::vector<script_result>> script(std::string_view sql) {
    auto r = request([&](protocol::request& to) {
      wire::simple_query(to.bytes, sql);
      to.expected = protocol::steps{protocol::step::simple};
    });
    return perform<every_result>(std::move(r));
  }
  /// Has the server prepare a statement whose parameters are of types P. Errors also: errc::parameter_mismatch. Where
  /// `statement_cache_size` is 0, as a pooler needs it, nothing stays on the server: it is parsed with each run.
  template <class... P> task<statement<P...>> prepare(mapping::sql_text<std::type_identity_t<P>...> sql) {
    auto r = request([&](protocol::request& to) {
      sql.refuse_surplus();
      auto& s = pump_->session();
      auto const name = pump_->settings().statement_cache_size == 0 ? std::string() : s.names().next();
      to.subject =
          protocol::ref<protocol::statement>(new protocol::statement(name, sql.view(), mapping::parameter_types<P...>));
      to.generation = to.subject->generation();
      wire::sync(to.bytes);
    });
    return Mode::answer_of(finish_prepare<P...>(pump_, std::move(r)));
  }
  /// Runs commands made by tusk::query, query_one, query_maybe and execute in one go: one write, one round trip, all or
  /// nothing. Returns their results as a std::tuple. An error names the command; if it is the server's then none has
  /// had any effect, if it is about what came back (errc::no_rows, column_mismatch ...) then all have.
  template <class... C> task<std::tuple<typename C::result...>> pipeline(command<C> const&... commands) {
    std::array<known_columns, sizeof...(C)> known;
    auto r = pipeline_request(false, [&](pipeline_writer& w) {
      std::size_t i = 0;
      ((known[i++] = w.add(commands)), ...);
    });
    return perform<tuple_pipeline<C...>>(std::move(r), std::move(known));
  }
  /// The same with any number of commands of one kind.
  template <class C> task<std::vector<typename C::result>> pipeline(std::vector<command<C>> const& commands) {
    return vector_of<vector_pipeline<C>>(false, commands);
  }
  /// Runs commands in one go, each on its own: what happens to one does not touch the others. Each has a
  /// `tusk::result`, with its value or its error.
  template <class... C>
  task<std::tuple<tusk::result<typename C::result>...>> pipeline_each(command<C> const&... commands) {
    std::array<known_columns, sizeof...(C)> known;
    auto r = pipeline_request(true, [&](pipeline_writer& w) {
      std::size_t i = 0;
      ((known[i++] = w.add(commands)), ...);
    });
    return perform<tuple_pipeline<alone<C>...>>(std::move(r), std::move(known));
  }
  template <class C>
  task<std::vector<tusk::result<typename C::result>>> pipeline_each(std::vector<command<C>> const& commands) {
    return vector_of<vector_pipeline<alone<C>>>(true, commands);
  }

 protected:
  template <class T> using inner = typename Mode::template task<T>;

  basic_verbs() = default;
  basic_verbs(protocol::ref<net::pump<Mode>> p, std::uint32_t scope) : pump_(std::move(p)), scope_(scope) {}
  basic_verbs(basic_verbs&&) noexcept = default;
  basic_verbs& operator=(basic_verbs&&) noexcept = default;
  ~basic_verbs() = default;

  /// A request as `encode` puts it together; or, if an argument cannot be encoded, one that throws when it is awaited.
  template <class F> protocol::request request(F encode) {
    auto r = pump_->borrow();
    r.scope = scope_;
    try {
      encode(r);
    } catch (error const& e) {
      r.refused = std::make_exception_ptr(error(e).unsent());
    } catch (...) {
      r.refused = std::current_exception();
    }
    return r;
  }
  /// The statement of this text that is kept prepared; nullptr if it is one that is not kept.
  template <class... A> protocol::ref<protocol::statement> const* kept(mapping::sql_text<A...> const& sql) {
    auto& s = pump_->session();
    if (!s.statements().keeps(sql.view())) return nullptr;
    auto const& found = s.statements().find(sql.view(), mapping::parameter_types<A...>, s.names());
    if (auto const& d = found->described(); d && d->parameters.size() == sizeof...(A)) [[likely]]
      return &found;
    check_arguments(*found, sql, sizeof...(A));
    return &found;
  }
  /// The same where a Decoder reads the rows; if it has to know the columns before they are asked for, a statement that
  /// is not kept has a subject too.
  template <class Decoder, class... A> protocol::ref<protocol::statement> kept_for(mapping::sql_text<A...> const& sql) {
    if (auto const* subject = kept(sql)) return *subject;
    if constexpr (text_columns_of<Decoder> != nullptr) {
      sql.refuse_surplus();
      return protocol::ref<protocol::statement>(
          new protocol::statement({}, sql.view(), mapping::parameter_types<A...>));
    }
    return {};
  }
  /// The compiler has not always seen the SQL.
  template <class Sql> static void check_arguments(protocol::statement const& s, Sql const& sql, std::size_t given) {
    sql.refuse_surplus();
    if (auto const& d = s.described(); d && d->parameters.size() != given)
      throw error(errc::parameter_mismatch, "the SQL has " + std::to_string(d->parameters.size()) + " parameters, " +
                                                std::to_string(given) + " arguments were given");
  }
  template <class... A>
  static void run_kept(protocol::request& to, protocol::ref<protocol::statement> const& subject,
                       A const&... arguments) {
    to.subject = subject;
    to.generation = subject->generation();
    to.described = bool(subject->described());
    to.expected = protocol::steps{protocol::step::bound, protocol::step::rows};
    auto const place = wire::begin_bind(to.bytes, subject->bind());
    wire::writer w(to.bytes);
    mapping::encode_parameters(w, arguments...);
    wire::end_bind_and_run(to.bytes, place);
  }
  template <class... A> static void bind_and_execute(wire::buffer& to, bool describe, A const&... arguments) {
    auto const place = wire::begin_bind(to, {}, {});
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
      auto r = row_request<typename collector::decoder>(sql, arguments...);
      auto known = known_for<typename collector::decoder>(r);
      return perform<collector>(std::move(r), std::move(known));
    } else {
      return task<typename collector::result>(); // a static_assert has said why
    }
  }
  /// A query for its effect.
  template <class... A>
  protocol::request effect_request(mapping::sql_text<std::type_identity_t<A>...> const& sql, A const&... arguments) {
    using protocol::step;
    return request([&](protocol::request& to) {
      if (auto const* subject = kept(sql)) return run_kept(to, *subject, arguments...);
      wire::parse(to.bytes, {}, sql.view(), mapping::parameter_types<A...>);
      sql.refuse_surplus();
      bind_and_execute(to.bytes, false, arguments...);
      to.expected = protocol::steps{step::parsed, step::bound, step::rows};
    });
  }
  /// A query whose rows are wanted.
  template <class Decoder, class... A>
  protocol::request row_request(mapping::sql_text<std::type_identity_t<A>...> const& sql, A const&... arguments) {
    return request([&](protocol::request& to) {
      using protocol::step;
      if constexpr (text_columns_of<Decoder> != nullptr) {
        run_kept(to, kept_for<Decoder>(sql), arguments...);
        to.in_text = text_columns_of<Decoder>;
      } else {
        if (auto const* subject = kept(sql)) return run_kept(to, *subject, arguments...);
        wire::parse(to.bytes, {}, sql.view(), mapping::parameter_types<A...>);
        sql.refuse_surplus();
        bind_and_execute(to.bytes, true, arguments...);
        to.expected = protocol::steps{step::parsed, step::bound, step::columns, step::rows};
      }
    });
  }
  /// What is known of the columns that `r` will bring. If they are none for Decoder then `r` is refused.
  template <class Decoder> static known_columns known_for(protocol::request& r) {
    if (!r.described || r.refused) return {};
    auto known = r.subject->described();
    if (r.in_text != nullptr) return known_columns(&known->with_text(r.in_text));
    try {
      Decoder::check(*known);
    } catch (error const& e) {
      r.refused = std::make_exception_ptr(error(e).unsent());
    }
    return known;
  }
  template <class... P, class... A>
  protocol::request prepared_request(basic_statement<Mode, P...> const& s, A const&... arguments) {
    return request([&](protocol::request& to) {
      auto const& subject = s.of(pump_.get());
      to.subject = subject;
      to.generation = subject->generation();
      to.described = bool(subject->described());
      to.expected = protocol::steps{protocol::step::bound, protocol::step::rows};
      auto const place = wire::begin_bind(to.bytes, subject->bind());
      wire::writer w(to.bytes);
      mapping::declared_parameters<P...>::encode(w, arguments...);
      wire::end_bind_and_run(to.bytes, place);
    });
  }
  template <template <class> class Collector, class T, class... P, class... A>
  auto run_prepared(basic_statement<Mode, P...> const& s, A const&... arguments) {
    using collector = Collector<T>;
    if constexpr (check_result<T>()) {
      auto r = prepared_request(s, arguments...);
      r.in_text = text_columns_of<typename collector::decoder>;
      auto known = known_for<typename collector::decoder>(r);
      return perform<collector>(std::move(r), std::move(known));
    } else {
      return task<typename collector::result>();
    }
  }
  template <class F> protocol::request pipeline_request(bool apart, F add) {
    return request([&](protocol::request& to) {
      pipeline_writer w(to, pump_->session(), pump_.get(), apart);
      add(w);
      w.end();
    });
  }
  template <class Collector, class C>
  task<typename Collector::result> vector_of(bool apart, std::vector<command<C>> const& commands) {
    std::vector<known_columns> known;
    known.reserve(commands.size());
    auto r = pipeline_request(apart, [&](pipeline_writer& w) {
      for (auto const& c : commands) known.push_back(w.add(c));
    });
    return perform<Collector>(std::move(r), std::move(known));
  }
  template <class... P>
  static inner<statement<P...>> finish_prepare(protocol::ref<net::pump<Mode>> p, protocol::request r) {
    auto subject = r.subject;
    auto const known = co_await net::pump<Mode>::template perform<described>(p, std::move(r));
    auto const wanted = known->parameters.size();
    statement<P...> s(std::move(p), std::move(subject)); // from here on it is closed if it cannot be returned
    if (wanted != sizeof...(P))
      throw error(errc::parameter_mismatch, "the statement has " + std::to_string(wanted) +
                                                " parameters, prepare was given " + std::to_string(sizeof...(P)) +
                                                " types");
    co_return s;
  }

  protocol::ref<net::pump<Mode>> pump_;
  std::uint32_t scope_ = 0; // of the tenure whose requests these are
};

} // namespace tusk
