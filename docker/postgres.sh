# Makes the data folder at the first start, whole or not at all; then is PostgreSQL.
set -eu
if [ ! -d /data/postgres ]; then
  rm -rf /data/half /data/password
  (umask 077 && printf '%s' "$POSTGRES_PASSWORD" > /data/password)
  # C.UTF-8: with plain C, lower() and trigrams would not know Cyrillic letters.
  initdb --pgdata=/data/half --username=postgres --auth=scram-sha-256 --pwfile=/data/password \
    --encoding=UTF8 --locale=C.UTF-8
  rm /data/password
  echo 'host all all all scram-sha-256' >> /data/half/pg_hba.conf
  # The database is made before anybody can connect.
  echo 'CREATE DATABASE dozvon' | postgres --single -D /data/half postgres > /dev/null
  mv /data/half /data/postgres
fi
exec postgres -D /data/postgres -c listen_addresses='*' -c unix_socket_directories=/tmp -c timezone=UTC
