# tusk: tests/support/runner.sh — steps, servers and their end, however a run ends; sourced by tests/run, examples/run.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# Makes the temporary directory $work and cleans up at exit, at Ctrl-C and at SIGTERM: everything is stopped by process
# id, first the step in progress with its whole process group, then each server by its keeper. The keepers read from a
# pipe that only this process holds open, so the servers end even when it is killed.

work=$(mktemp -d /tmp/tusk.XXXXXX) || exit 1
chmod 0711 "$work"
mkfifo "$work/alive" && exec 9<>"$work/alive" || exit 1
declare -A servers=() kinds=() # name -> process id of the keeper, and what it keeps
job=

finish() {
  trap '' INT TERM HUP
  if [ -n "$job" ]; then
    kill -TERM -- "-$job" 2>/dev/null
    wait "$job" 2>/dev/null
  fi
  exec 9>&-
  if [ ${#servers[@]} -gt 0 ]; then
    kill -TERM "${servers[@]}" 2>/dev/null
    wait "${servers[@]}" 2>/dev/null
  fi
  if [ -n "${TUSK_KEEP:-}" ]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Runs a command in a process group of its own and waits for it: a signal to this script then acts at once.
step() {
  local status
  set -m
  "$@" </dev/null 9>&- &
  job=$!
  set +m
  wait "$job"
  status=$?
  job=
  return "$status"
}

start_server() { # NAME [KIND], versions and notls by themselves: returns at once
  kinds[$1]=${2:-$1}
  tests/support/servers.sh run "$work/$1" "${2:-$1}" <"$work/alive" 9>&- >"$work/$1.log" 2>&1 &
  servers[$1]=$!
}

# Those that are not to be had here are left out, and that is said. Returns 1, with the server's words printed, when one
# did not start for another reason.
await_servers() {
  local name status reason
  local -A without=() # reason -> kinds
  for name in $(printf '%s\n' "${!servers[@]}" | sort); do
    until [ -e "$work/$name/port" ]; do
      if ! kill -0 "${servers[$name]}" 2>/dev/null; then
        wait "${servers[$name]}"
        status=$?
        unset "servers[$name]"
        if [ "$status" -ne 3 ]; then
          cat "$work/$name.log"
          echo "the PostgreSQL server '$name' did not start"
          return 1
        fi
        reason=$(tail -n 1 "$work/$name.log")
        [[ " ${without[$reason]:-} " == *" ${kinds[$name]} "* ]] || without[$reason]+=" ${kinds[$name]}"
        break
      fi
      sleep 0.1
    done
  done
  for reason in "${!without[@]}"; do echo "PostgreSQL${without[$reason]} is left out: $reason"; done
}

# Makes a build directory ours for this run and prints nothing; a run at the same time builds in a temporary one.
claim_build() { # DIRECTORY: sets $build
  build=$1
  mkdir -p "$build"
  exec 8>"$build/.lock"
  if ! flock -n 8; then
    echo "$build is in use by another run: building in a temporary directory"
    build=$work/build
  fi
}

configure() { # MESON ARGUMENT...: sets $build up, silently when all is well
  local reconfigure=()
  [ ! -e "$build/build.ninja" ] || reconfigure=(--reconfigure)
  if command -v ccache >/dev/null; then
    export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime CCACHE_BASEDIR=$PWD
    [ -z "${CXX:-}" ] || [[ $CXX == ccache* ]] || export CXX="ccache $CXX"
  fi
  if ! step meson setup "$build" "${reconfigure[@]}" "$@" >"$work/setup.log" 2>&1; then
    cat "$work/setup.log"
    return 1
  fi
}
