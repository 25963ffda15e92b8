#!/usr/bin/env bash
# tusk: tests/support/servers.sh — throwaway PostgreSQL servers for tests and examples.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.
#
#   servers.sh start DIR VERSION  PostgreSQL 12, 13, 14, 15, 16, 17 or 18, TLS on; 15 is the system's, the others are
#                                 fetched into a cache when they are not there (see postgresql.sh)
#   servers.sh start DIR notls    PostgreSQL 15, ssl = off
#   servers.sh start DIR bouncer:SERVERDIR
#                                 PgBouncer of the system in front of the server of SERVERDIR, once that is ready
#   servers.sh start DIR standby:SERVERDIR
#                                 a hot standby that streams from the server of SERVERDIR, once that is ready
#   servers.sh run DIR KIND       starts, and stops when standard input ends or a signal says so: whoever holds the
#                                 other end of that pipe cannot leave a server behind, however it dies
#   servers.sh stop DIR...        stops by process id and removes DIR (TUSK_KEEP=1: stops only)
#   servers.sh fetch VERSION      fetches only
#   servers.sh sql DIR 'SQL'      one statement as superuser, through psql of the system
#
# Exit status 3, with the reason in the last line: that version is not to be had here, and one may go on without it.
#
# DIR is made by `start` and then holds: port, version, pid, log, server.log, socket/.s.PGSQL.<port>, ca.pem (signed the server's
# certificate, issued for localhost, 127.0.0.1 and ::1), other-ca.pem (signed nothing that is in use), client.pem with
# client.key and client-encrypted.key (password `secret key`; a certificate for the role tusk_cert, under ca.pem),
# clean.crl and revoked.crl (of ca.pem: nobody, and the server, are revoked), data/.
# The server listens on its socket, on 127.0.0.1, on 127.0.0.2 (reachable, but not a name in the certificate) and on
# ::1 where the machine has it. Databases: tusk, tusk_unix, tusk_tcp, tusk_tls, and tusk_read_only, whose transactions
# are read-only unless they say otherwise. Roles and how they may come in:
#
#   postgres    superuser                     socket only, trust
#   tusk_admin  superuser                     everywhere, trust
#   tusk_trust                                everywhere, trust
#   tusk_scram  password `secret scram`       everywhere, scram-sha-256
#   tusk_md5    password `secret md5`         everywhere, md5 (and stored so)
#   tusk_clear  password `secret clear`       everywhere, password
#   tusk_ssl    password `secret ssl`         TLS only, scram-sha-256
#   tusk_nossl  password `secret nossl`       TCP without TLS only, scram-sha-256
#   tusk_cert                                 TLS only, by certificate
#
# That of a PgBouncer has port, version, pid, log, server.log, socket/ and ca.pem too. It listens on its socket and on
# 127.0.0.1, with TLS for those who ask. tusk_trust and tusk_admin come in by trust, the latter also to its console, the
# database `pgbouncer`. For each database transactions share two connections to the server; sessions share two others
# under the name `<database>_sessions`.
set -euo pipefail
. "$(dirname "$0")/certificates.sh"
. "$(dirname "$0")/postgresql.sh"

dir= child=
die() { echo "servers.sh: $*" >&2; exit 1; }

# PostgreSQL refuses to run as root, so root lends it a user without rights.
server_user=
if [ "$(id -u)" -eq 0 ]; then
  server_user=postgres
  id "$server_user" >/dev/null 2>&1 || server_user=nobody
fi
as_server=(env -i "PATH=$PATH" HOME=/ LC_ALL=C TZ=UTC) # an array, not a function: `&` then yields the server's own id
[ -z "$server_user" ] ||
  as_server=(setpriv "--reuid=$server_user" "--regid=$(id -g "$server_user")" --clear-groups "${as_server[@]}")

