# The first process of a cell. POSIX sh with builtins only, so that any image with /bin/sh will do.
#
# It proves its mounts, waits, runs one command, reports, and ends; every other process of the cell
# ends with it. Everything that comes from outside arrives as data: read line by line, decoded by
# printf, never evaluated. The other half of this protocol is protocol.py.
#
# usage: sh -c 'this text' sandbox MODE [COMMAND...]
#   MODE park            read the call from standard input
#   MODE terminal PROXY  COMMAND is the call; wait for the nonce, then run it

# Lifeline: the controller holds the other end of this FIFO. When it dies, however it dies, the
# command of this cell is killed. (A parked cell ends because its standard input closes.)
(
    trap '' HUP INT QUIT TERM
    exec </run/sandbox/alive >/dev/null 2>&1 || exit
    IFS= read -r _
    kill -s KILL -- -1
) 2>/dev/null &

# What is mounted at the root and in the workspace, before anything ran: the controller compares it with what it asked for.
while IFS= read -r cell_line; do
    case $cell_line in *' / / '* | *' /workspace'*) printf '%s\n' "$cell_line" ;; esac
done </proc/self/mountinfo
printf 'ready\n'

# A line as printf's %b wants it; the x keeps trailing newlines alive through $( ).
cell_decode() {
    case $1 in
    *\\*) cell_text=$(printf '%bx' "$1") && cell_text=${cell_text%x} ;;
    *) cell_text=$1 ;;
    esac
}

# Read $1 lines into the positional parameters of the caller, by way of cell_set: `eval "$cell_set"`
# then names variables of our own making and never holds a word that came from outside. In
# portions, because every `set` copies all the words there are.
cell_read_portion() {
    cell_index=0 cell_set='set -- "$@"'
    while [ "$cell_index" -lt "$1" ]; do
        IFS= read -r cell_line || exit 125
        cell_decode "$cell_line"
        eval "cell_word_$cell_index=\$cell_text"
        cell_set="$cell_set \"\$cell_word_$cell_index\""
        cell_index=$((cell_index + 1))
    done
}

cell_mode=$1
shift
IFS= read -r cell_nonce || exit 0 # nobody came: the pool closed or the controller died

if [ "$cell_mode" = park ]; then
    IFS= read -r cell_proxy && IFS= read -r cell_input && IFS= read -r cell_variables &&
        IFS= read -r cell_left || exit 125
    while [ "$cell_left" -gt 0 ]; do
        cell_portion=$((cell_left < 256 ? cell_left : 256))
        cell_read_portion "$cell_portion"
        eval "$cell_set"
        cell_left=$((cell_left - cell_portion))
    done
else
    cell_proxy=$1 cell_input=open cell_variables=0
    shift
    trap : INT QUIT # keys of the terminal reach this shell, too; in the command they act as ever
    printf '\036%s begin\036' "$cell_nonce"
fi

# In a subshell that only execs: the first word is looked up as a program, never as a builtin or a
# function, and what is exported cannot disturb the lines below.
cell_run() {
    if [ -n "$cell_proxy" ]; then
        for cell_name in http_proxy HTTP_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY; do
            export "$cell_name=$cell_proxy"
        done
        # Under a name of its own: a socks URL in ALL_PROXY breaks programs that cannot speak it.
        export "SANDBOX_SOCKS_PROXY=socks5h://${cell_proxy#*://}"
    fi
    # One text, made before anything is exported, of our own numbers only: "${1}" "${2}" ...
    cell_count=0 cell_list=
    while [ "$cell_count" -lt "$cell_variables" ]; do
        cell_count=$((cell_count + 1))
        cell_list="$cell_list \"\${$cell_count}\""
    done
    [ -z "$cell_list" ] || cell_list="export $cell_list; shift $cell_count;"
    eval "$cell_list exec \"\$@\""
}

# The shell's own standard error goes nowhere meanwhile: it would say "Killed" on the command's.
if [ "$cell_input" = open ]; then
    { (exec 2>&3 3>&- && cell_run "$@"); cell_status=$?; } 3>&2 2>/dev/null
else
    { (exec 2>&3 3>&- && cell_run "$@"); cell_status=$?; } 3>&2 2>/dev/null </dev/null
fi
kill -s KILL -- -1 2>/dev/null # whatever the command left running

cell_oom=0
if [ "$cell_status" -ne 0 ]; then
    for cell_file in /sys/fs/cgroup/memory/memory.oom_control /sys/fs/cgroup/memory.events; do
        [ -r "$cell_file" ] || continue
        while read -r cell_name cell_value _; do
            [ "$cell_name" = oom_kill ] && cell_oom=$cell_value
        done <"$cell_file"
    done
fi
[ "$cell_mode" = terminal ] || printf '\036%s %s %s\036' "$cell_nonce" "$cell_status" "$cell_oom" >&2
printf '\036%s %s %s\036' "$cell_nonce" "$cell_status" "$cell_oom"
