# tusk: tests/support/packages.sh — what a run needs on the machine; sourced by tests/run and examples/run.
# Distributed under the Boost Software License, Version 1.0. See LICENSE.

# Whether the compiler that will be used finds a header.
has_header() {
  printf '#if !__has_include(<%s>)\n#error missing\n#endif\n' "$1" | ${CXX:-g++} -std=c++20 -x c++ -E - >/dev/null 2>&1
}

# One need a line: the Debian package, then how to see that it is there, by use and not by name.
package_there() {
  case $1 in
    g++) command -v "${CXX:-g++}" && has_header coroutine ;;
    meson) command -v meson ;;
    ninja-build) command -v ninja || command -v ninja-build || command -v samu ;;
    pkg-config) command -v pkg-config || command -v pkgconf ;;
    python3) command -v python3 ;;
    libasio-dev) has_header asio.hpp ;;
    libssl-dev) has_header openssl/ssl.h ;;
    nlohmann-json3-dev) has_header nlohmann/json.hpp ;;
    catch2) has_header catch2/catch.hpp || has_header catch2/catch_all.hpp ;;
    libpq-dev) pkg-config --exists libpq ;;
    openssl) command -v openssl ;;
    libpq-dev) pkg-config --exists libpq ;;
    valgrind) command -v valgrind ;;
    pgbouncer) PATH=$PATH:/usr/sbin command -v pgbouncer ;;
    postgresql-15) [ -x "${TUSK_PG15_BIN:-/usr/lib/postgresql/15/bin}/postgres" ] ;;
    cmake) command -v cmake ;;
    ccache) command -v ccache ;;
    clang-19) command -v clang++-19 ;;
    clang-format-19) command -v clang-format-19 ;;
    clang-tidy-19) command -v clang-tidy-19 ;;
    *) echo "packages.sh: unknown package '$1'" >&2; exit 1 ;;
  esac >/dev/null 2>&1
}

missing_packages() { # PACKAGE...: prints those that are not there
  local package
  for package in "$@"; do package_there "$package" || printf '%s ' "$package"; done
}

# As root installs what is missing; anyone else is told in one line. Returns 1 when something is still missing.
need_packages() { # PACKAGE...
  local missing
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing, and only root can install it: apt-get install $missing" >&2
    return 1
  fi
  echo "installing $missing"
  install_packages $missing >"${TMPDIR:-/tmp}/tusk-apt.$$" 2>&1 || {
    tail -n 20 "${TMPDIR:-/tmp}/tusk-apt.$$" >&2
    rm -f "${TMPDIR:-/tmp}/tusk-apt.$$"
    echo "apt-get could not install: $missing" >&2
    return 1
  }
  rm -f "${TMPDIR:-/tmp}/tusk-apt.$$"
  missing=$(missing_packages "$@")
  [ -z "$missing" ] || { echo "installed, but still not usable: $missing" >&2; return 1; }
}

install_packages() { # PACKAGE...
  local conf=/etc/postgresql-common/createcluster.conf made=
  # Debian would create a cluster and start it on port 5432: nothing of ours is to be left running.
  if [ ! -e "$conf" ]; then
    mkdir -p "${conf%/*}" && echo 'create_main_cluster = false' >"$conf" && made=1
  fi
  apt-get update -q || return
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
    -o Dpkg::Options::=--force-confold -o Dpkg::Options::=--force-confdef "$@"
  local status=$?
  [ -z "$made" ] || sed -i 's/^create_main_cluster = false$/#&/' "$conf"
  return "$status"
}
