# The first process of a pod: holds the network namespace that a session's cells share, and relays
# 127.0.0.1:3128 in it to the unix socket of the session's egress proxy. Nothing else listens there.
# It ends when the relay does, when its standard input closes (the controller is gone), or when its
# lifeline does, a FIFO that the controller holds open (the engine is gone, and with it the input).

# One line per network device after two of headings: anything but the loopback device is a fault.
[ "$(grep -c : /proc/net/dev)" = 1 ] || { echo 'the pod has a network device' >&2; exit 1; }

# Connections and their buffers are bounded so that the pod's memory limit is never reached: were the
# listener killed, a cell could take its port and be sent the next call's credentials.
socat -b 65536 TCP4-LISTEN:3128,bind=127.0.0.1,backlog=512,reuseaddr,nodelay,rcvbuf=131072,sndbuf=131072,max-children=1024,fork \
    UNIX-CONNECT:/run/egress/egress.sock </dev/null >/dev/null 2>&1 &
relay=$!
exec 3<&0 # what runs in the background would otherwise read /dev/null
{ cat >/dev/null; kill "$relay"; } <&3 &
# Not waiting for a writer when it opens: there may be none any more.
{ socat -u OPEN:/run/sandbox/alive,rdonly,nonblock OPEN:/dev/null,wronly; kill "$relay"; } &

until grep -q '0100007F:0C38 00000000:0000 0A' /proc/net/tcp; do
    kill -0 "$relay" || exit 1
    sleep 0.005
done
printf 'ready\n'
wait "$relay"
