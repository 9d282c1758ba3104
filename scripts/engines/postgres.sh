#!/usr/bin/env bash
# A PostgreSQL server of its own data directory: socket in /run/runcache-postgres, and 127.0.0.1:54329 with passwords.
# Whoever set it up, and root, is the role runcache by the socket without a password; nobody knows a password for loopback.
ENGINE=postgres
. "$(dirname "$0")/lib.sh"

data=/var/lib/runcache-postgres
socket=/run/runcache-postgres
port=54329
url="postgresql://runcache@/runcache_test?host=$socket&port=$port"

bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1; }
as_postgres() { (cd / && setpriv --reuid=postgres --regid=postgres --init-groups "$@"); }
answers() { "$(bin)/psql" --no-psqlrc --quiet --no-password --dbname "$url" --command 'SELECT 1'; }
accepts() { "$(bin)/pg_isready" --host "$socket" --port "$port"; }

# The server refuses to run as root: the package's user does. Its own "main" cluster is not ours to start.
install_server() {
  if ! installed postgresql; then
    mkdir -p /etc/postgresql-common/createcluster.d
    printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.d/runcache.conf
    apt_install postgresql
  fi
}

make_cluster() {
  [ -s "$data/PG_VERSION" ] && return 0
  rm -rf "$data"
  install -d -o postgres -g postgres -m 0700 "$data"
  as_postgres "$(bin)/initdb" --pgdata "$data" --encoding UTF8 --locale C.UTF-8 --auth-local peer --auth-host scram-sha-256 \
    >"$LOG_DIR/postgres-initdb.log" 2>&1 || { show_log postgres-initdb; die "initdb failed"; }
}

write_conf() {
  local owner
  owner=${SUDO_USER:-root}
  cat >"$data/pg_hba.conf" <<CONF
local all postgres peer
local all runcache peer map=runcache
host  all all      127.0.0.1/32 scram-sha-256
CONF
  {
    echo "runcache root runcache"
    [ "$owner" = root ] || echo "runcache $owner runcache"
  } >"$data/pg_ident.conf"
  cat >"$data/runcache.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$socket'
max_connections = 200
log_statement = none
CONF
  grep -q "^include 'runcache.conf'" "$data/postgresql.conf" || echo "include 'runcache.conf'" >>"$data/postgresql.conf"
  chown postgres: "$data"/*.conf
}

make_role() {
  local sql=("$(bin)/psql" --no-psqlrc --quiet --tuples-only --no-align --host "$socket" --port "$port" --dbname postgres --command)
  [ "$(as_postgres "${sql[@]}" "SELECT 1 FROM pg_roles WHERE rolname = 'runcache'")" = 1 ] ||
    as_postgres "${sql[@]}" "CREATE ROLE runcache LOGIN"
  [ "$(as_postgres "${sql[@]}" "SELECT 1 FROM pg_database WHERE datname = 'runcache_test'")" = 1 ] ||
    as_postgres "${sql[@]}" "CREATE DATABASE runcache_test OWNER runcache"
}

if ! answers >/dev/null 2>&1; then
  install_server
  mkdir -p "$LOG_DIR"
  install -d -o postgres -g postgres -m 0755 "$socket"
  make_cluster
  write_conf
  if ! accepts >/dev/null 2>&1; then
    start_daemon postgres setpriv --reuid=postgres --regid=postgres --init-groups "$(bin)/postgres" -D "$data"
    wait_until 60 accepts || { show_log postgres; die "the server did not answer within 60 s"; }
  fi
  make_role
  answers >/dev/null || die "the role runcache cannot connect by the socket"
fi
say "$("$(bin)/postgres" --version) answers at $url"
