# shellcheck shell=bash
# What the scripts say while they work. Everything goes to stderr: stdout belongs to the command.

say() { printf 'sandbox: %s\n' "$*" >&2; }

# fail WHAT [WHAT TO DO]...: 5 is the exit code of "engine or image missing" everywhere else too.
fail() {
  say "$1"
  shift
  [ $# -eq 0 ] || printf '         %s\n' "$@" >&2
  exit 5
}

scratch=
make_scratch() {
  [ -z "$scratch" ] || return 0
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
}

# Other programs' output may hold colours and worse.
printable() { sed 's/\x1b\[[0-9;]*m//g' | tr -cd '[:print:]\n'; }

# The newest line of a log every ten seconds. `read` on a pipe nobody writes to is a sleep without
# a process, so nothing outlives the script holding its stderr open.
show_progress() {
  local log=$1 started=$SECONDS idle
  exec {idle}<> <(:)
  while kill -0 "$$" 2>/dev/null; do
    read -rt 1 -u "$idle" || true
    (((SECONDS - started) % 10)) || [ "$SECONDS" = "$started" ] ||
      say "  $((SECONDS - started)) s: $(tail -n 1 "$log" | printable | cut -c -100)"
  done
}

# step WHAT COMMAND...: the command's own output is kept back, and shown only where it fails.
# Given to a file and not a pipe: a service started by a package would hold a pipe open for ever,
# and so it would the lock that scripts/setup has on descriptor 9.
step() {
  local what=$1 started=$SECONDS progress code=0
  shift
  make_scratch
  say "$what"
  : >"$scratch/log"
  show_progress "$scratch/log" &
  progress=$!
  "$@" >"$scratch/log" 2>&1 </dev/null 9>&- || code=$?
  kill "$progress"
  wait "$progress" 2>/dev/null || true
  if [ $code -ne 0 ]; then
    tail -n 20 "$scratch/log" | printable | sed 's/^/    /' >&2
    say "failed with exit code $code: $what"
  elif [ $((SECONDS - started)) -ge 10 ]; then
    say "  done in $((SECONDS - started)) s"
  fi
  return $code
}