# Below the ephemeral ports, and free at this moment on every address; a race is noticed after the start.
free_port() {
  python3 - <<'PY'
import random, socket, sys
def free(family, address, port):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        try: s.bind((address, port))
        except OSError: return False
    return True
six = socket.has_ipv6 and free(socket.AF_INET6, "::1", 0)
addresses = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "127.0.0.2")] + ([(socket.AF_INET6, "::1")] if six else [])
for port in random.sample(range(20000, 30000), 500):
    if all(free(family, address, port) for family, address in addresses):
        print(port, ",".join(address for _, address in addresses))
        sys.exit(0)
sys.exit("no free port between 20000 and 30000")
PY
}

write_hba() {
  cat <<'HBA'
# type      database user        address method ; the first line that fits decides
local       all      postgres            trust
local       replication postgres,tusk_admin trust
host        replication tusk_admin  all     trust
local       all      tusk_admin          trust
host        all      tusk_admin  all     trust
local       all      tusk_trust          trust
host        all      tusk_trust  all     trust
local       all      tusk_scram          scram-sha-256
host        all      tusk_scram  all     scram-sha-256
local       all      tusk_md5            md5
host        all      tusk_md5    all     md5
local       all      tusk_clear          password
host        all      tusk_clear  all     password
hostssl     all      tusk_ssl    all     scram-sha-256
hostnossl   all      tusk_nossl  all     scram-sha-256
hostssl     all      tusk_cert   all     cert
HBA
}

write_settings() { # ssl on|off
  cat <<SETTINGS
unix_socket_directories = '$dir/socket'
max_connections = 200
max_prepared_transactions = 10
wal_level = logical
max_wal_senders = 20
max_replication_slots = 20
shared_buffers = 64MB
fsync = off
synchronous_commit = off
full_page_writes = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
ssl = $1
SETTINGS
  [ "$1" = off ] ||
    printf "ssl_cert_file = '%s/server.pem'\nssl_key_file = '%s/server.key'\nssl_ca_file = '%s/ca.pem'\n" "$dir" "$dir" "$dir"
}

# Statements for the single-user server, one to a line: no client program and no open port are needed yet. Since
# PostgreSQL 15 nobody but the owner may create in `public`; the tests' roles shall, in every database made after that.
write_roles() {
  cat <<'SQL'
grant create on schema public to public;
create role tusk_admin superuser login;
create role tusk_trust login;
set password_encryption = 'scram-sha-256';
create role tusk_scram login password 'secret scram';
create role tusk_clear login password 'secret clear';
create role tusk_ssl login password 'secret ssl';
create role tusk_nossl login password 'secret nossl';
create role tusk_cert login;
set password_encryption = 'md5';
create role tusk_md5 login password 'secret md5';
create database tusk;
create database tusk_unix;
create database tusk_tcp;
create database tusk_tls;
create database tusk_read_only;
alter database tusk_read_only set default_transaction_read_only = on;
SQL
}

write_bouncer() { # PORT SERVERDIR
  local behind database
  behind="host=$2/socket port=$(cat "$2/port")"
  echo "[databases]"
  for database in tusk tusk_unix tusk_tcp tusk_tls tusk_read_only; do
    echo "${database}_sessions = $behind dbname=$database pool_mode=session"
  done
  cat <<SETTINGS
* = $behind
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $1
unix_socket_dir = $dir/socket
client_tls_sslmode = allow
client_tls_cert_file = $2/server.pem
client_tls_key_file = $2/server.key
auth_type = trust
auth_file = $dir/users
admin_users = tusk_admin
pool_mode = transaction
default_pool_size = 2
ignore_startup_parameters = geqo
log_connections = 0
log_disconnections = 0
SETTINGS
}

alive() { # DIR: prints the process id when that process is the server of DIR
  local pid words
  pid=$(cat "$1/pid" 2>/dev/null) && [ -n "$pid" ] || return 1
  words=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || return 1
  [[ $words == *"-D $1/data "* || $words == *" $1/pgbouncer.ini "* ]] || return 1
  echo "$pid"
}

# A long step in the background, waited for: a signal then acts at once instead of after the step.
step() {
  "$@" <&0 & # <&0: else a background command reads nothing
  child=$!
  local status=0
  wait "$child" || status=$?
  child=
  return "$status"
}

