// tusk: net/asio.hpp — the parts of standalone Asio that the driver uses, from one place.
// Distributed under the Boost Software License, Version 1.0. See LICENSE.
//
// Only what both Asio 1.22 (Debian 12) and the newest have. Include it, or any header of the driver, before Asio's own:
// clang needs two definitions to see coroutines in Asio 1.22. No names of ours here.
#pragma once

#if !defined(ASIO_STANDALONE)
#define ASIO_STANDALONE 1
#endif
#if defined(__clang__)
#if !defined(ASIO_HAS_CO_AWAIT)
#define ASIO_HAS_CO_AWAIT 1
#endif
#if !defined(ASIO_HAS_STD_COROUTINE)
#define ASIO_HAS_STD_COROUTINE 1
#endif
#endif

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/basic_stream_socket.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/execution_context.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
