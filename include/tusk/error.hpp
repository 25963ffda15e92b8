// tusk: error.hpp — what can go wrong and how it is told.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// One exception type for the whole driver. It carries a std::error_code (one of ours, an SQLSTATE of the server, or the
// system's), the words for a person, and everything the server said. It must not know sockets, Asio or user types.
#pragma once

#include <tusk/sqlstate.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace tusk {

/// The driver's own reasons. The server's reasons are SQLSTATEs (`sqlstate.hpp`), those of the operating system are in
/// std::system_category().
enum class errc {
  invalid_connection_string = 1, ///< a URL or keyword string breaks its grammar
  invalid_option,                ///< an unknown option, or a value that it cannot have
  host_not_found,                ///< no address for a host name
  connect_failed,                ///< no server could be reached; the message names each address tried
  timeout,                       ///< a deadline passed
  connection_closed,             ///< the connection is closed, or the server closed it
  protocol_violation,            ///< the peer does not speak, or breaks, PostgreSQL's protocol
  tls_unavailable,               ///< TLS is wanted and the server, or this build, has none
  tls_failed,                    ///< the handshake failed or the certificate was refused
  authentication_failed,         ///< the server could not prove itself, or asks for what must not be given
  authentication_unsupported,    ///< the server wants a method that the driver does not have
  password_required,             ///< the server wants a password and none was given
  invalid_parameter,             ///< a value that cannot be sent: a NUL in text, out of range, too long
  parameter_mismatch,            ///< the number or the types of the arguments differ from the statement's parameters
  message_too_large,             ///< a message is larger than the protocol or the limit allows
  column_mismatch,               ///< the result's columns do not fit the C++ type
  unexpected_null,               ///< a NULL for a member that is not a std::optional
  invalid_value,                 ///< a field's bytes are not a value of its type, or C++ cannot represent it
  no_rows,                       ///< one row was asked for and there is none
  too_many_rows,                 ///< one row was asked for and there are more
  statement_closed,              ///< the prepared statement belongs to another connection or was closed
  connection_busy,               ///< a transaction or a stream has the connection to itself; or this one has ended
  transaction_failed,            ///< the server rolled back what was to be committed
  unsuitable_server,             ///< the session is not of the kind that target_session_attrs asks for
  wrong_verb,                    ///< a statement that this verb cannot run, such as COPY through query()
  notifications_lost,            ///< more came than a listener's backlog holds; the message says how many are missing
  listener_closed,               ///< the listener has ended: unlisten() was called, or the session was reset
};

/// What the server says in an ErrorResponse or a NoticeResponse (PostgreSQL documentation, "Error and Notice Message
/// Fields"). A field that was not sent is empty or 0.
struct notice {
  std::string severity; ///< never localized where the server has it so (9.6 and newer): ERROR, FATAL, WARNING, ...
  tusk::sqlstate code;
  std::string message;
  std::string detail;
  std::string hint;
  int position = 0;          ///< 1-based, in characters of the query that was sent
  int internal_position = 0; ///< as `position`, in `internal_query`
  std::string internal_query;
  std::string where;
  std::string schema;
  std::string table;
  std::string column;
  std::string data_type;
  std::string constraint;
  std::string file;
  int line = 0;
  std::string routine;
};

/// The category of `errc`.
std::error_category const& error_category() noexcept;
/// The category of SQLSTATEs; a value is the five characters read as a number of base 36.
std::error_category const& sqlstate_category() noexcept;
std::error_code make_error_code(errc e) noexcept;
std::error_code make_error_code(sqlstate s) noexcept;

/// Thrown by every operation that fails, and held by `result`. Copying it does not throw.
class error : public std::system_error {
 public:
  error(std::error_code code, std::string message);
  error(errc code, std::string message) : error(make_error_code(code), std::move(message)) {}
  /// A reason of ours with what the server said about it: `server()` and `sqlstate()` are the server's.
  error(errc code, std::string message, notice said);
  /// What the server reported. `context`, where not empty, says what the driver was doing. `code()` is the SQLSTATE, or
  /// errc::protocol_violation where the server gave none: an error is never without a code.
  explicit error(notice said, std::string_view context = {});

  /// One line for a person; for a server error with position, detail and hint. Never contains a password.
  char const* what() const noexcept override { return told_->text.c_str(); }
  /// The server's code; empty when the error is not the server's.
  tusk::sqlstate sqlstate() const noexcept { return told_->has_server ? told_->server.code : tusk::sqlstate{}; }
  /// Everything the server said, or nullptr. Valid as long as any copy of this error.
  notice const* server() const noexcept { return told_->has_server ? &told_->server : nullptr; }
  /// A new attempt of the whole transaction may succeed: serialization failure or deadlock.
  bool retryable() const noexcept;
  /// Nothing of the request has been done, most often because it was not sent: it can be sent again whatever it does.
  bool safe_to_retry() const noexcept { return unsent_; }

  /// For those who raise errors: marks that nothing of the request has been done.
  error&& unsent() && noexcept {
    unsent_ = true;
    return std::move(*this);
  }
  // Moving copies: an error that was moved from can still be asked.
  error(error const&) = default;
  error& operator=(error const&) = default;
  ~error() override = default;