stop_process() { # DIR
  local pid signal tries signals="INT QUIT KILL" # fast, then immediate shutdown
  [ ! -e "$1/pgbouncer.ini" ] || signals="TERM KILL" # with INT it would wait for its clients
  for signal in $signals; do
    pid=$(alive "$1") || return 0
    kill "-$signal" "$pid" 2>/dev/null || true
    for ((tries = 0; tries < 100; ++tries)); do
      alive "$1" >/dev/null || return 0
      sleep 0.05
    done
  done
  die "process $pid of $1 does not stop"
}

stop() { # DIR
  stop_process "$1"
  [ -n "${TUSK_KEEP:-}" ] || rm -rf -- "$1"
}

# The end of the pipe and signals, of one kind or several, come together: what comes later must not cut the clean-up
# short. Bash gives up an exit that is under way for an exit in a trap, so signals are off before it begins.
clean_up_at_exit() {
  trap end_start EXIT
  trap "trap '' INT TERM HUP; exit 1" INT TERM HUP
}

end_start() {
  trap '' INT TERM HUP # for those who got here by an error
  if [ -n "$child" ]; then
    kill "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  stop "$dir"
}

make_directory() { # DIR
  [ ! -e "$1" ] || [ -z "$(ls -A "$1")" ] || die "$1 is there already"
  mkdir -p "$1"
  dir=$(cd "$1" && pwd -P)
}

start() { # DIR VERSION
  local version=$2 bin ssl=on
  make_directory "$1"
  [ "$version" != notls ] || ssl=off version=15
  pg_is_known "$version" || die "start: version '$version', not 12 to 18 or notls"
  clean_up_at_exit
  step pg_fetch "$version" || exit
  bin=$(pg_bin "$version")
  [ -x "$bin/postgres" ] || die "$bin/postgres is not there: install postgresql-15"

  : >"$dir/log"
  echo "$version" >"$dir/version"
  mkdir -p "$dir/socket"
  make_certificates "$dir"
  [ -z "$server_user" ] || chown -R "$server_user" "$dir"
  chmod 0711 "$dir"
  cd "$dir"
  if ! "${as_server[@]}" test -x "$bin/postgres" -a -x "$dir/socket"; then
    die "user ${server_user:-$(id -un)} can reach $bin or $dir not: choose other directories (XDG_CACHE_HOME)"
  fi
  step "${as_server[@]}" "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C --no-sync \
    >>"$dir/log" 2>&1 || { cat "$dir/log" >&2; die "initdb failed"; }
  write_hba >"$dir/data/pg_hba.conf"
  write_settings "$ssl" >>"$dir/data/postgresql.conf"
  write_roles >"$dir/roles.sql"
  step "${as_server[@]}" "$bin/postgres" --single -D "$dir/data" -c exit_on_error=on template1 \
    <"$dir/roles.sql" >>"$dir/log" 2>&1 || { cat "$dir/log" >&2; die "the roles could not be made"; }

  launch server_command 'ready to accept connections' || die "PostgreSQL $version did not start"
}
server_command() { command=("$bin/postgres" -D "$dir/data" -p "$1" -c "listen_addresses=$2"); }

await_server() { # SERVERDIR: sets `server`
  local tries
  server=$1
  for ((tries = 0; tries < 2400; ++tries)); do # both may have been started at once
    [ ! -e "$server/port" ] || break
    sleep 0.05
  done
  server=$(cd "$server" && pwd -P) && [ -e "$server/port" ] || die "$server has no server"
}

