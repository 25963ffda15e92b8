#!/usr/bin/env bash
# tusk: tests/support/live.sh — runs the live tests against one server and transport, or says why not.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
#   live.sh EXECUTABLE 15|18 unix|tcp|tls
# Each transport has a database of its own, so that the three may run side by side.
directory=TUSK_TEST_SERVER_$2
if [ -z "${!directory:-}" ]; then
  echo "skipped: $directory is not set (./tests/run starts the servers and sets it)"
  exit 77
fi
export TUSK_TEST_SERVER=$2 TUSK_TEST_TRANSPORT=$3 TUSK_TEST_DATABASE=tusk_$3
exec "$1"