  /// The same error with `context` and ": " before its words.
  [[nodiscard]] error in(std::string_view context) const;

 private:
  struct told {
    std::string text;
    notice server;
    bool has_server = false;
  };
  error(std::error_code code, std::shared_ptr<told const> t, bool unsent)
      : std::system_error(code), told_(std::move(t)), unsent_(unsent) {}

  std::shared_ptr<told const> told_; // shared: an exception must be copyable without throwing
  bool unsent_ = false;
};

/// `text` with control characters (C0, DEL) as \xNN and cut to `limit` bytes, or a few less where that would halve a
/// character of UTF-8: for values shown in messages.
std::string printable(std::string_view text, std::size_t limit = 200);

// ---- implementation -------------------------------------------------------------------------------------------------

inline std::error_category const& error_category() noexcept {
  struct category final : std::error_category {
    char const* name() const noexcept override { return "tusk"; }
    std::string message(int value) const override {
      switch (static_cast<errc>(value)) {
      case errc::invalid_connection_string: return "invalid connection string";
      case errc::invalid_option: return "invalid option";
      case errc::host_not_found: return "host not found";
      case errc::connect_failed: return "could not connect";
      case errc::timeout: return "timeout";
      case errc::connection_closed: return "connection closed";
      case errc::protocol_violation: return "protocol violation";
      case errc::tls_unavailable: return "TLS is not available";
      case errc::tls_failed: return "TLS failed";
      case errc::authentication_failed: return "authentication failed";
      case errc::authentication_unsupported: return "authentication method not supported";
      case errc::password_required: return "password required";
      case errc::invalid_parameter: return "invalid parameter";
      case errc::parameter_mismatch: return "parameters do not match the statement";
      case errc::message_too_large: return "message too large";
      case errc::column_mismatch: return "columns do not match the C++ type";
      case errc::unexpected_null: return "unexpected NULL";
      case errc::invalid_value: return "invalid value";
      case errc::no_rows: return "no rows";
      case errc::too_many_rows: return "too many rows";
      case errc::statement_closed: return "statement closed";
      case errc::connection_busy: return "connection busy";
      case errc::transaction_failed: return "transaction failed";
      case errc::unsuitable_server: return "server of the wrong kind";
      case errc::wrong_verb: return "wrong verb for this statement";
      case errc::notifications_lost: return "notifications lost";
      case errc::listener_closed: return "listener closed";
      }
      return "unknown error";
    }
  };
  static category const the;
  return the;
}

inline std::error_category const& sqlstate_category() noexcept {
  struct category final : std::error_category {
    char const* name() const noexcept override { return "sqlstate"; }
    std::string message(int value) const override { return std::string(sqlstate::from_number(value).view()); }
  };
  static category const the;
  return the;
}

inline std::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), error_category()}; }
inline std::error_code make_error_code(sqlstate s) noexcept { return {s.number(), sqlstate_category()}; }

inline error::error(std::error_code code, std::string message)
    : std::system_error(code), told_(std::make_shared<told const>(told{std::move(message), {}, false})) {}

inline error::error(errc code, std::string message, notice said)
    : std::system_error(make_error_code(code)),
      told_(std::make_shared<told const>(told{std::move(message), std::move(said), true})) {}

inline error::error(notice said, std::string_view context)
    : std::system_error(said.code.number() != 0 ? make_error_code(said.code)
                                                : make_error_code(errc::protocol_violation)) {
  std::string text;
  if (!context.empty()) text.append(context).append(": ");
  text.append(said.message.empty() ? "the server reported an error without a message" : said.message);
  text.append(" (").append(said.code.empty() ? "no SQLSTATE" : said.code.view());
  if (said.position > 0) text.append(", position ").append(std::to_string(said.position));
  text.append(")");
  if (!said.detail.empty()) text.append("; detail: ").append(said.detail);
  if (!said.hint.empty()) text.append("; hint: ").append(said.hint);
  for (char& c : text) // one line, whatever the server has in it
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  told_ = std::make_shared<told const>(told{std::move(text), std::move(said), true});
}

inline bool error::retryable() const noexcept {
  auto const s = sqlstate();
  return s == sqlstate::serialization_failure || s == sqlstate::deadlock_detected;
}

inline error error::in(std::string_view context) const {
  auto t = *told_;
  t.text = std::string(context).append(": ").append(t.text);
  return error(code(), std::make_shared<told const>(std::move(t)), unsent_);
}

inline std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  auto shown = text.size() > limit ? limit : text.size();
  for (int i = 0; i < 3 && shown != 0 && shown < text.size() && (text[shown] & 0xc0) == 0x80; ++i) --shown;
  for (char c : text.substr(0, shown)) {
    auto const u = static_cast<unsigned char>(c);
    if (u >= 0x20 && u != 0x7f) {
      out += c;
      continue;
    }
    constexpr char digits[] = "0123456789abcdef";
    out.append("\\x").append(1, digits[u >> 4]).append(1, digits[u & 15]);
  }
  if (text.size() > limit) out += "...";
  return out;
}

} // namespace tusk

template <> struct std::is_error_code_enum<tusk::errc> : std::true_type {};
