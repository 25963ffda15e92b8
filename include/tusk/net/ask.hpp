// tusk: net/ask.hpp — one row from the server, for the driver's own use while it connects.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// By the simple protocol: it works before anything is known of the session, through every pooler and on a standby, and
// leaves no statement behind. Values come as text. Nothing of it is for queries of the user.
#pragma once

#include <tusk/net/pump.hpp>
#include <tusk/protocol/ref.hpp>
#include <tusk/protocol/request.hpp>
#include <tusk/protocol/sink.hpp>
#include <tusk/wire/bytes.hpp>
#include <tusk/wire/frontend.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tusk::net {

/// The columns of the first row; NULL is empty.
class text_row final : public protocol::sink {
 public:
  using result = std::vector<std::string>;
  void on_row(std::byte const* begin, std::byte const* end) override {
    if (std::exchange(any_, true)) return;
    wire::reader in(wire::byte_view(begin, static_cast<std::size_t>(end - begin)));
    for (int n = in.get<std::int16_t>(); in.ok() && n > 0; --n) {
      auto const length = in.get<std::int32_t>();
      values_.emplace_back(length > 0 ? wire::as_text(in.take(static_cast<std::size_t>(length))) : std::string_view());
    }
    if (!in.ok()) wire::violation("DataRow", in.why());
  }
  std::vector<std::string> take() { return std::move(values_); }

 private:
  std::vector<std::string> values_;
  bool any_ = false;
};

/// Empty if there is no row. Throws as a verb does.
template <class Mode>
typename Mode::template task<std::vector<std::string>> ask(protocol::ref<pump<Mode>> p, std::string_view sql) {
  auto r = p->borrow();
  wire::simple_query(r.bytes, sql);
  r.expected = protocol::steps{protocol::step::simple};
  return pump<Mode>::template perform<text_row>(std::move(p), std::move(r));
}

} // namespace tusk::net