start_standby() { # DIR SERVERDIR
  local server bin
  make_directory "$1"
  clean_up_at_exit
  await_server "$2"
  cp "$server/version" "$server"/*.pem "$server/server.key" "$dir"
  bin=$(pg_bin "$(cat "$dir/version")")
  : >"$dir/log"
  mkdir -p "$dir/socket"
  [ -z "$server_user" ] || chown -R "$server_user" "$dir"
  chmod 0711 "$dir"
  cd "$dir"
  # That of the system: the packages have none, and it knows older servers too.
  step "${as_server[@]}" "$pg15_bin/pg_basebackup" -D "$dir/data" -h "$server/socket" -p "$(cat "$server/port")" -U postgres \
    -X stream -c fast -R --no-sync >>"$dir/log" 2>&1 || { cat "$dir/log" >&2; die "the base backup failed"; }
  sed -i "s#$server/#$dir/#g" "$dir/data/postgresql.conf"
  launch server_command 'ready to accept read.only connections' || die "the standby did not start"
}

start_bouncer() { # DIR SERVERDIR
  local server program
  program=$(command -v pgbouncer || command -v /usr/sbin/pgbouncer) || die "pgbouncer is not installed"
  make_directory "$1"
  clean_up_at_exit
  await_server "$2"
  : >"$dir/log"
  mkdir -p "$dir/socket"
  cp "$server/version" "$server/ca.pem" "$dir"
  printf '"%s" ""\n' tusk_trust tusk_admin >"$dir/users"
  : >"$dir/pgbouncer.ini"
  [ -z "$server_user" ] || chown -R "$server_user" "$dir"
  chmod 0711 "$dir"
  cd "$dir"
  launch bouncer_command 'process up' || die "PgBouncer did not start"
}
bouncer_command() {
  write_bouncer "$1" "$server" >"$dir/pgbouncer.ini"
  command=("$program" "$dir/pgbouncer.ini")
}

launch() { # FUNCTION that sets `command` for a port and addresses, WORDS of the log when it is ready
  local tries port addresses command
  for ((tries = 0; tries < 20; ++tries)); do
    read -r port addresses < <(free_port)
    : >"$dir/server.log"
    "$1" "$port" "$addresses"
    # A session of its own: Ctrl-C in a terminal goes to whoever started us, who then stops the server in order.
    "${as_server[@]}" setsid "${command[@]}" >>"$dir/server.log" 2>&1 </dev/null &
    echo $! >"$dir/pid"
    if wait_until_ready "$2"; then
      echo "$port" >"$dir/port.new"
      mv "$dir/port.new" "$dir/port" # appears whole and last: the sign that the server is ready
      return 0
    fi
    cat "$dir/server.log" >>"$dir/log"
    stop_process "$dir"
    grep -Eq "$taken" "$dir/server.log" || break # only a port taken meanwhile is worth another attempt
  done
  cat "$dir/log" >&2
  return 1
}

readonly taken='could not bind|Address already in use'
wait_until_ready() { # WORDS
  local tries
  for ((tries = 0; tries < 600; ++tries)); do
    if grep -q "$1" "$dir/server.log"; then
      ! grep -Eq "$taken" "$dir/server.log" # it starts although one of its addresses is taken
      return
    fi
    kill -0 "$(cat "$dir/pid")" 2>/dev/null || return 1
    sleep 0.05
  done
  return 1
}

case ${1:-} in
  start | run)
    [ $# -eq 3 ] || die "usage: servers.sh $1 DIR VERSION|notls|bouncer:SERVERDIR|standby:SERVERDIR"
    case $3 in
      bouncer:*) start_bouncer "$2" "${3#bouncer:}" ;;
      standby:*) start_standby "$2" "${3#standby:}" ;;
      *) start "$2" "$3" ;;
    esac
    if [ "$1" = run ]; then
      # Until the end of file; a signal ends it through the traps. One that comes right before the system call does not
      # interrupt that: hence the time limit, after which the trap runs (status above 128).
      for ((status = 129; status > 128; )); do
        status=0
        read -r -t 1 || status=$?
      done
      trap '' INT TERM HUP
      exit 0
    fi
    trap - EXIT INT TERM HUP
    echo "$3 on port $(cat "$dir/port"), socket directory $dir/socket" ;;
  stop) shift; for d in "$@"; do [ ! -d "$d" ] || stop "$(cd "$d" && pwd -P)"; done ;;
  fetch) pg_is_known "${2:-}" || die "usage: servers.sh fetch VERSION, one of 12 to 18"; step pg_fetch "$2" ;;
  sql) psql -XAtq -v ON_ERROR_STOP=1 -h "$2/socket" -p "$(cat "$2/port")" -U postgres -d tusk -c "$3" ;;
  *) sed -n '5,18s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
