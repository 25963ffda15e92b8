#!/usr/bin/env bash
# tusk: tests/support/live.sh — runs the live tests against one server and transport, or says why not.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
#   live.sh EXECUTABLE SERVER unix|tcp|tls [TESTS]    SERVER: 12 to 18, or another name that tests/run has given one
#
# Each transport has a database of its own, so that the three may run side by side. 15 and 18 run everything; the other
# versions, unless TESTS are named, leave out the cases tagged [slow]: what takes long and is the same for all versions.
directory=TUSK_TEST_SERVER_$2
if [ -z "${!directory:-}" ]; then
  echo "skipped: $directory is not set (./tests/run starts the servers and sets it)"
  exit 77
fi
export TUSK_TEST_SERVER=$2 TUSK_TEST_TRANSPORT=$3 TUSK_TEST_DATABASE=tusk_$3
tests=("${@:4}")
case $#,$2 in 3,1[23467]) tests=('~[slow]') ;; esac
exec "$1" "${tests[@]}"
