# The password comes by standard input, not on the command line, where every process could read it.
exec valkey-server - <<END
bind 0.0.0.0
requirepass $VALKEY_PASSWORD
dir /data
appendonly yes
maxmemory-policy noeviction
END
