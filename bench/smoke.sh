#!/usr/bin/env bash
# tusk: bench/smoke.sh — a few operations of every workload: do all clients come to the same checksums?
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
#   smoke.sh EXECUTABLE
if [ -z "${TUSK_TEST_SERVER_15:-}" ]; then
  echo "skipped: TUSK_TEST_SERVER_15 is not set (./tests/run starts the servers and sets it)"
  exit 77
fi
host=$(python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1], safe=""))' \
  "$TUSK_TEST_SERVER_15/socket")
export DATABASE_URL="postgres://tusk_admin@$host:$(cat "$TUSK_TEST_SERVER_15/port")/tusk"
exec "$1" --rounds 2 --points 50 --rows 3000
